"""The transparency page: one figure first with what was late, the state's formula, nobody named."""

import gzip
import re
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import resolve, reverse

from dossiers.statistics.models import StatisticsSnapshot
from dossiers.statistics.periods import Period
from dossiers.statistics.results import Counts, Figures, Group
from dossiers.statistics.transparency import chart_data, report
from dossiers.statistics.transparency import wording as said
from dossiers.statistics.transparency.disclosure_control import PublishedGroup
from dossiers.statistics.transparency.report import Span, Term
from tenants import clock
from tests.dossiers.histories import Act, History
from tests.dossiers.publishing import HOST, OCTOBER, PAGE, Published, get, settled, words
from tests.factories import Office


def test_the_last_whole_month_comes_first_with_its_numbers(published: Published) -> None:
    page = words(get())
    assert "Kỳ này chưa hết" not in page
    assert "so với" not in page.partition("Cách tính")[0]
    assert f'<a class="mc-nav__link" href="{PAGE}">Minh bạch</a>' in words(get("/tra-cuu/"))
    english = get(f"{PAGE}?lang=en").content.decode()
    assert '<span class="mc-big__number">93.3</span>' in english
    for sentence in (
        f'href="{PAGE}" aria-current="page">Minh bạch',
        '<option value="2026-10" selected>Tháng 10/2026</option>',
        '<span class="mc-big__number">93,3</span> %',
        "<strong>28 trên 30 hồ sơ</strong>",
        "2 hồ sơ trễ hẹn: 2 xong sau ngày hẹn.",
        "28 ÷ 30 × 100 % = <strong>93,3 %</strong>",
        "Cập nhật lúc 10:00, thứ Tư 25/11/2026.",
        "hạn 4 ngày",
        f'href="{reverse("public-decisions")}"',
    ):
        assert sentence in page
    assert page.index("28 trên 30") < page.index("Cơ quan nào nhanh")
    table = page.partition("Hồ sơ đang chờ, theo hạn")[2].partition("</table>")[0]
    found = re.findall(r"</span>([^<]+)</th><td><strong>(\d+)</strong>", table)
    assert found == [("Trong hạn", "2"), ("Sắp đến hạn (2 ngày làm việc)", "1"), ("Quá hạn", "1")]
    agencies = page.partition("theo: Cơ quan</caption>")[2].partition("</table>")[0]
    rows = re.findall(r'<th scope="row">([^<]+)</th><td>(\d+)</td><td>(\d+)</td><td>(.*?)</td>', agencies)
    assert rows == [("Sở Minh Họa", "14", "2", "<strong>85,7 %</strong>")]
    procedures = page.partition("theo thủ tục</caption>")[2].partition("</table>")[0]
    assert re.findall(r"<td>(.*?)</td>", procedures) == ["30", "4", "4", "4"]
    ways = page.partition("theo cách nộp</caption>")[2].partition("</table>")[0]
    assert re.findall(r'row">(.*?)</th><td>(.*?)</td><td>(.*?)</td>', ways) == [
        ("Trực tiếp", "16", "53,3 %"),
        ("Trực tuyến", "14", "46,7 %"),
    ]


@pytest.mark.parametrize(
    ("key", "name", "figure"),
    [
        ("2026-11", "Tháng 11/2026", "10 trên 11 hồ sơ"),
        ("2026-q4", "Quý 4/2026", "38 trên 41 hồ sơ"),
        ("2026", "Năm 2026", "38 trên 41 hồ sơ"),
    ],
)
def test_a_month_a_quarter_or_a_year_can_be_chosen(published, key, name, figure):
    page = words(get(f"{PAGE}?ky={key}"))
    assert f'<option value="{key}" selected>{name}' in page
    assert figure in page
    assert "Kỳ này chưa hết: số liệu tính đến 10:00, thứ Tư 25/11/2026." in page
    assert ("Giảm 2,4 điểm phần trăm so với tháng 10/2026." in page) is (key == "2026-11")


