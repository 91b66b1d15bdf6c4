"""The engine of the relay: works on any number of lanes at once, in one process.

All that touches the database happens in the thread that calls `turn`; attempts run in threads that know no
database and no province, on plain values. So a channel that hangs holds some of its own lane's attempts and
nothing else. The process may be killed at any instant: what it held comes back when the leases run out, and
what may have been sent is asked about before it is sent again.
"""

import logging
import queue
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

from django.db import DatabaseError, InterfaceError, connection
from django.utils.translation import gettext as _

from messaging import breaker, events_log, metrics
from messaging.accounts import account_of
from messaging.channels import registry
from messaging.channels.base import Account, Channel, Finding, Outcome, OutcomeKind, Question, Reason
from messaging.claims import Work, claim, claim_questions, give_back, mark_lapsed, prolong
from messaging.conditions import condition_of, is_fine, note
from messaging.lanes import Lease
from messaging.models import Lane
from messaging.settling import Result, Settled, settle_all
from messaging.states import State
from tenants.context import province_context
from tenants.records import ProvinceRecord

log = logging.getLogger(__name__)

# Threads are made when they are needed; each lane uses at most its channel's concurrency of them.
MOST_THREADS = 256
# A lane's lease is renewed long before it ends: the thread that renews never waits for a provider.
LANE_LEASE = timedelta(seconds=15)
RENEW_EVERY = 4.0
# How much more is claimed than can be on its way at once, so that no thread waits for the database: at least
# this many times the concurrency, and as much as a quick provider takes in half a second.
AHEAD = 2
AHEAD_SECONDS = 0.5
MOST_AHEAD = 64
# Answers are settled together: so many, or those that came within so long, or when nothing more is coming.
SETTLE_AT = 32
SETTLE_WITHIN = 0.1
# A database that was away longer than this has let the leases run out: what came meanwhile is asked about.
KEEP_RESULTS = 60.0
_BETWEEN_TRIES = 1.0


class Answer(NamedTuple):
    """What a thread brings back."""

    run: "Run"
    work: Work
    result: Result
    seconds: float


@dataclass(eq=False, slots=True)
class Run:
    """One lane while it is being worked on."""

    province: ProvinceRecord
    lane_id: int
    channel: Channel
    account: Account
    lease: Lease
    condition: breaker.Condition
    limit: int | None = None
    until: float | None = None
    ready: deque[tuple[float, Work]] = field(default_factory=deque)
    answers: list[Answer] = field(default_factory=list)
    heard_at: float = 0.0
    settled_at: float = 0.0
    pace: float = 0.0
    on_the_way: int = 0
    claimed: int = 0
    settled: int = 0
    lost: int = 0
    renew_at: float = 0.0
    next_dispatch: float = 0.0
    broken_since: float | None = None
    again_at: float = 0.0
    closing: bool = False

    @property
    def until_passed(self) -> bool:
        """Whether it stopped for its time."""
        return self.until is not None and time.monotonic() >= self.until

    @property
    def holds(self) -> int:
        """Messages that are claimed and not settled."""
        return len(self.ready) + self.on_the_way + len(self.answers)

    def room(self) -> int:
        """How many more to claim now; small remainders wait, because each claim costs the same."""
        if self.condition.on_trial:
            return 0 if self.holds else 1
        concurrency = self.channel.capabilities.concurrency
        ahead = min(max(concurrency * AHEAD, round(self.pace * AHEAD_SECONDS)), MOST_AHEAD)
        most = concurrency + ahead
        room = most - len(self.ready) - self.on_the_way
        if room < most // 2:
            return 0
        return room if self.limit is None else min(room, self.limit - self.claimed)

    def is_to_be_settled(self, now: float) -> bool:
        """Whether the answers wait no longer for others to come."""
        return bool(self.answers) and (
            len(self.answers) >= SETTLE_AT
            or (self.on_the_way == 0 and not self.ready)
            or now >= self.heard_at + SETTLE_WITHIN
        )

    def needs_database(self, now: float) -> bool:
        """Whether this turn has anything to do but send what is ready."""
        if self.closing and self.ready:
            return True
        return (
            not self.holds
            or self.is_to_be_settled(now)
            or now >= self.renew_at
            or (self.until is not None and now >= self.until and not self.closing)
            or (not self.closing and self.room() > 0)
        )


