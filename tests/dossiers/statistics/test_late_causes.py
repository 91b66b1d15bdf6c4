"""Why new dates were given, as everybody may read it: groups of reasons of months that are over, never words."""

import re
from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dossiers.lifecycle.models import Event, Note
from tenants import clock
from tests.dossiers.histories import STEPS, write
from tests.dossiers.publishing import PAGE, Published, get, settled, words

HEADING = "Vì sao phải hẹn lại"
MOST_STATEMENTS = 6


def apologise(published: Published, cause: str, *, times: int, month: int = 10, undone: bool = False) -> None:
    """So many dossiers that got a new date on the 12th for this cause, "" for none."""
    at = datetime(2026, month, 12, 9, tzinfo=clock.VIETNAM)
    for dossier in write(published.office, [settled(5, month)] * times):
        note = Note.objects.create(text="Lời riêng minh họa", data={"cause": cause} if cause else {})
        common = {"dossier": dossier, "to_step": STEPS[1], "status": 2, "holder": dossier.holding_agency}
        Event.objects.create(sequence=3, kind="apologise", at=at, extended_to=at, note=note, **common)
        if undone:
            Event.objects.create(sequence=4, kind="recall", at=at, undoes=3, **common)


def rows(key: str = "2026-10") -> list[tuple[str, str]]:
    section = words(get(f"{PAGE}?ky={key}")).partition(HEADING)[2].partition("</section>")[0]
    return re.findall(r'<th scope="row">([^<]+)</th><td>(\d+)</td>', section)


def test_causes_stand_with_their_numbers_the_commonest_first(published: Published) -> None:
    apologise(published, "opinion", times=10)
    apologise(published, "survey", times=12)
    apologise(published, "", times=10)
    apologise(published, "volume", times=20, undone=True)
    found = rows()
    assert found[0] == ("Phải đo đạc, kiểm tra tại chỗ", "12")
    assert set(found[1:]) == {("Chờ ý kiến cơ quan khác", "10"), ("Không ghi nhóm lý do", "10")}
    assert "Lời riêng" not in words(get())


def test_a_cause_of_few_is_not_told_nor_the_next_that_would_tell_it(published: Published) -> None:
    apologise(published, "survey", times=12)
    apologise(published, "opinion", times=10)
    apologise(published, "volume", times=1)
    assert rows() == [("Phải đo đạc, kiểm tra tại chỗ", "12")]
    assert "Nhóm lý do có quá ít hồ sơ" in words(get())


def test_no_sum_tells_a_month_of_few(published: Published) -> None:
    apologise(published, "survey", times=12, month=9)
    apologise(published, "survey", times=3, month=10)
    assert HEADING not in words(get(f"{PAGE}?ky=2026"))


@pytest.mark.parametrize(("times", "month"), [(9, 10), (12, 11)], ids=["too few", "a month that runs"])
def test_nothing_is_said_of(published: Published, times: int, month: int) -> None:
    apologise(published, "survey", times=times, month=month)
    assert HEADING not in words(get(f"{PAGE}?ky=2026-{month}"))


def test_the_page_is_few_statements(published: Published) -> None:
    apologise(published, "survey", times=12)
    with CaptureQueriesContext(connection) as asked:
        assert rows()
    reading = [
        query["sql"] for query in asked if query["sql"].startswith("SELECT") and "FROM" in query["sql"]
    ]
    assert len(reading) <= MOST_STATEMENTS, reading
