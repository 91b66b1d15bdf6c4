"""The message that an act would write, read before the act is done.

There is no second way of making a message: the act itself is done by its service and undone again, and what
it left in the outbox, or in the list of calls, is what the person is shown. A text here and the one sent
later differ by the time of the act, and at intake perhaps by the number, and by nothing else.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from dossiers.deadlines import wording
from dossiers.lifecycle import actions as services
from dossiers.lifecycle import event_journal
from dossiers.lifecycle.actions import requirements
from dossiers.lifecycle.actions.requirements import NOTHING_GIVEN, TransitionInput
from dossiers.lifecycle.intake import Intake
from dossiers.lifecycle.models import Dossier, Event
from dossiers.workflow.rules.schema import Transition
from messaging.channels.base import registry
from messaging.outbox import wording as templates
from messaging.outbox.models.messages import Message
from messaging.outbox.models.phone_calls import Call
from tenants import phone_numbers
from tenants.accounts.models import User
from tenants.text import ELLIPSIS, dong


@dataclass(frozen=True)
class Preview:
    """A preview of the notice of an act.

    `channels` in the order in which they are tried; the words are as the first of them sends them. `hold` is
    how long a wrong click may still be taken back, `waits_until` set when the province's hours put it off.
    Without channels, `call` says why the desk would have to call, and is empty when no call is needed:
    the reader stands at the desk.
    """

    reader: str
    phone: str
    title: str
    body: str
    channels: tuple[str, ...] = ()
    button: str = ""
    rows: tuple[tuple[str, str], ...] = ()
    hold: timedelta = timedelta()
    hold_until: datetime | None = None
    waits_until: datetime | None = None
    call: str = ""

    @property
    def is_cut(self) -> bool:
        """Whether words were left out for length."""
        return templates.MORE in self.body or self.body.endswith(ELLIPSIS)

    @property
    def has_blanks(self) -> bool:
        """Whether something in it is filled in later."""
        return requirements.BLANK in self.body

    @property
    def hold_seconds(self) -> int:
        return round(self.hold.total_seconds())

    @property
    def length(self) -> int:
        return len(self.body)


def of_transition(
    dossier: Dossier,
    step: Transition,
    actor: User,
    *,
    seen: int | None,
    given: TransitionInput | None = NOTHING_GIVEN,
) -> Preview | None:
    """The message that the recipient of this dossier would get; None when this step sends none.

    `seen` and `given` as for `services.apply_transition`; with `given` None `requirements.BLANK` stands for what is
    filled in later. Raises what it raises, but not for a missing approval: the notice goes out once that is given.
    """
    if not step.notice:
        return None
    found = of_act(
        dossier, lambda: services.apply_transition(dossier.pk, step.code, actor=actor, seen=seen, given=given)
    )
    if found is None:
        return _make_empty_preview(dossier)
    if given is not None:
        return found
    rows = tuple((label, _with_blanks(value)) for label, value in found.rows)
    return replace(found, body=_with_blanks(found.body), rows=rows)


def _with_blanks(text: str) -> str:
    for stand_in in (wording.moment(requirements.BLANK_DAY), dong(requirements.BLANK_AMOUNT)):
        text = text.replace(stand_in, requirements.BLANK)
    return text


def of_act(dossier: Dossier, act: Callable[[], object]) -> Preview | None:
    """The notice of an act of `dossiers.lifecycle.actions` on this dossier; None when it sends none.

    Raises what the act raises.
    """
    with event_journal.dry_run():
        event = act()
        return _find_preview(dossier, event) if isinstance(event, Event) else None


def of_intake(intake: Intake, actor: User) -> Preview | None:
    """The message about this receipt. Raises what `services.receive` raises.

    The number in it is the next one, and is not kept free.
    """
    with event_journal.dry_run():
        dossier = services.receive(intake, actor=actor).dossier
        return _find_preview(dossier, dossier.events.get()) or _make_empty_preview(dossier)


def _find_preview(dossier: Dossier, event: Event) -> Preview | None:
    about = {"subject": dossier.subject, "event": str(event.sequence)}
    message = Message.objects.select_related("lane", "contact").filter(**about).first()
    if message is not None:
        return _of_message(message)
    call = Call.objects.filter(**about, message=None).first()
    if call is not None:
        return _of_call(call)
    return None


def _make_empty_preview(dossier: Dossier) -> Preview:
    return Preview(reader=dossier.recipient.name, phone="", title="", body="")


def _of_message(message: Message) -> Preview:
    channel = registry.get(message.lane.channel)
    put_off = message.not_before - message.created_at
    return Preview(
        reader=message.reader or (message.contact.name if message.contact else ""),
        phone=message.contact.masked if message.contact else "",
        title=message.title,
        body=templates.for_channel(
            message.body,
            may_show_phone=channel.capabilities.may_show_phone,
            limit=min(channel.capabilities.body_max, templates.BODY_MAX),
        ),
        channels=tuple(str(registry.get(code).name) for code in (channel.code, *message.route)),
        button=message.button_label,
        rows=tuple((label, value) for label, value in message.rows),
        hold=timedelta() if message.can_wait else put_off,
        hold_until=message.not_before if put_off and not message.can_wait else None,
        waits_until=message.not_before if put_off and message.can_wait else None,
    )


def _of_call(call: Call) -> Preview:
    return Preview(
        reader=call.name,
        phone=phone_numbers.mask(call.phone) if call.phone else "",
        title=call.title,
        body=call.body,
        call=call.get_reason_display(),
    )
