from datetime import date

import pytest

from dossiers.deadlines.rules.calendar import WorkCalendar
from dossiers.deadlines.rules.deadlines import Extension, Pause, Term, TermUnit, compute
from dossiers.deadlines.rules.explanation import explain_text
from tests import tables
from tests.dossiers.deadlines.calendars import CALENDAR, CALENDAR_COUNTS, at

FIFTEEN_DAYS = Term(15, TermUnit.WORKING_DAY)
RECEIVED = at("2026-11-16T14:10")

SIX_DAY_WEEK = WorkCalendar(
    weekdays=frozenset({1, 2, 3, 4, 5, 6}), days_off={date(2026, 11, 24): "Ngày Văn hóa"}
)
CLOSED_ON_WEDNESDAY = WorkCalendar(
    weekdays=frozenset({1, 2, 4, 5, 6, 7}), days_off={date(2026, 11, 24): "Lễ"}
)


def text(received, term, calendar=CALENDAR, **events):
    return explain_text(compute(at(received), term, calendar, **events))


def test_working_days():
    assert text("2026-11-16T14:10", FIFTEEN_DAYS) == (
        "15 ngày làm việc, không tính ngày nhận 16/11/2026. "
        "Bỏ qua 24/11/2026 (Ngày Văn hóa Việt Nam) và các thứ Bảy, Chủ nhật. "
        "Căn cứ khoản 2 Điều 147 Bộ luật Dân sự 2015."
    )


@pytest.mark.parametrize(
    ("received", "term", "part"),
    tables.read(__file__, "explained.yaml"),
)
def test_what_shaped_the_date_is_said(received, term, part):
    value, unit = term.split()
    assert part in text(received, Term(int(value), TermUnit(unit)))


@pytest.mark.parametrize(
    ("received", "days", "calendar", "part"),
    [
        ("2026-11-20T09:00", 4, SIX_DAY_WEEK, "(Ngày Văn hóa) và các Chủ nhật."),
        ("2026-11-27T09:00", 4, SIX_DAY_WEEK, "Bỏ qua các Chủ nhật."),
        ("2026-11-23T09:00", 2, CLOSED_ON_WEDNESDAY, "(Lễ) và các ngày nghỉ hằng tuần."),
        ("2026-11-16T09:00", 2, CLOSED_ON_WEDNESDAY, "Bỏ qua các ngày nghỉ hằng tuần."),
        ("2026-02-13T15:30", 3, CALENDAR_COUNTS, "sau 15 giờ, nên tính là nhận lúc 07:30, 23/02/2026."),
    ],
)
def test_another_calendar_shapes_it_otherwise(received, days, calendar, part):
    assert part in text(received, Term(days, TermUnit.WORKING_DAY), calendar)


def test_without_a_term_none_is_prescribed():
    assert text("2026-11-16T14:10", None) == "Không có một thời hạn cố định nên không tính được ngày hẹn trả."


def test_pauses_are_named():
    pause = Pause(at("2026-11-25T07:30"), at("2026-12-01T07:30"))
    assert "Tạm dừng từ 07:30, 25/11/2026 đến 07:30, 01/12/2026" in text(
        "2026-11-16T14:10", FIFTEEN_DAYS, pauses=[pause]
    )


def test_an_open_pause_is_named():
    assert "Đang tạm dừng từ 09:00, 25/11/2026;" in text(
        "2026-11-16T14:10", FIFTEEN_DAYS, pauses=[Pause(at("2026-11-25T09:00"))]
    )


def test_a_restart_is_named_and_counted_from():
    explained = text("2026-11-16T14:10", FIFTEEN_DAYS, restarted_at=at("2026-11-30T09:00"))
    assert explained.startswith("Thời hạn tính lại từ đầu, kể từ lúc 09:00, 30/11/2026.")
    assert "không tính ngày nhận 30/11/2026" in explained


def test_an_extension_is_named_with_its_reason():
    extension = Extension(at("2026-12-15T17:00"), "Chờ ý kiến chuyên ngành ")
    explained = text("2026-11-16T14:10", FIFTEEN_DAYS, extension=extension)
    assert "Đã hẹn lại đến ngày 15/12/2026. Lý do: Chờ ý kiến chuyên ngành. Căn cứ" in explained


def test_each_sentence_is_translated_before_its_values_are_put_in():
    seen = []

    def translate(message):
        seen.append(message)
        return "%(value)s working days." if "%(value)s" in message else ""

    assert explain_text(compute(RECEIVED, FIFTEEN_DAYS, CALENDAR), translate).startswith("15 working days.")
    assert not any("16/11/2026" in message for message in seen)
