"""What keeps a province from serving officially: each gap alone blocks the list, and with it `province golive`."""

import socket
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from messaging.channels.models import Lane
from procedures.catalogue.models import Fee, Procedure, ProcedureVersion
from tenants import clock
from tenants.accounts.models import SecondFactor, User
from tenants.audit import log as audit
from tenants.audit import operators_log
from tenants.folder.problems import Refused
from tenants.folder.readiness import Level, State
from tenants.isolation import signing
from tenants.isolation.context import province_context, public_context
from tenants.isolation.models import Domain, Province
from tenants.isolation.province_cache import ProvinceRecord, clear_cache
from tenants.operations.golive import confirmations, golive
from tenants.operations.readiness import all_checks, builtin_checks
from tenants.organisation.models import Agency, Role
from tests.factories import AgencyFactory, AssignmentFactory, Office, ProcedureFactory, UserFactory
from tests.provinces import change
from tests.tenants.accounts.signin.people import account
from tests.tls import HOST, served

SLUG = "daklak"
Gap = Callable[[pytest.MonkeyPatch], None]


def put(**values: Any) -> None:
    with public_context():
        change(Province.objects.filter(schema_name=SLUG), **values)
    clear_cache()


@pytest.fixture
def operator(db: None) -> User:
    with public_context():
        return UserFactory(username="mot", is_superuser=True)


@pytest.fixture
def ready(db: None, noon: datetime, operator: User, monkeypatch: pytest.MonkeyPatch) -> ProvinceRecord:
    """A pilot in which nothing is missing; its host answers with its proof."""
    put(state="pilot")
    with province_context(SLUG) as record:
        monkeypatch.setattr(builtin_checks, "fetch", lambda host: signing.host_proof(record))
        office = Office()
        Procedure.objects.update(agency=office.department, levels=["province"])
        Fee.objects.create(version=ProcedureVersion.objects.get(), order=1, kind="le_phi", amount=15_000)
        people = [account(username=f"nguoi{number}") for number in range(3)]
        for person, role in zip(people, (Role.CLERK, Role.LEADER, Role.ADMINISTRATOR), strict=True):
            AssignmentFactory(user=person, agency=office.desk, role=role)
        SecondFactor.objects.create(user=people[2], secret="x")
        Lane.objects.get_or_create(channel="mock", account="chinh")
        audit.record("backup.made", "backup")
        audit.record("backup.rehearsed", "backup")
    operators_log.record("smoke", SLUG, passed=9, failed=0)
    for one in confirmations.CONFIRMATIONS:
        confirmations.confirm(SLUG, one.code, person="Trần Thị Minh Họa, Trưởng phòng", actor=operator)
    return record


def found(state: State = State.BLOCKED) -> dict[str, str]:
    """What is in this state, with its cause."""
    report = all_checks.run_checks(SLUG, Level.GOLIVE)
    return {one.id: one.cause for one in report.findings if one.state is state}


def inside(act: Callable[[], Any]) -> Gap:
    def run(monkeypatch: pytest.MonkeyPatch) -> None:
        with province_context(SLUG):
            act()

    return run


def host_raises(error: Exception) -> Gap:
    def fetch(host: str) -> str:
        raise error

    return lambda monkeypatch: monkeypatch.setattr(builtin_checks, "fetch", fetch)


def another_version(**values: Any) -> None:
    """The procedure's present version is a copy with these values, without fee."""
    version = ProcedureVersion.objects.get()
    for name, value in {"pk": None, "number": 2, **values}.items():
        setattr(version, name, value)
    version.save()
    Procedure.objects.update(current_version=version)


def no_term() -> None:
    another_version(term_unit="")
    Procedure.objects.update(no_fee_source="NQ minh họa số 07/NQ-HĐND")


def kind_of_fee() -> None:
    another_version()
    Fee.objects.create(version=ProcedureVersion.objects.get(number=2), order=1, kind="le_phi")


def free_in_the_table() -> None:
    another_version(text_source="national")
    Fee.objects.create(version=ProcedureVersion.objects.get(number=2), order=1, amount=0)


def asks_the_counter() -> None:
    another_version()
    version = ProcedureVersion.objects.get(number=2)
    Fee.objects.create(version=version, order=1, note="Mức của tỉnh. Hỏi số tiền ở nơi nộp.")


def another_desk() -> None:
    leader = User.objects.get(assignments__role=Role.LEADER, username="nguoi1")
    AssignmentFactory(agency=AgencyFactory(desk=True), role=Role.LEADER, user=leader)


def only_invited(role: Role) -> Gap:
    return inside(lambda: User.objects.filter(assignments__role=role).update(password="!x"))


def dissolved() -> None:
    Agency.objects.filter(procedures__code__gt="").update(dissolved_on="2026-07-01")


def both_levels() -> None:
    Procedure.objects.update(agency=None, levels=["province", "commune"])


def filed_here() -> None:
    Procedure.objects.update(filing_mode="local", channels=["online"], filing_decision="1/QĐ-UBND")


def filed_at_no_desk() -> None:
    Procedure.objects.update(filing_mode="local", channels=[], agency=None, levels=["commune"])
    Agency.objects.update(level="province")


def taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    with public_context():
        confirmations.withdraw(SLUG, "print", actor=User.objects.get(username="mot"))


def smoke_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    operators_log.record("smoke", SLUG, passed=8, failed=1)


def no_channel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.conf.settings.MESSAGING_CHANNELS", [])


GAPS: list[tuple[str, Gap, str]] = [
    ("the name leads nowhere", host_raises(socket.gaierror()), "host"),
    ("the port is closed", host_raises(ConnectionRefusedError()), "host"),
    ("another desk", inside(another_desk), "people.desks.clerk"),
    ("the clerk is only invited", only_invited(Role.CLERK), "people.desks.clerk"),
    ("nobody approves", only_invited(Role.LEADER), "people.desks.approver"),
    ("no second factor", inside(lambda: SecondFactor.objects.all().delete()), "people.administrator"),
    ("nothing is handled", inside(lambda: Procedure.objects.update(handled=False)), "catalogue.handled"),
    ("no agency", inside(lambda: Procedure.objects.update(agency=None)), "catalogue.agency"),
    ("no agency at the level of the province", inside(both_levels), "catalogue.agency"),
    ("a dissolved agency", inside(dissolved), "catalogue.agency"),
    ("no term", inside(no_term), "catalogue.term"),
    ("filed here by a decision without a day", inside(filed_here), "catalogue.filing_decision"),
    ("filed here where no desk is", inside(filed_at_no_desk), "catalogue.filing_desk"),
    ("no fee", inside(another_version), "catalogue.fee"),
    ("the kind of a fee alone", inside(kind_of_fee), "catalogue.fee"),
    ("a fee that sends people to ask", inside(asks_the_counter), "catalogue.fee"),
    ("free in the national table alone", inside(free_in_the_table), "catalogue.fee"),
    ("no channel", no_channel, "messaging.channel"),
    ("a rehearsal that failed", smoke_failed, "ops.smoke"),
    ("a confirmation that was taken back", taken_back, "confirm.print"),
]


def test_where_nothing_is_missing_all_is_listed_and_two_people_may_go(ready, operator):
    report = all_checks.run_checks(SLUG, Level.GOLIVE)
    assert found() == {}
    assert {one.check for one in report.findings} == {check.id for check in all_checks.CHECKS}
    assert golive.propose(SLUG, actor=operator)


@pytest.mark.parametrize(("gap", "id"), [gap[1:] for gap in GAPS], ids=[gap[0] for gap in GAPS])
def test_a_gap_blocks(ready, operator, monkeypatch, gap, id):
    gap(monkeypatch)
    assert list(found()) == [id]
    with pytest.raises(Refused):
        golive.propose(SLUG, actor=operator)


@pytest.mark.parametrize(
    ("day", "blocks"),
    [
        # Backups are a day old here, so they block as well.
        ("2027-11-30", {"ops.backup", "ops.rehearsal"}),
        ("2027-12-01", {"ops.backup", "ops.rehearsal", "calendar.next-year"}),
        ("2028-01-01", {"ops.backup", "ops.rehearsal", "calendar.this-year"}),
    ],
)
def test_next_years_days_off_are_there_by_december(ready: ProvinceRecord, day: str, blocks: set[str]) -> None:
    with clock.frozen(datetime.fromisoformat(f"{day}T08:00+07:00")):
        assert set(found()) == blocks


@pytest.mark.parametrize("column", ["no_term_source", "no_fee_source"])
def test_what_is_not_prescribed_is_said_with_its_source(ready: ProvinceRecord, column: str) -> None:
    with province_context(SLUG):
        another_version(term_unit="")
        Procedure.objects.update(**{column: "QĐ minh họa số 12/QĐ-UBND"})
    left = {"no_term_source": "catalogue.fee", "no_fee_source": "catalogue.term"}
    assert list(found()) == [left[column]]


def test_a_decision_that_answers_for_many_says_for_how_many(ready: ProvinceRecord) -> None:
    with province_context(SLUG):
        ProcedureFactory(code="2.000635", name="Cấp bản sao", short_name="Bản sao")
        Procedure.objects.update(no_fee_source="NQ minh họa số 07/NQ-HĐND")
    titles = {one.id: one.title for one in all_checks.run_checks(SLUG, Level.GOLIVE).findings}
    assert titles["catalogue.fee"].endswith(
        "; 2 thủ tục không thu theo một quyết định: NQ minh họa số 07/NQ-HĐND"
    )


def test_what_a_commune_resolves_needs_no_other_agency(ready: ProvinceRecord) -> None:
    with province_context(SLUG):
        Procedure.objects.update(agency=None, levels=["commune"])
    assert found() == {}


def test_a_written_decision_stands_for_a_channel(ready: ProvinceRecord, settings: Any) -> None:
    settings.MESSAGING_CHANNELS = []
    put(without_channels=["12/QĐ-UBND", "20/11/2026", "Nguyễn Văn Minh Họa"])
    titles = {one.id: one.title for one in all_checks.run_checks(SLUG, Level.GOLIVE).findings}
    assert found() == {}
    assert "12/QĐ-UBND ngày 20/11/2026, Nguyễn Văn Minh Họa ký" in titles["messaging.channel"]


