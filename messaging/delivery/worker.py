"""The engine of the relay: works on any number of lanes at once, in one process.

All that touches the database happens in the thread that calls `turn`; attempts run in threads that know no
database and no province, on plain values. So a channel that hangs holds some of its own lane's attempts and
nothing else. The process may be killed at any instant: what it held comes back when the leases run out, and
what may have been sent is asked about before it is sent again.
"""

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from django.db import DatabaseError, InterfaceError, connection
from django.db.models.functions import Now

from messaging import event_log, metrics
from messaging.accounts.channel_accounts import account_of
from messaging.accounts.credentials import see_to
from messaging.channels import registry
from messaging.channels.base import Outcome
from messaging.delivery.claims import LEASE_MARGIN, claim, claim_questions, give_back, mark_lapsed, prolong
from messaging.delivery.lane_run import LINGER, Run
from messaging.delivery.results import Settled, settle_all
from messaging.lanes import circuit_breaker, rate_limit
from messaging.lanes.circuit_breaker import condition_of, note
from messaging.lanes.lanes import Lease
from messaging.models import Lane, Message
from messaging.models.messages import UNSENT, State
from tenants.isolation.context import province_context
from tenants.isolation.province_cache import ProvinceRecord

log = logging.getLogger(__name__)

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
            _tell(run, one, seconds[one.work.message_id])


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
        event_log.log(event, province=slug, lane=run.lane_id, message=one.work.message_id, reason=reason)
