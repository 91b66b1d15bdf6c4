"""The operators' pages: what needs hands stands first, two people decide, and no dossier is seen."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils.html import escape

from dossiers.lifecycle import actions as services
from dossiers.statistics import periods, snapshots
from tenants import clock
from tenants.accounts.models import User
from tenants.audit import log as audit
from tenants.audit import operators_log
from tenants.folder.readiness import Check, Finding, Level, State
from tenants.isolation.context import province_context, public_context
from tenants.isolation.models import Province
from tenants.isolation.province_cache import clear_cache
from tenants.operations import replication
from tenants.operations.board import board, onboarding_timeline
from tenants.operations.board.board import Cell, Column, Urgency
from tenants.operations.golive import confirmations, golive, offboard
from tenants.operations.readiness import all_checks
from tenants.operations.replication import Standby
from tests.factories import Office, UserFactory
from tests.provinces import change

BOARD, LOG, PAGE = "/van-hanh/", "/van-hanh/nhat-ky/", "/van-hanh/tinh/daklak/"


@pytest.fixture
def people(db: None) -> list[User]:
    with public_context():
        return [UserFactory(username=name, is_superuser=True) for name in ("mot", "hai")]


@pytest.fixture
def real_checks() -> set[str]:
    return {check.id for check in all_checks.CHECKS}


@pytest.fixture
def nothing_blocks(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(all_checks, "CHECKS", [])


def browser(user: User) -> Client:
    client = Client(headers={"host": "localhost"})
    with public_context():
        client.force_login(user, backend="tenants.organisation.auth_backend.RoleBackend")
    return client


@pytest.fixture
def mot(people: list[User]) -> Client:
    return browser(people[0])


@pytest.fixture
def hai(people: list[User]) -> Client:
    return browser(people[1])


def put(slug: str = "daklak", **values: Any) -> None:
    with public_context():
        change(Province.objects.filter(schema_name=slug), **values)
    clear_cache()


def state(slug: str = "daklak") -> str:
    with public_context():
        return str(Province.objects.get(schema_name=slug).state)


def text(response: Any) -> str:
    assert response.status_code == 200
    return str(response.content.decode())


def shown(client: Client) -> str:
    """The proposal that stands on the page."""
    found = re.search(r'name="proposal" value="(\d+)"', text(client.get(PAGE)))
    assert found
    return found[1]


@pytest.fixture
def columns(db: None, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`columns(code, read)` adds one; no other is there."""
    monkeypatch.setattr(board, "COLUMNS", [])
    return lambda code, read: board.COLUMNS.append(Column(code, code, read))


