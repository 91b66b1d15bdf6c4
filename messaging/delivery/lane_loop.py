"""The loop over one lane: claim what is due, attempt it in threads, record the results.

The thread that calls `work_lane` has the database. Attempts run in threads without database and province, on plain
values. The process may be killed at any instant: leases of messages run out, and a message that may have been sent is
asked about first.
"""

import logging
import threading
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import NamedTuple

from django.db import DatabaseError, InterfaceError, connection
from django.db.models import Count, Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from messaging.channels.accounts import credentials
from messaging.channels.accounts.channel_accounts import account_of
from messaging.channels.base import (
    Account,
    Channel,
    Finding,
    Outcome,
    OutcomeKind,
    Question,
    Reason,
    registry,
)
from messaging.channels.lanes import circuit_breaker, rate_limit
from messaging.channels.lanes.circuit_breaker import Condition, condition_of
from messaging.channels.lanes.lanes import RUN_LANE, Lease, wake_worker
from messaging.channels.lanes.rate_limit import HORIZON, SLOT_AHEAD
from messaging.channels.models import Lane
from messaging.channels.states import State
from messaging.delivery.claims import LEASE_MARGIN, Work, claim, claim_questions, give_back, mark_lapsed
from messaging.delivery.results import Result, Settled, settle_all
from messaging.outbox import wording as templates
from messaging.outbox.due_lanes import due_lanes
from messaging.outbox.models.messages import Message
from tenants.isolation.context import current_province, province_context
from tenants.isolation.province_cache import ProvinceRecord
from tenants.web import telemetry

log = logging.getLogger(__name__)

TURN_SECONDS = 2.0
TURN_ROWS = 50
# After so long without a result or a claim a turn ends. Attempts on their way are recorded by a thread of their own,
# so that a provider that hangs keeps no worker of the queue.
HANDOVER_SECONDS = 1.0
# A lane that has claimed something and whose next slot is further away gives way to others.
SLOT_PATIENCE = 0.5
LANE_LEASE = timedelta(seconds=15)
RENEW_EVERY = 4.0
# Questions about silent messages are not urgent: looked for this often.
QUESTIONS_EVERY = 0.5
# A database that was away longer than this has let the leases run out.
KEEP_RESULTS = 60.0
# Results that come within this time are recorded together.
GATHER_SECONDS = 0.005
_BETWEEN_TRIES = 1.0
_LOOK_AGAIN = 0.1

stop_all = threading.Event()
"""Set when this process ends: every turn claims no more."""
_stragglers: set[threading.Thread] = set()


class Answer(NamedTuple):
    """The result of an attempt."""

    work: Work
    result: Result
    seconds: float


Flight = Future[Answer | Work | bool]
"""An attempt in a thread: its answer, or the work that was not tried; or the question whether the provider answers."""


@dataclass(frozen=True, slots=True)
class Report:
    """One turn. `taken`: it held the lane; `stopped`: its time or its rows were over; `more`: work is left."""

    lane_id: int
    taken: bool
    settled: int = 0
    claimed: int = 0
    stopped: bool = False
    more: bool = False


class Departures:
    """Keeps the distance of the lane's rate between attempts, also where their threads wake late and together."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next_at = 0.0

    def wait(self, distance: timedelta, halt: threading.Event) -> bool:
        """Return when the next attempt may leave, or at once when `halt` is set; whether it is."""
        if not distance:
            return halt.is_set()
        with self._lock:
            halted = halt.wait(max(self._next_at - time.monotonic(), 0))
            if not halted:
                # A thread that wakes a little late does not slow the lane down; half a distance is no message more.
                apart = distance.total_seconds()
                self._next_at = max(self._next_at, time.monotonic() - apart / 2) + apart
        return halted


@dataclass(eq=False, slots=True)
class Turn:
    """A lane in work, for as long as one turn."""

    province: ProvinceRecord
    lane_id: int
    channel: Channel
    account: Account
    condition: Condition
    lease: Lease
    stale: bool
    """Whether nothing may leave until the account's credentials are renewed."""
    closing: bool = False
    claimed: int = 0
    settled: int = 0
    unrecorded: list[Answer | Work | bool] = field(default_factory=list)
    asking: bool = False
    """Whether nothing leaves until the provider has shown that it answers."""
    halt: threading.Event = field(default_factory=threading.Event)
    """Set while nothing more may leave: attempts that wait for their slot give their messages back."""
    departures: Departures = field(default_factory=Departures)
    renew_at: float = field(default_factory=lambda: time.monotonic() + RENEW_EVERY)
    progress_at: float = field(default_factory=time.monotonic)
    ask_at: float = 0.0
    stopped: bool = False

    @property
    def most(self) -> int:
        """How many attempts may be on their way at once."""
        return 1 if self.condition.on_trial else self.channel.capabilities.concurrency


