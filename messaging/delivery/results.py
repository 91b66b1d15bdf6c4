"""Writing down what became of attempts: many in one transaction, and each only by who still may."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Value
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext as _

from messaging.channels.base import Capabilities, Channel, Finding, Outcome, OutcomeKind, Reason
from messaging.channels.lanes import retry_policy
from messaging.channels.lanes.rate_limit import charge, refund
from messaging.channels.models import Lane
from messaging.channels.states import State
from messaging.contacts.models import Consent
from messaging.delivery.claims import Work
from messaging.outbox import fallback, phone_calls, provider_templates
from messaging.outbox.models.messages import FINAL, Attempt, Message, may_follow
from messaging.outbox.models.phone_calls import Call

Result = Outcome | Finding

# An accepted message of which no word came is asked about after this long, then ever more rarely.
FIRST_QUESTION = timedelta(minutes=30)
RAREST_QUESTION = timedelta(hours=6)
NO_WORD_AFTER = timedelta(hours=72)
# Word of a message that may have arrived is waited for so long; then somebody calls. It is not sent again.
AWAITED_FOR = timedelta(hours=2)


class Row(NamedTuple):
    """What settling needs of a message; `now` is the database's clock. `has_call`: somebody was to be called
    about the same matter. `bulk`: rather not at all than twice."""

    pk: int
    state: str
    attempts: int
    not_before: datetime
    expires_at: datetime
    route: Sequence[str]
    ways_done: Sequence[str]
    sent_at: datetime | None
    bulk: bool
    now: datetime
    has_call: bool


@dataclass(frozen=True, slots=True)
class Step:
    """Where a message goes from here; `next_try` for those that go on. `uncertain`: it is given up although
    it may have arrived. `way_done`: a way of the channel that is closed for it from now on."""

    state: State
    next_try: datetime | None = None
    problem: str = ""
    provider_id: str = ""
    uncertain: bool = False
    no_word: bool = False
    way_done: str = ""


@dataclass(frozen=True, slots=True)
class Settled:
    """One result that was written down: its work still held the message."""

    work: Work
    result: Result
    row: Row
    step: Step

    @property
    def delay(self) -> timedelta | None:
        """From when it was due until the channel had it; None where it has it not, or had it before. A broadcast takes
        the time it takes."""
        is_new = self.step.state in _WITH_THE_CHANNEL and self.row.state != State.ACCEPTED
        return self.row.now - self.row.not_before if is_new and not self.row.bulk else None


def after_sending(outcome: Outcome, row: Row, capabilities: Capabilities = Capabilities()) -> Step:  # noqa: B008 – frozen
    """The step that follows an attempt. Pure but for the jitter."""
    match outcome.kind:
        case OutcomeKind.ACCEPTED:
            word_due = row.not_before + NO_WORD_AFTER
            ask = row.now + FIRST_QUESTION if capabilities.can_be_asked else word_due
            # A channel that tells nothing more has done all it will.
            silent = not capabilities.can_be_asked and not capabilities.has_receipts
            return Step(State.ACCEPTED, ask, provider_id=outcome.provider_id, no_word=silent)
        case OutcomeKind.DELIVERED:
            return Step(State.DELIVERED, provider_id=outcome.provider_id)
        case OutcomeKind.PERMANENT if outcome.next_way and outcome.way and outcome.way not in row.ways_done:
            # That counts as no failure: the message is due again at once, by another way.
            given_up = outcome.detail or _("Kênh từ chối tin này.")
            step = _go_on(State.DEFERRED, timedelta(0), row._replace(attempts=1), outcome.detail, given_up)
            return replace(step, way_done=outcome.way)
        case OutcomeKind.PERMANENT:
            return Step(State.FAILED, problem=outcome.detail or _("Kênh từ chối tin này."))
        case OutcomeKind.UNKNOWN:
            pause = row.now + retry_policy.PAUSE_BEFORE_ASKING
            return Step(State.UNKNOWN, pause, outcome.detail, outcome.provider_id)
        case OutcomeKind.TEMPORARY:
            stale = outcome.reason is Reason.STALE
            impatient = outcome.form_rests or row.now - row.not_before > retry_policy.PATIENCE
            if row.route and impatient and not stale:
                return Step(State.FAILED, problem=outcome.detail)
            # Ways that were closed before took a try each.
            if 0 < outcome.most_tries <= row.attempts - len(row.ways_done):
                return Step(State.FAILED, problem=outcome.detail)
            # The lane rests, or is renewed, for what ails the account; the message is due as soon as it wakes.
            of_account = stale or outcome.reason.concerns_account
            tries = 1 if outcome.form_rests else row.attempts
            wait = retry_policy.wait_after(tries, at_least=outcome.retry_after)
            wait = timedelta(0) if of_account else wait
            given_up = _("Đã thử đến hạn mà chưa gửi được. %(reason)s") % {"reason": outcome.detail}
            if of_account:
                # It does not count against the message.
                row = row._replace(attempts=1)
            return _go_on(State.DEFERRED, wait, row, outcome.detail, given_up.strip())


def after_asking(finding: Finding, row: Row) -> Step:
    """The step that follows a question about a message that may have been sent. Pure but for the jitter."""
    unsure = _("Đến hạn vẫn chưa rõ tin đã đến chưa.")
    match finding:
        case Finding.ACCEPTED:
            return Step(State.ACCEPTED, row.now + FIRST_QUESTION)
        case Finding.DELIVERED:
            return Step(State.DELIVERED)
        case Finding.UNDELIVERED:
            return Step(State.FAILED, problem=_("Kênh báo tin không đến được người nhận."))
        case Finding.ABSENT:
            problem = _("Đã thử đến hạn mà chưa gửi được.")
            return _go_on(State.QUEUED, timedelta(0), row, "", problem)
        case Finding.UNSUPPORTED if row.bulk:
            problem = _("Không rõ tin đã đến chưa; tin của đợt gửi không gửi lần thứ hai.")
            return Step(State.FAILED, problem=problem, uncertain=True)
        case Finding.UNSUPPORTED:
            wait = retry_policy.wait_after(row.attempts, at_least=retry_policy.PAUSE_WHEN_UNSUPPORTED)
            return _go_on(State.DEFERRED, wait, row, _("Chưa rõ tin đã đến chưa."), unsure, uncertain=True)
        case Finding.AWAITED if row.now - (row.sent_at or row.not_before) > AWAITED_FOR:
            return Step(State.FAILED, problem=unsure, uncertain=True)
        case Finding.LATER | Finding.AWAITED:
            wait = retry_policy.wait_after(row.attempts)
            return _go_on(State.UNKNOWN, wait, row, _("Chưa rõ tin đã đến chưa."), unsure, uncertain=True)


def after_question(finding: Finding, row: Row) -> Step:
    """The step that follows a question about an accepted message of which no word came."""
    match finding:
        case Finding.DELIVERED:
            return Step(State.DELIVERED)
        case Finding.UNDELIVERED:
            return Step(State.FAILED, problem=_("Kênh báo tin không đến được người nhận."))
    age = row.now - row.not_before
    if age > NO_WORD_AFTER:
        return Step(State.ACCEPTED, problem=_("Kênh đã nhận, không báo lại tin đã đến chưa."), no_word=True)
    return Step(State.ACCEPTED, row.now + min(max(age, FIRST_QUESTION), RAREST_QUESTION))


def settle_all(channel: Channel, lane_id: int, pairs: Sequence[tuple[Work, Result]]) -> list[Settled]:
    """Write down results in one transaction; those whose work no longer holds its message change nothing.

    A message must still carry the attempt's number, which any later claim has raised, and may only go
    forward. An answer that comes after its lease ran out still counts if nobody took the message since.
    Returns what was written down.
    """
    with transaction.atomic(durable=True):
        held = _held([work.message_id for work, _result in pairs])
        kept: list[Settled] = []
        for work, result in pairs:
            row = held.get(work.message_id)
            if row is not None and row.attempts == work.attempt:
                kept.append(Settled(work, result, row, _step(row, result, channel)))
        _append(channel, kept)
        for one in kept:
            _write(one)
            _close_form(one, channel, lane_id)
            if one.step.state == State.FAILED:
                _keep_refusal(one, channel)
                _give_up(one)
        _tell_calls([one.row for one in kept if one.row.has_call and one.step.state in _WITH_THE_CHANNEL])
        outcomes = [one.result for one in kept if isinstance(one.result, Outcome)]
        refund(lane_id, sum(one.kind in (OutcomeKind.TEMPORARY, OutcomeKind.PERMANENT) for one in outcomes))
        charge(lane_id, sum(_cost(one) for one in kept))
    return kept


_WITH_THE_CHANNEL = (State.ACCEPTED, State.DELIVERED)


def _held(ids: Sequence[int]) -> dict[int, Row]:
    open_calls = Call.objects.filter(subject=OuterRef("subject"), settled_at__isnull=True)
    rows = (
        Message.objects.select_for_update()
        .filter(pk__in=ids, state__in=(State.SENDING, State.UNKNOWN, State.ACCEPTED))
        .annotate(now=Now(), has_call=Exists(open_calls))
        .order_by("pk")
        .values_list(*Row._fields)
    )
    return {row[0]: Row(*row) for row in rows}


def _step(row: Row, result: Result, channel: Channel) -> Step:
    if isinstance(result, Outcome):
        return after_sending(result, row, channel.capabilities)
    return after_question(result, row) if row.state == State.ACCEPTED else after_asking(result, row)


def _close_form(one: Settled, channel: Channel, lane_id: int) -> None:
    """What the provider refused to send a form with, or by one of its ways, it would refuse for others too."""
    outcome, message = one.result, one.work.outgoing
    if not isinstance(outcome, Outcome) or message is None or message.template is None or not outcome.way:
        return
    unusable = outcome.reason is Reason.TEMPLATE_UNUSABLE and outcome.kind == OutcomeKind.PERMANENT
    if unusable or outcome.form_rests:
        account = Lane.objects.values_list("account", flat=True).get(pk=lane_id)
        way = outcome.way if outcome.next_way else ""
        provider_templates.disable(
            channel.code, account, message.template.code, way=way, cause=outcome.detail
        )


def _keep_refusal(one: Settled, channel: Channel) -> None:
    if isinstance(one.result, Outcome) and one.result.reason in (Reason.OPTED_OUT, Reason.NO_ACCOUNT):
        Consent.objects.filter(
            channel=channel.code, contact__messages=one.row.pk, purpose=F("contact__messages__purpose")
        ).update(refused_at=Now())


def _give_up(one: Settled) -> None:
    message = Message.objects.defer("button_url", "facts").get(pk=one.row.pk)
    if one.step.uncertain or message.pk in fallback.uncertain([message]):
        fallback.give_up(message, one.step.problem, Call.Reason.UNCERTAIN)
        return
    fallback.give_up(message, one.step.problem)


def _tell_calls(reached: Sequence[Row]) -> None:
    ids = [row.pk for row in reached]
    if not ids:
        return
    for message in Message.objects.defer("button_url", "facts").filter(pk__in=ids).order_by("pk"):
        phone_calls.close_as_reached(message)
        phone_calls.close_superseded(message)


def _cost(one: Settled) -> int:
    taken = (*_WITH_THE_CHANNEL, State.UNKNOWN)
    return one.result.cost if isinstance(one.result, Outcome) and one.step.state in taken else 0


def _go_on(
    state: State, wait: timedelta, row: Row, problem: str, given_up: str, *, uncertain: bool = False
) -> Step:
    if row.attempts >= retry_policy.MOST_ATTEMPTS:
        too_often = _("Đã thử %(count)d lần. %(problem)s") % {"count": row.attempts, "problem": given_up}
        return Step(State.FAILED, problem=too_often, uncertain=uncertain)
    moment = retry_policy.next_try(row.now, row.expires_at, wait)
    if moment is None:
        return Step(State.FAILED, problem=given_up, uncertain=uncertain)
    return Step(state, moment, problem)


def _append(channel: Channel, kept: Sequence[Settled]) -> None:
    rows = []
    for one in kept:
        kind, outcome, code, detail, way = Attempt.Kind.ASK, "", "", "", ""
        if isinstance(one.result, Finding):
            outcome = one.result.value
        else:
            kind, outcome, way = Attempt.Kind.SEND, one.result.kind.value, one.result.way[:20]
            code, detail = one.result.code[:40], str(one.result.detail)[:500]
        rows.append(
            Attempt(
                message_id=one.row.pk, number=one.work.attempt, channel=channel.code, kind=kind,
                started_at=one.work.started_at, ended_at=one.row.now,
                outcome=outcome, code=code, detail=detail, way=way, cost=_cost(one),
            )
        )  # fmt: skip
    Attempt.objects.bulk_create(rows)


def _write(one: Settled) -> None:
    step, now = one.step, one.row.now
    if step.state != one.row.state and not may_follow(one.row.state, step.state):
        return
    finished = step.state in FINAL or step.state == State.DELIVERED or step.no_word
    changes: dict[str, Any] = {
        "state": step.state,
        "lease_until": None,
        "problem": str(step.problem),
        "finished_at": now if finished else None,
    }
    if step.next_try is not None:
        changes["next_attempt_at"] = step.next_try
    if step.provider_id:
        changes["provider_id"] = step.provider_id[:100]
    if step.state in _WITH_THE_CHANNEL:
        changes["accepted_at"] = Coalesce("accepted_at", Value(now))
    if step.state == State.DELIVERED:
        changes["delivered_at"] = Coalesce("delivered_at", Value(now))
    if step.way_done:
        changes["ways_done"] = [*one.row.ways_done, step.way_done[:20]]
    Message.objects.filter(pk=one.row.pk).update(**changes)