class TestBoard:
    @pytest.mark.parametrize("of_all", [False, True])
    def test_what_needs_hands_stands_first_and_two_things_to_do_before_one(self, columns, of_all):
        if of_all:
            columns("mot", lambda record: Cell("x", Urgency.SOON, "Có việc"))
        columns("hai", lambda record: Cell("x", Urgency.SOON, "Có việc" if record.slug == "dongnai" else ""))
        assert [row.province.slug for row in board.rows()] == ["dongnai", "daklak"]

    def test_a_province_that_cannot_be_read_hides_no_other(self, columns: Any) -> None:
        def read(record: Any) -> Cell:
            if record.slug == "daklak":
                raise RuntimeError("bí mật")
            return Cell("được")

        columns("thu", read)
        first, second = board.rows()
        assert (first.province.slug, first.need) == ("daklak", Urgency.NOW)
        assert "bí mật" not in first.todo[0].todo
        assert second.cells[0].text == "được"

    def test_an_archived_province_stands_last_and_is_not_read(self, columns: Any) -> None:
        columns("thu", lambda record: Cell("x", Urgency.LOOK, "Có việc"))
        put(state="archived")
        assert [(row.province.slug, row.cells[0].text) for row in board.rows()][-1] == ("daklak", "–")

    def test_the_page_shows_every_column_of_every_room(self, mot: Client) -> None:
        page = text(mot.get(BOARD))
        for title in ("Hồ sơ hôm nay", "Sẵn sàng", "Bảng", "Tin gửi", "Cơ sở dữ liệu", "Tệp", "Sao lưu"):
            assert f'<th scope="col">{title}</th>' in page
        assert "Đắk Lắk" in page
        assert "Đồng Nai" in page

    @pytest.mark.parametrize(
        ("needs", "told"),
        [
            ((Urgency.NOW, Urgency.LOOK), "1 cần làm ngay, 1 có cảnh báo."),
            ((Urgency.NONE, Urgency.LOOK), "0 cần làm ngay, 1 có cảnh báo."),
            ((Urgency.NONE, Urgency.NONE), "Không tỉnh nào chờ."),
        ],
    )
    def test_warnings_count_as_well(self, mot, columns, needs, told):
        of = dict(zip(("daklak", "dongnai"), needs, strict=True))
        columns("thu", lambda record: Cell("x", of[record.slug], "Có việc" if of[record.slug] else ""))
        assert told in text(mot.get(BOARD))

    def test_a_year_of_dossiers_is_drawn_and_stands_in_a_table_beside_the_share_on_time(self, mot, noon):
        with province_context("daklak"):
            office = Office()
            services.receive(office.intake(), actor=office.clerk)
            month = periods.Period.month(clock.today())
            for period in (month.previous, month):
                snapshots.refresh(period)
        page = text(mot.get(BOARD))
        assert "đúng hạn tháng này 100,0 %" in page
        assert "Tiếp nhận: thấp nhất 0 (10/2026), cao nhất 1 (11/2026), gần nhất 1 (11/2026)" in page
        table = page.partition("Bảng từng tháng của Đắk Lắk")[2].partition("</table>")[0]
        assert re.findall(r"<tr><th scope=.row.>(.*?)</th>", table) == ["10/2026", "11/2026"]

    @pytest.mark.parametrize(
        ("days", "told"), [(None, "Chưa có bản sao lưu nào được ghi lại"), (0, ""), (2, "Bản sao lưu đã cũ")]
    )
    def test_the_last_backup_is_shown_and_missed(self, db: None, days: int | None, told: str) -> None:
        if days is not None:
            with province_context("daklak"), clock.frozen(clock.now() - timedelta(days=days)):
                audit.record("backup.made", "backup")
        row = next(row for row in board.rows() if row.province.slug == "daklak")
        found = [cell.todo for cell in row.todo if "sao lưu" in cell.todo]
        assert [told in text for text in found] == ([True] if told else [])


class TestWhoMayIn:
    @pytest.mark.parametrize("address", [BOARD, LOG, PAGE])
    def test_nobody_without_signing_in_or_the_right(self, db: None, address: str) -> None:
        response = Client(headers={"host": "localhost"}).get(address)
        assert (response.status_code, "/van-hanh/login/" in response["Location"]) == (302, True)
        assert Client(headers={"host": "daklak.localhost"}).get(address).status_code == 404
        with public_context():
            plain = UserFactory(username="ba")
        # The first page of the site is theirs as well, without the board.
        assert browser(plain).get(address).status_code == (200 if address == BOARD else 403)

    def test_who_may_only_look_decides_nothing(self, db: None, nothing_blocks: None) -> None:
        from django.contrib.auth.models import Group, Permission

        with public_context():
            looking = UserFactory(username="ba")
            group = Group.objects.create(name="xem")
            group.permissions.add(Permission.objects.get(codename="view_province"))
            looking.groups.add(group)
        put(state="pilot")
        client = browser(looking)
        assert "Đề nghị</button>" not in text(client.get(PAGE))
        assert client.post(PAGE, {"act": "golive-propose"}).status_code == 403