def run_lane(lane_id: int, *, seconds: float = TURN_SECONDS, rows: int = TURN_ROWS) -> Report:
    """Send what is due in this lane of the current province, claiming for `seconds` and at most `rows` messages.

    Does nothing while another worker holds the lane, it rests or is paused. Must not be called inside a transaction.
    """
    report = _turn(lane_id, seconds, rows)
    if report.taken and not report.claimed and lane_id in due_lanes():
        # Messages written while the lane was held woke no worker.
        report = _turn(lane_id, seconds, rows)
    # Where nothing could be claimed another wake-up would only spin: the sweep comes by.
    return replace(report, more=bool(report.claimed or report.stopped) and lane_id in due_lanes())


def _turn(lane_id: int, seconds: float, rows: int) -> Report:
    turn = _begin(lane_id)
    if turn is None:
        return Report(lane_id, taken=False)
    pool = ThreadPoolExecutor(turn.channel.capabilities.concurrency + 1, thread_name_prefix="lane")
    on_the_way: set[Flight] = set()
    try:
        _loop(turn, pool, on_the_way, time.monotonic() + seconds, rows)
    finally:
        if on_the_way:
            _record_later(turn, pool, on_the_way)
        else:
            pool.shutdown(wait=False)
        turn.lease.give_back()
        rate_limit.leave(turn.channel, turn.account, lane_id)
    return Report(lane_id, True, turn.settled, turn.claimed, turn.stopped)


def _begin(lane_id: int) -> Turn | None:
    lane = Lane.objects.filter(pk=lane_id).first()
    if lane is None or lane.channel not in registry.codes():
        return None
    lease = Lease(lane_id, LANE_LEASE)
    if not lease.take():
        return None
    if lease.took_over:
        # What a holder whose lease ended had on its way takes no place any more. It stays under its own lease: a
        # process may outlive its session.
        mine = Message.objects.filter(lane_id=lane_id, state=State.SENDING, lease_until__gt=Now())
        mine.update(next_attempt_at=Now())
    mark_lapsed(lane_id)
    account = account_of(lane.channel, lane.account)
    stale = not credentials.usable(lane.channel, account)
    channel = registry.get(lane.channel)
    return Turn(current_province(), lane_id, channel, account, condition_of(lane), lease, stale)


def _loop(turn: Turn, pool: ThreadPoolExecutor, on_the_way: set[Flight], until: float, rows: int) -> None:
    """Steps until nothing is left to do. A database that is away is waited for while results would be lost."""
    broken_since = 0.0
    while True:
        try:
            if _step(turn, pool, on_the_way, until, rows):
                return
            broken_since = 0.0
        except (DatabaseError, InterfaceError):
            now = time.monotonic()
            broken_since = broken_since or now
            if not (on_the_way or turn.unrecorded) or now - broken_since > KEEP_RESULTS:
                raise
            log.exception("%s, lane %d waits for the database", turn.province.slug, turn.lane_id)
            # The lease ends with the session; what came is still recorded.
            turn.closing = True
            connection.close()
            time.sleep(_BETWEEN_TRIES)


