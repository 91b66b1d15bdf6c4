"""Calls that staff make where no message arrived, and the outcome of each.

A call is opened in the transaction in which a message ended, or in which a message had no possible recipient.
Staff settle it by recording how the person was informed; the room itself settles only outdated calls, with the
reason.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Now
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from messaging.channels.states import State
from messaging.outbox.models.messages import Message
from messaging.outbox.models.phone_calls import Call, CallTry
from messaging.outbox.wording import Rendered, for_channel, names, traits
from tenants import clock
from tenants.accounts.models import User
from tenants.audit import log as audit
from tenants.isolation.backend.insertion import insert_or_skip
from tenants.isolation.crypto import CannotDecrypt
from tenants.organisation.models import Agency, Role
from tenants.organisation.rights import agencies_of, agencies_where, roles_by_agency
from tenants.refusals import Refused

MAY_CALL = frozenset({Role.CLERK, Role.LEADER})
# How a try ends the call; a call without an answer stays open.
SETTLES = {
    CallTry.Outcome.INFORMED: Call.Outcome.INFORMED,
    CallTry.Outcome.INFORMED_OTHERWISE: Call.Outcome.INFORMED_OTHERWISE,
    CallTry.Outcome.UNREACHABLE: Call.Outcome.UNREACHABLE,
}
# Outcomes that the room records itself.
BY_ITSELF = frozenset({Call.Outcome.OVERTAKEN, Call.Outcome.NEEDLESS})
NOTE_NEEDED = frozenset({CallTry.Outcome.INFORMED_OTHERWISE, CallTry.Outcome.UNREACHABLE})
NOTE_MAX = 300
_READ = (State.ACCEPTED, State.DELIVERED, State.SEEN)
_INFORMED = (Call.Outcome.INFORMED, Call.Outcome.INFORMED_OTHERWISE)


class AlreadySettled(Refused):
    """Another user, or the arrival of the message, was quicker."""


class NoteNeeded(Refused):
    """The outcome needs a note on how or why."""


def open_call(message: Message, reason: str, problem: str = "") -> Call:
    """The call that takes the place of `message`; part of the caller's transaction.

    One for each message, however often this is asked: one that is open takes the newest reason, one that was
    settled because the message was sent once more is opened again, one that staff settled stays settled. It
    comes back settled as overtaken when there is newer news for its reader.
    """
    _within_transaction()
    call, made = Call.objects.get_or_create(
        message=message,
        defaults={
            "subject": message.subject,
            "event": message.event,
            "intent": message.intent,
            "desk_id": message.desk_id,
            "name": _name(message),
            "phone": _phone(message),
            "title": message.title,
            "body": _full_text(message.body),
            "reason": reason,
            "problem": problem,
        },
    )
    if not made:
        again = Call.objects.filter(pk=call.pk, outcome__in=["", Call.Outcome.NEEDLESS])
        if message.recalled_at is not None:
            again = again.filter(outcome="")
        if not again.update(settled_at=None, outcome="", reason=reason, problem=problem):
            return call
    return _place(call, message.created_at)


def open_without_message(
    *,
    subject: str,
    event: str | int,
    intent: str,
    desk: Agency | None,
    name: str,
    phone: str,
    title: str,
    body: str,
    reason: str,
) -> Call:
    """The call about an act for which no message could be written; part of the caller's transaction.

    One for each (subject, event, intent, name); asking again changes nothing.
    """
    _within_transaction()
    call = Call(
        subject=subject,
        event=str(event),
        intent=intent,
        name=name[:200],
        desk=desk,
        phone=phone,
        title=title[:200],
        body=_full_text(body),
        reason=reason,
    )
    if not insert_or_skip(call):
        return Call.objects.get(
            message=None, subject=subject, event=call.event, intent=intent, name=call.name
        )
    # Its news is of this moment: none is newer.
    _close_superseded(_calls_to(subject, call.name, phone, but=call), intent)
    return call


def reword(call: Call, reader: str, rendered: Rendered) -> None:
    """Let an open call tell this, to this reader; one that was settled meanwhile stays as it is."""
    words = {"name": reader[:200], "title": rendered.title[:200], "body": _full_text(rendered.body)}
    Call.objects.filter(pk=call.pk, settled_at=None).update(**words)


def close_superseded(message: Message) -> int:
    """Settle calls about older states to the same reader, once a channel has accepted `message`.

    An apology or a changed date is never overtaken. Part of the caller's transaction; says how many.
    """
    _within_transaction()
    # The rule: there is none, and nothing more is read.
    if not Call.objects.filter(subject=message.subject, settled_at=None).exists():
        return 0
    mine = _calls_about(message.subject, _name(message), _phone(message))
    older = mine.filter(news_at__lt=message.created_at)
    return _close_superseded(older, message.intent)


def close_outdated(*, subject: str, name: str, phone: str, intent: str) -> int:
    """Settle outdated calls to this reader, who was informed of `intent` at the desk just now, without a message.

    Part of the caller's transaction; says how many.
    """
    _within_transaction()
    return _close_superseded(_calls_to(subject, name, phone), intent)


def close_as_reached(message: Message) -> int:
    """Settle the open call of a message that is sent once more, or that arrived after all, as needless."""
    _within_transaction()
    return _settle(Call.objects.filter(message=message), Call.Outcome.NEEDLESS)


def close_recalled(subject: str, event: str | int) -> bool:
    """Settle the open calls about a recalled act as needless; whether a person was already informed by telephone.

    Calls that these had overtaken hold the latest news again and are opened again. A person already informed needs
    a correction. Part of the caller's transaction.
    """
    _within_transaction()
    about = Call.objects.filter(subject=subject, event=str(event))
    _settle(about, Call.Outcome.NEEDLESS)
    readers = set(about.values_list("name", "phone"))
    informed = set(about.filter(outcome__in=_INFORMED).values_list("name", "phone"))
    for name, phone in readers - informed:
        overtaken = (
            _calls_about(subject, name, phone)
            .filter(outcome=Call.Outcome.OVERTAKEN)
            .select_related("message")
        )
        # The newest first: a call that is opened again keeps older ones settled.
        for call in overtaken.order_by("-news_at", "-pk"):
            if not _newer_exists(call, call.news_at):
                Call.objects.filter(pk=call.pk).update(settled_at=None, outcome="")
    return bool(informed)


def was_informed(subject: str, event: str | int) -> bool:
    """Whether a person was informed of this act by telephone."""
    return Call.objects.filter(subject=subject, event=str(event), outcome__in=_INFORMED).exists()


def record(call_id: int, *, actor: User, outcome: str, note: str = "") -> Call:
    """Record a try, in a transaction of its own. No answer leaves the call open; all else settles it.

    Raises Http404, PermissionDenied, AlreadySettled or NoteNeeded, each with a sentence, and then nothing changed.
    """
    known = CallTry.Outcome(outcome)
    note = " ".join(note.split())[:NOTE_MAX]
    with transaction.atomic(durable=True):
        call = _require_open(visible_to(actor).select_for_update(of=["self"]), call_id, actor)
        if known in NOTE_NEEDED and not note:
            raise NoteNeeded(_("Xin ghi rõ đã báo bằng cách nào, hoặc vì sao không thể báo được."))
        CallTry.objects.create(call=call, at=Now(), by=actor, outcome=known, note=note)
        if known in SETTLES:
            _settle(Call.objects.filter(pk=call.pk), SETTLES[known])
        audit.record("call.record", call.subject, actor=actor, call=call.pk, outcome=known.value)
    call.refresh_from_db()
    return call


def reveal_number(call_id: int, *, actor: User, request: HttpRequest | None = None) -> str:
    """The whole telephone number of an open call, for the user about to call it; the reading is recorded.

    Raises Http404, PermissionDenied, or AlreadySettled: a settled call needs no number.
    """
    with transaction.atomic():
        call = _require_open(visible_to(actor), call_id, actor)
        audit.record("call.number", call.subject, actor=actor, request=request, call=call.pk)
    return str(call.phone)


def visible_to(user: User) -> QuerySet[Call]:
    """Calls of the desks at or below this user's; those of no desk only for users with access to the whole province."""
    return of_desks(agencies_of(user))


