"""The deadline of a dossier in a clerk's words, with a mark that does not depend on colour."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from dossiers.desk.worklist.counts import SOON_WORKING_DAYS
from dossiers.models import Dossier
from dossiers.rules.deadlines.deadlines import working_days_left
from dossiers.rules.statuses import Status
from dossiers.wording import dates
from tenants import clock


@dataclass(frozen=True)
class DeadlineText:
    """Icon (Material Symbols name), tone (late, today, soon, plain, wait, done), words, date."""

    icon: str
    tone: str
    words: str
    date: str


def of(dossier: Dossier) -> DeadlineText:
    """How a list or page names the deadline of this dossier now."""
    date = dates.full(dossier.due_at) if dossier.due_at else ""
    status = dossier.status_enum
    if status is Status.DONE:
        return DeadlineText("task_alt", "done", _("Xong, chờ dân nhận"), date)
    if status.is_closed:
        return DeadlineText("check", "done", _("Đã kết thúc"), date)
    if dossier.paused_since:
        return DeadlineText("pause_circle", "wait", _("Tạm dừng, chờ dân"), date)
    if dossier.due_at is None:
        return DeadlineText("event", "plain", _("Không quy định thời hạn"), "")
    now = clock.now()
    left = working_days_left(now, dossier.due_at, dossier.calendar_version.calendar)
    if now > dossier.due_at:
        return DeadlineText("error", "late", _("Trễ %(n)d ngày làm việc") % {"n": max(1, -left)}, date)
    if left <= 0:
        return DeadlineText(
            "alarm", "today", _("Hôm nay, %(hour)s") % {"hour": dates.hour(dossier.due_at)}, date
        )
    tone, icon = ("soon", "hourglass_top") if left <= SOON_WORKING_DAYS else ("plain", "event")
    return DeadlineText(icon, tone, _("Còn %(n)d ngày làm việc") % {"n": left}, date)
