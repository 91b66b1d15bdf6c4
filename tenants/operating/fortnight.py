"""The two weeks that bring a province in: what is done, what waits, and for whom.

What the checks and the log can tell is derived; the rest, a training, a visit, is marked by an operator, which
is an entry of the log. Days count from the day on which the province was made.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants import clock
from tenants.accounts.models import User
from tenants.context import province_context, public_context
from tenants.models import Province
from tenants.onboarding import operators_log
from tenants.onboarding.agreement import province_row
from tenants.onboarding.problems import refuse
from tenants.onboarding.readiness import Level, Owner, Report, State
from tenants.organisation.models import Assignment, Role

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

DAYS = 14
MARK = "fortnight"


@dataclass(frozen=True, slots=True)
class Milestone:
    """One day's work. `derived` tells whether it is done; None: somebody has to mark it."""

    code: str
    day: int
    title: "StrOrPromise"
    owner: Owner
    derived: Callable[[Report], bool] | None = None

    @property
    def is_derived(self) -> bool:
        return self.derived is not None


@dataclass(frozen=True, slots=True)
class Day:
    """A milestone of one province. `by`: who marked it."""

    milestone: Milestone
    due: date
    done: bool
    by: str = ""

    @property
    def state(self) -> str:
        """“done”, “late”, “today” or “ahead”."""
        if self.done:
            return "done"
        today = clock.today()
        return "late" if self.due < today else "today" if self.due == today else "ahead"

    @property
    def state_text(self) -> str:
        if self.state == "late":
            return _("trễ %(count)d ngày") % {"count": (clock.today() - self.due).days}
        return {"done": _("xong"), "today": _("hôm nay"), "ahead": f"{self.due:%d/%m}"}[self.state]

    @property
    def icon(self) -> str:
        return {"done": "check", "late": "error", "today": "play_arrow", "ahead": ""}[self.state]


@dataclass(frozen=True, slots=True)
class Fortnight:
    """The days of one province."""

    start: date
    days: tuple[Day, ...]

    @property
    def today(self) -> int:
        """Which day it is, from 1; past the last one it goes on counting."""
        return (clock.today() - self.start).days + 1

    @property
    def done(self) -> int:
        return sum(day.done for day in self.days)

    @property
    def next(self) -> Day | None:
        """The first thing that is not done."""
        return next((day for day in self.days if not day.done), None)


def _all_well(part: str) -> Callable[[Report], bool]:
    """At least one finding whose id names this, and none of them blocks."""

    def told(report: Report) -> bool:
        found = [one for one in report.findings if part in one.id]
        return bool(found) and not any(one.state is State.BLOCKED for one in found)

    return told


def _has_people(report: Report) -> bool:
    with province_context(report.province):
        roles = set(Assignment.objects.filter(user__is_active=True).values_list("role", flat=True))
    return {Role.CLERK, Role.SPECIALIST, Role.LEADER} <= roles


def _smoke_passed(report: Report) -> bool:
    entry = operators_log.last(report.province.slug, "smoke")
    return entry is not None and entry.detail.get("failed") == 0


def _web_ready(report: Report) -> bool:
    levels = Level.WEB.included
    return not any(one.state is State.BLOCKED and one.level in levels for one in report.findings)


MILESTONES = (
    Milestone("kickoff", 1, gettext_lazy("Khởi động, có thư mục"), Owner.OPERATOR, lambda report: True),
    Milestone(
        "channels", 2, gettext_lazy("Tên miền; gửi duyệt mẫu tin"), Owner.PROVINCE, _all_well(".account")
    ),
    Milestone("people", 3, gettext_lazy("Đơn vị, cán bộ"), Owner.PROVINCE, _has_people),
    Milestone("catalogue", 4, gettext_lazy("Danh mục thủ tục"), Owner.PROVINCE),
    Milestone("calendar", 5, gettext_lazy("Lịch, thời hạn, quy trình"), Owner.PROVINCE),
    Milestone("print", 6, gettext_lazy("Giao diện, in và quét thử"), Owner.PROVINCE),
    Milestone("smoke", 7, gettext_lazy("Diễn tập, thử khôi phục"), Owner.OPERATOR, _smoke_passed),
    Milestone("clerks", 8, gettext_lazy("Tập huấn tiếp nhận"), Owner.OPERATOR),
    Milestone("specialists", 9, gettext_lazy("Tập huấn chuyên viên, lãnh đạo"), Owner.OPERATOR),
    Milestone("first-office", 10, gettext_lazy("Chạy thử một đơn vị"), Owner.PROVINCE),
    Milestone("templates", 11, gettext_lazy("Mẫu tin được duyệt"), Owner.PROVINCE, _all_well(".template")),
    Milestone("second-office", 12, gettext_lazy("Chạy thử đơn vị thứ hai"), Owner.PROVINCE),
    Milestone("signed", 13, gettext_lazy("Kiểm tra đạt, ký biên bản"), Owner.OPERATOR, _web_ready),
    Milestone(
        "live",
        14,
        gettext_lazy("Phục vụ chính thức"),
        Owner.OPERATOR,
        lambda report: report.province.state == Province.State.LIVE,
    ),
)
_BY_CODE = {milestone.code: milestone for milestone in MILESTONES}


def of(report: Report) -> Fortnight:
    """The two weeks of a province whose readiness was looked at up to GOLIVE just now."""
    slug = report.province.slug
    with public_context():
        made = Province.objects.values_list("created_at", flat=True).get(schema_name=slug)
    start = made.astimezone(clock.VIETNAM).date()
    marks = {entry.detail.get("code"): entry for entry in operators_log.of(slug, MARK)}
    days = []
    for milestone in MILESTONES:
        mark = marks.get(milestone.code)
        if milestone.derived is not None:
            done, by = milestone.derived(report), ""
        else:
            done, by = bool(mark and mark.detail.get("done")), mark.actor_name if mark else ""
        days.append(Day(milestone, start + timedelta(days=milestone.day - 1), done, by))
    return Fortnight(start, tuple(days))


def mark(slug: str, code: str, *, done: bool, actor: User) -> None:
    """Mark something as done, or take the mark back. Raises Refused for what the checks tell by themselves."""
    milestone = _BY_CODE.get(code)
    if milestone is None or milestone.derived is not None:
        raise refuse(slug, 0, _("việc này do kiểm tra tự nhận ra, không đánh dấu bằng tay."))
    with province_row(slug):
        operators_log.record(MARK, slug, actor=actor, code=code, done=done)
