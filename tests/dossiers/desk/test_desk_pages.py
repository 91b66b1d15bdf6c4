"""Where and when: pages of desks, open or closed as of now also where they are kept, and the real waiting time."""

from datetime import date, datetime, timedelta

import pytest

from dossiers.deadlines.models import CalendarVersion
from dossiers.statistics.periods import Period
from dossiers.statistics.snapshots import refresh
from tenants import clock
from tests.dossiers.histories import History, write
from tests.dossiers.publishing import get, settled, statements, words
from tests.factories import CALENDAR, AgencyFactory, Office, ProcedureFactory

ALL, DESK = "/noi-nop/", "/noi-nop/H15.08/"
MARRIAGE = "/thu-tuc/1.000894/"


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=clock.VIETNAM)


@pytest.mark.parametrize("path", [ALL, DESK])
@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (at(25, 7, 29), ("Đang nghỉ", "Mở cửa lúc 07:30 hôm nay")),
        (at(25, 7, 30), ("Đang mở cửa", "Đến 11:30")),
        (at(25, 12), ("Đang nghỉ", "Mở cửa lúc 13:30 hôm nay")),
        (at(27, 17), ("Đã đóng cửa", "Mở lại thứ Hai 30/11, lúc 07:30")),
        (at(24, 9), ("Đã đóng cửa", "Mở lại thứ Tư 25/11, lúc 07:30")),
        (at(12, 16, month=12), ("Đang mở cửa", "Đến 17:00")),
    ],
    ids=["early", "open", "lunch", "before a weekend", "day off", "make-up Saturday"],
)
def test_says_whether_it_is_open_and_until_when(
    office: Office, path: str, moment: datetime, said: tuple[str, ...]
) -> None:
    CalendarVersion.publish({**CALENDAR, "makeup_days": ["2026-12-12"]})
    with clock.frozen(moment):
        page = words(get(path))
    assert all(text in page for text in said)


def test_a_kept_page_does_not_stay_open_over_lunch(office: Office) -> None:
    tag = get(DESK)["ETag"]
    with clock.frozen(at(25, 11, 29)):
        assert get(DESK, **{"if-none-match": tag}).status_code == 304
    with clock.frozen(at(25, 11, 30)):
        assert "Đang nghỉ" in words(get(DESK, **{"if-none-match": tag}))


def test_a_page_costs_six_statements_at_most(office: Office) -> None:
    assert len(statements(DESK)) <= 6


def test_a_procedure_costs_four_statements_where_another_was_shown(office: Office) -> None:
    """Workflows, rules of filing and real waiting times of all procedures are read with the first one, once."""
    ProcedureFactory(code="9.000077", handled=True)
    assert len(statements("/thu-tuc/9.000077/")) <= 9
    assert len(statements(MARRIAGE)) <= 4


def test_days_off_and_make_up_days_of_two_weeks_are_named(office: Office) -> None:
    CalendarVersion.publish({**CALENDAR, "makeup_days": ["2026-11-28", "2026-12-12"]})
    with clock.frozen(at(23, 8)):
        page = words(get(DESK))
    assert 'thứ Ba 24/11: nghỉ (<span lang="vi">Ngày Văn hóa Việt Nam</span>)' in page
    assert "thứ Bảy 28/11: làm bù" in page
    assert "12/12" not in page


def test_a_desk_with_hours_of_its_own_is_not_called_open(office: Office) -> None:
    office.desk.hours = "Sáng thứ Hai và thứ Năm"
    office.desk.save()
    page = words(get(DESK))
    assert "Sáng thứ Hai và thứ Năm" in page
    assert "Đang mở cửa" not in page


