"""The worker: sends the messages of any number of lanes at once, in one process.

The thread that calls `turn` has the database: it claims and settles. Attempts run in threads without database and
province, on plain values. A thread that is done takes the next message of its lane (`Run`) itself. A channel that
hangs holds some of its own lane's attempts and nothing else. The process may be killed at any instant: its messages
come back when the leases run out, and a message that may have been sent is asked about first.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import NamedTuple

from django.db import DatabaseError, InterfaceError, connection
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from messaging import event_log, metrics, templates
from messaging.accounts.channel_accounts import account_of
from messaging.accounts.credentials import Renewing, see_to
from messaging.channels import registry
from messaging.channels.base import Account, Channel, Finding, Outcome, OutcomeKind, Question, Reason
from messaging.delivery.claims import (
    LEASE_MARGIN,
    Work,
    claim,
    claim_questions,
    give_back,
    mark_lapsed,
    prolong,
)
from messaging.delivery.results import Result, Settled, settle_all
from messaging.lanes import circuit_breaker, rate_limit
from messaging.lanes.circuit_breaker import condition_of, is_fine, note
from messaging.lanes.lanes import Lease
from messaging.lanes.rate_limit import AT_ONCE, HORIZON, MOST_AT_ONCE
from messaging.models import Lane, Message
from messaging.models.messages import UNSENT, State
from tenants.isolation.context import province_context
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
    texts = (outcome.code, outcome.detail, outcome.provider_id, outcome.way)
    code, detail, provider_id, way = map(_clean, texts)
    return replace(outcome, code=code, detail=detail, provider_id=provider_id, way=way)


def _clean(text: str) -> str:
    return text if text.isprintable() else templates.storable(text)


# Threads are made when they are needed; each lane uses at most its channel's concurrency of them.
MOST_THREADS = 256
# A lane's lease is renewed long before it ends: the thread that renews never waits for a provider.
LANE_LEASE = timedelta(seconds=15)
RENEW_EVERY = 4.0
# Nobody waits for a broadcast or a question about a silent message: a lane that had none is asked again after this.
UNHURRIED = 0.5
# A database that was away longer than this has let the leases run out: what came meanwhile is asked about.
KEEP_RESULTS = 60.0
_BETWEEN_TRIES = 1.0


class Engine:
    """Lanes in work. Call `start` inside the lane's province, then `turn` until `idle`."""

    def __init__(self, *, isolates: bool = False) -> None:
        """`isolates`: a lane whose work raises is dropped and logged, and the others go on."""
        self.isolates = isolates
        self.runs: dict[tuple[str, int], Run] = {}
        self.settled = 0
        self._news = threading.Event()
        self._pool = ThreadPoolExecutor(MOST_THREADS, thread_name_prefix="relay")

    @property
    def idle(self) -> bool:
        """Whether no lane is in work."""
        return not self.runs

    def holds(self, slug: str, lane_id: int) -> bool:
        """Whether this engine works on the lane."""
        return (slug, lane_id) in self.runs

    def start(self, province: ProvinceRecord, lane_id: int, *, seconds: float | None = None) -> Run | None:
        """Begin with a lane of the present province; None when another relay has it, it rests or is paused.

        `seconds`: claim no more after that.
        """
        lane = Lane.objects.filter(pk=lane_id).annotate(db_now=Now()).first()
        if lane is None or lane.channel not in registry.codes():
            return None
        lease = Lease(lane_id, LANE_LEASE)
        if not lease.take():
            return None
        now = time.monotonic()
        slot_in = lane.next_slot_at - lane.db_now if lane.next_slot_at else timedelta(0)
        run = Run(
            province,
            lane_id,
            registry.get(lane.channel),
            account_of(lane.channel, lane.account),
            lease,
            condition_of(lane),
            until=None if seconds is None else now + seconds,
            renew_at=now + RENEW_EVERY,
            slot_at=now + slot_in.total_seconds(),
        )
        if seconds is not None and not run.channel.capabilities.claims_ahead:
            run.patient_until = now + LINGER
        run.careful = mark_lapsed(lane_id) > 0
        self.runs[province.slug, lane_id] = run
        self._work(run)
        return run

    def turn(self, wait: float) -> None:
        """One round: wait at most `wait` seconds for something to do, then give each lane its turn."""
        self._wait(wait)
        for run in list(self.runs.values()):
            self._dispatch(run)
            now = time.monotonic()
            if now >= run.again_at and run.needs_database(now):
                self._turn_of(run)

    def _wait(self, most: float) -> None:
        """Until a thread has something that does not wait, or a lane's time comes."""
        now = time.monotonic()
        wait = min([most, *(run.wakes_at() - now for run in self.runs.values())])
        if wait > 0:
            self._news.wait(wait)
        self._news.clear()

    def _tell(self, urgent: bool) -> None:
        if urgent:
            self._news.set()

    def close(self) -> None:
        """Claim no more; what is claimed and not on its way goes back in the next turns."""
        for run in self.runs.values():
            run.closing = True

    def end(self) -> None:
        """Let the threads go; attempts that are on their way end by themselves."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _turn_of(self, run: Run) -> None:
        try:
            with province_context(run.province):
                self._work(run)
            run.broken_since = None
        except (DatabaseError, InterfaceError):
            self._wait_for_database(run)
        except Exception:
            if not self.isolates:
                raise
            # Its leases run out by themselves.
            log.exception("relay: %s, lane %d is dropped", run.province.slug, run.lane_id)
            self.runs.pop((run.province.slug, run.lane_id), None)

    def _wait_for_database(self, run: Run) -> None:
        """Keep what was heard and try again soon; after long the leases have run out and it is of no use."""
        log.exception("relay: %s, lane %d", run.province.slug, run.lane_id)
        connection.close()
        now = time.monotonic()
        run.broken_since = run.broken_since or now
        run.again_at = now + _BETWEEN_TRIES
        if now - run.broken_since > KEEP_RESULTS and run.renewing.asked is None:
            self.runs.pop((run.province.slug, run.lane_id), None)

    def _work(self, run: Run) -> None:
        now = time.monotonic()
        if run.is_to_be_settled(now):
            self._settle(run)
            now = run.settled_at = time.monotonic()
            if run.may_hold_more or not self._lingers(run):
                # What waited for these may be due now.
                run.look_at = now
        if now >= run.renew_at:
            self._renew(run)
        see_to(run, self._pool, self._news.set)
        if run.until is not None and now >= run.until:
            run.closing = True
        if run.closing:
            give_back(run.lane_id, run.take_ready())
        elif now >= run.look_at:
            self._claim(run)
        self._dispatch(run)
        if not run.holds and not self._lingers(run) and run.renewing.may_end(run.closing):
            run.lease.give_back()
            rate_limit.leave(run.channel, run.account, run.lane_id)
            self.runs.pop((run.province.slug, run.lane_id), None)

    def _renew(self, run: Run) -> None:
        run.closing |= not run.lease.renew()
        until = time.monotonic() + LEASE_MARGIN.total_seconds()
        held = prolong(run.waiting(), run.channel)
        run.keep(lambda work: (work.message_id, work.attempt) in held, until)
        # The leases of a dead predecessor may end only now.
        run.careful = mark_lapsed(run.lane_id) > 0
        run.renew_at = time.monotonic() + RENEW_EVERY

    def _lingers(self, run: Run) -> bool:
        """Whether a lane that holds nothing is kept: messages have kept coming, or one waits for its slot."""
        now = time.monotonic()
        if run.closing or (run.claimed and now >= run.patient_until):
            return False
        if run.claims > 1 and now < run.settled_at + LINGER:
            return True
        return run.waits_for_slot(now) and self._has_more(run.lane_id)

    @staticmethod
    def _has_more(lane_id: int) -> bool:
        return Message.objects.due().filter(lane_id=lane_id, state__in=UNSENT).exists()

    def _claim(self, run: Run) -> None:
        room = run.room()
        if room <= 0:
            return
        began = time.monotonic()
        shared = rate_limit.rate_of(run.channel, run.account, run.lane_id)
        looks_for_bulk = began >= run.bulk_look_at
        bulk_room = run.bulk_room() if looks_for_bulk else 0
        works = claim(run.lane_id, run.channel, room, shared, run.at_once, bulk_room)
        run.looked(began, time.monotonic())
        notices = sum(not work.bulk for work in works)
        dry = notices < room
        if dry and began >= run.ask_at:
            questions = claim_questions(run.lane_id, run.channel, max(room - len(works), 1))
            if not questions:
                run.ask_at = began + UNHURRIED
            works += questions
        run.add(works)
        bulk = sum(work.bulk for work in works)
        # No room for any of a broadcast is no sign that there is none.
        run.may_hold_more = not dry or (looks_for_bulk and bulk >= min(bulk_room, room - notices))
        # A lane that waits for its next slot gave none for that reason, and not for want of any.
        if bulk_room and not bulk and run.slot_at <= began:
            run.bulk_look_at = began + UNHURRIED
        if dry:
            run.look_at = run.next_look(time.monotonic())

    def _dispatch(self, run: Run) -> None:
        while (work := run.next_work()) is not None:
            self._pool.submit(run.send, work, self._tell)

    def _settle(self, run: Run) -> None:
        answers = run.heard()
        pairs = [(answer.work, answer.result) for answer in answers]
        settled = settle_all(run.channel, run.lane_id, pairs)
        run.settled += len(settled)
        self.settled += len(settled)
        run.lost += len(pairs) - len(settled)
        condition = note(run.lane_id, run.condition, [result for _work, result in pairs])
        if condition.rests_until and condition.rests > run.condition.rests:
            run.closing = True
            event_log.log("lane.rests", province=run.province.slug, lane=run.lane_id)
        elif run.condition.on_trial and not condition.on_trial:
            event_log.log("lane.recovers", province=run.province.slug, lane=run.lane_id)
        run.condition = condition
        if circuit_breaker.note_ways(run.lane_id, [(answer.work.trial, answer.result) for answer in answers]):
            # What is claimed already may have been meant for a way that rests from now on.
            give_back(run.lane_id, run.take_ready())
        run.renewing.hear(answers, run.account.generation)
        run.forget(len(answers))
        seconds = {answer.work.message_id: answer.seconds for answer in answers}
        for one in settled:
            record_metrics(
                run.province.slug, run.channel.code, run.lane_id, one, seconds[one.work.message_id]
            )


_EVENTS = dict.fromkeys((State.ACCEPTED, State.DELIVERED), "message.accepted")


def record_metrics(slug: str, code: str, lane_id: int, one: Settled, seconds: float) -> None:
    """Count one recorded result of a lane of the province `slug`, over the channel `code`."""
    reason = one.result.reason.value if isinstance(one.result, Outcome) else ""
    outcome = one.result.kind.value if isinstance(one.result, Outcome) else one.result.value
    metrics.attempted(slug, code, outcome, reason, seconds)
    if one.delay is not None:
        metrics.accepted(slug, one.delay.total_seconds())
    if event := _EVENTS.get(one.state):
        event_log.log(event, province=slug, lane=lane_id, message=one.work.message_id, reason=reason)