class Engine:
    """Lanes in work. Call `start` inside the lane's province, then `turn` until `idle`."""

    def __init__(self, *, isolates: bool = False) -> None:
        """`isolates`: a lane whose work raises is dropped and logged, and the others go on."""
        self.isolates = isolates
        self.runs: dict[tuple[str, int], Run] = {}
        self.settled = 0
        self._answers: queue.SimpleQueue[Answer] = queue.SimpleQueue()
        self._pool = ThreadPoolExecutor(MOST_THREADS, thread_name_prefix="relay")

    @property
    def idle(self) -> bool:
        """Whether no lane is in work."""
        return not self.runs

    def holds(self, slug: str, lane_id: int) -> bool:
        """Whether this engine works on the lane."""
        return (slug, lane_id) in self.runs

    def start(
        self,
        province: ProvinceRecord,
        lane_id: int,
        *,
        limit: int | None = None,
        seconds: float | None = None,
    ) -> Run | None:
        """Begin with a lane of the present province; None when another relay has it, it rests or is paused.

        `limit`: claim at most so many messages. `seconds`: claim no more after that.
        """
        lane = Lane.objects.filter(pk=lane_id).first()
        if lane is None or lane.channel not in registry.codes():
            return None
        lease = Lease(lane_id, LANE_LEASE)
        if not lease.take():
            return None
        now = time.monotonic()
        run = Run(
            province,
            lane_id,
            registry.get(lane.channel),
            account_of(lane.channel, lane.account),
            lease,
            condition_of(lane),
            limit,
            None if seconds is None else now + seconds,
            renew_at=now + RENEW_EVERY,
        )
        mark_lapsed(lane_id)
        self.runs[province.slug, lane_id] = run
        self._work(run)
        return run

    def turn(self, wait: float) -> None:
        """One round: hear answers for at most `wait` seconds, then give each lane its turn.

        What is ready is sent before and between work with the database, so that no lane waits for another's.
        """
        self._take(self._heard(wait))
        for run in list(self.runs.values()):
            now = time.monotonic()
            if now >= run.again_at and run.needs_database(now):
                self._turn_of(run)
                self._take(self._heard(0))

    def _take(self, answers: list[Answer]) -> None:
        for answer in answers:
            run = answer.run
            run.on_the_way -= 1
            if not is_fine(answer.result):
                # The breaker must hear of it before more is sent.
                run.heard_at = 0.0
            elif not run.answers:
                run.heard_at = time.monotonic()
            run.answers.append(answer)
        for run in self.runs.values():
            if not (run.answers and run.heard_at == 0.0):
                self._dispatch(run)

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
        if now - run.broken_since > KEEP_RESULTS:
            self.runs.pop((run.province.slug, run.lane_id), None)

    def _work(self, run: Run) -> None:
        now = time.monotonic()
        if run.is_to_be_settled(now):
            before = len(run.answers)
            self._settle(run)
            now = time.monotonic()
            run.pace = before / max(now - run.settled_at, 0.001) if run.settled_at else 0.0
            run.settled_at = now
        if now >= run.renew_at:
            run.closing |= not run.lease.renew()
            prolong([work for _when, work in run.ready], run.channel)
            # The leases of a dead predecessor may end only now.
            mark_lapsed(run.lane_id)
            run.renew_at = now + RENEW_EVERY
        if run.until is not None and now >= run.until:
            run.closing = True
        if run.closing:
            self._return_ready(run)
        else:
            self._claim(run)
        self._dispatch(run)
        if not run.holds:
            run.lease.give_back()
            self.runs.pop((run.province.slug, run.lane_id), None)

    def _claim(self, run: Run) -> None:
        room = run.room()
        if room <= 0:
            run.closing = run.limit is not None and run.claimed >= run.limit
            return
        works = claim(run.lane_id, run.channel, room)
        if len(works) < room:
            works += claim_questions(run.lane_id, run.channel, room - len(works))
        now = time.monotonic()
        run.claimed += len(works)
        run.ready.extend((now + work.wait.total_seconds(), work) for work in works)

    def _dispatch(self, run: Run) -> None:
        now = time.monotonic()
        most = 1 if run.condition.on_trial else run.channel.capabilities.concurrency
        while run.ready and run.on_the_way < most and run.ready[0][0] <= now:
            if now < run.next_dispatch:
                # Slots that passed while the process was held up do not come all at once.
                break
            _when, work = run.ready.popleft()
            run.next_dispatch = now + work.distance.total_seconds()
            run.on_the_way += 1
            self._pool.submit(self._attempt, run, work)

    def _return_ready(self, run: Run) -> None:
        if run.ready:
            give_back(run.lane_id, [work for _when, work in run.ready])
            run.ready.clear()

    def _settle(self, run: Run) -> None:
        pairs = [(answer.work, answer.result) for answer in run.answers]
        settled = settle_all(run.channel, run.lane_id, pairs)
        seconds = {answer.work.message_id: answer.seconds for answer in run.answers}
        run.answers.clear()
        run.settled += len(settled)
        self.settled += len(settled)
        run.lost += len(pairs) - len(settled)
        condition = note(run.lane_id, run.condition, [result for _work, result in pairs])
        if condition.rests_until and condition.rests > run.condition.rests:
            run.closing = True
            events_log.log("lane.rests", province=run.province.slug, lane=run.lane_id)
        elif run.condition.on_trial and not condition.on_trial:
            events_log.log("lane.recovers", province=run.province.slug, lane=run.lane_id)
        run.condition = condition
        for one in settled:
            _tell(run, one, seconds[one.work.message_id])

    def _attempt(self, run: Run, work: Work) -> None:
        """Runs in a thread: no database here, and nothing may be raised."""
        began = time.monotonic()
        result = attempt(run.channel, run.account, work)
        self._answers.put(Answer(run, work, result, time.monotonic() - began))

    def _heard(self, wait: float) -> list[Answer]:
        heard: list[Answer] = []
        try:
            if wait > 0:
                heard.append(self._answers.get(timeout=self._patience(wait)))
            while True:
                heard.append(self._answers.get_nowait())
        except queue.Empty:
            return heard

    def _patience(self, wait: float) -> float:
        """How long to listen: until a slot in a lane's rate comes, or answers have waited long enough."""
        now = time.monotonic()
        moments = [
            max(run.ready[0][0], run.next_dispatch)
            for run in self.runs.values()
            if run.ready and run.on_the_way < run.channel.capabilities.concurrency
        ]
        moments += [run.heard_at + SETTLE_WITHIN for run in self.runs.values() if run.answers]
        return max(min([wait, *(moment - now for moment in moments)]), 0.001)