@pytest.mark.parametrize(
    "key", ["2026-9", "2019-01", "2026-q5", "x", "2026-11-25", "9999-12", "２０２６", "0000"]
)
def test_a_period_without_figures_is_not_found(published: Published, key: str) -> None:
    assert get(f"{PAGE}?ky={key}").status_code == 404


@pytest.mark.parametrize(
    ("term", "limit"),
    [
        ((4, "working_day"), "hạn 4 ngày"),
        ((28, "calendar_day"), "hạn 28 ngày (khoảng 20 ngày làm việc)"),
        ((1, "month"), "hạn 1 tháng (khoảng 22 ngày làm việc)"),
        ((None, ""), "không quy định hạn"),
    ],
)
def test_every_term_is_told_in_working_days(term: tuple[int | None, str], limit: str) -> None:
    assert said.limit_in_words(Term(*term)) == limit


def test_nobody_is_named(published: Published) -> None:
    """Neither a citizen nor an official."""
    office = published.office
    for path in (PAGE, "/minh-bach.json", "/minh-bach.csv"):
        page = words(get(path))
        for person in ("Nguyễn Thị Minh Họa", office.clerk.full_name, office.specialist.full_name):
            assert person not in page


def test_every_picture_has_its_numbers_in_a_table(published: Published) -> None:
    more = [settled(2, 11, agency=published.big, procedure=published.procedure)] * 3
    published.write([*more, *[settled(3, 11, procedure=published.procedure)] * 6])
    page = get(f"{PAGE}?ky=2026").content.decode()
    assert page.count('<svg viewBox="0 0 372') == 6
    assert page.count('<svg viewBox="0 0 372') == page.count("<table")
    ids = re.findall(r'<title id="([\w-]+)">([^<]+)</title>', page)
    assert len(ids) == len(dict(ids)) == page.count("<table")
    assert all(finding for _id, finding in ids)


# --- Without figures, and with few


def test_without_figures_the_page_says_so(office: Office, noon: datetime) -> None:
    response = get()
    assert response.status_code == 200
    assert "Chưa có số liệu." in words(response)
    for path in ("/minh-bach.json", "/minh-bach.csv", f"{PAGE}?ky=2026-10"):
        assert get(path).status_code == 404


def test_few_dossiers_have_no_rate(office: Office, noon: datetime) -> None:
    Published(office, empty=True).write([settled(5) for _ in range(9)])
    page = words(get())
    assert "Kỳ này có dưới 10 hồ sơ" in page
    assert "mc-big" not in page
    assert '<svg viewBox="0 0 372' not in page
    assert "Không nêu số của" not in page


def test_dossiers_without_a_term_are_told_apart(published: Published) -> None:
    day = datetime(2026, 10, 7, 8, tzinfo=clock.VIETNAM)
    published.write([History(day, [Act(day, 2), Act(day, 9, "close")])])
    page = words(get())
    assert "28 trên 30 hồ sơ" in page
    assert "Không tính 1 hồ sơ không quy định thời hạn." in page


def test_in_a_new_province_the_running_month_is_shown(office: Office, noon: datetime) -> None:
    Published(office, empty=True).write([settled(2, 11) for _ in range(12)])
    page = words(get())
    assert '<option value="2026-11" selected>Tháng 11/2026 (đang chạy)</option>' in page
    assert "Không có hồ sơ nào trễ hẹn." in page


def test_a_quarter_that_would_tell_a_month_names_its_groups_without_numbers(office, noon):
    october, november = (settled(5) for _ in range(12)), (settled(2, 11) for _ in range(5))
    Published(office, empty=True).write([*october, *november])
    found = report.read("2026-q4")
    assert found is not None
    groups = [one for by in found.by.values() for one in by]
    assert (len(groups) > 0, {one.total for one in (found.chosen.whole, *groups)}) == (True, {None})
    assert "trừ các tháng đã nêu thì còn dưới 10 hồ sơ" in words(get(f"{PAGE}?ky=2026-q4"))
    assert found.months[-2].whole.total == 12


