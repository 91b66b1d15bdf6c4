"""The only way to change a dossier. Admin, API, chat and filing call these functions; none writes itself.

Each act opens its own durable transaction inside the province, locks the row, checks the workflow and the
person's rights, and writes state, event and outbox together. After commit the page is current; messages
follow on their own.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dossiers import intake as intake_rules
from dossiers import notices, numbering, terms, tokens
from dossiers.errors import IntakeRefused, NotEntitled, NotPossible, StaleDossier
from dossiers.intake import Intake, PersonData
from dossiers.models import AccessToken, CalendarVersion, Dossier, Event, Note, Party, WorkflowVersion
from dossiers.rules.codes import make_lookup_key
from dossiers.rules.statuses import Status
from dossiers.rules.workflow import NotAllowed, Step, Transition, Workflow
from procedures.models import Procedure
from tenants import clock
from tenants.accounts.models import User
from tenants.audit import log
from tenants.organisation.models import Agency, Role
from tenants.organisation.rights import people_with, roles_at, roles_by_agency

LOCK_LABEL = ("self",)


@dataclass(frozen=True)
class Received:
    """What the desk prints: the dossier, its lookup key and the address in the QR code."""

    dossier: Dossier
    key: str
    token_url: str


def receive(intake: Intake, *, actor: User) -> Received:
    """Take a dossier in at a desk: code, due date, event and the first notice, all or nothing.

    Raises IntakeRefused (fields and sentences) or NotEntitled; nothing is written then.
    """
    intake = intake_rules.check(intake)
    with transaction.atomic(durable=True):
        procedure = _procedure(intake.procedure_code)
        receiving = _agency(intake.receiving_agency, "receiving_agency", desk=True)
        competent = _agency(intake.competent_agency, "competent_agency") if intake.competent_agency else None
        support = _agency(intake.support_point, "support_point", desk=True) if intake.support_point else None
        desk = support or receiving
        if Role.CLERK not in roles_at(actor, [desk.pk]):
            raise NotEntitled(
                _("Ông/bà không có quyền tiếp nhận hồ sơ tại %(agency)s.") % {"agency": desk.name}
            )
        moment = clock.now()
        dossier, key = _create(
            intake, procedure, receiving, competent or procedure.agency or receiving, support, moment
        )
        event = _append(
            dossier, kind="receive", actor=actor, agency=desk, moment=moment, from_step="", note=intake.note
        )
        token = tokens.issue(dossier, AccessToken.Purpose.RECEIPT)
        notices.agree(dossier, intake.consents)
        notices.send(dossier, event, notices.FIRST[dossier.status_enum], hold_seconds=0)
        log.record("dossier.receive", dossier.subject, actor=actor)
    return Received(dossier, key, tokens.url(token))


def advance(
    dossier_id: int,
    transition: str,
    *,
    actor: User,
    seen: int,
    note: str = "",
    papers: tuple[str, ...] = (),
    amount: str = "",
    assignee: User | None = None,
) -> Event:
    """Move a dossier along one transition of its workflow.

    `seen` is the number of the last event the person saw: when another act came in between, StaleDossier is
    raised and nothing happens. Raises NotEntitled without the role, NotPossible when the workflow has no
    such step from here or what it demands is missing.
    """
    if not (intake_rules.is_fit_note(note) and intake_rules.are_fit_papers((amount, *papers))):
        raise NotPossible(_("Nội dung nhập quá dài hoặc có ký tự không hợp lệ."))
    with transaction.atomic(durable=True):
        dossier = (
            Dossier.objects.select_for_update(of=LOCK_LABEL)
            .select_related("workflow_version", "calendar_version", "procedure_version")
            .get(pk=dossier_id)
        )
        if dossier.last_sequence != seen:
            raise StaleDossier(_("Hồ sơ vừa được người khác cập nhật. Xin xem lại rồi thao tác tiếp."))
        step = _transition(dossier, transition)
        agency = _acting_agency(dossier, step, actor)
        if assignee is not None and assignee not in possible_assignees(dossier):
            raise NotPossible(_("Người được chọn không làm việc ở cơ quan giải quyết hồ sơ này."))
        demanded = {"reason": note.strip(), "papers": papers, "amount": amount.strip(), "assignee": assignee}
        _check_demands(step, demanded)
        came_from = dossier.step
        moment = _moment_after(dossier)
        _move(dossier, step, assignee, moment)
        event = _append(
            dossier,
            kind=step.code,
            actor=actor,
            agency=agency,
            moment=moment,
            from_step=came_from,
            clock_effect=step.clock,
            note=note,
            data={key: value for key, value in (("papers", list(papers)), ("amount", amount)) if value},
        )
        if step.notice:
            notices.send(dossier, event, step.notice, hold_seconds=step.hold_seconds)
        log.record("dossier.advance", dossier.subject, actor=actor, transition=step.code)
    return event


def print_again(dossier: Dossier, *, actor: User) -> Received:
    """What a reprint of the slip shows: the same key and address as the first. The reading is recorded."""
    with transaction.atomic(durable=True):
        url = _receipt_url(dossier)
        log.record("dossier.slip", dossier.subject, actor=actor)
    return Received(dossier, dossier.lookup_key, url)


def receipt_url(dossier: Dossier) -> str:
    """The address in the QR code of the slip."""
    with transaction.atomic(durable=True):
        return _receipt_url(dossier)


def possible_transitions(dossier: Dossier, actor: User) -> tuple[Transition, ...]:
    """The legal next transitions for this person, in the workflow's order."""
    rights = _rights(dossier, actor)
    steps = dossier.workflow_version.workflow.transitions_from(dossier.step)
    return tuple(step for step in steps if _agency_for(step, rights))


