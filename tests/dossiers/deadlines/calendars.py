"""Days off and make-up Saturdays of state offices in 2026 (announced) and 2027 (estimated), as facts."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from dossiers.deadlines.rules.calendar import CUTOFF_TIME, WorkCalendar

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")

_NEW_YEAR = "Tết Dương lịch"
_TET = "Tết Nguyên đán"
_HUNG_KINGS = "Giỗ Tổ Hùng Vương"
_REUNIFICATION = "Ngày Chiến thắng 30/4"
_LABOUR = "Ngày Quốc tế Lao động"
_NATIONAL = "Quốc khánh"
_CULTURE = "Ngày Văn hóa Việt Nam"

_DAYS_OFF = {
    "2026-01-01": _NEW_YEAR,
    "2026-01-02": _NEW_YEAR,
    "2026-02-16": _TET,
    "2026-02-17": _TET,
    "2026-02-18": _TET,
    "2026-02-19": _TET,
    "2026-02-20": _TET,
    "2026-04-27": _HUNG_KINGS,
    "2026-04-30": _REUNIFICATION,
    "2026-05-01": _LABOUR,
    "2026-08-31": _NATIONAL,
    "2026-09-01": _NATIONAL,
    "2026-09-02": _NATIONAL,
    "2026-11-24": _CULTURE,
    "2027-01-01": _NEW_YEAR,
    "2027-02-04": _TET,
    "2027-02-05": _TET,
    "2027-02-08": _TET,
    "2027-02-09": _TET,
    "2027-02-10": _TET,
    "2027-04-16": _HUNG_KINGS,
    "2027-04-30": _REUNIFICATION,
    "2027-05-03": _LABOUR,
    "2027-09-02": _NATIONAL,
    "2027-09-03": _NATIONAL,
    "2027-11-24": _CULTURE,
}

DAYS_OFF = {date.fromisoformat(day): name for day, name in _DAYS_OFF.items()}
MAKEUP_DAYS = frozenset({date(2026, 1, 10), date(2026, 8, 22)})

CALENDAR = WorkCalendar(days_off=DAYS_OFF, makeup_days=MAKEUP_DAYS)
"""Monday to Friday, 07:30–11:30 and 13:30–17:00."""

CALENDAR_COUNTS = WorkCalendar(
    days_off=DAYS_OFF, makeup_days=MAKEUP_DAYS, cutoffs=((date(2026, 1, 1), "counts", CUTOFF_TIME),)
)
"""The same where a receipt after 15:00 counts from the next working day."""


def at(text: str) -> datetime:
    """A moment in Viet Nam: at("2026-11-16T14:10")."""
    return datetime.fromisoformat(text).replace(tzinfo=VIETNAM)
