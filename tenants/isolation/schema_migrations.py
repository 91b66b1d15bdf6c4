"""How far each schema has come with the migrations of this code.

A schema stands at its head when it has had every migration, and every permission that follows the last of
them: who is killed between the two leaves staff without rights, and no list of migrations shows it.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, NamedTuple

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_permission_codename
from django.core.management import CommandError, call_command
from django.db import DatabaseError, DataError, InterfaceError, ProgrammingError
from django.db.migrations.loader import MigrationLoader
from django.utils.translation import gettext as _
from django_tenants.utils import get_public_schema_name
from psycopg import sql

from tenants.isolation import advisory_locks, schemas
from tenants.isolation.backend import connection
from tenants.isolation.context import public_context
from tenants.isolation.models import Province

_RECORDS = "django_migrations"
_PERMISSIONS = {"auth_permission", "django_content_type"}
# Each is recorded by every database and archive of a time before the first release, and by none since: their 0001
# were others. No migration may bear these names again.
_BEFORE_FIRST_RELEASE = frozenset({"procedures.0002_append_only", "procedures.0002_data_versions"})
_TABLES = """
SELECT array_agg(c.relname::text) FROM pg_namespace n LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relkind = 'r'
WHERE n.nspname = %s GROUP BY n.oid
"""
_APPLIED = "SELECT app || '.' || name FROM {schema}.django_migrations"
_GRANTABLE = """
SELECT t.app_label || '.' || p.codename
FROM {schema}.auth_permission p JOIN {schema}.django_content_type t ON t.id = p.content_type_id
"""
Said = Callable[[str, str], None]
"""Takes the slug and what became of it: one of the words below."""
DONE, FAILED, WAITING = "done", "failed", "waiting"
MOST_WORKERS = 16


class OtherHistory(CommandError):
    """A schema was made by other code, whose migrations this one cannot go on from. Its text is for the operator."""


class Comparison(NamedTuple):
    """What this code brings and was not applied, and what was applied that this code does not have; sorted."""

    missing: tuple[str, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MigrationStatus:
    """Where one schema stands. `unknown`: migrations that this code does not have; `busy`: another command works on it."""

    slug: str
    exists: bool
    missing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    unfinished: bool = False
    busy: bool = False
    whole: bool = True
    """False while the province is being imported or brought back."""

    @property
    def is_reached(self) -> bool:
        """Whether nothing is left to do here."""
        return self.exists and not self.missing and not self.unfinished

    @property
    def is_foreign(self) -> bool:
        """Whether other code made it, and lacks what this one has. Newer code alone lacks nothing: to go back to
        this one is allowed."""
        return bool(self.missing and self.unknown)


@cache
def code_migrations() -> frozenset[str]:
    """Every migration that this code brings, as “app.name”."""
    return frozenset(".".join(key) for key in MigrationLoader(None).disk_migrations)


def compare(applied: Iterable[str]) -> Comparison:
    """How the migrations that a schema, a backup or an export had, as “app.name”, differ from those of this code."""
    had, code = set(applied), code_migrations()
    missing = code if _BEFORE_FIRST_RELEASE & had else code - had
    return Comparison(tuple(sorted(missing)), tuple(sorted(had - code)))


@cache
def _permissions() -> frozenset[str]:
    return frozenset(
        f"{model._meta.app_label}.{codename}"
        for config in apps.get_app_configs()
        if config.models_module
        for model in config.get_models()
        for codename in (
            *(get_permission_codename(action, model._meta) for action in model._meta.default_permissions),
            *(codename for codename, _name in model._meta.permissions),
        )
    )


def all_statuses() -> list[MigrationStatus]:
    """How `public` and every province stand, `public` first, then by slug; archived provinces too.

    For the owner's login: no other may read all schemas.
    """
    with public_context():
        whole = {get_public_schema_name(): True} | _provinces()
        busy = advisory_locks.locked_slugs(whole)
    return [replace(status_of(slug), busy=slug in busy, whole=whole[slug]) for slug in whole]


def status_of(slug: str) -> MigrationStatus:
    """How one schema stands now; for the owner's login."""
    with public_context(), connection.cursor() as cursor:
        cursor.execute(_TABLES, [slug])
        there = cursor.fetchone()
        if there is None:
            return MigrationStatus(slug, exists=False, missing=tuple(sorted(code_migrations())))
        found = []
        for question, needed in ((_APPLIED, {_RECORDS}), (_GRANTABLE, _PERMISSIONS)):
            rows = []
            if needed <= set(there[0]):
                cursor.execute(sql.SQL(question).format(schema=sql.Identifier(slug)))
                rows = cursor.fetchall()
            found.append({name for (name,) in rows})
    applied, grantable = found
    missing, unknown = compare(applied)
    unfinished = not missing and not grantable.issuperset(_permissions())
    return MigrationStatus(slug, exists=True, missing=missing, unknown=unknown, unfinished=unfinished)