def possible_assignees(dossier: Dossier) -> list[User]:
    """Who may take this dossier on: specialists and leaders of the competent agency, by name."""
    return people_with((Role.SPECIALIST, Role.LEADER), dossier.competent_agency)


def _receipt_url(dossier: Dossier) -> str:
    # Locked, so that two reprints after a revocation do not both make a new address.
    Dossier.objects.select_for_update(of=LOCK_LABEL).only("pk").get(pk=dossier.pk)
    return tokens.url(tokens.issue(dossier, AccessToken.Purpose.RECEIPT))


def _rights(dossier: Dossier, actor: User) -> list[tuple[Agency, frozenset[str]]]:
    """Where this person may act for the dossier, and as what: clerks at the desks that took it in, everybody
    at the competent agency. A desk comes first, so that what it does is told as its own."""
    desks = [agency for agency in (dossier.support_point, dossier.receiving_agency) if agency is not None]
    agencies = [*desks, dossier.competent_agency]
    roles = roles_by_agency(actor, [agency.pk for agency in agencies])
    at_desks = [(agency, roles[agency.pk] & {Role.CLERK}) for agency in desks]
    return [*at_desks, (dossier.competent_agency, roles[dossier.competent_agency.pk])]


def _agency_for(step: Transition, rights: list[tuple[Agency, frozenset[str]]]) -> Agency | None:
    return next((agency for agency, roles in rights if not step.roles.isdisjoint(roles)), None)


def _acting_agency(dossier: Dossier, step: Transition, actor: User) -> Agency:
    agency = _agency_for(step, _rights(dossier, actor))
    if agency is None:
        raise NotEntitled(_("Ông/bà không có quyền thực hiện bước này."))
    return agency


def _moment_after(dossier: Dossier) -> datetime:
    """Now, but never before the last event: clocks of two servers may differ, history may not run backwards."""
    last = dossier.events.order_by("-sequence").values_list("at", flat=True).first()
    return max(clock.now(), last) if last else clock.now()


def _create(
    intake: Intake,
    procedure: Procedure,
    receiving: Agency,
    competent: Agency,
    support: Agency | None,
    moment: datetime,
) -> tuple[Dossier, str]:
    calendar = CalendarVersion.in_force()
    workflow = WorkflowVersion.in_force()
    owner = _party(intake.owner)
    submitter = _party(intake.submitter) if intake.submitter else owner
    recipient = _party(intake.recipient) if intake.recipient else submitter
    start = _start(workflow.workflow, intake.channel)
    key = make_lookup_key(secrets.randbelow)
    version = procedure.current_version
    if version is None:
        raise IntakeRefused({"procedure_code": _("Thủ tục này chưa có nội dung.")})
    dossier = Dossier(
        code=numbering.next_code(receiving, moment.astimezone(clock.VIETNAM).date()),
        kind=procedure.kind,
        procedure=procedure,
        procedure_version=version,
        workflow_version=workflow,
        calendar_version=calendar,
        channel=intake.channel,
        owner=owner,
        submitter=submitter,
        recipient=recipient,
        support_point=support,
        receiving_agency=receiving,
        competent_agency=competent,
        step=start.code,
        status=int(start.status),
        received_at=moment,
        counted_from=terms.counting_start(
            moment, at_support_point=support is not None and support != competent, calendar=calendar.calendar
        ),
        notice_channels=sorted(intake.consents),
        lookup_key=key,
        documents=list(intake.documents),
        result_delivery=intake.result_delivery,
    )
    dossier.due_at = dossier.original_due_at = terms.deadline_of(dossier, ()).due
    dossier.save()
    return dossier, key


