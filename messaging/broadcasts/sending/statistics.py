"""What became of a broadcast: how many people, over which route, at what cost. Read from the rows themselves."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from messaging.broadcasts.models import Publication, PublicationArticle
from messaging.broadcasts.sending import capacity, enqueue
from messaging.channels.lanes.lanes import ensure_lane
from messaging.channels.states import LIVE, State
from messaging.outbox.models.messages import Attempt

_TAKEN = (State.ACCEPTED, State.DELIVERED, State.SEEN)
_ARRIVED = (State.DELIVERED, State.SEEN)
# Channels word the same trouble in many ways; who wants all of them looks at the messages.
MOST_REASONS = 12
NUMBERS = ("people", "sent", "arrived", "waiting", "failed", "left_out", "cost")


@dataclass(frozen=True, slots=True)
class Result:
    """One route of a broadcast, or all. `sent`: a channel took it over, of which `arrived` are known to have come;
    `cost` in đồng. `waiting` and `failed` are the others; `left_out`: not sent, because it was stopped, or nobody could
    be written to any more."""

    audience: str
    channel: str
    people: int = 0
    sent: int = 0
    arrived: int = 0
    waiting: int = 0
    failed: int = 0
    left_out: int = 0
    cost: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a broadcast is: what each route came to, and the article at each account. `reasons`: why how many got
    nothing, the most frequent first; `obstacles`: what keeps others waiting, by channel."""

    results: tuple[Result, ...]
    articles: tuple[PublicationArticle, ...] = field(default=())
    reasons: tuple[tuple[str, int], ...] = field(default=())
    obstacles: Mapping[str, str] = field(default_factory=dict)

    @property
    def total(self) -> Result:
        return Result("", "", *(sum(getattr(one, name) for one in self.results) for name in NUMBERS))


def progress(publication: Publication) -> Progress:
    """How far this one is now. Reads all its recipients."""
    waits = enqueue.waiting(publication).order_by("channel").values_list("channel", flat=True).distinct()
    codes = waits if publication.state == Publication.State.RUNNING else ()
    return Progress(
        (*_articles(publication), *_results(publication)),
        tuple(publication.articles.select_related("account").order_by("pk")),
        _reasons(publication),
        {code: why for code in codes if (why := capacity.obstacle(ensure_lane(code)[0]))},
    )


def _reasons(publication: Publication) -> tuple[tuple[str, int], ...]:
    unread = publication.recipients.filter(message__state__in=(State.FAILED, State.EXPIRED, State.SUPPRESSED))
    counted = unread.order_by().values_list("message__problem").annotate(count=Count("pk")).order_by("-count")
    return tuple((problem or _("Chưa rõ vì sao."), count) for problem, count in counted[:MOST_REASONS])


def _articles(publication: Publication) -> Iterable[Result]:
    """What the articles came to, by channel: each counts all who followed its account when it began."""
    state = PublicationArticle.State

    def of(*states: str) -> Any:
        return Coalesce(Sum("followers", filter=Q(state__in=states)), 0)

    counted = publication.articles.values_list("account__channel").annotate(
        people=Sum("followers"), sent=of(state.SENT), failed=of(state.FAILED, state.UNKNOWN)
    )
    for channel, people, sent, failed in counted.order_by("account__channel"):
        waiting = people - sent - failed
        audience = Publication.Audience.ARTICLE
        yield Result(audience, channel, people=people, sent=sent, failed=failed, waiting=waiting)


def _results(publication: Publication) -> Iterable[Result]:
    def of(*states: str) -> Any:
        return Count("pk", filter=Q(message__state__in=states))

    state = Publication.State
    is_going = publication.state in (state.APPROVED, state.RUNNING, state.PAUSED)
    counted = publication.recipients.order_by("channel").values("channel")
    counted = counted.annotate(
        people=Count("pk"),
        sent=of(*_TAKEN),
        arrived=of(*_ARRIVED),
        waiting=of(*LIVE),
        failed=of(State.FAILED, State.EXPIRED),
        left_out=of(State.SUPPRESSED),
        not_given=Count("pk", filter=Q(message__isnull=True)),
    )
    paid = Attempt.objects.filter(message__broadcast_recipient__publication=publication, cost__gt=0)
    costs = dict(paid.values_list("message__broadcast_recipient__channel").annotate(Sum("cost")))
    for one in counted:
        row: dict[str, Any] = dict(one)
        row["waiting" if is_going else "left_out"] += row.pop("not_given")
        yield Result(Publication.Audience.AGREED, **row, cost=costs.get(row["channel"], 0))