def _step(turn: Turn, pool: ThreadPoolExecutor, on_the_way: set[Flight], until: float, rows: int) -> bool:
    """Record what came, claim what may go, wait a moment; whether the turn is over."""
    if _collect(turn, on_the_way):
        turn.progress_at = time.monotonic()
    if turn.stale and not on_the_way:
        _renew(turn)
    now = time.monotonic()
    if now >= turn.renew_at:
        turn.closing |= not turn.lease.renew()
        mark_lapsed(turn.lane_id)
        turn.renew_at = now + RENEW_EVERY
    turn.stopped |= stop_all.is_set() or now >= until or turn.claimed >= rows
    turn.closing |= turn.stopped
    if turn.condition.asks_first and not turn.asking and not turn.closing:
        turn.asking, turn.progress_at = True, now
        # As if there were no answer: a process that dies over the question leaves a rest behind.
        turn.condition = circuit_breaker.note(turn.lane_id, turn.condition, [Finding.LATER])
        on_the_way.add(pool.submit(_is_answering, turn.channel, turn.account))
    idle = turn.closing or turn.stale or turn.asking
    if not idle:
        turn.halt.clear()
    works = [] if idle else _claim(turn, on_the_way, rows - turn.claimed)
    good_until = time.monotonic() + LEASE_MARGIN.total_seconds()
    for work in works:
        on_the_way.add(pool.submit(_attempt, turn, work, good_until))
        turn.progress_at = now
    pause = 0.0 if on_the_way else _pause(turn, until)
    if not on_the_way and not pause and (turn.closing or not turn.stale):
        return True
    if on_the_way and now >= turn.progress_at + HANDOVER_SECONDS:
        return True
    if on_the_way:
        wait(on_the_way, _LOOK_AGAIN, FIRST_COMPLETED)
        # Recording and claiming cost the same for one as for several.
        wait(on_the_way, GATHER_SECONDS)
    else:
        time.sleep(pause or _LOOK_AGAIN)
    return False


def _renew(turn: Turn) -> None:
    """With nothing on its way: all answers to come are about what the turn has from now on."""
    turn.closing |= not credentials.renew(turn.channel.code, turn.account.name, turn.account.generation)
    turn.account = account_of(turn.channel.code, turn.account.name)
    turn.stale = not credentials.usable(turn.channel.code, turn.account)


def _pause(turn: Turn, until: float) -> float:
    if turn.closing:
        return 0.0
    lane = Lane.objects.annotate(db_now=Now()).get(pk=turn.lane_id)
    if lane.next_slot_at is None or not Message.objects.due().filter(lane_id=turn.lane_id).exists():
        return 0.0
    slot_in = (lane.next_slot_at - lane.db_now - SLOT_AHEAD).total_seconds()
    patience = SLOT_PATIENCE if turn.claimed else HORIZON.total_seconds()
    return slot_in if 0 < slot_in < min(patience, until - time.monotonic()) else 0.0


