"""The list over a province's years: 200,000 dossiers, and every view, filter and search answered by an index."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from dossiers.lifecycle.models import Dossier, Event, Party
from dossiers.statistics.counts import figures, late
from dossiers.statistics.periods import month_end
from dossiers.workflow.rules.statuses import Status
from procedures.catalogue.models import Sector
from tenants import clock
from tenants.accounts.models import User
from tenants.isolation.context import province_context
from tenants.organisation.models import Agency, Role
from tests.conftest import NOON
from tests.dossiers.desk.test_desk import LIST, logged_in
from tests.dossiers.walking import in_progress
from tests.factories import AgencyFactory, AssignmentFactory, Office, ProcedureFactory
from tests.provinces import as_owner

pytestmark = pytest.mark.deep

DOSSIERS = 200_000
OPEN = 8_000
AGENCIES = 120
RARE_SECTOR = 9_000
# What one page may read of a table: more than a page of rows, far less than a part of the province.
MOST_ROWS = 2 * OPEN
LARGE = ("dossiers_dossier", "dossiers_event", "dossiers_party")

VIEWS = ["", "cua-toi", "qua-han", "hom-nay", "sap-han", "cho-dan", "cho-tra", "tat-ca"]
SEARCHES = {
    "a code": "H15.08-200101-123456",
    "a code of before": "2019/TP/123456",
    "a rare name": "le thi so 123456",
    "a common name": "nguyen",
    "an identity number": "066190000001",
    "four digits": "3456",
    "nobody": "khong co ai ten nhu vay",
}
FILTERS = {
    "status": {"trang-thai": int(Status.DONE)},
    "status of all": {"trang-thai": int(Status.RETURNED), "viec": "tat-ca"},
    "kind": {"loai": "complaint"},
    "kind of all": {"loai": "complaint", "viec": "tat-ca"},
    "person": {"nguoi": "toi"},
    "nobody's": {"nguoi": "chua-giao"},
    "sector": {"linh-vuc": RARE_SECTOR},
    "sector of all": {"linh-vuc": RARE_SECTOR, "viec": "tat-ca"},
    "days": {"hen-tu": "01/12/2026", "hen-den": "04/12/2026"},
    "for leaders": {"viec": "cho-duyet"},
}


def copied(model: Any, row: Any, rows: str, **changed: str) -> str:
    """INSERT of rows like this one, with these columns as expressions over `n`."""
    columns = [field.column for field in model._meta.concrete_fields if not field.primary_key]
    quoted = ", ".join(f'"{column}"' for column in columns)
    taken = ", ".join(changed.get(column, f'"{column}"') for column in columns)
    table = model._meta.db_table
    return f"INSERT INTO {table} ({quoted}) SELECT {taken} FROM {table} one, {rows} WHERE one.id = {row.pk}"


@pytest.fixture(scope="module")
def office(django_db_setup: None, django_db_blocker: Any) -> Iterator[Office]:
    """A desk whose transaction spans the module, so that its years of dossiers are made once.

    As owner, who alone may gather statistics.
    """
    with django_db_blocker.unblock(), as_owner(), province_context("daklak"), clock.frozen(NOON):
        everything = transaction.atomic()
        everything._from_testcase = True
        with everything:
            yield Office()
            transaction.set_rollback(True)


@contextmanager
def without_indexes(*tables: str) -> Iterator[None]:
    """Rows come in three times as fast where indexes are made after them; foreign keys stay away."""
    with connection.cursor() as cursor:
        # What was written before is looked at now: no table changes while a check of its rows is due.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "SELECT conrelid::regclass, conname FROM pg_constraint"
            " WHERE contype = 'f' AND conrelid = ANY(%s::regclass[])",
            [list(tables)],
        )
        for table, name in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        cursor.execute(
            "SELECT indexrelid::regclass, pg_get_indexdef(indexrelid) FROM pg_index"
            " WHERE indrelid = ANY(%s::regclass[])"
            " AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)",
            [list(tables)],
        )
        indexes = cursor.fetchall()
        for name, _made in indexes:
            cursor.execute(f"DROP INDEX {name}")
        yield
        # An index made over rows that this transaction changed in place would not be used in it.
        for table in tables:
            cursor.execute(f"CLUSTER {table} USING {table}_pkey")
        for _name, made in indexes:
            cursor.execute(made)


@pytest.fixture(scope="module")
def years(office: Office) -> Office:
    """Years of dossiers: most closed, spread over agencies, people and deadlines; all invented."""
    one = in_progress(office)
    root = AgencyFactory(code="H15", name="Tỉnh Minh Họa")
    rare = ProcedureFactory(
        code="9.000001", sector=Sector.objects.create(pk=RARE_SECTOR, name="Lĩnh vực hiếm")
    )
    agencies = [AgencyFactory(code=f"H15.{number}", parent=root) for number in range(200, 200 + AGENCIES)]
    first = agencies[0].pk
    with without_indexes("dossiers_party", "dossiers_dossier"), connection.cursor() as cursor:
        cursor.execute(
            copied(
                Party,
                one.owner,
                f"generate_series(1, {DOSSIERS}) n",
                name="CASE WHEN n % 3 = 0 THEN 'Nguyễn Văn Số ' ELSE 'Lê Thị Số ' END || n",
                name_folded="CASE WHEN n % 3 = 0 THEN 'nguyen van so ' ELSE 'le thi so ' END || n",
                id_number_index="md5('id' || n)",
                phone_index="md5('phone' || n)",
            )
        )
        agency = f"({first} + n % {AGENCIES})"
        closed = f"n > {OPEN}"
        cursor.execute(
            copied(
                Dossier,
                one,
                f"(SELECT n, party.id AS party FROM generate_series(1, {DOSSIERS}) n"
                " JOIN dossiers_party party ON party.id_number_index = md5('id' || n)) years",
                code="'H15.08-200101-' || lpad(n::text, 6, '0')",
                owner_id="party",
                submitter_id="party",
                recipient_id="party",
                source="'motcua-cu'",
                source_code="'2019/TP/' || n",
                receiving_agency_id=agency,
                competent_agency_id=agency,
                procedure_id=f"CASE WHEN n % 20000 = 7 THEN {rare.pk} ELSE procedure_id END",
                holding_agency_id=agency,
                kind="CASE WHEN n % 500 = 0 THEN 'complaint' ELSE 'normal' END",
                received_at="received_at - n * interval '10 minutes'",
                due_at="due_at + (n % 4000 - 200) * interval '10 minutes'",
                status=f"CASE WHEN {closed} THEN 10 ELSE 1 + n % 9 END",
                closed_at=f"CASE WHEN {closed} THEN received_at END",
                ended_at="received_at - n * interval '10 minutes'",
                last_act_at="received_at - n * interval '10 minutes'",
                finished_at=f"CASE WHEN {closed} OR n % 9 = 8 THEN received_at END",
                paused_since="CASE WHEN n % 9 IN (4, 5) THEN received_at END",
                assignee_id=f"CASE WHEN n % 40 = 0 THEN {office.specialist.pk} END",
            )
        )
    first_event = one.events.get(sequence=1)
    with without_indexes("dossiers_event"), connection.cursor() as cursor:
        for sequence, status, some in ((2, 2, "true"), (3, 10, "closed_at IS NOT NULL")):
            cursor.execute(
                copied(
                    Event,
                    first_event,
                    "(SELECT id AS number, received_at FROM dossiers_dossier"
                    f" WHERE {some} AND id <> {one.pk}) dossiers",
                    dossier_id="number",
                    sequence=str(sequence),
                    status=str(status),
                    at="received_at",
                )
            )
    with connection.cursor() as cursor:
        cursor.execute(
            "ANALYZE dossiers_dossier, dossiers_party, dossiers_event, dossiers_proposal, organisation_agency,"
            " procedures_procedure, deadlines_calendarversion, accounts_user"
        )
    return office


@pytest.fixture(scope="module")
def people(years: Office) -> dict[str, User]:
    """Who sees all of it, and who sees a hundredth."""
    auditor = AssignmentFactory(agency=Agency.objects.get(code="H15"), role=Role.AUDITOR).user
    far = Agency.objects.get(code="H15.207")
    return {
        "auditor": auditor,
        "clerk": AssignmentFactory(agency=far, role=Role.CLERK).user,
        "specialist": years.specialist,
    }


def reads(node: dict[str, Any]) -> Iterator[tuple[str, str, float]]:
    """(table, way, rows read) of each place in the plan where a table is read."""
    if table := node.get("Relation Name"):
        rows = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
        yield table, node["Node Type"], rows * node["Actual Loops"]
    for under in node.get("Plans", ()):
        yield from reads(under)


def looked_at(user: User, asked: dict[str, Any]) -> list[tuple[str, str]]:
    """(fault, statement) for what the list read too much of, seen by a plan that was really run."""
    client = logged_in(user)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(LIST, asked).status_code == 200
    return read_too_much(captured, MOST_ROWS)


def read_too_much(captured: CaptureQueriesContext, most: int) -> list[tuple[str, str]]:
    """(fault, statement) for each place where these statements read a whole table, or more than so many rows."""
    faults = []
    with connection.cursor() as cursor:
        for query in captured.captured_queries:
            sql = query["sql"].strip()
            if not sql.startswith(("SELECT", "WITH")) or "dossiers_dossier" not in sql:
                continue
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}")
            (plan,) = cursor.fetchone()
            plan = json.loads(plan) if isinstance(plan, str) else plan
            for table, way, rows in reads(plan[0]["Plan"]):
                if table in LARGE and (way == "Seq Scan" or rows > most):
                    faults.append((f"{way} of {table}, {rows:.0f} rows", sql))
    return faults


ASKED = {
    **{f"view {view or 'open'}": {"viec": view} if view else {} for view in VIEWS},
    **{f"search for {name}": {"q": text} for name, text in SEARCHES.items()},
    **{f"filter by {name}": asked for name, asked in FILTERS.items()},
}


@pytest.mark.parametrize("who", ["auditor", "clerk", "specialist"])
@pytest.mark.parametrize("asked", list(ASKED))
def test_is_answered_by_an_index(people: dict[str, User], who: str, asked: str) -> None:
    faults = looked_at(people[who], ASKED[asked])
    assert not faults, "\n".join(f"{fault}\n    {sql}" for fault, sql in faults)


@pytest.mark.parametrize("first", [date(2026, 11, 1), date(2025, 11, 1)], ids=["now", "a year ago"])
@pytest.mark.parametrize("count", [figures, partial(late, most=500)], ids=["all", "late"])
def test_figures_of_a_month_read_no_other_years(years: Office, first: date, count: Any) -> None:
    """A month has 4,300 dossiers, and 8,000 are open; those that ended since are looked at in an index alone."""
    with CaptureQueriesContext(connection) as captured:
        count(first, month_end(first))
    faults = read_too_much(captured, DOSSIERS // 2)
    assert not faults, "\n".join(f"{fault}\n    {sql}" for fault, sql in faults)
