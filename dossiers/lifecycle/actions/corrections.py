"""Acts beside the workflow: assigning a dossier, a new date with an apology, taking back a wrong click, putting right
what was found wrong later; notes of colleagues and the rating by its holder, which leave no event."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from dossiers.deadlines.rules.deadlines import Extension, ExtensionError, check_extension
from dossiers.lifecycle import (
    citizen_requests,
    due_dates,
    event_journal,
    notices,
    permissions,
    result_delivery,
    rules_in_force,
)
from dossiers.lifecycle import intake as intake_rules
from dossiers.lifecycle.actions import requirements
from dossiers.lifecycle.errors import NotEntitled, NotPossible
from dossiers.lifecycle.models import Dossier, Event, LateCause, Note, Remark, Satisfaction
from dossiers.workflow.rules.statuses import Status
from dossiers.workflow.rules.vocabulary import BESIDE
from messaging.outbox import enqueue
from tenants import clock, phone_numbers
from tenants.accounts.models import User
from tenants.audit import log
from tenants.organisation.models import Role
from tenants.organisation.rights import roles_at
from tenants.validation import visible

SAME_WITHIN = timedelta(minutes=1)
REMARKS_MOST = 200
"""Notes of one dossier: its history is one page, and thousands took that page five seconds."""
RECALL_WITHIN = timedelta(minutes=15)
CANNOT_RECALL = BESIDE.keys() - {"assign", "apologise"}
CLOCK_OF_CORRECTION = {
    ("running", "paused"): "pause",
    ("closed", "paused"): "pause",
    ("paused", "running"): "resume",
    ("closed", "running"): "resume",
    ("running", "closed"): "close",
    ("paused", "closed"): "close",
}


def may_remark(dossier: Dossier, actor: User) -> bool:
    """Whether this person works on the dossier, be it only to be asked; who just reads does not."""
    return permissions.agency_for(event_journal.WORKING, permissions.rights(dossier, actor)) is not None


def remark(dossier_id: int, *, actor: User, text: str) -> Remark:
    """Leave words for colleagues, whatever the dossier's state. Citizens see none of it and get no notice.

    It makes no form that others have open out of date, and no proposal void. Raises NotEntitled for who does
    not work on the dossier, and NotPossible for words that are empty, too long or hold a long number, or are more
    than REMARKS_MOST. The same words again within a minute are a second press: they stand once.
    """
    words = visible(text).strip()
    intake_rules.check_note(
        words,
        when_empty=_("Xin ghi nội dung."),
        when_number=_("Không ghi số điện thoại, số giấy tờ vào ghi chú."),
    )
    with event_journal.act(dossier_id) as dossier:
        agency = permissions.agency_for(event_journal.WORKING, permissions.rights(dossier, actor))
        if agency is None:
            raise NotEntitled(_("Chỉ người làm hồ sơ này được ghi chú."))
        last = Remark.objects.filter(dossier=dossier).select_related("note").order_by("-pk").first()
        is_recent = last and last.actor_id == actor.pk and clock.now() - last.at < SAME_WITHIN
        if last and is_recent and last.note.text == words:
            return last
        if Remark.objects.filter(dossier=dossier).count() >= REMARKS_MOST:
            raise NotPossible(
                _("Hồ sơ đã có %(most)s ghi chú, không ghi thêm được.") % {"most": REMARKS_MOST}
            )
        written = Remark.objects.create(
            dossier=dossier,
            at=clock.now(),
            actor=actor,
            agency=agency.living,
            note=Note.objects.create(text=words),
        )
        log.record("dossier.remark", dossier.subject, actor=actor)
    return written


def rate(dossier_id: int, score: int) -> bool:
    """Note an opinion, one of `Satisfaction.Score`; False when it is too early or there was one already.

    The dossier keeps that it was rated, and nothing else: the opinion names neither it nor a day, and leaves
    no event, whose time would tell. Who may open the page may do this: see `lookup.by_own_token`.
    """
    with event_journal.act(dossier_id) as dossier:
        if not dossier.may_be_rated:
            return False
        Dossier.objects.filter(pk=dossier.pk).update(rated=True)
        Satisfaction.objects.create(
            month=clock.today().replace(day=1),
            agency=dossier.competent_agency,
            sector=dossier.procedure.sector,
            score=Satisfaction.Score(score),
        )
    return True


def assign(dossier_id: int, *, actor: User, seen: int, assignee: User, note: str = "") -> Event:
    """Assign a dossier within the competent agency: a leader to any colleague, a specialist to themselves.

    Raises StaleDossier, NotEntitled, and NotPossible for a closed dossier or an assignee from elsewhere.
    """
    intake_rules.check_note(note)
    with event_journal.act(dossier_id, seen=seen) as dossier:
        roles = {Role.LEADER, Role.SPECIALIST} if assignee == actor else {Role.LEADER}
        agency = permissions.agency_deciding(dossier, roles, actor)
        if dossier.closed_at is not None:
            raise NotPossible(_("Hồ sơ đã kết thúc."))
        if not permissions.is_possible_assignee(dossier, assignee):
            raise NotPossible(_("Người được chọn không làm việc ở cơ quan giải quyết hồ sơ này."))
        if assignee.pk == dossier.assignee_id:
            raise NotPossible(_("Hồ sơ đang do người này xử lý."))
        event = event_journal.append(
            dossier, kind="assign", actor=actor, agency=agency, assignee=assignee, roles=roles, note=note
        )
        log.record("dossier.assign", dossier.subject, actor=actor)
    return event


def apologise(
    dossier_id: int, *, actor: User, seen: int, new_due: date, reason: str, cause: str = ""
) -> Event:
    """Apologise for a result that will be late and give a new date, once, at latest one working day before
    the due date (after NĐ 61/2018/NĐ-CP, Điều 19.9). A leader of the competent agency decides it.

    `cause` is a value of `LateCause`, "" where none was chosen; it is published in figures, `reason` is not.

    Raises StaleDossier, NotEntitled, and NotPossible with the rule that stands in the way.
    """
    intake_rules.check_note(reason)
    with event_journal.act(dossier_id, seen=seen) as dossier:
        agency = permissions.agency_deciding(dossier, {Role.LEADER}, actor)
        if dossier.kind != Dossier.Kind.NORMAL:
            raise NotPossible(_("Đơn khiếu nại, hòa giải có thời hạn riêng, không hẹn lại bằng cách này."))
        if dossier.due_at is None or dossier.finished_at is not None or dossier.closed_at is not None:
            raise NotPossible(_("Hồ sơ này không có ngày hẹn trả để hẹn lại."))
        if dossier.paused_since is not None:
            raise NotPossible(
                _("Thời hạn đang tạm dừng; ngày hẹn sẽ được tính khi hồ sơ được giải quyết tiếp.")
            )
        calendar = dossier.calendar_version.calendar
        extension = Extension(requirements.closing_of(dossier, new_due), reason)
        try:
            check_extension(
                dossier.due_at,
                extension,
                clock.now(),
                calendar,
                given_before=times_extended(dossier.events.all()),
            )
        except ExtensionError as error:
            raise NotPossible(_(error.message) % error.params) from error
        event = event_journal.append(
            dossier,
            kind="apologise",
            actor=actor,
            agency=agency,
            extended_to=extension.due,
            roles={Role.LEADER},
            note=reason,
            data={"cause": LateCause(cause).value} if cause else None,
        )
        notices.send(dossier, event, "apology", hold_seconds=0)
        log.record("dossier.apologise", dossier.subject, actor=actor)
    return event


def note_waybill(dossier_id: int, *, actor: User, seen: int, waybill: str) -> Event:
    """Note, or correct, the number in the post of a result that was sent by post; by who may hand it over.

    The citizen is told as of the handing over. Raises StaleDossier, NotEntitled, and NotPossible for a number that can
    be none, and where nothing was sent by post.
    """
    with event_journal.act(dossier_id, seen=seen) as dossier:
        events = list(dossier.events.select_related("note").order_by("sequence"))
        given = result_delivery.handed_over(dossier, events)
        if not permissions.may_hand_over(dossier, actor):
            raise NotEntitled(_("Chỉ người trả kết quả hồ sơ này được ghi mã vận đơn."))
        number = requirements.waybill(waybill)
        if given is None or not is_sent_by_post(given):
            raise NotPossible(_("Kết quả hồ sơ này không gửi qua bưu chính."))
        if number == result_delivery.sent_under(dossier, events):
            raise NotPossible(_("Mã vận đơn này đã được ghi."))
        step = dossier.workflow_version.workflow.transitions[given.kind]
        event = event_journal.append(
            dossier,
            kind="waybill",
            actor=actor,
            agency=permissions.agency_moving(dossier, step, actor),
            roles=step.roles,
            data={"waybill": number, "handed_at": given.at.isoformat()},
        )
        if step.notice:
            notices.send(dossier, event, step.notice, hold_seconds=step.hold_seconds)
        log.record("dossier.waybill", dossier.subject, actor=actor)
    return event


def is_sent_by_post(given: Event | None) -> bool:
    """Whether this act handed a result over to the post."""
    return bool(given and given.note and given.note.data["handover"]["way"] == "post")


def times_extended(events: Iterable[Event]) -> int:
    """How often a new date was given; a restart of the term does not give another one."""
    return sum(event.extended_to is not None for event in due_dates.effective_events(list(events)))


def can_recall(dossier: Dossier, events: Sequence[Event], actor: User) -> bool:
    """Whether this person may take back the last act: their own or one they approved, a quarter of an hour
    old at most, and no act came after it."""
    last = events[-1]
    return (
        last.kind not in CANNOT_RECALL
        and actor.pk in (last.actor_id, last.approved_by_id)
        and clock.now() - last.at <= RECALL_WITHIN
    )


def recall(dossier_id: int, *, actor: User, seen: int) -> Event:
    """Take back the last act within 15 minutes: the dossier stands as before it.

    A notice still held is never sent; one that went out already is followed by a correction. Raises
    StaleDossier, and NotPossible when it is too late or not this person's act.
    """
    with event_journal.act(dossier_id, seen=seen) as dossier:
        events = list(dossier.events.select_related("holder", "assignee").order_by("sequence"))
        if not can_recall(dossier, events, actor):
            raise NotPossible(
                _("Chỉ thu hồi được thao tác của chính mình trong 15 phút, khi chưa ai thao tác tiếp.")
            )
        permissions.acting_agency(dossier, event_journal.WORKING, actor)
        last = events[-1]
        before = due_dates.effective_events(events[:-1])[-1]
        was_read = enqueue.recall(dossier.subject, last.sequence)
        event = event_journal.append(
            dossier,
            kind="recall",
            actor=actor,
            agency=last.agency,
            to_step=before.to_step,
            assignee=before.assignee,
            holder=before.holder,
            undoes=last.sequence,
        )
        if was_read:
            notices.send(dossier, event, "correction", hold_seconds=0)
        log.record("dossier.recall", dossier.subject, actor=actor)
    return event


def correct(dossier_id: int, *, actor: User, seen: int, to_step: str, reason: str) -> Event:
    """Put a dossier to the step where it really stands, with a reason: a leader of the competent agency only.

    What was told of the status that is left and is not sent yet is kept back; the citizen is told of the
    right one when it is not the one they know. Steps that ask a person for something, or begin a new term,
    are reached by the workflow alone. Raises StaleDossier, NotEntitled, NotPossible.
    """
    intake_rules.check_note(reason, when_empty=_("Xin ghi rõ lý do."))
    with event_journal.act(dossier_id, seen=seen) as dossier:
        if not permissions.is_leader(dossier, actor):
            raise NotEntitled(_("Chỉ lãnh đạo cơ quan giải quyết hồ sơ được điều chỉnh trạng thái."))
        workflow = dossier.workflow_version.workflow
        if to_step not in workflow.steps or to_step == dossier.step:
            raise NotPossible(_("Xin chọn bước đúng của hồ sơ, khác bước hiện tại."))
        events = due_dates.effective_events(list(dossier.events.select_related("note").order_by("sequence")))
        target = workflow.steps[to_step]
        asked = citizen_requests.asked_before(events, target.status)
        due_at = asked.citizen_due_at if asked else None
        if target.agency == "consulted" or (target.status.waits_for_citizen and due_at is None):
            raise NotPossible(
                _("Bước này yêu cầu người khác làm việc gì đó; xin dùng thao tác của quy trình.")
            )
        if workflow.begins_new_term(dossier.step) != workflow.begins_new_term(to_step):
            raise NotPossible(_("Bước này theo một thời hạn khác; xin dùng thao tác của quy trình."))
        known, was_read = _known_status(dossier, events, target.status)
        clocks = (workflow.clock_state(dossier.step), workflow.clock_state(to_step))
        event = event_journal.append(
            dossier,
            kind="correct",
            actor=actor,
            agency=dossier.competent_agency.living,
            roles={Role.LEADER},
            to_step=to_step,
            clock_effect=CLOCK_OF_CORRECTION.get(clocks, "none"),
            holder=permissions.holder_of(dossier, target),
            citizen_due_at=due_at if target.status.waits_for_citizen else None,
            note=reason,
        )
        if dossier.status != known:
            notices.send(dossier, event, "correction" if was_read else "adjusted", hold_seconds=0)
        log.record("dossier.correct", dossier.subject, actor=actor)
    return event


def _known_status(dossier: Dossier, events: Sequence[Event], to: Status) -> tuple[int, bool]:
    """The status that the citizen knows of, and whether what they were told last is now wrong.

    Where the status changes, notices of the one that is left are kept back as far as they are not sent.
    """
    if to == dossier.status:
        return dossier.status, False
    entered = len(events)
    while entered and events[entered - 1].status == dossier.status:
        entered -= 1
    ways = dossier.workflow_version.workflow.transitions
    telling = [event for event in events[entered:] if (way := ways.get(event.kind)) and way.notice]
    # All are asked: one read and another still held may both be there.
    answers = [enqueue.recall(dossier.subject, event.sequence) for event in telling]
    was_read = any(answers)
    if was_read or not entered or not telling:
        return dossier.status, was_read
    return events[entered - 1].status, False


_RIGHT_TO: dict[str, Callable[[Dossier, User], bool]] = {
    "assign": lambda dossier, actor: (
        not roles_at(actor, [dossier.competent_agency_id]).isdisjoint({Role.SPECIALIST, Role.LEADER})
    ),
    "apologise": permissions.is_leader,
    "recall": may_remark,
    "correct": permissions.is_leader,
    "consent": permissions.works_on,
    "waybill": permissions.may_hand_over,
    "reissue": lambda dossier, actor: permissions.at_desk(dossier, actor) is not None,
}


def may(kind: str, dossier: Dossier, actor: User) -> bool:
    """Whether this person has the right to an act beside the workflow, whatever the dossier's state."""
    return _RIGHT_TO[kind](dossier, actor)