class TestTwoPeople:
    @pytest.fixture(autouse=True)
    def pilot(self, nothing_blocks: None) -> None:
        put(state="pilot")

    def test_one_proposes_and_the_other_confirms(self, mot: Client, hai: Client) -> None:
        mot.post(PAGE, {"act": "golive-propose", "level": "golive"})
        assert "Đang chờ một người vận hành khác." in text(mot.get(PAGE))
        assert "golive-confirm" not in text(mot.get(PAGE))
        assert "golive-confirm" in text(hai.get(PAGE))
        assert "tỉnh chuyển từ “chạy thử” sang “đang phục vụ”" in text(hai.get(PAGE))
        hai.post(PAGE, {"act": "golive-confirm", "proposal": shown(hai)})
        assert state() == "live"

    @pytest.mark.parametrize("proposal", ["", "0", "x", "9" * 30])
    def test_what_was_not_shown_is_not_confirmed(self, mot: Client, hai: Client, proposal: str) -> None:
        mot.post(PAGE, {"act": "golive-propose"})
        answer = hai.post(PAGE, {"act": "golive-confirm", "proposal": proposal}, follow=True)
        assert "hãy xem lại rồi xác nhận" in text(answer)
        assert state() == "pilot"

    def test_the_second_person_reads_when_a_province_that_leaves_loses_its_data(self, people, hai):
        put(state="paused")
        operators_log.record(offboard.EXPORTED, "daklak", rows=1, folder="ra")
        offboard.propose("daklak", actor=people[0], days=9)
        assert "sang “đã lưu trữ”; sau 9 ngày thì xóa được mọi dữ liệu." in text(hai.get(PAGE))
        hai.post(PAGE, {"act": "offboard-confirm", "proposal": shown(hai)})
        assert state() == "archived"

    def test_the_time_that_was_typed_is_in_viet_nam(self, mot: Client, noon: Any) -> None:
        mot.post(PAGE, {"act": "golive-propose", "at": "2026-11-26T07:30"})
        said = golive.approval_of("daklak")
        assert said is not None
        assert said.detail["at"] == "2026-11-26T07:30:00+07:00"
        assert "07:30 26/11/2026" in text(mot.get(PAGE))

    def test_a_pause_is_one_click_and_in_the_log(self, mot: Client) -> None:
        mot.post(PAGE, {"act": "pause"})
        assert state() == "paused"
        assert "tạm dừng · daklak" in text(mot.get(LOG))
        mot.post(PAGE, {"act": "resume"})
        assert state() == "pilot"

    @pytest.mark.parametrize("act", ["", "x", "golive-confirm", "offboard-confirm"])
    def test_what_cannot_be_done_changes_nothing(self, mot: Client, act: str) -> None:
        assert mot.post(PAGE, {"act": act}).status_code == 302
        assert state() == "pilot"


