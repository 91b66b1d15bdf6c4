"""Going on with what was approved: begin when its time comes, find the recipients, feed the outbox, end.

Each step is one short transaction that holds the broadcast; a process that dies leaves the next step to whoever
comes by. Two at once: the second passes on.
"""

import logging
import time
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from messaging.broadcasts import audience
from messaging.broadcasts.models import Publication, PublicationArticle
from messaging.broadcasts.sending import articles, enqueue, statistics
from messaging.channels.lanes.lanes import wake_worker
from messaging.outbox import sending_rules
from messaging.outbox.models.messages import SendingRules
from tenants import clock
from tenants.audit import log as audit
from tenants.isolation.context import current_province

log = logging.getLogger(__name__)

State = Publication.State
SOON = timedelta(seconds=1)
# All was given to the outbox; the rest is the relay's.
LATER = timedelta(seconds=5)
AFTER_FAULT = timedelta(minutes=1)
SECONDS = 1.0
REASON_MAX = 500
_ARTICLES = "messaging.delivery.tasks.broadcast_articles"


def go_on(*, seconds: float = SECONDS) -> int:
    """Take the broadcasts of this province whose time has come some steps further; how many steps.

    Safe beside another that does the same, and whenever it is killed. Must not be called inside a transaction.
    """
    until = time.monotonic() + seconds
    steps = 0
    for pk in due():
        try:
            while _step(pk):
                steps += 1
                if time.monotonic() >= until:
                    return steps
        except Exception:
            # One that cannot go on keeps no other waiting, and is tried again.
            log.exception("broadcast %s cannot go on", pk)
            Publication.objects.filter(pk=pk, next_step_at__lte=Now()).update(
                next_step_at=Now() + AFTER_FAULT
            )
    return steps


def pause_restored(since: datetime) -> str:
    """Pause what would go on by itself in a province restored from a backup: a person resumes or stops it. An article
    may have been sent since the archive. Part of the caller's transaction."""
    going = (State.APPROVED, State.RUNNING)
    doubtful = PublicationArticle.objects.filter(
        publication__state__in=(*going, State.PAUSED), state__in=articles.OPEN
    )
    doubtful.update(lease_until=None, **articles.doubtful())
    # Those that had not begun, too: approved, begun and done since, they would reach all followers once more.
    Publication.objects.filter(started_at=None).update(restored_at=clock.now())
    why = _(
        "Tỉnh vừa được phục hồi từ bản sao lưu: có người có thể đã nhận tin rồi."
        " Xin kiểm tra, rồi cho gửi tiếp hoặc dừng hẳn."
    )
    count = Publication.objects.filter(state__in=going).update(
        state=State.PAUSED, next_step_at=None, returned_because=why
    )
    return _("%(count)d đợt gửi tin được tạm dừng.") % {"count": count}


def due() -> list[int]:
    """The broadcasts somebody has to go on with now, the longest waiting first."""
    waiting = Publication.objects.filter(next_step_at__lte=Now())
    return list(waiting.order_by("next_step_at").values_list("pk", flat=True))


def _step(pk: int) -> bool:
    """One step of one broadcast; whether there is another one at once."""
    with transaction.atomic(durable=True):
        found: Any = (
            Publication.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(pk=pk, next_step_at__lte=Now())
            .annotate(db_now=Now())
            .first()
        )
        if found is None:
            return False
        if reason := _why_to_stop(found):
            end(found, State.STOPPED, reason)
            return False
        rules = SendingRules.current()
        now = clock.now()
        opening = sending_rules.next_opening(now, rules)
        # What only the web says disturbs nobody at night.
        if found.audiences and opening > now:
            _wait(found, opening - now)
            return False
        if found.state == State.APPROVED:
            _begin(found)
            return True
        if not audience.is_over(found):
            audience.go_on(found)
            return True
        given = enqueue.feed(found, found.db_now - found.next_step_at + SOON)
        if articles.is_going_on(found):
            wake_up = partial(wake_worker, _ARTICLES, current_province().slug)
            transaction.on_commit(wake_up, robust=True)
        return _rest(found, SOON if given else LATER)


def _begin(found: Publication) -> None:
    found.state, found.started_at = State.RUNNING, clock.now()
    found.version += 1
    found.save()
    audience.begin(found)
    audit.record("broadcast.begin", found.subject)


def _rest(found: Publication, span: timedelta) -> bool:
    if enqueue.waiting(found).exists():
        _wait(found, span)
    elif enqueue.live(found) or articles.is_going_on(found):
        _wait(found, LATER)
    else:
        end(found, State.DONE, _why_unreached(found))
    return False


def _why_unreached(found: Publication) -> str:
    progress = statistics.progress(found)
    doubtful = any(one.state == PublicationArticle.State.UNKNOWN for one in progress.articles)
    if progress.total.sent or doubtful or not (progress.total.people or progress.articles):
        return ""
    why = [one.problem for one in progress.articles if one.problem] + [why for why, _n in progress.reasons]
    return " ".join(dict.fromkeys(why))[:REASON_MAX] or _("Chưa rõ vì sao.")


def end(found: Publication, state: Publication.State, reason: str = "") -> None:
    """No more of it is sent from now on. Part of the caller's transaction, which holds the broadcast."""
    found.state, found.finished_at, found.next_step_at = state, clock.now(), None
    found.stopped_because = reason
    found.version += 1
    found.save()
    if state == State.STOPPED:
        enqueue.recall(found)
        articles.stop(found)
        audit.record("broadcast.end", found.subject, reason=reason)
    else:
        audit.record("broadcast.done", found.subject)


def _why_to_stop(found: Publication) -> str:
    why = enqueue.why_over(found)
    if not why or found.withdrawn_at:
        return why
    # What is left may be the relay's, which keeps the hours of each message by itself.
    is_given = audience.is_over(found) and not enqueue.waiting(found).exists()
    return "" if is_given and not articles.is_going_on(found) else why


def _wait(found: Publication, span: timedelta) -> None:
    Publication.objects.filter(pk=found.pk).update(next_step_at=Now() + span)