def of_desks(agencies: set[int] | None) -> QuerySet[Call]:
    """Calls of these desks; None: of the whole province, also those of no desk."""
    return Call.objects.all() if agencies is None else Call.objects.filter(desk__in=agencies)


def recordable(user: User, calls: list[Call]) -> set[int]:
    """Which of these calls this user may make and record, by primary key."""
    roles = roles_by_agency(user, {call.desk_id for call in calls if call.desk_id is not None})
    ours = {pk for pk, held in roles.items() if not MAY_CALL.isdisjoint(held)}
    found = {call.pk for call in calls if call.desk_id in ours}
    lost = {call.pk for call in calls if call.desk_id is None}
    return found | lost if lost and agencies_of(user) is None else found


def _require_open(calls: QuerySet[Call], call_id: int, actor: User) -> Call:
    call = calls.filter(pk=call_id).first()
    if call is None:
        raise Http404(_("Không có cuộc gọi này trong phạm vi của ông/bà."))
    if not recordable(actor, [call]):
        raise PermissionDenied(
            _("Chỉ cán bộ tiếp nhận và lãnh đạo của bộ phận báo tin được gọi và ghi kết quả.")
        )
    if call.settled_at is not None:
        raise AlreadySettled(_how_settled(call))
    return call


def _how_settled(call: Call) -> str:
    assert call.settled_at is not None
    words = {
        "outcome": call.get_outcome_display(),
        "at": f"{call.settled_at.astimezone(clock.VIETNAM):%H:%M, %d/%m/%Y}",
    }
    last = call.tries.select_related("by").last()
    if last is not None and SETTLES.get(CallTry.Outcome(last.outcome)) == call.outcome:
        words["who"] = last.by.get_full_name()
        return _("%(who)s đã ghi kết quả cuộc gọi này lúc %(at)s: %(outcome)s.") % words
    return _("Cuộc gọi này đã xong lúc %(at)s: %(outcome)s.") % words


