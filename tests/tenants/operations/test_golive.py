"""Going live takes two people and nothing that blocks; the log tells who they were."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.db import DatabaseError, transaction

from tenants import clock
from tenants.accounts.models import User
from tenants.audit import operators_log
from tenants.folder.problems import Refused
from tenants.folder.readiness import Check, Finding, Level, State
from tenants.isolation.context import public_context
from tenants.isolation.models import OperatorsEntry, Province
from tenants.operations.golive import golive, two_person_approval
from tenants.operations.golive.golive import pause_province, resume_province
from tenants.operations.readiness import all_checks
from tests.factories import UserFactory
from tests.tenants.accounts.signin.people import PASSWORD

SLUG = "daklak"
ACTS = ("golive.proposed", "golive.confirmed", "golive.withdrawn", "golive.done")


@pytest.fixture
def pilot(db: None, monkeypatch: pytest.MonkeyPatch, settings: Any) -> str:
    """A province that is tried out; nothing is looked at before it goes live."""
    settings.REQUIRE_MFA = False
    monkeypatch.setattr(all_checks, "CHECKS", [])
    with public_context():
        Province.objects.filter(schema_name=SLUG).update(state="pilot")
    return SLUG


@pytest.fixture
def people(db: None) -> list[User]:
    with public_context():
        return [operator("mot"), operator("hai")]


def operator(username: str) -> User:
    user = UserFactory(username=username, is_superuser=True)
    user.set_password(PASSWORD)
    user.save()
    return user


def state() -> str:
    with public_context():
        return str(Province.objects.get(schema_name=SLUG).state)


def confirm(person: User) -> Province:
    """Confirm what waits, as somebody does who has just read it."""
    said = golive.approval_of(SLUG)
    return golive.confirm(SLUG, actor=person, proposal=said.entry.pk if said else 0)


def block(level: Level = Level.GOLIVE, **more: Any) -> None:
    found = Finding("thu.chan", "Ngày nghỉ lễ", State.BLOCKED, "Chưa có năm 2027.", "Thêm vào.")
    all_checks.CHECKS.append(Check("thu.chan", "Ngày nghỉ lễ", level, lambda: [found], **more))


def test_a_second_person_makes_it_live_and_the_log_names_both(pilot: str, people: list[User]) -> None:
    golive.propose(SLUG, actor=people[0])
    assert confirm(people[1]).state == "live"
    assert state() == "live"
    told = [(entry.act, entry.actor_name) for entry in operators_log.of(SLUG, *ACTS)]
    assert told == [("golive.proposed", "mot"), ("golive.confirmed", "hai"), ("golive.done", "")]


def test_one_proposal_waits_at_a_time_and_nobody_confirms_himself(pilot: str, people: list[User]) -> None:
    golive.propose(SLUG, actor=people[0])
    with pytest.raises(Refused, match="mot đã đề nghị"):
        golive.propose(SLUG, actor=people[1])
    with pytest.raises(Refused, match="người vận hành khác"):
        confirm(people[0])
    assert state() == "pilot"


def test_a_proposal_that_nobody_saw_is_not_confirmed(pilot: str, people: list[User]) -> None:
    seen = golive.propose(SLUG, actor=people[0])
    golive.withdraw(SLUG, actor=people[0])
    golive.propose(SLUG, actor=people[0], at=clock.now() + timedelta(days=1))
    with pytest.raises(Refused, match="đã đổi trong lúc xem"):
        golive.confirm(SLUG, actor=people[1], proposal=seen.pk)
    assert state() == "pilot"


class TestWhoMayDecide:
    """Who is refused, whatever the door: an operator in good standing is there beside them."""

    @pytest.mark.parametrize(
        "changed", [{"is_superuser": False}, {"is_staff": False}, {"is_active": False}], ids=str
    )
    def test_no_second_person_without_the_right(self, pilot, people, changed):
        golive.propose(SLUG, actor=people[0])
        with public_context():
            # As of this moment: whoever signed in before is still held to be what he was.
            User.objects.filter(pk=people[1].pk).update(**changed)
        with pytest.raises(Refused, match="không có quyền quyết định"):
            confirm(people[1])
        assert state() == "pilot"

    def test_the_right_alone_is_enough(self, pilot: str, people: list[User]) -> None:
        golive.propose(SLUG, actor=people[0])
        with public_context():
            third = UserFactory(username="ba")
            group = Group.objects.create(name="quyết định")
            group.permissions.add(Permission.objects.get(codename="change_province"))
            third.groups.add(group)
        assert confirm(third).state == "live"

    def test_without_the_right_nothing_is_proposed_or_withdrawn(self, pilot: str, people: list[User]) -> None:
        golive.propose(SLUG, actor=people[0])
        with public_context():
            plain = UserFactory(username="ba")
        for act in (golive.propose, golive.withdraw):
            with pytest.raises(Refused, match="không có quyền quyết định"):
                act(SLUG, actor=plain)

    def test_nobody_of_a_province_is_the_second_person(self, pilot, people, inside):
        golive.propose(SLUG, actor=people[0])
        with inside(SLUG):
            stranger = UserFactory(pk=people[1].pk, username="quantri", is_superuser=True)
        with pytest.raises(Refused, match="không có quyền quyết định"):
            confirm(stranger)


def test_only_a_proposal_that_waits_is_confirmed(pilot: str, people: list[User]) -> None:
    """Not one that nobody made, that was withdrawn, or that is three days old."""
    for withdrawn, later in ((None, timedelta(0)), (True, timedelta(0)), (False, two_person_approval.LASTS)):
        if withdrawn is not None:
            golive.propose(SLUG, actor=people[0])
        if withdrawn:
            golive.withdraw(SLUG, actor=people[1])
        with clock.frozen(clock.now() + later), pytest.raises(Refused, match="không có đề nghị"):
            confirm(people[1])
    assert state() == "pilot"


def test_what_came_to_block_meanwhile_keeps_it_from_being_confirmed(pilot: str, people: list[User]) -> None:
    golive.propose(SLUG, actor=people[0])
    block()
    with pytest.raises(Refused, match="Ngày nghỉ lễ"):
        confirm(people[1])
    assert state() == "pilot"


def test_without_approved_templates_the_web_goes_live_all_the_same(pilot: str, people: list[User]) -> None:
    block(can_follow=True)
    with pytest.raises(Refused):
        golive.propose(SLUG, actor=people[0])
    golive.propose(SLUG, actor=people[0], level=Level.WEB)
    confirm(people[1])
    assert state() == "live"


@pytest.mark.parametrize("present", ["live", "paused", "archived"])
def test_only_who_is_not_live_yet_goes_live(pilot: str, people: list[User], present: str) -> None:
    with public_context():
        Province.objects.filter(schema_name=SLUG).update(state=present)
    with pytest.raises(Refused, match="không đưa vào phục vụ chính thức được"):
        golive.propose(SLUG, actor=people[0])


class TestAtATime:
    NOON = datetime(2026, 11, 25, 12, 0, tzinfo=clock.VIETNAM)

    @pytest.fixture(autouse=True)
    def agreed(self, pilot: str, people: list[User]) -> None:
        with clock.frozen(self.NOON - timedelta(hours=5)):
            golive.propose(SLUG, actor=people[0], at=self.NOON)
            confirm(people[1])

    def test_when_it_comes_the_province_is_live_and_not_before(self) -> None:
        with clock.frozen(self.NOON - timedelta(minutes=1)):
            assert golive.open_due_provinces() == []
        assert state() == "pilot"
        with clock.frozen(self.NOON):
            assert golive.open_due_provinces() == [SLUG]
            assert golive.open_due_provinces() == []
        assert state() == "live"

    def test_who_became_unready_is_not_opened_and_the_log_says_why(self) -> None:
        block()
        with clock.frozen(self.NOON):
            assert golive.open_due_provinces() == []
        entry = operators_log.last(SLUG, "golive.withdrawn")
        assert entry is not None
        assert entry.detail["blocked"] == ["thu.chan"]
        assert state() == "pilot"

    def test_a_time_that_came_during_a_pause_has_to_be_agreed_on_again(self) -> None:
        with clock.frozen(self.NOON - timedelta(hours=1)):
            pause_province(SLUG)
        with clock.frozen(self.NOON + timedelta(hours=1)):
            assert resume_province(SLUG).state == "pilot"
            assert golive.open_due_provinces() == []
        entry = operators_log.last(SLUG, "golive.withdrawn")
        assert entry is not None
        assert entry.detail["lapsed"] == self.NOON.isoformat()

    def test_a_pause_that_is_over_before_changes_nothing(self) -> None:
        with clock.frozen(self.NOON - timedelta(hours=1)):
            pause_province(SLUG)
            resume_province(SLUG)
        with clock.frozen(self.NOON):
            assert golive.open_due_provinces() == [SLUG]

    def test_a_clock_that_stood_still_for_long_opens_nothing(self) -> None:
        with clock.frozen(self.NOON + golive.LATEST + timedelta(minutes=1)):
            assert golive.open_due_provinces() == []
        assert operators_log.last(SLUG, "golive.withdrawn") is not None
        assert state() == "pilot"

    def test_it_can_be_withdrawn(self, people: list[User]) -> None:
        golive.withdraw(SLUG, actor=people[1])
        with clock.frozen(self.NOON):
            assert golive.open_due_provinces() == []


def test_a_date_of_an_earlier_province_of_that_name_opens_no_new_one(pilot: str, people: list[User]) -> None:
    golive.propose(SLUG, actor=people[0], at=clock.now() + timedelta(hours=1))
    confirm(people[1])
    operators_log.record("offboard.done", SLUG)
    with clock.frozen(clock.now() + timedelta(hours=1)):
        assert golive.open_due_provinces() == []
    assert state() == "pilot"


def test_the_log_only_grows(pilot: str, people: list[User]) -> None:
    entry = golive.propose(SLUG, actor=people[0])
    with public_context():
        for act in (lambda: OperatorsEntry.objects.filter(pk=entry.pk).update(slug="x"), entry.delete):
            with pytest.raises(DatabaseError), transaction.atomic():
                act()


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    def type_in(password: str) -> None:
        monkeypatch.setattr("getpass.getpass", lambda prompt: password)

    type_in(PASSWORD)
    return type_in


def run(*arguments: str, slug: str = SLUG) -> int:
    try:
        call_command("province", "golive", slug, *arguments)
    except SystemExit as ended:
        return int(str(ended.code))
    return 0


def test_two_people_at_the_terminal(pilot, people, typed, capsys):
    assert run("--by", "mot") == 0
    assert "Một người vận hành khác xác nhận" in capsys.readouterr().out
    assert run("--by", "mot") == 2
    assert run("--by", "hai") == 0
    assert "Tỉnh Đắk Lắk: đang phục vụ" in capsys.readouterr().out


def test_the_second_person_reads_what_will_change_before_anything_is_asked(
    pilot: str, people: list[User], typed: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    run("--by", "mot")
    capsys.readouterr()

    def gives_up(prompt: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("getpass.getpass", gives_up)
    assert run("--by", "hai") == 2
    told = capsys.readouterr()
    assert "Tỉnh Đắk Lắk (daklak) chuyển từ “chạy thử” sang “đang phục vụ”, ngay." in told.out
    assert "SẴN SÀNG ở mức phục vụ chính thức (golive)." in told.out
    assert "mot đã đề nghị lúc" in told.out
    assert "chưa có gì thay đổi" in told.err
    assert state() == "pilot"


@pytest.mark.parametrize(
    ("password", "needs_factor", "told"),
    [("đoán bừa một câu", False, "chưa đúng"), (PASSWORD, True, "chưa cài mã")],
)
def test_who_does_not_know_the_password_or_lacks_the_factor_proposes_nothing(
    pilot: str, people: list[User], typed: Callable[[str], None], settings: Any, capsys: Any,
    password: str, needs_factor: bool, told: str,
) -> None:  # fmt: skip
    settings.REQUIRE_MFA = needs_factor
    typed(password)
    assert run("--by", "mot") == 2
    assert golive.approval_of(SLUG) is None
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("slug", "arguments", "told"),
    [
        (SLUG, ("--by", "mot"), "thu.chan: Ngày nghỉ lễ: Chưa có năm 2027."),
        (SLUG, ("--at", "2020-01-01 07:30"), "ở phía trước"),
        (SLUG, ("--at", "mai"), "2026-12-01 07:30"),
        ("khongco", (), "hưa có tỉnh"),
    ],
)
def test_what_hinders_is_told_before_a_password_is_asked(pilot, capsys, slug, arguments, told):
    block()
    assert run(*arguments, slug=slug) == 2
    assert told in capsys.readouterr().err


def test_signing_in_is_in_the_operators_log(people: list[User], settings: Any) -> None:
    from django.test import Client

    settings.REQUIRE_MFA = False
    browser = Client(headers={"host": "localhost"})
    browser.post("/van-hanh/login/", {"username": "mot", "password": PASSWORD})
    with public_context():
        entry = OperatorsEntry.objects.get(act="signin.entered")
    assert entry.actor_name == "mot"
    assert PASSWORD not in json.dumps(entry.detail)


def test_the_status_tells_who_proposed_what(pilot: str, people: list[User], capsys: Any) -> None:
    golive.propose(SLUG, actor=people[0])
    call_command("province", "status", SLUG)
    told = capsys.readouterr().out
    assert "Tỉnh Đắk Lắk (daklak), daklak.localhost: chạy thử" in told
    assert "Phục vụ chính thức: đề nghị" in told
    assert "mot" in told
    assert "Sao lưu: chưa có" in told