class TestFortnight:
    @pytest.fixture(autouse=True)
    def third_day(self, noon: Any, real_checks: set[str], nothing_blocks: None) -> None:
        put(state="pilot", created_at=clock.now() - timedelta(days=2))

    def day(self, code: str) -> onboarding_timeline.Day:
        found = onboarding_timeline.timeline_of(all_checks.run_checks("daklak", Level.GOLIVE))
        return next(day for day in found.days if day.milestone.code == code)

    def test_what_is_due_and_not_done_is_late(self) -> None:
        assert (self.day("channels").state, self.day("channels").state_text) == ("late", "trễ 1 ngày")
        assert self.day("calendar").state == "ahead"
        days = {milestone.day for milestone in onboarding_timeline.MILESTONES}
        assert days == set(range(1, onboarding_timeline.DAYS + 1))

    @pytest.mark.parametrize(
        ("found", "done"),
        [
            ({"host": State.OK, "messaging.channel": State.OK}, True),
            ({"host": State.WARNING, "messaging.channel": State.OK}, True),
            ({"host": State.BLOCKED, "messaging.channel": State.OK}, False),
            ({"host": State.SKIPPED, "messaging.channel": State.OK}, False),
            ({"messaging.channel": State.OK}, False),
        ],
        ids=str,
    )
    def test_a_day_is_done_when_all_its_checks_were_seen_and_are_well(self, found, done):
        for id, state in found.items():
            all_checks.CHECKS.append(
                Check(id, id, Level.GOLIVE, lambda id=id, state=state: [Finding(id, id, state)])
            )
        assert self.day("channels").done is done

    def test_nothing_is_done_that_was_not_looked_at(self) -> None:
        found = onboarding_timeline.timeline_of(all_checks.run_checks("daklak", Level.GOLIVE))
        assert [day.milestone.code for day in found.days if day.done] == ["kickoff"]

    def test_every_day_needs_checks_that_there_are(self, real_checks: set[str]) -> None:
        needed = {
            id.partition(".")[0] for milestone in onboarding_timeline.MILESTONES for id in milestone.needs
        }
        known = {id.partition(".")[0] for id in real_checks}
        assert needed - known == {onboarding_timeline.WHOLE, onboarding_timeline.LIVE}

    def test_what_no_check_sees_is_confirmed_by_name_and_can_be_taken_back(self, mot: Client) -> None:
        all_checks.CHECKS.append(confirmations.confirmed)
        mot.post(PAGE, {"act": "confirm", "code": "clerks", "person": "Lê Thị Minh Họa, Trưởng phòng"})
        assert self.day("clerks").done
        assert "Lê Thị Minh Họa, Trưởng phòng xác nhận, mot ghi lúc" in text(mot.get(PAGE))
        mot.post(PAGE, {"act": "confirm-withdraw", "code": "clerks"})
        assert not self.day("clerks").done

    def test_what_is_late_needs_hands_on_the_board(self) -> None:
        row = next(row for row in board.rows() if row.province.slug == "daklak")
        assert "Tên miền, kênh báo tin (tỉnh): trễ 1 ngày" in [cell.todo for cell in row.todo]

    def test_the_board_says_what_waits_for_whom(self, mot: Client) -> None:
        assert "Đang chờ tỉnh: Tên miền, kênh báo tin." in text(mot.get(BOARD))


def test_the_log_is_paged(mot: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from tenants.operations.board import pages

    monkeypatch.setattr(pages, "PAGE", 2)
    for number in range(3):
        operators_log.record("smoke", f"tinh{number}")
    page = text(mot.get(LOG))
    assert "tinh2" in page
    assert "tinh0" not in page
    older = operators_log.newest(2)[-1].pk
    assert "tinh0" in text(mot.get(f"{LOG}?truoc={older}"))


def test_the_log_is_in_words(mot: Client) -> None:
    operators_log.record("confirm", "daklak", code="clerks", done=True)
    assert "việc: Cán bộ tiếp nhận đã được tập huấn, xác nhận: có" in text(mot.get(LOG))


def test_what_was_written_by_others_is_escaped(mot: Client) -> None:
    operators_log.record("smoke", "daklak", name="<b>x</b>")
    page = text(mot.get(LOG))
    assert escape("<b>x</b>") in page
    assert "<b>x</b>" not in page


def test_the_board_names_the_machine_that_leads_and_the_one_that_is_missing(
    mot: Client, monkeypatch: Any
) -> None:
    cluster = replication.Cluster(
        "pg2",
        (Standby("pg1", True, True, 2048, 0.4), Standby("pg3", is_following=False)),
        3,
        clock.now(),
    )
    monkeypatch.setattr(replication, "look", lambda: cluster)
    page = mot.get(BOARD).content.decode()
    assert "Thiếu 1 máy cơ sở dữ liệu dự phòng: pg3." in page
    assert "pg1 theo đồng bộ, chậm 2,0 KB (0,4 giây)" in page.replace("\xa0", " ")
    assert "Đổi máy chính lần cuối" in page
