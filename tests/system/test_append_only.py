"""History is refused to everybody who might change it: the runtime login, and the owner of the tables."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import connection, transaction
from django.db.utils import DatabaseError, ProgrammingError

from dossiers.feedback import submit
from dossiers.feedback.models import FeedbackPromise
from dossiers.filing.models import FilingFormVersion
from dossiers.lifecycle import actions as services
from dossiers.printing.models import FormTemplate
from messaging.channels.models import ChannelAccount, CredentialEvent
from messaging.outbox import phone_calls
from messaging.outbox.models.messages import Attempt, Message
from messaging.outbox.models.phone_calls import Call, CallTry
from procedures.catalogue.models import Fee, RequiredDocument
from tenants import clock
from tenants.accounts.models import User
from tenants.audit import sealer
from tenants.audit.models import AuditEntry
from tenants.isolation.context import province_context
from tenants.isolation.province_cache import ProvinceRecord
from tests import tables
from tests.conftest import ORIGIN, as_owner
from tests.factories import Office, UserFactory

pytestmark = pytest.mark.committed

# Table → a column that could be rewritten.
TABLES = tables.read(__file__, "append_only.yaml")
STATEMENTS = tables.read(__file__, "rewriting.yaml")


def statements(table: str) -> list[str]:
    column = TABLES[table]
    value = "now()" if column == "at" else "'đã sửa'"
    return [text.format(table=table, column=column, value=value) for text in STATEMENTS.values()]


@pytest.fixture(scope="module")
def history(kept_province: ProvinceRecord, kept_office: Office) -> ProvinceRecord:
    """A row in each table."""
    with province_context(kept_province):
        version = kept_office.procedure.current_version
        RequiredDocument.objects.create(version=version, order=1, name="Tờ khai")
        Fee.objects.create(version=version, order=1, note="8.000 đồng")
        FilingFormVersion.publish({}, kept_office.procedure.code)
        FormTemplate.publish({"source": "Mẫu riêng"}, "06")
        received = services.receive(kept_office.intake(consents=frozenset({"mock"})), actor=kept_office.clerk)
        services.remark(received.dossier.pk, actor=kept_office.clerk, text="Ghi chú")
        message = Message.objects.get()
        Attempt.objects.create(
            message=message, number=1, ended_at=message.created_at, outcome=Attempt.Outcome.PERMANENT
        )
        with transaction.atomic():
            call = phone_calls.open_call(message, Call.Reason.FAILED)
        phone_calls.record(call.pk, actor=UserFactory(administrator=True), outcome=CallTry.Outcome.NO_ANSWER)
        account = ChannelAccount.objects.create(channel="mock", name="chinh")
        CredentialEvent.objects.create(account=account, kind=CredentialEvent.Kind.CONSENTED, generation=1)
        LogEntry.objects.create(user=kept_office.clerk, object_repr="Sở Thử", action_flag=CHANGE)
        FeedbackPromise.publish({"value": 5, "unit": "working_day", "source": ""})
        submit.send({"topic": "page", "text": "Trang này có lỗi"})
        assert sealer.seal(kept_province.slug) > 0
    return kept_province


@pytest.fixture
def as_runtime(history: ProvinceRecord) -> Iterator[None]:
    with province_context(history):
        yield


@pytest.fixture
def as_its_owner(history: ProvinceRecord) -> Iterator[None]:
    with as_owner(), province_context(history):
        yield


def run(statement: str) -> list[Any]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall()) if cursor.description else []


def kept(table: str) -> list[Any]:
    return run(f"SELECT * FROM {table} ORDER BY id")


@pytest.mark.parametrize("table", TABLES)
def test_the_runtime_login_is_refused(as_runtime: None, table: str) -> None:
    before = kept(table)
    for statement in statements(table):
        with pytest.raises(ProgrammingError, match="permission denied"):
            run(statement)
        assert kept(table) == before != [], statement


@pytest.mark.parametrize("table", TABLES)
def test_the_owner_is_refused(as_its_owner: None, table: str) -> None:
    before = kept(table)
    for statement in statements(table):
        # Where other tables point at this one, PostgreSQL says no even before the trigger does.
        with pytest.raises(DatabaseError, match=r"append-only|cannot truncate"):
            run(statement)
        assert kept(table) == before != [], statement


def test_both_kinds_of_trigger_guard_each_of_these_tables_and_no_other(as_runtime: None) -> None:
    found = run(
        "SELECT c.relname, count(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        "JOIN pg_proc p ON p.oid = t.tgfoid "
        "WHERE p.proname = 'refuse_change' AND t.tgenabled = 'O' "
        "AND c.relnamespace = current_schema()::regnamespace GROUP BY 1"
    )
    assert dict(found) == dict.fromkeys(TABLES, 2)


@pytest.fixture
def forge(as_its_owner: None) -> Iterator[Any]:
    """Write an entry, even as the owner, with the function as it is; undone afterwards."""

    def forge(**values: Any) -> AuditEntry:
        values = {"at": clock.now() - timedelta(days=10), "action": "person.change", **values}
        entry = AuditEntry.objects.create(**values)
        entry.refresh_from_db()
        return entry

    with transaction.atomic():
        run(ORIGIN)
        yield forge
        transaction.set_rollback(True)


def test_the_database_says_when_an_entry_was_made(forge: Any) -> None:
    (before,) = run("SELECT clock_timestamp()")
    entry = forge()
    (after,) = run("SELECT clock_timestamp()")
    assert before[0] <= entry.at <= after[0]


def test_the_database_says_whose_account_it_was(forge: Any) -> None:
    clerk = User.objects.order_by("pk").first()
    assert clerk is not None
    assert forge(actor=clerk, actor_name="chu.tich").actor_name == clerk.username
    assert forge(actor_name="chu.tich").actor_name == ""


def test_an_account_that_is_not_there_made_no_entry(forge: Any) -> None:
    with pytest.raises(DatabaseError, match="no rows"), transaction.atomic():
        forge(actor_id=2**31, actor_name="chu.tich")