def attempt(channel: Channel, account: Account, work: Work) -> Result:
    """One attempt, or one question; a channel that raises has left it unknown how far it came."""
    try:
        if work.ask:
            return channel.reconcile_unknown(account, Question(work.tracking_id))
        if work.outgoing is None:
            text = _("Không đọc được địa chỉ của người nhận ở kênh này.")
            return Outcome(OutcomeKind.PERMANENT, "unreadable", text, reason=Reason.BAD_ADDRESS)
        return channel.send(account, work.outgoing)
    except Exception as error:
        log.exception("channel %s raised", channel.code)
        return Finding.LATER if work.ask else Outcome(OutcomeKind.UNKNOWN, type(error).__name__)


_EVENTS = {
    State.ACCEPTED: "message.accepted",
    State.DELIVERED: "message.accepted",
}


def _tell(run: Run, one: Settled, seconds: float) -> None:
    slug, code = run.province.slug, run.channel.code
    reason = one.result.reason.value if isinstance(one.result, Outcome) else ""
    outcome = one.result.kind.value if isinstance(one.result, Outcome) else one.result.value
    metrics.attempted(slug, code, outcome, reason, seconds)
    if one.delay is not None:
        metrics.accepted(slug, one.delay.total_seconds())
    if event := _EVENTS.get(one.state):
        events_log.log(event, province=slug, lane=run.lane_id, message=one.work.message_id, reason=reason)
