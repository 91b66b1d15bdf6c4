"""One person for each role in a twin, at the dossier's agencies and at another one, and what they change."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache

from django.apps import apps
from django.conf import settings
from django.db import connection

from tenants.organisation.models import Role
from tests.factories import AgencyFactory, AssignmentFactory, UserFactory
from tests.system.worlds import AGENCY_CODES, PASSWORD, World, sign_in

LETTERS = {
    "c": Role.CLERK,
    "s": Role.SPECIALIST,
    "l": Role.LEADER,
    "k": Role.COMMUNICATIONS,
    "m": Role.ADMINISTRATOR,
    "a": Role.AUDITOR,
}
NOBODY = "n"
# Reading is recorded, and a session remembers when it was last seen.
NOT_A_CHANGE = {"audit.AuditEntry", "accounts.Session"}
# As the view pg_stat_xact_user_tables says, which takes many times as long.
_WRITTEN = """\
SELECT relname, pg_stat_get_xact_tuples_inserted(oid) + pg_stat_get_xact_tuples_updated(oid)
    + pg_stat_get_xact_tuples_deleted(oid)
FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relname = ANY(%s)"""
_APPS = {config.label for config in apps.get_app_configs() if config.name in settings.TENANT_APPS} - {
    "audit",
    "admin",
    "contenttypes",
}


@dataclass(frozen=True)
class Person:
    """Somebody of the staff by the letter of the role; `is_far` for who works at another agency."""

    letter: str
    is_far: bool = False

    def __str__(self) -> str:
        return f"{LETTERS.get(self.letter, 'nobody')}{' elsewhere' if self.is_far else ''}"


PEOPLE = [Person(letter, is_far) for letter in LETTERS for is_far in (False, True)] + [Person(NOBODY)]


def employ(world: World) -> None:
    """Make them and sign them in, each under the session of its own name; the province is entered."""
    elsewhere = AgencyFactory(code=f"{AGENCY_CODES[world.slug]}.99")
    for number, person in enumerate(PEOPLE):
        user = UserFactory(username=f"vai{number}", full_name=f"Cán Bộ Vai {number}", password=PASSWORD)
        places = [elsewhere] if person.is_far else [world.office.desk, world.office.department]
        for place in places if person.letter in LETTERS else []:
            AssignmentFactory(user=user, agency=place, role=LETTERS[person.letter])
        world.sessions[str(person)] = sign_in(user)


def contents(tables: Collection[str] | None = None) -> dict[str, str]:
    """A digest of all rows of each of these tables of this province; of all that hold more than traces."""
    asked = " UNION ALL ".join(
        f"SELECT '{table}', md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM \"{table}\" t"
        for table in (_tables() if tables is None else tables)
    )
    if not asked:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(asked)
        return dict(cursor.fetchall())


def written() -> dict[str, int]:
    """How many rows of each of those tables this transaction has written so far, undone or not.

    The server counts that anyway: of a table where it stands still, no digest need be asked for.
    """
    with connection.cursor() as cursor:
        cursor.execute(_WRITTEN, [_tables()])
        return dict(cursor.fetchall())


@cache
def _tables() -> list[str]:
    return [
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in _APPS and model._meta.label not in NOT_A_CHANGE
    ]