def offered(dossier: Dossier, events: Sequence[Event], actor: User) -> list[str]:
    """The acts beside the workflow that this person may try now. `events` are all of the dossier's."""
    leads, open_ = permissions.is_leader(dossier, actor), dossier.closed_at is None
    found = {
        "assign": leads and open_,
        "apologise": leads
        and dossier.due_at is not None
        and clock.now() < dossier.due_at
        and not times_extended(events)
        and dossier.kind == Dossier.Kind.NORMAL
        and dossier.paused_since is None
        and dossier.finished_at is None,
        "waybill": is_sent_by_post(result_delivery.handed_over(dossier, events))
        and permissions.may_hand_over(dossier, actor),
        "correct": leads,
        "consent": permissions.works_on(dossier, actor)
        and bool(phone_numbers.MOBILE.match(dossier.recipient.phone)),
    }
    is_led = bool(rules_in_force.leader_of(dossier))
    return [
        kind
        for kind, worth in found.items()
        if worth and (kind in rules_in_force.BESIDE_A_LEADER or not is_led)
    ]


@dataclass(frozen=True)
class Recallable:
    """The last act, which may still be taken back until some minute, and what that does to its message."""

    event: Event
    until: datetime
    fate: enqueue.DeliveryState

    @property
    def minutes_left(self) -> int:
        """Begun minutes count."""
        return max(1, -int((clock.now() - self.until).total_seconds() // 60))


def recallable(dossier: Dossier, events: Sequence[Event], actor: User) -> Recallable | None:
    """The act that this person may take back now; None when there is none."""
    if not can_recall(dossier, list(events), actor):
        return None
    last = events[-1]
    return Recallable(last, last.at + RECALL_WITHIN, enqueue.delivery_state(dossier.subject, last.sequence))
