"""What became of broadcasts: how many people, over which route, at what cost. Read from the rows themselves."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from messaging.broadcasts.models import Publication, PublicationArticle, PublicationRecipient
from messaging.broadcasts.sending import capacity, enqueue
from messaging.channels.states import LIVE, State
from messaging.outbox.models.messages import Attempt

_TAKEN = (State.ACCEPTED, State.DELIVERED, State.SEEN)
_ARRIVED = (State.DELIVERED, State.SEEN)
# Channels word the same trouble in many ways; who wants all of them looks at the messages.
MOST_REASONS = 12


@dataclass(frozen=True, slots=True)
class Result:
    """One route of a broadcast, or of several. `sent`: a channel took it over, of which `arrived` are known to have
    come; `cost` in đồng. `waiting` and `failed` are the others; `left_out`: not sent, because it was stopped, or
    nobody could be written to any more."""

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
    def people(self) -> int:
        return sum(one.people for one in self.results)

    @property
    def sent(self) -> int:
        return sum(one.sent for one in self.results)

    @property
    def dealt_with(self) -> int:
        return self.people - sum(one.waiting for one in self.results)

    @property
    def percent(self) -> int:
        """How much of it is done, in whole per cent."""
        return 100 * self.dealt_with // self.people if self.people else 0


def progress(publication: Publication) -> Progress:
    """How far this one is now. Reads all its recipients."""
    state, one = Publication.State, [publication.pk]
    going = publication.state in (state.APPROVED, state.RUNNING, state.PAUSED)
    is_running = publication.state == state.RUNNING
    return Progress(
        (*_articles(one), *_results(one, going=going)),
        tuple(publication.articles.select_related("account").order_by("pk")),
        _reasons(publication),
        capacity.waiting_for(enqueue.waiting(publication)) if is_running else {},
    )


def sent_in(year: int) -> tuple[Result, ...]:
    """What all broadcasts begun in a calendar year in Viet Nam came to, by route."""
    begun = Publication.objects.filter(started_at__year=year).values("pk")
    return (*_articles(begun), *_results(begun, going=False))


def _reasons(publication: Publication) -> tuple[tuple[str, int], ...]:
    unread = publication.recipients.filter(message__state__in=(State.FAILED, State.EXPIRED, State.SUPPRESSED))
    counted = unread.order_by().values_list("message__problem").annotate(count=Count("pk")).order_by("-count")
    return tuple((problem or _("Chưa rõ vì sao."), count) for problem, count in counted[:MOST_REASONS])


def _articles(publications: Any) -> Iterable[Result]:
    """What the articles came to, by channel: each counts all who followed its account when it began."""
    state = PublicationArticle.State

    def of(*states: str) -> Any:
        return Coalesce(Sum("followers", filter=Q(state__in=states)), 0)

    rows = PublicationArticle.objects.filter(publication__in=publications).values("account__channel")
    counted = rows.annotate(
        people=Sum("followers"), sent=of(state.SENT), failed=of(state.FAILED, state.UNKNOWN)
    )
    for row in counted.order_by("account__channel"):
        people, sent, failed = row["people"], row["sent"], row["failed"]
        yield Result(
            Publication.Audience.ARTICLE, row["account__channel"], people=people, sent=sent, failed=failed,
            waiting=people - sent - failed,
        )  # fmt: skip


def _results(publications: Any, *, going: bool) -> Iterable[Result]:
    def of(*states: str) -> Any:
        return Count("pk", filter=Q(message__state__in=states))

    rows = PublicationRecipient.objects.filter(publication__in=publications).order_by("channel")
    counted = rows.values("channel").annotate(
        people=Count("pk"),
        sent=of(*_TAKEN),
        arrived=of(*_ARRIVED),
        waiting=of(*LIVE),
        failed=of(State.FAILED, State.EXPIRED),
        left_out=of(State.SUPPRESSED),
        not_given=Count("pk", filter=Q(message__isnull=True)),
    )
    paid = Attempt.objects.filter(message__broadcast_recipient__publication__in=publications, cost__gt=0)
    costs = dict(paid.values_list("message__broadcast_recipient__channel").annotate(Sum("cost")))
    for one in counted:
        row: dict[str, Any] = dict(one)
        row["waiting" if going else "left_out"] += row.pop("not_given")
        yield Result(Publication.Audience.AGREED, **row, cost=costs.get(row["channel"], 0))