def test_gives_address_telephone_and_maps_by_plain_links(office: Office) -> None:
    office.desk.address, office.desk.phone = "Số 1 đường Minh Họa", "0262 000 0008"
    office.desk.save()
    page = words(get(DESK))
    assert "Số 1 đường Minh Họa, tỉnh Đắk Lắk" in page
    assert 'href="tel:02620000008"' in page
    assert "openstreetmap.org/search?query=S%E1%BB%91+1" in page
    office.desk.lat, office.desk.lon = "12.668500", "108.038200"
    office.desk.save()
    page = words(get(DESK))
    assert "openstreetmap.org/?mlat=12.668500&amp;mlon=108.038200#map=18/12.668500/108.038200" in page
    assert "google.com/maps/search/?api=1&amp;query=12.668500%2C108.038200" in page


def test_a_dissolved_desk_leads_to_its_successor_and_no_desk_is_not_found(office: Office) -> None:
    AgencyFactory(code="H15.60", desk=True, dissolved_on="2025-07-01", successor=office.desk)
    assert get("/noi-nop/H15.60/")["Location"] == DESK
    assert get("/noi-nop/H15.15/").status_code == 404


def handed_in(number: int, first: datetime, **more: str) -> list[History]:
    return [History(first + timedelta(minutes=place), **more) for place in range(number)]


def test_tells_when_it_is_busy_from_what_was_handed_in_and_hides_small_numbers(office: Office) -> None:
    weeks = [at(2, 8), at(9, 8), at(16, 8)]
    write(office, [history for monday in weeks for history in handed_in(12, monday)])
    write(office, handed_in(9, at(3, 14)) + handed_in(30, at(4, 9), channel="online"))
    page = words(get(DESK))
    assert "Đông nhất: thứ Hai, 8 đến 9 giờ, khoảng 12 hồ sơ." in page
    assert "trung bình 3 tuần, tính đến 22/11/2026" in page
    assert page.count("<td>12</td>") == 1
    assert page.count("<td>–</td>") == 9 * 5 - 1


def test_tells_nothing_of_too_few(office: Office) -> None:
    write(office, handed_in(9, at(2, 8)))
    assert "Lúc nào đông" not in words(get(DESK))


@pytest.fixture
def settled_in_a_quarter(office: Office) -> None:
    """Twelve that took four working days in July, nine and eleven of others; the quarter is over and counted."""
    few, others = ProcedureFactory(code="1.000001"), ProcedureFactory(code="1.000002")
    for number, procedure in ((9, few), (11, others), (12, office.procedure)):
        write(office, [settled(6, 7, procedure=procedure) for _ in range(number)])
    refresh(Period("quarter", date(2026, 7, 1)))


@pytest.mark.usefixtures("settled_in_a_quarter")
def test_a_procedure_says_how_long_it_really_takes_beside_the_law() -> None:
    page = words(get(MARRIAGE))
    assert "<strong>Một nửa số hồ sơ xong trong 4 ngày làm việc</strong>, quy định 5." in page
    assert "Theo 12 hồ sơ đã xong trong quý 3/2026." in page


@pytest.mark.usefixtures("settled_in_a_quarter")
@pytest.mark.parametrize("code", ["1.000001", "1.000002"], ids=["few", "by which the few would be known"])
def test_a_procedure_says_nothing_that_the_transparency_page_holds_back(code: str) -> None:
    assert "Một nửa số hồ sơ" not in words(get(f"/thu-tuc/{code}/"))


def test_a_quarter_counted_before_its_end_says_nothing(office: Office) -> None:
    with clock.frozen(at(30, 12, month=9)):
        write(office, [settled(6, 7) for _ in range(12)])
        refresh(Period("quarter", date(2026, 7, 1)))
    assert "Một nửa số hồ sơ" not in words(get(MARRIAGE))


@pytest.mark.parametrize(("levels", "path"), [(["province"], DESK), (["commune"], ALL)])
def test_a_procedure_leads_to_where_it_is_filed(office: Office, levels: list[str], path: str) -> None:
    office.desk.level = "province"
    office.desk.save()
    office.procedure.levels = levels
    office.procedure.save()
    assert f'href="{path}"' in words(get(MARRIAGE)).partition("<footer")[0]
