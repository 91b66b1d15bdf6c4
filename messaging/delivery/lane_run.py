"""One lane while it is being worked on: what is ready to be sent, who is sending, what came back.

The thread that has the database claims and settles; threads without a database send. A sender that is done
takes the next message itself, so that no provider waits while the database is at work. What both sides touch
is kept under a lock.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import NamedTuple

from django.utils.translation import gettext as _

from messaging import templates
from messaging.accounts.credentials import Renewing
from messaging.channels.base import Account, Channel, Finding, Outcome, OutcomeKind, Question, Reason
from messaging.delivery.claims import LEASE_MARGIN, Work
from messaging.delivery.results import Result
from messaging.lanes import circuit_breaker
from messaging.lanes.circuit_breaker import is_fine
from messaging.lanes.lanes import Lease
from messaging.lanes.rate_limit import AT_ONCE, HORIZON, MOST_AT_ONCE
from tenants.isolation.province_cache import ProvinceRecord

log = logging.getLogger(__name__)

# How much more is claimed than can be on its way at once, so that no thread waits for the database: at least
# this many times the concurrency, and as much as a quick provider takes in half a second.
AHEAD = 2
AHEAD_SECONDS = 0.5
MOST_AHEAD = 512
PACE_SECONDS = 1.0
# Answers are settled together: so many, or those that came within so long, or when nothing more is coming.
SETTLE_AT = 128
SETTLE_WITHIN = 0.1
# A lane in which messages keep coming is not given back at once: each return costs its next message a hint, a
# task and a lease. Meanwhile it is looked into this often.
LINGER = 0.5
LOOK_AGAIN = 0.1
_LEASED_FOR = LEASE_MARGIN.total_seconds()


class Answer(NamedTuple):
    """What a thread brings back. `account`: the one it was sent for, with its credentials of that moment."""

    work: Work
    result: Result
    seconds: float
    account: Account


@dataclass(eq=False, slots=True)
class Run:
    """A lane in work. What stands first is touched by the thread with the database alone."""

    province: ProvinceRecord
    lane_id: int
    channel: Channel
    account: Account
    lease: Lease
    condition: circuit_breaker.Condition
    until: float | None = None
    # After that others wait for this process: a lane that waits for its slots, or for more to come, gives way.
    patient_until: float = float("inf")
    settled_at: float = 0.0
    claims: int = 0
    claimed: int = 0
    settled: int = 0
    lost: int = 0
    # A sender died here: one of its messages may be what killed it, and the others should not die with it
    # often enough to be taken for that. So little is held until all is well again.
    careful: bool = False
    renew_at: float = 0.0
    look_at: float = 0.0
    # When the lane's next slot comes, as far as is known, and when it was last looked into.
    slot_at: float = 0.0
    looked_at: float = 0.0
    # When it is looked again for what nobody waits for and there was none of: broadcasts, and what to ask about.
    bulk_look_at: float = 0.0
    ask_at: float = 0.0
    # Whether the last look was cut short, so that more may be there. Else each answer would cost a look of its own;
    # what comes meanwhile, or waited for an answer about the same matter, is found by the next look after LOOK_AGAIN.
    may_hold_more: bool = True
    # How long before its slot a message is claimed where nothing is claimed ahead.
    at_once: timedelta = AT_ONCE
    renewing: Renewing = field(default_factory=Renewing)
    broken_since: float | None = None
    again_at: float = 0.0
    # From here on under the lock.
    lock: threading.Lock = field(default_factory=threading.Lock)
    ready: deque[tuple[float, Work]] = field(default_factory=deque)
    answers: list[Answer] = field(default_factory=list)
    on_the_way: int = 0
    bulk_on_the_way: int = 0
    # How quick the provider is: so many answers since then.
    counted: float = 0.0
    counted_from: float = field(default_factory=time.monotonic)
    heard_at: float = 0.0
    next_dispatch: float = 0.0
    # Leases of what is ready hold long enough for an attempt that begins before this.
    good_until: float = 0.0
    # An answer that the breaker must hear of before more is sent.
    halted: bool = False
    closing: bool = False

    @property
    def until_passed(self) -> bool:
        """Whether it stopped for its time."""
        return self.until is not None and time.monotonic() >= self.until

    @property
    def holds(self) -> int:
        """Messages that are claimed and not settled."""
        with self.lock:
            return len(self.ready) + self.on_the_way + len(self.answers)

    @property
    def most(self) -> int:
        """How many attempts may be on their way at once."""
        return 1 if self.condition.on_trial else self.channel.capabilities.concurrency

    @property
    def most_bulk(self) -> int:
        """With how many on their way one of a broadcast may still be sent: the other places are kept free."""
        return max(self.most // 2, 1)

    def bulk_room(self) -> int:
        """How many of a broadcast to claim now: as many as may be sent, and as many again."""
        with self.lock:
            if self.condition.on_trial:
                return 1
            waiting = sum(work.bulk for _when, work in self.ready)
            ahead = 0 if self.careful or not self.channel.capabilities.claims_ahead else self.most_bulk
            return max(self.most_bulk + ahead - self.on_the_way - waiting, 0)

    def room(self) -> int:
        """How many more to claim now; small remainders wait, because each claim costs the same."""
        with self.lock:
            return self._room()

    def _room(self) -> int:
        # What gives way takes no room from others, as long as it waits.
        busy = sum(not work.bulk for _when, work in self.ready) + self.on_the_way
        if self.renewing.holds_back:
            return 0
        if self.condition.on_trial:
            return 0 if self.ready or busy or self.answers else 1
        concurrency = self.channel.capabilities.concurrency
        if self.careful or not self.channel.capabilities.claims_ahead:
            return concurrency - busy
        pace = (self.counted + len(self.answers)) / max(time.monotonic() - self.counted_from, 0.01)
        ahead = min(max(concurrency * AHEAD, round(pace * AHEAD_SECONDS)), MOST_AHEAD)
        room = concurrency + ahead - busy
        return 0 if room < (concurrency + ahead) // 2 else room

    def next_look(self, now: float) -> float:
        """When a lane that gave less than there was room for is looked into again."""
        slot = self.slot_at - self.at_once.total_seconds()
        again = now + LOOK_AGAIN
        return min(again, slot) if now < slot and not self.channel.capabilities.claims_ahead else again

    def looked(self, began: float, ended: float) -> None:
        """The lane was looked into, and perhaps later than its slot wanted: the next claim covers as long a time."""
        wanted = max(self.slot_at - self.at_once.total_seconds(), self.looked_at)
        late = max(began - wanted, 0.0) if self.looked_at else 0.0
        self.at_once = min(max(timedelta(seconds=late + ended - began), AT_ONCE), MOST_AT_ONCE)
        self.looked_at = began

    def waits_for_slot(self, now: float) -> bool:
        """Whether the last look was too early for the lane's next slot, which comes soon."""
        early = self.looked_at < self.slot_at - self.at_once.total_seconds()
        soon = self.slot_at <= now + HORIZON.total_seconds()
        return early and soon and not self.channel.capabilities.claims_ahead

    def is_to_be_settled(self, now: float) -> bool:
        """Whether the answers wait no longer for others to come."""
        with self.lock:
            return bool(self.answers) and (
                self.halted
                or len(self.answers) >= SETTLE_AT
                or (self.on_the_way == 0 and not self.ready)
                or self._notices_are_back()
                or now >= self.heard_at + SETTLE_WITHIN
            )

    def _notices_are_back(self) -> bool:
        """Whether all that is left here gives way: what people wait for is written down without it."""
        if self.on_the_way > self.bulk_on_the_way or any(not work.bulk for _when, work in self.ready):
            return False
        return any(not answer.work.bulk for answer in self.answers)

    def needs_database(self, now: float) -> bool:
        """Whether this turn has anything to do but send what is ready."""
        if now >= self.renew_at or self.is_to_be_settled(now) or self.renewing.is_wanted(now):
            return True
        if self.closing:
            return bool(self.ready) or not self.holds
        if self.until is not None and now >= self.until:
            return True
        return now >= self.look_at and (self.room() > 0 or not self.holds)

    def wakes_at(self) -> float:
        """When this lane has something to do that no answer brings about."""
        with self.lock:
            moments = [self.renew_at, self.renewing.wakes_at()]
            if self.answers:
                moments.append(self.heard_at + SETTLE_WITHIN)
            if (
                self.ready
                and self.on_the_way < self._places_for(self.ready[0][1])
                and not self.halted
                and not self.renewing.holds_back
            ):
                moments.append(max(self.ready[0][0], self.next_dispatch))
            if not self.closing and self._room() > 0:
                moments.append(self.look_at)
        return max(min(moments), self.again_at)

    def add(self, works: Sequence[Work]) -> None:
        """Claimed just now: to be sent in this order, each when its turn in the lane's rate comes."""
        now = time.monotonic()
        self.claims += bool(works)
        self.claimed += len(works)
        if slotted := [work for work in works if work.distance]:
            self.slot_at = now + (slotted[-1].wait + slotted[-1].distance).total_seconds()
        with self.lock:
            if not self.ready:
                self.good_until = now + _LEASED_FOR
            entries = [(now + work.wait.total_seconds(), work) for work in works]
            first = [entry for entry in (*self.ready, *entries) if not entry[1].bulk]
            self.ready = deque([*first, *(entry for entry in (*self.ready, *entries) if entry[1].bulk)])

    def waiting(self) -> list[Work]:
        """What is claimed and not on its way."""
        with self.lock:
            return [work for _when, work in self.ready]

    def keep(self, held: Callable[[Work], bool], until: float) -> None:
        """Of what waits, keep what is still held; its leases are good for what begins before `until`."""
        with self.lock:
            self.ready = deque(entry for entry in self.ready if held(entry[1]))
            self.good_until = until

    def take_ready(self) -> list[Work]:
        """All that is claimed and not on its way; it will not be sent."""
        with self.lock:
            works = [work for _when, work in self.ready]
            self.ready.clear()
        return works

    def heard(self) -> list[Answer]:
        """What came back so far. It stays here until `forget`, so that a failing database loses none of it."""
        with self.lock:
            return list(self.answers)

    def forget(self, count: int) -> None:
        """The first so many answers are written down, and the breaker has heard of them: more may be sent."""
        now = time.monotonic()
        with self.lock:
            del self.answers[:count]
            self.counted += count
            if (span := now - self.counted_from) > PACE_SECONDS:
                # What was long ago weighs ever less.
                self.counted *= PACE_SECONDS / span / 2
                self.counted_from = now - PACE_SECONDS / 2
            self.heard_at = now
            self.halted = not all(is_fine(answer.result) for answer in self.answers)

    def _places_for(self, work: Work) -> int:
        return self.most_bulk if work.bulk else self.most

    def next_work(self) -> Work | None:
        """The next message to send now, which from here on is on its way; None when there is none just now."""
        with self.lock:
            if self.on_the_way >= self.most:
                return None
            return self._next(time.monotonic())

    def send(self, work: Work, tell: Callable[[bool], None]) -> None:
        """Send this message, and then what is next, as long as there is some. Runs in a thread without a
        database, raises nothing. `tell(True)`: somebody with the database should look now."""
        following: Work | None = work
        while following is not None:
            account = self.account
            began = time.monotonic()
            result = attempt(self.channel, account, following)
            ended = time.monotonic()
            answer = Answer(following, result, ended - began, account)
            with self.lock:
                following, urgent = self._hear(answer, ended)
            tell(urgent)

    def _hear(self, answer: Answer, now: float) -> tuple[Work | None, bool]:
        if not self.answers:
            self.heard_at = now
        self.answers.append(answer)
        self.on_the_way -= 1
        self.bulk_on_the_way -= answer.work.bulk
        self.halted |= not is_fine(answer.result)
        following = self._next(now)
        urgent = self.halted or following is None or len(self.answers) >= SETTLE_AT
        urgent = urgent or self._notices_are_back()
        return following, urgent or (now >= self.look_at and self._room() > 0)

    def _next(self, now: float) -> Work | None:
        # Slots that passed while the process was held up do not come all at once: `next_dispatch`.
        if self.closing or self.halted or not self.ready or now >= self.good_until:
            return None
        if self.renewing.holds_back:
            return None
        if self.ready[0][0] > now or now < self.next_dispatch:
            return None
        if self.ready[0][1].bulk and self.on_the_way >= self.most_bulk:
            return None
        _when, work = self.ready.popleft()
        self.next_dispatch = now + work.distance.total_seconds()
        self.on_the_way += 1
        self.bulk_on_the_way += work.bulk
        return work


def attempt(channel: Channel, account: Account, work: Work) -> Result:
    """One attempt, or one question; a channel that raises has left it unknown how far it came."""
    try:
        if work.ask:
            return channel.reconcile_unknown(account, work.question or Question(work.tracking_id))
        if work.outgoing is None:
            text = _("Không đọc được địa chỉ của người nhận ở kênh này.")
            return Outcome(OutcomeKind.PERMANENT, "unreadable", text, reason=Reason.BAD_ADDRESS)
        return _storable(channel.send(account, work.outgoing))
    except Exception as error:
        log.exception("channel %s raised", channel.code)
        return Finding.LATER if work.ask else Outcome(OutcomeKind.UNKNOWN, type(error).__name__)


def _storable(outcome: Outcome) -> Outcome:
    """As it can be written down: many are in one statement, and one that fails it would hold up the lane."""
    code, detail, provider_id, way = map(
        _clean, (outcome.code, outcome.detail, outcome.provider_id, outcome.way)
    )
    return replace(outcome, code=code, detail=detail, provider_id=provider_id, way=way)


def _clean(text: str) -> str:
    return text if text.isprintable() else templates.storable(text)
