"""Writing down what became of an attempt: in a transaction of its own, and only by who still may."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from messaging import retries
from messaging.channels.base import Finding, Outcome, OutcomeKind
from messaging.claims import Work
from messaging.models import Attempt, Message
from messaging.states import FINAL, State, may_follow


@dataclass(frozen=True, slots=True)
class Times:
    """When the message was due to go out, when it is now (both by the database), how often it was tried."""

    now: datetime
    not_before: datetime
    attempt: int


@dataclass(frozen=True, slots=True)
class Step:
    """Where a message goes from here; `next_try` for those that go on."""

    state: State
    next_try: datetime | None = None
    problem: str = ""


def after_sending(outcome: Outcome, times: Times) -> Step:
    """The step that follows an attempt. Pure but for the jitter."""
    match outcome.kind:
        case OutcomeKind.ACCEPTED:
            return Step(State.ACCEPTED)
        case OutcomeKind.DELIVERED:
            return Step(State.DELIVERED)
        case OutcomeKind.PERMANENT:
            return Step(State.FAILED, problem=outcome.detail or _("Kênh từ chối tin này."))
        case OutcomeKind.UNKNOWN:
            return Step(State.UNKNOWN, times.now + retries.PAUSE_BEFORE_ASKING, outcome.detail)
        case OutcomeKind.TEMPORARY:
            wait = retries.wait_after(times.attempt, at_least=outcome.retry_after)
            given_up = _("Đã thử trong 24 giờ mà chưa gửi được. %(reason)s") % {"reason": outcome.detail}
            return _go_on(State.DEFERRED, wait, times, outcome.detail, given_up.strip())


def after_asking(finding: Finding, times: Times) -> Step:
    """The step that follows a question about a message that may have been sent. Pure but for the jitter."""
    unsure = _("Sau 24 giờ vẫn chưa rõ tin đã đến chưa.")
    match finding:
        case Finding.ACCEPTED:
            return Step(State.ACCEPTED)
        case Finding.DELIVERED:
            return Step(State.DELIVERED)
        case Finding.ABSENT:
            return _go_on(State.QUEUED, timedelta(0), times, "", _("Đã thử trong 24 giờ mà chưa gửi được."))
        case Finding.UNTOLD:
            wait = retries.wait_after(times.attempt, at_least=retries.PAUSE_WHEN_UNTOLD)
            return _go_on(State.DEFERRED, wait, times, _("Chưa rõ tin đã đến chưa."), unsure)
        case Finding.LATER:
            wait = retries.wait_after(times.attempt)
            return _go_on(State.UNKNOWN, wait, times, _("Chưa rõ tin đã đến chưa."), unsure)


def settle(work: Work, result: Outcome | Finding) -> bool:
    """Write down the result of `work`; False, and nothing changed, when it no longer holds the message.

    The message must still carry the attempt's number, which any later claim has raised, and may only go
    forward. An answer that comes after its lease ran out still counts if nobody took the message since.
    """
    with transaction.atomic(durable=True):
        held = (
            Message.objects.select_for_update()
            .filter(pk=work.message_id, attempts=work.attempt, state__in=(State.SENDING, State.UNKNOWN))
            .annotate(db_now=Now())
            .values_list("state", "not_before", "db_now")
            .first()
        )
        if held is None:
            return False
        state, not_before, now = held
        times = Times(now, not_before, work.attempt)
        if isinstance(result, Finding):
            step = after_asking(result, times)
            told: dict[str, Any] = {"kind": Attempt.Kind.ASK, "outcome": result.value}
        else:
            step = after_sending(result, times)
            told = {"outcome": result.kind.value, "code": result.code[:40], "detail": result.detail[:500]}
        if step.state == state or may_follow(state, step.state):
            Message.objects.filter(pk=work.message_id).update(**_columns(step, now))
        Attempt.objects.create(
            message_id=work.message_id,
            number=work.attempt,
            started_at=work.started_at,
            ended_at=now,
            **told,
        )
    return True


def _go_on(state: State, wait: timedelta, times: Times, problem: str, given_up: str) -> Step:
    moment = retries.next_try(times.now, times.not_before, wait)
    return Step(state, moment, problem) if moment else Step(State.FAILED, problem=given_up)


def _columns(step: Step, now: datetime) -> dict[str, Any]:
    columns: dict[str, Any] = {"state": step.state, "lease_until": None, "problem": step.problem}
    if step.next_try:
        columns["next_attempt_at"] = step.next_try
    if step.state in (State.ACCEPTED, State.DELIVERED):
        columns["accepted_at"] = now
    if step.state == State.DELIVERED:
        columns["delivered_at"] = columns["finished_at"] = now
    if step.state in FINAL:
        columns["finished_at"] = now
    return columns