def _claim(turn: Turn, on_the_way: set[Flight], most: int) -> list[Work]:
    """What may be sent now. Attempts and questions that another worker of this lane has on its way count as well."""
    silent = Q(state=State.ACCEPTED, finished_at__isnull=True)
    held = Message.objects.filter(
        Q(state=State.SENDING) | silent, lane_id=turn.lane_id, lease_until__gt=Now()
    )
    # No row under lease is due before it ends: without these bounds the whole backlog would be read each time.
    longest = turn.channel.timeout + SLOT_AHEAD + LEASE_MARGIN
    held = held.filter(next_attempt_at__gt=Now(), next_attempt_at__lte=Now() + longest)
    counted = held.aggregate(held=Count("pk"), bulk=Count("pk", filter=Q(bulk=True)))
    room = min(turn.most - max(counted["held"], len(on_the_way)), most)
    if room <= 0:
        return []
    shared = rate_limit.rate_of(turn.channel, turn.account, turn.lane_id)
    bulk_room = max(max(turn.most // 2, 1) - counted["bulk"], 0)
    # Late results of another turn may have made the lane rest since this one began.
    holds = turn.lease.holds & Q(rests=turn.condition.rests)
    works = claim(turn.lane_id, turn.channel, room, shared, bulk_room, holds)
    if len(works) < room and time.monotonic() >= turn.ask_at:
        turn.ask_at = time.monotonic() + QUESTIONS_EVERY
        works += claim_questions(turn.lane_id, turn.channel, room - len(works), holds)
    turn.claimed += len(works)
    return works


def _attempt(turn: Turn, work: Work, good_until: float) -> Answer | Work:
    halted = bool(work.wait) and turn.halt.wait(work.wait.total_seconds())
    halted = halted or turn.departures.wait(work.distance, turn.halt)
    if not work.ask and (halted or time.monotonic() > good_until):
        return work
    began = time.monotonic()
    result = attempt(turn.channel, turn.account, work)
    return Answer(work, result, time.monotonic() - began)


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


def _is_answering(channel: Channel, account: Account) -> bool:
    try:
        return channel.is_answering(account)
    except Exception:
        log.exception("channel %s raised", channel.code)
        return False


def _storable(outcome: Outcome) -> Outcome:
    """As it can be written down: many are in one statement, and one that fails it would hold up the lane."""
    texts = (outcome.code, outcome.detail, outcome.provider_id, outcome.way)
    code, detail, provider_id, way = map(_clean, texts)
    return replace(outcome, code=code, detail=detail, provider_id=provider_id, way=way)


def _clean(text: str) -> str:
    return text if text.isprintable() else templates.storable(text)


def _collect(turn: Turn, on_the_way: set[Flight]) -> bool:
    """Record what came back, and give back what was not tried; whether anything came."""
    done = {one for one in on_the_way if one.done()}
    on_the_way -= done
    turn.unrecorded += [one.result() for one in done]
    if answers := [one for one in turn.unrecorded if isinstance(one, Answer)]:
        _record(turn, answers)
    give_back(turn.lane_id, [one for one in turn.unrecorded if isinstance(one, Work)])
    if True in turn.unrecorded:
        turn.asking = False
        turn.condition = circuit_breaker.end_rest_as_answered(turn.lane_id, turn.condition)
    turn.closing |= False in turn.unrecorded
    turn.unrecorded = []
    return bool(done)


def _record(turn: Turn, answers: Sequence[Answer]) -> None:
    """Results, then the breaker of the lane and of its ways: one that rests from now on ends the turn."""
    pairs = [(answer.work, answer.result) for answer in answers]
    # First: what is written down gives places free, to a turn that must know of the rest by then.
    condition = circuit_breaker.note(turn.lane_id, turn.condition, [result for _work, result in pairs])
    settled = settle_all(turn.channel, turn.lane_id, pairs)
    # Whatever fails from here on, no result is written down, and paid for, twice.
    turn.unrecorded = [one for one in turn.unrecorded if not isinstance(one, Answer)]
    turn.settled += len(settled)
    if any(isinstance(result, Outcome) and result.reason is Reason.STALE for _work, result in pairs):
        turn.stale = True
        turn.halt.set()
    if condition.rests_until and condition.rests > turn.condition.rests:
        turn.closing = True
        turn.halt.set()
        telemetry.log("lane.rests", province=turn.province.slug, lane=turn.lane_id)
    elif turn.condition.on_trial and not condition.on_trial:
        telemetry.log("lane.recovers", province=turn.province.slug, lane=turn.lane_id)
    turn.condition = condition
    circuit_breaker.note_ways(turn.lane_id, [(answer.work.trial, answer.result) for answer in answers])
    seconds = {answer.work.message_id: answer.seconds for answer in answers}
    for one in settled:
        _count(turn, one, seconds[one.work.message_id])


_EVENTS = dict.fromkeys((State.ACCEPTED, State.DELIVERED), "message.accepted")


def _count(turn: Turn, one: Settled, seconds: float) -> None:
    slug, reason = turn.province.slug, ""
    if isinstance(one.result, Outcome):
        outcome, reason = one.result.kind.value, one.result.reason.value
    else:
        outcome = one.result.value
    telemetry.attempted(slug, turn.channel.code, outcome, reason, seconds)
    if one.delay is not None:
        telemetry.accepted(slug, one.delay.total_seconds())
    if event := _EVENTS.get(one.step.state):
        telemetry.log(event, province=slug, lane=turn.lane_id, message=one.work.message_id, reason=reason)


def _record_later(turn: Turn, pool: ThreadPoolExecutor, on_the_way: set[Flight]) -> None:
    """Let a thread wait for slow attempts and record them, also while the database is away, and renew what they were
    refused with; a process that ends meanwhile leaves them to their leases."""

    def finish() -> None:
        try:
            longest = turn.channel.timeout + LEASE_MARGIN
            came = wait(on_the_way, longest.total_seconds()).done
            turn.renew_at = float("inf")
            with province_context(turn.province):
                _loop(turn, pool, came, until=0.0, rows=0)
                wake_worker(RUN_LANE, turn.province.slug, turn.lane_id)
        except Exception:
            log.exception("late results of %s, lane %d", turn.province.slug, turn.lane_id)
        finally:
            pool.shutdown(wait=False)
            connection.close()
            _stragglers.discard(threading.current_thread())

    thread = threading.Thread(target=finish, name="late-results", daemon=True)
    _stragglers.add(thread)
    thread.start()


def wait_for_stragglers() -> None:
    """Wait until slow attempts of this process are recorded and what they were refused with is renewed, at most as
    long as their channels may take."""
    longest = max((registry.get(code).timeout for code in registry.codes()), default=timedelta(0))
    until = time.monotonic() + 2 * longest.total_seconds() + 1
    for thread in list(_stragglers):
        thread.join(max(until - time.monotonic(), 0))
