"""The database backend (Django loads `tenants.isolation.backend.base`), and its connection by its true type."""

from typing import TYPE_CHECKING, cast

from django.db import connection as _connection
from django.db import connections

if TYPE_CHECKING:
    from tenants.isolation.backend.base import DatabaseWrapper

# Django's own name for it is typed as any database's; this one knows provinces.
connection = cast("DatabaseWrapper", _connection)


def connection_of(alias: str) -> "DatabaseWrapper":
    """The connection of this alias, by its true type."""
    return cast("DatabaseWrapper", connections[alias])
