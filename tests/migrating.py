"""The migrations of an empty schema: made by Django once in a run, and said again for every further one.

Django draws its models anew with each of them, which takes seconds for tables that take a tenth of one. Schemas
that hold something already are migrated by Django, and so are all of processes that tests start.
"""

import os
from pathlib import Path
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.management.commands import migrate
from django.db import connection
from django_tenants.utils import get_public_schema_name
from psycopg import ClientCursor

from portal.embedded.files import locked
from tenants.isolation import schemas

# They look, or go where a new schema stands anyway.
_CHANGES_NOTHING = ("SELECT ", "SHOW search_path", "SET search_path = ")
_BETWEEN = ";\n-- next\n"
_ROLE = "{role of the province}"


class Command(migrate.Command):
    """`migrate`, as django-tenants calls it for each schema once `schemas.prepare_schema` has been there."""

    def handle(self, *args: Any, **options: Any) -> None:
        asked_for_more = options["verbosity"] or options["app_label"] or options["fake"]
        # Fault runs use these settings too, and have no folder that a test run made.
        if asked_for_more or "TEST_ROOT" not in os.environ or not _is_empty():
            super().handle(*args, **options)
            return
        # The other workers wait for the one that comes first, and need not do the same.
        with locked(Path(os.environ["TEST_ROOT"])):
            said = _remembered()
            if not said.exists():
                said.write_text(_BETWEEN.join(self._listen(*args, **options)), encoding="utf-8")
                return
        with connection.cursor() as cursor:
            text = said.read_text(encoding="utf-8")
            cursor.execute(text.replace(_ROLE, schemas.runtime_role(connection.schema_name)))
        ContentType.objects.clear_cache()

    def _listen(self, *args: Any, **options: Any) -> list[str]:
        """What Django says that changes anything."""
        said: list[str] = []

        def listen(execute: Any, statement: Any, values: Any, many: bool, context: Any) -> Any:
            assert not many, statement
            text = ClientCursor(connection.connection).mogrify(statement, values)
            if not text.lstrip().startswith(_CHANGES_NOTHING):
                said.append(text.replace(schemas.runtime_role(connection.schema_name), _ROLE))
            return execute(statement, values, many, context)

        with connection.execute_wrapper(listen):
            super().handle(*args, **options)
        assert _is_public() or not [text for text in said if connection.schema_name in text], (
            "named, not stood in"
        )
        return said


def _is_public() -> bool:
    return bool(connection.schema_name == get_public_schema_name())


def _remembered() -> Path:
    return Path(os.environ["TEST_ROOT"], "public.sql" if _is_public() else "province.sql")


def _is_empty() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_tables WHERE schemaname = %s AND tablename <> 'django_migrations'",
            [connection.schema_name],
        )
        return bool(cursor.fetchone() == (0,))