def refuse_other_history(sender: Any, schema_name: str, **kwargs: Any) -> None:
    """Receiver of `schema_pre_migration`: raises OtherHistory before anything is changed in a schema that other code
    made, or beside such a `public`. Raises schemas.NotTheOwner."""
    schemas.require_owner()
    for found in map(status_of, dict.fromkeys((get_public_schema_name(), schema_name))):
        if found.is_foreign:
            text = _(
                "%(schema)s: các bảng do bản mã khác dựng (có %(migration)s), bản này không nâng cấp được; chưa đổi gì. "
                "Chạy lại bản mã ấy (docs/van-hanh/nang-cap.md, mục Bản mã khác). Bản minh họa thì dựng lại từ đầu: "
                "RESET=1 make demo."
            )
            raise OtherHistory(text % {"schema": found.slug, "migration": found.unknown[0]})


def missing_here() -> list[str]:
    """Migrations of this code that the schema of the current province has not had. For every login."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app || '.' || name FROM django_migrations")
        return list(compare(name for (name,) in cursor.fetchall()).missing)


def is_behind_here() -> bool:
    """Whether the current province is not ready for this code: its schema is being made or was not migrated yet.

    Asked after something failed there, by every login. False where it cannot be found out; raises nothing.
    """
    try:
        return bool(missing_here())
    except (ProgrammingError, DataError):
        # No such table yet, no right to read it, or no role to enter the schema with.
        return True
    except (DatabaseError, InterfaceError):
        return False


def _provinces() -> dict[str, bool]:
    """By slug: whether it is whole."""
    if Province._meta.db_table not in connection.introspection.table_names():
        return {}  # a database in which nothing was made yet
    rows = Province.objects.exclude(schema_name=get_public_schema_name()).order_by("schema_name")
    return {
        slug: state != Province.State.UNFINISHED for slug, state in rows.values_list("schema_name", "state")
    }


@dataclass(slots=True)
class Outcome:
    """What one run did. `failed` holds the kind of error by schema; the log has the rest."""

    done: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)


def usual_workers() -> int:
    """As many as there are processors, four at most: the database has to do the work."""
    return max(1, min(4, os.cpu_count() or 1))


def migrate(said: Said = lambda slug, word: None, *, workers: int = 1) -> Outcome:
    """Bring `public`, then every province that is behind, to the head of this code.

    A schema that fails keeps what it had and hides no
    other. A province without schema is left to `province apply`. `workers` above one starts as many more
    processes of the same command. Raises schemas.NotTheOwner.
    """
    schemas.require_owner()
    outcome = Outcome()
    public = get_public_schema_name()
    behind = _behind()
    if public in behind:
        _take(public, said, outcome, wait=True)
        if outcome.failed:
            return outcome
        behind = _behind()
    else:
        # What the owner's function looks for is in the code: it may change without any migration.
        with public_context():
            schemas.prepare_schema(None, public)
    others = [_start_another() for _ in range(min(workers, len(behind), MOST_WORKERS) - 1)]
    left = [slug for slug in behind if not _take(slug, said, outcome, wait=False)]
    for slug in left:
        _take(slug, said, outcome, wait=True)
    for process in others:
        process.wait()
    return outcome


def _behind() -> list[str]:
    return [one.slug for one in all_statuses() if not one.is_reached and one.exists]


def _take(slug: str, said: Said, outcome: Outcome, *, wait: bool) -> bool:
    """Whether there is no need to come back to this schema."""
    with advisory_locks.exclusive_schema_lock(slug, wait=wait, on_wait=lambda: said(slug, WAITING)) as taken:
        if not taken:
            return False
        if status_of(slug).is_reached:
            return True
        try:
            with public_context():
                call_command(
                    # The name alone says whether it is `public` or a province's: with a switch it is refused.
                    "migrate_schemas",
                    schema_name=slug,
                    interactive=False,
                    verbosity=0,
                )
        except Exception as error:  # one schema in trouble hides no other
            outcome.failed[slug] = f"{type(error).__name__}: {error}"
            said(slug, FAILED)
        else:
            outcome.done.append(slug)
            said(slug, DONE)
    return True


def _start_another() -> "subprocess.Popen[bytes]":
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "schemas", "migrate", "--workers", "1"]
    return subprocess.Popen(command)  # noqa: S603 – our own command, nothing of it typed
