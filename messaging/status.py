"""How the lanes of a province stand, for operators."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Min, Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from messaging.models import Lane
from messaging.states import LIVE, State

_LIVE = Q(messages__state__in=LIVE)
_OVERDUE = _LIVE & Q(messages__next_attempt_at__lte=Now())


@dataclass(frozen=True, slots=True)
class LaneStatus:
    """`waiting`: all that is not finished; `due`: of these, what should be on its way by now; `oldest`: for
    how long the first of those has been due; `failed`: what was given up."""

    lane: str
    state: str
    waiting: int
    due: int
    oldest: timedelta | None
    failed: int

    def __str__(self) -> str:
        oldest = _("%(seconds)d giây") % {"seconds": self.oldest.total_seconds()} if self.oldest else "–"
        return _(
            "%(lane)s\t%(state)s\tchờ %(waiting)d\tđến hạn %(due)d\tchờ lâu nhất %(oldest)s\tkhông gửi được %(failed)d"
        ) % {
            "lane": self.lane,
            "state": self.state,
            "waiting": self.waiting,
            "due": self.due,
            "oldest": oldest,
            "failed": self.failed,
        }


def lane_status() -> list[LaneStatus]:
    """All lanes of the current province. Counts rows: for people and gauges, not for the path of a request."""
    lanes = Lane.objects.annotate(
        waiting=Count("messages", filter=_LIVE),
        due=Count("messages", filter=_OVERDUE),
        failed=Count("messages", filter=Q(messages__state=State.FAILED)),
        oldest=Now() - Min("messages__next_attempt_at", filter=_OVERDUE),
    )
    return [
        LaneStatus(str(lane), lane.get_state_display(), lane.waiting, lane.due, lane.oldest, lane.failed)
        for lane in lanes.order_by("channel", "account")
    ]
