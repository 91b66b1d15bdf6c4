"""The migrations of a new schema: made by Django once, and said again for every further one in this process.

Django draws its models anew with each of them, which takes seconds for tables that take a tenth of one. Schemas
that hold something already are migrated by Django, and so are all of processes that tests start.
"""

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.management.commands import migrate
from django.db import connection
from django_tenants.utils import get_public_schema_name
from psycopg import ClientCursor

from tenants.isolation import schemas

# They look, or go where a new schema stands anyway.
_CHANGES_NOTHING = ("SELECT ", "SHOW search_path", "SET search_path = ")
_remembered: list[str] = []
_ROLE = "{role of the province}"


class Command(migrate.Command):
    """`migrate`, as django-tenants calls it for each schema once `schemas.prepare_schema` has been there."""

    def handle(self, *args: Any, **options: Any) -> None:
        if options["verbosity"] or options["app_label"] or options["fake"] or not _is_new_province():
            super().handle(*args, **options)
        elif not _remembered:
            self._remember(*args, **options)
        else:
            with connection.cursor() as cursor:
                cursor.execute(
                    ";\n".join(_remembered).replace(_ROLE, schemas.runtime_role(connection.schema_name))
                )
            ContentType.objects.clear_cache()

    def _remember(self, *args: Any, **options: Any) -> None:
        said: list[str] = []

        def listen(execute: Any, statement: Any, values: Any, many: bool, context: Any) -> Any:
            assert not many, statement
            text = ClientCursor(connection.connection).mogrify(statement, values)
            if not text.lstrip().startswith(_CHANGES_NOTHING):
                said.append(text.replace(schemas.runtime_role(connection.schema_name), _ROLE))
            return execute(statement, values, many, context)

        with connection.execute_wrapper(listen):
            super().handle(*args, **options)
        assert not [text for text in said if connection.schema_name in text], "named, not only stood in"
        _remembered.extend(said)


def _is_new_province() -> bool:
    if connection.schema_name == get_public_schema_name():
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM django_migrations")
        return cursor.fetchone() == (0,)