def test_a_demonstration_says_what_it_is_spared_and_keeps_the_rest(ready, monkeypatch, capsys):
    put(demo=True)
    host_raises(socket.gaierror())(monkeypatch)
    only_invited(Role.CLERK)(monkeypatch)
    assert list(found()) == ["people.desks.clerk"]
    with pytest.raises(SystemExit):
        call_command("province", "check", SLUG, "--level", "golive")
    told = capsys.readouterr().out
    assert " – host  Tên miền daklak.localhost" in told
    assert "Tỉnh trình diễn (demo: true) được miễn 1 mục" in told
    assert "Miễn cho tỉnh trình diễn; tỉnh thật thì chặn: Tên miền chưa trỏ về" in told


class TestHost:
    """The host is asked over real TLS."""

    @pytest.fixture(autouse=True)
    def at_home(self, ready: ProvinceRecord, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.undo()
        with public_context():
            change(Domain.objects.filter(tenant__schema_name=SLUG), domain=HOST)
        clear_cache()

    @pytest.mark.parametrize(
        ("answers", "trusted", "cause"),
        [
            ("its proof", True, None),
            ("its proof", False, "Chứng thư TLS không dùng được"),
            ("a page", True, "không phải bằng tỉnh này"),
        ],
    )
    def test_it_answers_over_tls_with_this_province(
        self, ready: ProvinceRecord, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Any,
        answers: str, trusted: bool, cause: str | None,
    ) -> None:  # fmt: skip
        with served(tmp_path, signing.host_proof(ready) if answers == "its proof" else "<html>") as (
            port,
            authority,
        ):
            settings.PUBLIC_PORT = str(port)
            if trusted:
                monkeypatch.setenv("SSL_CERT_FILE", str(authority))
            told = found().get("host")
        assert (cause in told) if cause and told else (told, cause) == (None, None)

    @pytest.mark.parametrize("state", ["draft", "pilot", "live", "paused"])
    def test_the_proof_is_answered_in_every_state(self, ready: ProvinceRecord, state: str) -> None:
        put(state=state)
        answer = Client(headers={"host": HOST}).get(signing.HOST_PROOF_PATH)
        assert (answer.status_code, answer.content.decode().strip()) == (200, signing.host_proof(ready))

    def test_each_province_has_a_proof_of_its_own(self, ready: ProvinceRecord) -> None:
        other = Client(headers={"host": "dongnai.localhost"}).get(signing.HOST_PROOF_PATH)
        assert other.content.decode().strip() != signing.host_proof(ready)


class TestConfirming:
    """Doors of what no machine sees."""

    def test_the_board_names_who_saw_it_and_who_recorded_it(self, ready: ProvinceRecord) -> None:
        titles = {one.id: one.title for one in all_checks.run_checks(SLUG, Level.GOLIVE).findings}
        assert titles["confirm.print"] == (
            "Giấy hẹn đã in ra giấy, mã QR quét được "
            "(Trần Thị Minh Họa, Trưởng phòng xác nhận, mot ghi lúc 10:00 25/11/2026)"
        )

    @pytest.mark.parametrize(
        ("code", "person", "told"),
        [
            ("print", "", "hãy ghi họ tên"),
            ("print", "x" * 151, "hãy ghi họ tên"),
            ("print", "a\x00b", "hãy ghi họ tên"),
            ("khac", "Trần Thị Minh Họa", "không có mục “khac”"),
        ],
    )
    def test_bad_input_is_refused(self, operator: User, code: str, person: str, told: str) -> None:
        with pytest.raises(Refused, match=told):
            confirmations.confirm(SLUG, code, person=person, actor=operator)
        assert operators_log.of(SLUG, "confirm") == []

    def test_without_the_right_nothing_is_confirmed(self, db: None) -> None:
        with public_context():
            plain = UserFactory(username="ba")
        with pytest.raises(Refused, match="không có quyền"):
            confirmations.confirm(SLUG, "print", person="Trần Thị Minh Họa", actor=plain)

    def test_at_the_terminal(self, operator, settings, monkeypatch, capsys):
        settings.REQUIRE_MFA = False
        with public_context():
            operator.set_password("ba con mèo ngủ trưa")
            operator.save()
        prompts: list[str] = []
        monkeypatch.setattr("getpass.getpass", lambda prompt: prompts.append(prompt) or "ba con mèo ngủ trưa")
        person = ("--person", "Trần Thị Minh Họa", "--by", "mot")
        call_command("province", "confirm", SLUG, "print", "signed", *person)
        found = [(entry.actor_name, entry.detail["code"]) for entry in operators_log.of(SLUG, "confirm")]
        assert (found, len(prompts)) == ([("mot", "print"), ("mot", "signed")], 1)
        with pytest.raises(SystemExit):
            call_command("province", "confirm", SLUG, "clerks", "khac", *person)
        assert len(operators_log.of(SLUG, "confirm")) == 2