def test_a_month_without_figures_leaves_a_gap(noon: datetime) -> None:
    counts = PublishedGroup("", "", Counts(received=20, late=1))
    spans = [Span(Period("month", date(2026, number, 1)), noon, noon, counts) for number in (7, 8, 10)]
    rows = chart_data.months(spans)["rows"]
    assert [(row["label"], row["text"]) for row in rows] == [
        ("07/2026", "95,0"),
        ("08/2026", "95,0"),
        ("09/2026", ""),
        ("10/2026", "95,0"),
    ]


@pytest.mark.parametrize(
    ("term", "finding"),
    [
        (Term(9, "working_day"), "xong trong thời hạn"),
        (Term(2, "working_day"), "lâu hơn thời hạn ở: Việc minh họa."),
        (Term(7, "calendar_day"), "xong trong thời hạn"),
        (Term(None, ""), "Việc minh họa: Một nửa xong trong 2 ngày, 9/10 trong 5 ngày, không quy định hạn"),
    ],
)
def test_the_picture_of_days_says_which_are_too_slow(term: Term, finding: str) -> None:
    counts = Counts(received=20, settled_before=20, median_days=Decimal(2), ninetieth_days=Decimal(5))
    group = PublishedGroup("9.000001", "Việc minh họa", counts)
    assert finding in chart_data.durations([group], {group.key: term})["title"]


# --- Words


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [(962, 1000, "96.2"), (99_999, 100_000, "99.9"), (1, 100_000, "0.1"), (5, 5, "100.0"), (0, 5, "0.0")],
)
def test_nearly_all_is_not_all(part: int, whole: int, shown: str) -> None:
    assert str(said.share(part, whole)) == shown


# --- What it costs

MOST_NODES = 800
MOST_PAGE_BYTES = 14 * 1024
MOST_FIRST_VISIT_BYTES = 30 * 1024


def crowded() -> None:
    """A large province: three hundred groups of each kind, written as if they had been counted."""
    for by in ("agency", "sector", "procedure"):
        row = StatisticsSnapshot.objects.get(unit="month", start=OCTOBER.start, kind="normal", dimension=by)
        counts = Counts(
            received=1_250,
            settled_before=1_200,
            settled_late=50,
            late=50,
            median_days=Decimal(3),
            ninetieth_days=Decimal(9),
        )
        groups = tuple(
            Group(f"9.{number:06}", f"Tên minh họa khá dài của một nhóm, số {number}", counts)
            for number in range(300)
        )
        row.figures = replace(Figures.from_dict(row.figures), groups=groups).as_dict()
        row.save()


def test_the_page_is_light_whatever_the_province(published: Published) -> None:
    crowded()
    page = get().content
    assert "Còn 280 dòng nữa trong tệp CSV." in page.decode()
    assert len(re.findall(rb"<[a-z]", page)) < MOST_NODES
    assert len(gzip.compress(page, 9)) < MOST_PAGE_BYTES
    style = (settings.BASE_DIR / "portal/static/portal/portal.css").read_bytes()
    assert len(gzip.compress(page, 9)) + len(gzip.compress(style, 9)) < MOST_FIRST_VISIT_BYTES


@pytest.mark.parametrize(
    ("path", "reads"),
    [(PAGE, 1), ("/minh-bach.json", 1), ("/minh-bach.csv", 1), ("/minh-bach.schema.json", 0)],
)
def test_the_second_reader_costs_the_version_and_the_query_that_enters_the_province(published, path, reads):
    get(path)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert get(path).status_code == 200
    reading = [
        query["sql"] for query in asked if query["sql"].startswith("SELECT") and "FROM" in query["sql"]
    ]
    assert len(reading) == reads, reading


@pytest.mark.parametrize("path", [PAGE, "/minh-bach.json", "/minh-bach.csv", "/minh-bach.schema.json"])
def test_it_may_be_kept_and_asked_whether_it_changed_and_nothing_sent_there(published, path):
    first = get(path)
    assert "public" in first["Cache-Control"]
    assert not first.cookies
    again = get(path, **{"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert resolve(path, "portal.urls").url_name.startswith("transparency")
    assert Client(headers={"host": HOST}).post(path).status_code == 405
