"""What an act leaves behind: rows, throw-away schemas, stored files."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

_LEFT = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'mcthu%%'"


def _rows(statement: str, *values: object) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def counts(*schemas: str) -> dict[str, int]:
    """Rows of every table of these schemas, but for the operators' log."""
    tables = _rows("SELECT schemaname, tablename FROM pg_tables WHERE schemaname = ANY (%s)", list(schemas))
    return {
        f"{schema}.{table}": _rows(f'SELECT count(*) FROM "{schema}"."{table}"')[0][0]
        for schema, table in tables
        if table != "tenants_operatorsentry"
    }


def throwaways() -> list[str]:
    """Schemas of rehearsals."""
    return [name for (name,) in _rows(_LEFT)]


def kept_files() -> set[str]:
    """What the stores of files and of the pretended channel hold."""
    folders = [Path(settings.DATA_DIR) / name for name in ("files", "mock-channel")]
    return {str(path) for folder in folders for path in folder.rglob("*") if path.is_file()}
