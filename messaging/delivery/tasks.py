"""Celery's doors to the relay. Tasks are hints: losing any of them delays a message by a sweep, no more."""

import logging
from collections.abc import Callable

from celery import shared_task, signals
from django.db import close_old_connections

from messaging.broadcasts.sending import articles
from messaging.broadcasts.sending.runner import go_on
from messaging.channels.accounts import credentials
from messaging.channels.lanes.lanes import release_lane_task, release_task, reserve_lane_task
from messaging.delivery import lane_loop
from messaging.delivery.relay import housekeeping
from messaging.delivery.relay import sweep as sweeper
from messaging.inbound import receive
from messaging.inbound.chat import conversation, turns
from messaging.inbound.handlers import purge_messages
from messaging.outbox.due_lanes import due_lanes
from messaging.outbox.one_time_codes import codes, delivery
from tenants.isolation.context import current_province, each_province, province_task
from tenants.web.telemetry import note_failure

log = logging.getLogger(__name__)

# Who waits for an answer waits for those before them as well: each gets a turn of at most so many seconds.
HEAR_FOR = 0.3


@province_task()
def run_lane(lane_id: int) -> None:
    """Send from one lane for one turn; with work left, wake again so that others get a turn."""
    release_lane_task(lane_id)
    report = lane_loop.run_lane(lane_id)
    if report.more and report.taken:
        _hint(lane_id)


def _hint(lane_id: int) -> int:
    if not reserve_lane_task(lane_id):
        return 0
    run_lane.delay(current_province().slug, lane_id)
    return 1


@signals.worker_process_shutdown.connect
def record_slow_attempts(**kwargs: object) -> None:
    """Before a worker process ends: wait for its attempts that outlast a turn."""
    lane_loop.wait_for_stragglers()


@province_task()
def work_off_inbound() -> None:
    """Process callbacks and answer texts of readers; with more left, wake again so that other provinces get a
    turn.

    What is due may have to wait for an older text. A run that could take nothing leaves it to the sweep.
    """
    release_task(receive.TASK)
    done = receive.process_pending(seconds=HEAR_FOR) + turns.process_pending(seconds=HEAR_FOR)
    if done and (receive.queue.has_pending() or conversation.queue.has_pending()):
        work_off_inbound.delay(current_province().slug)


@shared_task
def sweep() -> int:
    """Hint at every lane with due messages in all provinces, and see to what no lane does.

    This finds what lost hints left lying. All provinces are looked through in one statement; only those in
    which something waits are entered. Returns the number of hints.
    """
    close_old_connections()
    hints = 0
    for province in sweeper.with_work(_hint_broadcasts):
        try:
            hints += sum(_hint(lane_id) for lane_id in due_lanes())
        except Exception:
            # One province in trouble must not keep the others waiting.
            note_failure("sweep", province.slug)
    return hints


@shared_task
def tidy() -> int:
    """The house-keeping of all provinces that nothing in particular calls for. Returns how much was done."""
    return in_each_province(housekeeping.tidy)


@shared_task
def renew_grants() -> int:
    """Hint at every province in which what a provider granted is to be renewed. Returns the number of hints."""

    def hint() -> int:
        if not credentials.due():
            return 0
        renew_grants_of_province.delay(current_province().slug)
        return 1

    return in_each_province(hint)


@province_task()
def renew_grants_of_province() -> None:
    """Renew what is due here; a province whose provider hangs holds up no other."""
    credentials.renew_due()


@shared_task
def forget() -> int:
    """Nightly: delete old callbacks and texts of readers, with their personal data, and yesterday's codes."""
    return in_each_province(lambda: receive.purge() + purge_messages() + codes.purge())


@province_task(acks_late=False)
def send_one_time_code(encrypted: str) -> None:
    """Send the code that this task carries. One that a worker dies over is lost: its reader asks for another."""
    if delivery.deliver_in_turn(encrypted):
        send_one_time_code.delay(current_province().slug, "")


@province_task()
def go_on_with_broadcasts() -> None:
    """Take this province's broadcasts some steps further; the next sweep comes by again."""
    go_on()


def _hint_broadcasts(slug: str) -> None:
    try:
        go_on_with_broadcasts.delay(slug)
    except Exception:  # the next sweep hints again
        log.exception("no hint for the broadcasts of %s", slug)


@province_task()
def broadcast_articles() -> None:
    """Take the articles of this province's broadcasts one step further; a provider that hangs holds up no other."""
    articles.work_off()


def in_each_province(work: Callable[[], int]) -> int:
    close_old_connections()
    done = 0
    for province in each_province():
        try:
            done += work()
        except Exception:
            note_failure(work.__name__, province.slug)
    return done