def _start(workflow: Workflow, channel: str) -> Step:
    """A filing sent online waits to be checked (status 1) where the workflow has such a start."""
    if channel == Dossier.Channel.ONLINE:
        for code in workflow.starts:
            if workflow.steps[code].status is Status.NEW:
                return workflow.steps[code]
    return workflow.steps[workflow.start]


def _party(person: PersonData) -> Party:
    return Party.objects.create(
        kind=person.kind,
        name=person.name,
        id_number=person.id_number,
        phone=person.phone,
        address=person.address,
    )


def _procedure(code: str) -> Procedure:
    found = (
        Procedure.objects.select_related("current_version", "agency", "sector")
        .filter(code=code, handled=True)
        .first()
    )
    if found is None:
        raise IntakeRefused({"procedure_code": _("Tỉnh không tiếp nhận thủ tục này.")})
    return found


def _agency(code: str, name: str, *, desk: bool = False) -> Agency:
    found = Agency.objects.filter(code=code, dissolved_on=None).first()
    if found is not None and desk and not found.is_desk:
        raise IntakeRefused({name: _("%(agency)s không nhận hồ sơ.") % {"agency": found.name}})
    if found is None:
        raise IntakeRefused({name: _("Không có cơ quan đang hoạt động với mã này.")})
    return found


def _transition(dossier: Dossier, code: str) -> Transition:
    try:
        return dossier.workflow_version.workflow.transition(code, dossier.step)
    except NotAllowed as error:
        raise NotPossible(_("Quy trình không có bước này từ trạng thái hiện tại.")) from error


DEMANDS = {
    "reason": gettext_lazy("Xin ghi rõ lý do."),
    "papers": gettext_lazy("Xin ghi các giấy tờ cần bổ sung."),
    "amount": gettext_lazy("Xin ghi số tiền cần nộp."),
    "assignee": gettext_lazy("Xin chọn người xử lý."),
}


def _check_demands(step: Transition, given: dict[str, Any]) -> None:
    missing = [
        str(sentence) for name, sentence in DEMANDS.items() if name in step.requires and not given[name]
    ]
    if missing:
        raise NotPossible(" ".join(missing))


def _move(dossier: Dossier, step: Transition, assignee: User | None, moment: datetime) -> None:
    """Derived columns of the new state; due dates follow with the event."""
    target = dossier.workflow_version.workflow.steps[step.target]
    dossier.step = target.code
    dossier.status = int(target.status)
    if assignee is not None:
        dossier.assignee = assignee
    if step.clock == "pause":
        dossier.paused_since = moment
    elif step.clock in ("resume", "restart", "close"):
        dossier.paused_since = None
    if "papers" in step.requires:
        dossier.supplement_requests += 1
    if target.status in (Status.DONE, Status.RETURNED) and dossier.finished_at is None:
        dossier.finished_at = moment
    dossier.closed_at = moment if target.status.is_closed else None


def _append(
    dossier: Dossier,
    *,
    kind: str,
    actor: User,
    agency: Agency,
    moment: datetime,
    from_step: str,
    clock_effect: str = "none",
    note: str = "",
    data: dict[str, Any] | None = None,
) -> Event:
    """Write the event and the dossier's derived columns. The due date is computed from all events."""
    dossier.last_sequence += 1
    text = note.strip()
    event = Event(
        dossier=dossier,
        sequence=dossier.last_sequence,
        kind=kind,
        at=moment,
        actor=actor,
        agency=agency,
        assignee=dossier.assignee,
        from_step=from_step,
        to_step=dossier.step,
        status=dossier.status,
        clock=clock_effect,
        note=Note.objects.create(text=text, data=data or {}) if text or data else None,
    )
    if clock_effect != "close":
        deadline = terms.deadline_of(dossier, [*dossier.events.all(), event])
        # While paused the date promised before stands, shown as suspended.
        dossier.due_at = dossier.due_at if deadline.is_suspended else deadline.due
    event.due_at = dossier.due_at
    event.save()
    dossier.save()
    return event
