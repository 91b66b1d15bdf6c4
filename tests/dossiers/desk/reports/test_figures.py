"""What the reports say, against a recount over plain rows; nothing of another agency or province is in it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dossiers.deadlines.models import CalendarVersion
from dossiers.lifecycle import actions as services
from dossiers.lifecycle.models import Dossier
from tenants import clock
from tenants.accounts.models import User
from tenants.organisation.models import Role
from tests.deep import share
from tests.dossiers.desk.reports import reading
from tests.dossiers.desk.test_desk import LIST, logged_in
from tests.dossiers.histories import Act, History, write
from tests.dossiers.recount import recount
from tests.dossiers.walking import in_progress, received, take
from tests.factories import AgencyFactory, AssignmentFactory, Office

REPORTS = "/quan-tri/bao-cao/"
NAMES = {
    "opening": "Kỳ trước chuyển sang",
    "received": "Tiếp nhận trong kỳ",
    "reopened": "Mở lại trong kỳ",
    "total": "Tổng số",
    "settled_before": "Xong trước hạn",
    "settled_on_time": "Xong đúng hạn",
    "settled_late": "Xong trễ hạn",
    "open_in_term": "Đang xử lý, trong hạn",
    "open_late": "Đang xử lý, quá hạn",
    "paused": "Tạm dừng, chờ người dân",
}
"""Counts by the names they have in the recount and on the page."""


def at(day: int, hour: int = 10, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=clock.VIETNAM)


def worked(received: datetime, due: datetime | None, *acts: Act, agency: Any = None) -> History:
    return History(received, [Act(received, 4, due=due), *acts], original_due=due, agency=agency)


def several(agency: Any) -> list[History]:
    """Dossiers that went every way, all at one agency."""
    due = at(20, 17)
    return [
        worked(at(28, month=10), due, agency=agency),
        worked(at(2), due, Act(at(18), 9, "close", due), agency=agency),
        worked(at(3), due, Act(at(20), 9, "close", due), agency=agency),
        worked(at(3), due, Act(at(23), 9, "close", due), Act(at(24), 10, "none", due), agency=agency),
        worked(at(4), due, Act(at(10), 5, "pause", due), agency=agency),
        worked(at(4), due, Act(at(12), 7, "close", due), agency=agency),
        worked(at(5), None, agency=agency),
        worked(at(23), at(30, 17), agency=agency),
        worked(at(1, month=10), at(9, 17, month=10), Act(at(8, month=10), 10, "close"), agency=agency),
    ]


@pytest.fixture
def elsewhere() -> Any:
    return AgencyFactory(code="H15.77", name="Sở Minh Họa")


def ask(user: User, **asked: str) -> Any:
    answer = logged_in(user).get(REPORTS, asked)
    assert answer.status_code == 200
    return answer


def expected(histories: list[History], first: datetime) -> dict[str, str]:
    counted = recount(histories, first.date(), clock.now(), CalendarVersion.in_force().calendar.is_open_day)
    return {NAMES[name]: str(counted[name]) for name in NAMES} | {
        "Tỷ lệ trước hạn, đúng hạn (%)": counted["on_time_rate"].replace(".", ","),
        "Không tiếp nhận, rút, dừng": str(
            counted["not_accepted"] + counted["withdrawn"] + counted["stopped"]
        ),
        "Không quy định thời hạn": str(counted["settled_without_term"] + counted["open_without_term"]),
    }


class TestByAgency:
    def test_it_equals_a_recount(
        self, office: Office, elsewhere: Any, inside: Callable[[str], AbstractContextManager[Any]]
    ) -> None:
        own, others = several(office.department), several(elsewhere)[:3]
        write(office, own + others)
        with inside("dongnai"):
            there = Office("H19")
            write(there, several(there.department))
        shown = reading.on_page(ask(office.leader)).by_first()
        assert shown.keys() == {"Phòng Tư pháp"}
        assert shown["Phòng Tư pháp"] == {
            "Cơ quan có thẩm quyền": "Phòng Tư pháp",
            **expected(own, at(1)),
        }

    def test_a_desk_sees_what_it_took_in_by_who_settles_it(self, office: Office, elsewhere: Any) -> None:
        own, others = several(office.department), several(elsewhere)[:3]
        write(office, own + others)
        shown = reading.on_page(ask(office.clerk))
        assert [row[0] for row in shown.rows] == ["Phòng Tư pháp", "Sở Minh Họa"]
        assert shown.total is not None
        assert int(shown.total[4]) == sum(int(row[4]) for row in shown.rows)

    @pytest.mark.parametrize(
        ("span", "first"),
        [("tuan", at(23)), ("thang", at(1)), ("quy", at(1, month=10)), ("nam", at(1, month=1))],
    )
    def test_each_period_begins_on_its_first_day(self, office: Office, span: str, first: datetime) -> None:
        own = several(office.department)
        write(office, own)
        row = reading.on_page(ask(office.leader, ky=span)).by_first()["Phòng Tư pháp"]
        assert row == {"Cơ quan có thẩm quyền": "Phòng Tư pháp", **expected(own, first)}

    def test_days_can_be_named(self, office: Office) -> None:
        write(office, several(office.department))
        answer = ask(office.leader, ky="ngay", tu="03/11/2026", den="04/11/2026")
        assert reading.on_page(answer).rows[0][2] == "4"
        assert "Từ ngày 03/11/2026 đến ngày 04/11/2026" in answer.content.decode()


class TestByPerson:
    @pytest.fixture
    def colleague(self, office: Office) -> User:
        return AssignmentFactory(
            agency=office.department, role=Role.SPECIALIST, user__full_name="Cán Bộ Thứ Hai"
        ).user

    def test_it_equals_a_count_of_rows(self, office: Office, colleague: User, elsewhere: Any) -> None:
        with clock.frozen(at(2)):
            late, theirs, open_late = in_progress(office), in_progress(office), in_progress(office)
            # Somebody else's: of an agency that this leader does not lead.
            other = received(office)
            Dossier.objects.filter(pk=other.pk).update(competent_agency=elsewhere, holding_agency=elsewhere)
            services.assign(theirs.pk, actor=office.leader, seen=theirs.last_sequence, assignee=colleague)
            theirs.refresh_from_db()
            take(office, theirs, "finish", actor=colleague)
        with clock.frozen(at(20)):
            take(office, late, "finish")
        assert open_late.due_at is not None
        shown = reading.on_page(ask(office.leader, loai="nguoi-xu-ly")).by_first()
        mine, hers = shown[office.specialist.full_name], shown["Cán Bộ Thứ Hai"]
        assert (mine["Hồ sơ của kỳ"], mine["Xong trễ hạn"], mine["Đang xử lý, quá hạn"]) == ("2", "1", "1")
        assert (hers["Hồ sơ của kỳ"], hers["Xong trước hạn"], hers["Tỷ lệ trước hạn, đúng hạn (%)"]) == (
            "1",
            "1",
            "100,00",
        )
        assert (mine["Nay đang giữ"], mine["Nay: quá hạn"], hers["Nay đang giữ"]) == ("2", "1", "1")
        assert "Chưa giao cho ai" not in shown

    def test_what_nobody_has_is_told(self, office: Office) -> None:
        received(office)
        shown = reading.on_page(ask(office.leader, loai="nguoi-xu-ly")).by_first()
        assert shown["Chưa giao cho ai"]["Nay đang giữ"] == "1"

    def test_who_has_nothing_is_there_to_be_given_something(self, office: Office, colleague: User) -> None:
        shown = reading.on_page(ask(office.leader, loai="nguoi-xu-ly")).by_first()
        assert shown["Cán Bộ Thứ Hai"]["Nay đang giữ"] == "0"

    def test_numbers_of_today_are_those_of_the_lists(self, office: Office, colleague: User) -> None:
        with clock.frozen(at(2)):
            in_progress(office)
        in_progress(office)
        dossier = in_progress(office)
        services.assign(dossier.pk, actor=office.leader, seen=dossier.last_sequence, assignee=colleague)
        answer = ask(office.leader, loai="nguoi-xu-ly")
        shown = reading.on_page(answer)
        told = [row[place] for row in shown.rows for place in (9, 10, 11) if row[place] != "0"]
        assert len(told) == len(shown.links) == 3
        client = logged_in(office.leader)
        for number, link in zip(told, shown.links, strict=True):
            assert link.startswith(f"{LIST}?")
            assert len(client.get(link).context["cl"].result_list) == int(number), link


class TestLate:
    def test_its_rows_are_those_that_the_rate_counts(self, office: Office, elsewhere: Any) -> None:
        own = several(office.department)
        dossiers = write(office, own + several(elsewhere))
        shown = reading.on_page(ask(office.leader, loai="tre-han"))
        assert [row[0] for row in shown.rows] == [dossiers[0].code, dossiers[3].code]
        is_open = CalendarVersion.in_force().calendar.is_open_day
        assert recount(own, at(1).date(), clock.now(), is_open)["late"] == 2

    def test_days_are_working_days(self, office: Office) -> None:
        """From Friday 20/11 to Wednesday 25/11, the Tuesday between is a day off: two. To Monday: one."""
        write(office, several(office.department))
        shown = reading.on_page(ask(office.leader, loai="tre-han"))
        assert [(row[5], row[6], row[7]) for row in shown.rows] == [
            ("20/11/2026", "25/11/2026", "2"),
            ("20/11/2026", "23/11/2026", "1"),
        ]

    def test_a_second_request_is_late_by_no_day(self, office: Office) -> None:
        due = at(30, 17)
        asked = [Act(at(3), 5, "pause", due), Act(at(4), 4, "resume", due), Act(at(5), 5, "pause", due)]
        write(office, [worked(at(2), due, *asked)])
        (row,) = reading.on_page(ask(office.leader, loai="tre-han")).rows
        assert (row[7], row[12]) == ("0", "Yêu cầu bổ sung 2 lần")

    def test_the_reason_of_an_apology_is_told(self, office: Office) -> None:
        with clock.frozen(at(2)):
            apologised, silent = in_progress(office), in_progress(office)
        with clock.frozen(at(4)):
            services.apologise(
                apologised.pk,
                actor=office.leader,
                seen=apologised.last_sequence,
                new_due=at(12).date(),
                reason="Chờ trích lục minh họa",
            )
        shown = reading.on_page(ask(office.leader, loai="tre-han")).by_first()
        reason = "Lý do đã ghi khi xin lỗi, hẹn lại"
        assert shown[apologised.code][reason] == "Chờ trích lục minh họa"
        assert shown[silent.code][reason] == "Không ghi lý do"
        assert shown[silent.code]["Đang ở"] == "Phòng Tư pháp"

    def test_officials_are_named_to_who_leads_them(self, office: Office) -> None:
        with clock.frozen(at(2)):
            in_progress(office)
        pages = {who: ask(who, loai="tre-han") for who in (office.leader, office.specialist, office.clerk)}
        assert all(len(reading.on_page(page).rows) == 1 for page in pages.values())
        told = {who for who, page in pages.items() if "Người xử lý" in reading.on_page(page).columns}
        assert told == {office.leader}


class TestRegister:
    def test_it_lists_what_the_desk_took_in(self, office: Office) -> None:
        with clock.frozen(at(31, month=10)):
            received(office)
        dossiers = [received(office) for _ in range(3)]
        shown = reading.on_page(ask(office.clerk, loai="so-theo-doi"))
        assert [row[1] for row in shown.rows] == [dossier.code for dossier in dossiers]
        assert [row[0] for row in shown.rows] == ["1", "2", "3"]

    def test_it_masks_telephones_and_has_no_number_of_identity(self, office: Office) -> None:
        received(office)
        page = ask(office.clerk, loai="so-theo-doi").content.decode()
        assert "678" in page
        assert "0905000678" not in page
        assert "066190000001" not in page

    def test_another_desks_are_not_in_it(self, office: Office) -> None:
        received(office)
        other = AssignmentFactory(agency=AgencyFactory(code="H15.70", desk=True)).user
        assert reading.on_page(ask(other, loai="so-theo-doi")).rows == []


@pytest.mark.sampled
@pytest.mark.parametrize(
    ("kind", "path"),
    [
        (kind, path)
        for turn, kind in enumerate(["co-quan", "nguoi-xu-ly", "tre-han", "so-theo-doi"])
        for path in share(["", "bao-cao.xlsx"], turn, 2)
    ],
)
def test_more_rows_take_no_more_statements(office: Office, kind: str, path: str) -> None:
    leader = AssignmentFactory(agency=office.desk, role=Role.LEADER).user
    AssignmentFactory(agency=office.department, role=Role.LEADER, user=leader)
    client = logged_in(leader)

    def statements() -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(f"{REPORTS}{path}", {"loai": kind})
            assert answer.status_code == 200
            _read(answer)
        return [query["sql"] for query in captured.captured_queries]

    with clock.frozen(at(2)):
        in_progress(office)
    statements()
    before = statements()
    with clock.frozen(at(2)):
        for _ in range(5):
            dossier = in_progress(office)
            colleague = AssignmentFactory(agency=office.department, role=Role.SPECIALIST).user
            services.assign(dossier.pk, actor=office.leader, seen=dossier.last_sequence, assignee=colleague)
    after = statements()
    assert len(after) == len(before), "\n".join(after)


def _read(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def test_a_page_shows_the_first_rows_and_says_so(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    from dossiers.desk.reports import pages

    monkeypatch.setattr(pages, "SHOWN_ROWS", 2)
    for _ in range(3):
        received(office)
    answer = ask(office.clerk, loai="so-theo-doi")
    assert len(reading.on_page(answer).rows) == 2
    assert "Báo cáo có 3 dòng" in answer.content.decode()


def test_a_province_without_dossiers_has_an_empty_report(office: Office) -> None:
    for kind in ("co-quan", "tre-han", "so-theo-doi"):
        answer = ask(office.leader, loai=kind)
        assert reading.on_page(answer).rows == []
        assert "Không có hồ sơ nào trong kỳ này" in answer.content.decode()


def test_days_are_those_of_viet_nam(office: Office) -> None:
    moments = (at(25, 0), at(26, 0) - timedelta(minutes=1), at(26, 0))
    codes = []
    for moment in moments:
        with clock.frozen(moment):
            codes.append(received(office).code)
    day = {"ky": "ngay", "tu": "25/11/2026", "den": "25/11/2026"}
    shown = reading.on_page(ask(office.clerk, loai="so-theo-doi", **day))
    assert [row[1] for row in shown.rows] == codes[:2]
