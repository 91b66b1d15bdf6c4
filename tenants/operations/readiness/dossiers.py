"""Checks of what dossiers need: the calendar and the store of files."""

from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dossiers.deadlines.models import CalendarVersion
from tenants import clock
from tenants.files import storage
from tenants.folder.readiness import Check, Finding, Level, Owner, State

NEXT_YEAR_NEEDED = (12, 1)
"""Month and day from which no province goes live without the days off of next year: due dates fall into it."""


def _check_store() -> Iterator[Finding]:
    title, trouble = _("Kho tệp nhận, đọc, xóa được một tệp thử"), storage.try_out()
    if not trouble:
        yield Finding("files", title)
        return
    cause = _("Kho tệp không nhận, đọc hay xóa được tệp thử ở %(trouble)s.") % {"trouble": trouble}
    fix = _("Xem DOSSIER_STORAGE, DATA_DIR và quyền ở kho: docs/van-hanh/tep.md.")
    yield Finding("files", title, State.BLOCKED, cause, fix, Owner.OPERATOR)


def _check_calendar() -> Iterator[Finding]:
    today = clock.today()
    fix = _("Ghi ngày nghỉ vào calendar.yaml rồi province apply, hoặc nhập ở trang “Dữ liệu” của tỉnh.")
    newest = CalendarVersion.newest()
    if newest is None:
        yield Finding("calendar", _("Lịch làm việc"), State.BLOCKED, _("Chưa có lịch làm việc."), fix)
        return
    needed = date(today.year, *NEXT_YEAR_NEEDED)
    for id, year, needed_from in (
        ("calendar.this-year", today.year, today),
        ("calendar.next-year", today.year + 1, needed),
    ):
        title = _("Ngày nghỉ năm %(year)d") % {"year": year}
        if newest.calendar.knows(year):
            yield Finding(id, title)
            continue
        state = State.BLOCKED if today >= needed_from else State.WARNING
        cause = _("Chưa có ngày nghỉ nào của năm %(year)d; phải có trước %(day)s.")
        yield Finding(id, title, state, cause % {"year": year, "day": f"{needed_from:%d/%m/%Y}"}, fix)


STORE = Check(
    "files", gettext_lazy("Kho tệp nhận, đọc, xóa được"), Level.PILOT, _check_store, asks_outside=True
)
CALENDAR = Check(
    "calendar", gettext_lazy("Lịch làm việc, ngày nghỉ năm nay và năm sau"), Level.GOLIVE, _check_calendar
)