def _place(call: Call, news_at: datetime) -> Call:
    """The call among the others about its subject: it overtakes older ones, or a newer one overtakes it.

    Age is that of the news, not of the call: an older message may be given up after a newer one.
    """
    mine = _calls_about(call.subject, call.name, call.phone)
    _close_superseded(mine.filter(news_at__lt=news_at), call.intent)
    if traits(call.intent).replaceable and _newer_exists(call, news_at):
        _settle(Call.objects.filter(pk=call.pk), Call.Outcome.OVERTAKEN)
    call.refresh_from_db()
    return call


def _close_superseded(older: QuerySet[Call], intent: str) -> int:
    if not traits(intent).replaces:
        return 0
    replaceable = [known for known in names() if traits(known).replaceable]
    return _settle(older.filter(intent__in=replaceable), Call.Outcome.OVERTAKEN)


def _newer_exists(call: Call, news_at: datetime) -> bool:
    """Whether this reader has a newer message or call that replaces this one."""
    newer = _calls_about(call.subject, call.name, call.phone).filter(news_at__gt=news_at)
    ours = newer.exclude(outcome__in=BY_ITSELF)
    intents = set(ours.values_list("intent", flat=True))
    if call.message is not None:
        sent = Message.objects.filter(
            subject=call.subject,
            contact_id=call.message.contact_number,
            pk__gt=call.message.pk,
            state__in=_READ,
        )
        intents.update(sent.values_list("intent", flat=True))
    return any(traits(intent).replaces for intent in intents)


def _calls_to(subject: str, name: str, phone: str, *, but: Call | None = None) -> QuerySet[Call]:
    others = Call.objects.filter(subject=subject).exclude(pk=but.pk if but else 0)
    known = others.values_list("pk", "name", "phone")
    mine = [pk for pk, called, number in known if called == name or (number and number == phone)]
    return Call.objects.filter(pk__in=mine)


def _calls_about(subject: str, name: str, phone: str) -> QuerySet[Any]:
    written_at = Message.objects.filter(pk=OuterRef("message_id")).values("created_at")
    return _calls_to(subject, name, phone).annotate(news_at=Coalesce(Subquery(written_at), "opened_at"))


def _settle(calls: QuerySet[Call], outcome: Call.Outcome) -> int:
    return calls.filter(settled_at__isnull=True).update(settled_at=Now(), outcome=outcome)


def _phone(message: Message) -> str:
    try:
        return message.contact.phone if message.contact else ""
    except CannotDecrypt:
        # The call is needed all the more: the dossier has the number, too.
        return ""


def _name(message: Message) -> str:
    return message.reader or (message.contact.name if message.contact else "")


def _full_text(body: str) -> str:
    return for_channel(body, may_show_phone=True, limit=len(body))


def _within_transaction() -> None:
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("a call stands or falls with the act that opened it")


SETTLED_DAYS = 30


@dataclass(frozen=True, slots=True)
class CallFilter:
    """Filter of the list of calls; empty means all."""

    own: bool = False
    """Only those of the user's own desks, not of those below."""
    reason: str = ""
    subject: str = ""
    settled: bool = False
    """Those settled within the last days, the newest first, in place of the open ones."""


def find(user: User, wanted: CallFilter) -> QuerySet[Call]:
    """The calls that this user may see and that pass the filter, with desk and tries."""
    calls = visible_to(user)
    if wanted.settled:
        since = Now() - timedelta(days=SETTLED_DAYS)
        calls = calls.filter(settled_at__gte=since).order_by("-settled_at", "-pk")
    else:
        calls = calls.filter(settled_at__isnull=True).order_by("opened_at", "pk")
    if wanted.own:
        held = agencies_where(user, MAY_CALL)
        # A dissolved desk counts as its successor's.
        calls = calls.filter(Q(desk__in=held) | Q(desk__successor__in=held, desk__dissolved_on__isnull=False))
    if wanted.reason:
        calls = calls.filter(reason=wanted.reason)
    if wanted.subject:
        calls = calls.filter(subject=wanted.subject)
    tries = Prefetch("tries", CallTry.objects.select_related("by"))
    return calls.select_related("desk").prefetch_related(tries)
