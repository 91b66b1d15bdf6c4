"""Whether due dates can be counted: for `province check`."""

from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dossiers.models import CalendarVersion
from tenants import clock
from tenants.readiness.checks import Check, Finding, Level, State, checks

NEXT_YEAR_NEEDED = (12, 1)
"""Month and day from which no province goes live without the days off of next year: due dates fall into it."""


def register() -> None:
    """Add the check `calendar`."""
    title = gettext_lazy("Lịch làm việc, ngày nghỉ năm nay và năm sau")
    checks.register(Check("calendar", title, Level.GOLIVE, _look))


def _look() -> Iterator[Finding]:
    today = clock.today()
    fix = _("Ghi ngày nghỉ vào calendar.yaml rồi province apply, hoặc nhập ở trang “Dữ liệu” của tỉnh.")
    try:
        calendar = CalendarVersion.in_force().calendar
    except CalendarVersion.DoesNotExist:
        yield Finding("calendar", _("Lịch làm việc"), State.BLOCKED, _("Chưa có lịch làm việc."), fix)
        return
    needed = date(today.year, *NEXT_YEAR_NEEDED)
    for id, year, needed_from in (
        ("calendar.this-year", today.year, today),
        ("calendar.next-year", today.year + 1, needed),
    ):
        title = _("Ngày nghỉ năm %(year)d") % {"year": year}
        if calendar.knows(year):
            yield Finding(id, title)
            continue
        state = State.BLOCKED if today >= needed_from else State.WARNING
        cause = _("Chưa có ngày nghỉ nào của năm %(year)d; phải có trước %(day)s.")
        yield Finding(id, title, state, cause % {"year": year, "day": f"{needed_from:%d/%m/%Y}"}, fix)
