"""Enqueueing, recalling and cancelling messages: the front door of the outbox.

A message is written in the same transaction as the act that it reports, so that both stand or fall together.
Everything after that - hints, queues, workers - may be lost: the row is the truth and the sweeper finds it.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Case, Exists, F, OuterRef, Q, TextField, Value, When
from django.db.models.functions import Greatest, Now

from messaging.channels.base import registry
from messaging.channels.lanes.lanes import ensure_lane, wake_lane
from messaging.channels.models import Lane
from messaging.channels.states import LIVE, UNSENT, State
from messaging.contacts import contacts, followers
from messaging.contacts.contacts import DOSSIER_STATUS
from messaging.contacts.models import Contact
from messaging.outbox import fallback, phone_calls, sending_rules
from messaging.outbox import wording as templates
from messaging.outbox.fallback import find_newer_notice, uncertain
from messaging.outbox.models.messages import (
    POSSIBLY_SENT,
    RECALLED,
    SUPERSEDED,
    Attempt,
    Message,
    SendingRules,
)
from messaging.outbox.models.phone_calls import Call
from messaging.outbox.wording import Rendered
from tenants import clock
from tenants.accounts.models import User
from tenants.audit import log as audit
from tenants.isolation.backend.insertion import insert_or_skip
from tenants.organisation import catalogue
from tenants.organisation.models import Agency


class NotInTransaction(RuntimeError):
    """A message outside the transaction of its act could be lost, or could report an act that never happened."""


def enqueue(
    *,
    subject: str,
    event: str | int,
    intent: str,
    contact: Contact,
    rendered: Rendered,
    rows: Sequence[tuple[str, str]] = (),
    button_url: str = "",
    hold_seconds: int = 0,
    purpose: str = DOSSIER_STATUS,
    channels: Sequence[str] | None = None,
    desk: Agency | None = None,
    reader: str = "",
    consented: Collection[str] | None = None,
) -> Message | None:
    """Write the one message about `event` of `subject` to `contact`, to be sent after `hold_seconds`.

    Part of the caller's transaction; raises NotInTransaction outside one. The route is the subset of
    MESSAGING_CHANNELS, in order, for which the contact has consented and has an address; None when it is empty.
    `channels` narrows it to those consented to for this subject; `consented` names the contact's channels with consent
    where the caller's transaction has just read or written them. The traits of a text (a newer state, a correction,
    whether it can wait for the send window) come from its registration. A newer state replaces older, unsent ones
    about the same subject.
    `desk`: who calls when no channel reaches `reader`. Writing the same (subject, event, contact, intent)
    again changes nothing and returns the message that exists.
    """
    if not connection.in_atomic_block:
        raise NotInTransaction("Tin phải được ghi trong cùng giao dịch với việc mà nó báo.")
    open_to = [code for code in settings.MESSAGING_CHANNELS if channels is None or code in channels]
    if consented is None:
        route = contacts.consented_channels(contact, subject, purpose, open_to)
    else:
        route = contacts.reachable_channels(contact, subject, [code for code in open_to if code in consented])
    if not route:
        return None
    lane, _made = ensure_lane(route[0])
    traits = templates.traits(intent)
    rules = catalogue.kept("sending rules", SendingRules.current)
    hold = timedelta(seconds=hold_seconds)
    if traits.can_wait:
        now = clock.now()
        hold = sending_rules.next_send_time(now + hold, rules) - now
    key = key_of(subject, str(event), str(contact.pk), intent)
    message = Message(
        key=key,
        subject=subject,
        event=str(event),
        intent=intent,
        purpose=purpose,
        lane=lane,
        route=route[1:],
        contact=contact,
        reader=(reader or contact.name)[:200],
        desk=desk,
        title=rendered.title,
        body=rendered.body,
        rows=[list(row) for row in rows],
        button_label=rendered.button,
        button_url=button_url,
        facts=template_values(rendered, route),
        not_before=Now() + hold,
        next_attempt_at=Now() + hold,
        expires_at=Now() + hold + timedelta(hours=rules.expires_after_hours),
        replaceable=traits.replaceable,
        can_wait=traits.can_wait,
        bulk=traits.bulk,
    )
    if not insert_or_skip(message):
        return Message.objects.get(key=key)
    # The statement that wrote the row gave all of them the same moment; only this one came back.
    message.not_before = message.next_attempt_at = message.created_at + hold
    message.expires_at = message.not_before + timedelta(hours=rules.expires_after_hours)
    if traits.replaces:
        _supersede(message)
    if not hold:
        wake_lane(lane)
    return message


def _supersede(newer: Message) -> None:
    """Suppress older, unsent states of the same subject for the same reader. A message with an unknown outcome is not
    sent again: see `claims`."""
    older = list(
        Message.objects.select_for_update()
        .filter(
            subject=newer.subject,
            contact_id=newer.contact_number,
            pk__lt=newer.pk,
            replaceable=True,
            state__in=LIVE,
            superseded_by__isnull=True,
        )
        .only("pk", "state")
        .order_by("pk")
    )
    if not older:
        return
    # Attempts are looked at after the locks: a worker may have written one while they were waited for.
    tried = Attempt.objects.filter(message_id=OuterRef("pk"), outcome__in=fallback.UNCERTAIN)
    unsent = Q(state__in=UNSENT) & ~Exists(tried)
    Message.objects.filter(pk__in=[one.pk for one in older]).update(
        superseded_by=newer,
        state=Case(When(unsent, then=Value(State.SUPPRESSED)), default=F("state")),
        finished_at=Case(When(unsent, then=Now()), default=F("finished_at")),
        problem=Case(When(unsent, then=Value(str(SUPERSEDED), TextField())), default=F("problem")),
    )


def _revive(recalled: list[int]) -> None:
    """Send messages after all that a recalled newer state had superseded before they arrived."""
    replaced = Message.objects.filter(
        superseded_by__in=recalled, recalled_at__isnull=True, delivered_at__isnull=True
    )
    for lane_id in set(replaced.filter(state=State.SUPPRESSED).values_list("lane_id", flat=True)):
        wake_lane(Lane.objects.get(pk=lane_id))
    replaced.filter(state=State.SUPPRESSED).update(
        state=State.QUEUED, finished_at=None, problem="", next_attempt_at=Greatest(F("not_before"), Now())
    )
    replaced.update(superseded_by=None)


def recall(subject: str, event: str | int) -> bool:
    """Recall unsent messages about this act; whether any message about it may have been read already.

    Part of the caller's transaction, whose locks keep a relay away from the recalled messages.
    """
    found = list(Message.objects.select_for_update().filter(subject=subject, event=str(event)).order_by("pk"))
    unsent = [message.pk for message in found if message.state in (*UNSENT, State.FAILED, State.EXPIRED)]
    # A message under lease, or with an unknown outcome, must not be tried again either: see `claims`.
    Message.objects.filter(pk__in=[message.pk for message in found]).update(recalled_at=Now())
    Message.objects.filter(pk__in=unsent).update(state=State.SUPPRESSED, finished_at=Now(), problem=RECALLED)
    called = phone_calls.close_recalled(subject, event)
    informed = called or _may_be_read(found)
    if not informed:
        _revive([message.pk for message in found])
    return informed


def reword(
    subject: str,
    event: str | int,
    reader: str,
    words: Callable[[str], tuple[Rendered, Sequence[tuple[str, str]]]],
) -> None:
    """Give what was not told yet about this act the `words` of this moment for its intent, with the rows under them:
    messages that are certainly not sent, and open calls. To `reader`, whose name may have been corrected.

    Part of the caller's transaction, whose locks keep a relay away from these messages.
    """
    found = Message.objects.select_for_update(of=["self"]).select_related("lane").exclude(body="")
    unsent = (*UNSENT, State.FAILED, State.EXPIRED)
    messages = list(found.filter(subject=subject, event=str(event), state__in=unsent).order_by("pk"))
    tried = uncertain(messages)
    for message in messages:
        if message.pk not in tried:
            rendered, rows = words(message.intent)
            message.title, message.body, message.rows = rendered.title, rendered.body, list(map(list, rows))
            message.facts = template_values(rendered, [message.lane.channel, *message.route])
            message.reader = reader[:200]
            message.save(update_fields=["title", "body", "rows", "facts", "reader"])
    for call in Call.objects.filter(subject=subject, event=str(event), settled_at=None):
        phone_calls.reword(call, reader, words(call.intent)[0])


@dataclass(frozen=True)
class DeliveryState:
    """State of the messages about an act: whether there is one, whether one may have been read, and since when."""

    written: bool
    known: bool
    since: datetime | None


def delivery_state(subject: str, event: str | int) -> DeliveryState:
    found = list(Message.objects.filter(subject=subject, event=str(event)).order_by("pk"))
    moments = [at for message in found if (at := message.accepted_at or message.delivered_at)]
    return DeliveryState(
        bool(found),
        _may_be_read(found) or phone_calls.was_informed(subject, event),
        min(moments, default=None),
    )


def _may_be_read(messages: Sequence[Message]) -> bool:
    given = any(
        message.accepted_at or message.delivered_at or message.state in POSSIBLY_SENT for message in messages
    )
    return given or bool(uncertain(messages))


def send_again(message: Message, actor: User | None) -> bool:
    """Put a message that was given up back into its lane, with new hours.

    False if it was not given up, arrived after all, its text was erased, or its reader was informed by telephone or
    has a newer state. Its call stays open until a channel accepts the message. `actor` None: done at a terminal.
    """
    with transaction.atomic():
        again = find_newer_notice(message) is None and (
            Message.objects.filter(
                pk=message.pk, state__in=(State.FAILED, State.EXPIRED), delivered_at__isnull=True
            )
            .exclude(body="")
            .exclude(call__outcome__in=(Call.Outcome.INFORMED, Call.Outcome.INFORMED_OTHERWISE))
            .update(
                state=State.QUEUED,
                not_before=Now(),
                next_attempt_at=Now(),
                finished_at=None,
                problem="",
                provider_id="",
                ways_done=[],
                expires_at=Now() + timedelta(hours=SendingRules.current().expires_after_hours),
            )
        )
        if again:
            audit.record("message.send_again", message.subject, actor=actor, message=message.pk)
            wake_lane(message.lane)
    return bool(again)


def template_values(rendered: Rendered, route: Sequence[str]) -> str:
    """The values in the text as JSON, where a channel of the route may need them for a provider template."""
    if not rendered.values or not any(registry.get(code).capabilities.has_templates for code in route):
        return ""
    return json.dumps(dict(rendered.values), ensure_ascii=False)


def key_of(*parts: str) -> str:
    """SHA-256 over the parts, each with its length, so that no two lists of parts read the same."""
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()


def cancel_for_subject(subject: str, contact: Contact, keep: Collection[str] = ()) -> int:
    """Send waiting messages about `subject` to this contact only over the channels in `keep`; links at others end.

    Part of the caller's transaction. A message falls back to the next kept channel of its route; without one it ends as
    one without consent. Returns how many had to leave their channel.
    """
    followers.end_for_subject(subject, keep)
    live = Message.objects.filter(subject=subject, contact=contact, state__in=LIVE)
    moved = 0
    for message in live.select_related("lane").select_for_update(of=("self",)).order_by("pk"):
        message.route = [code for code in message.route if code in keep]
        Message.objects.filter(pk=message.pk).update(route=message.route)
        if message.lane.channel in keep:
            continue
        moved += 1
        if message.state in UNSENT:
            fallback.without_consent(message)
        else:
            # Under lease, or with an unknown outcome: it is not tried again over this channel.
            Message.objects.filter(pk=message.pk).update(stopped=True)
    return moved
