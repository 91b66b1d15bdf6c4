"""Moving a dossier along its workflow: done at once, or proposed to a leader and then approved or declined."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from django.db import DatabaseError, close_old_connections, connection
from django.utils.translation import gettext as _

from dossiers.lifecycle import event_journal, notices, permissions
from dossiers.lifecycle import intake as intake_rules
from dossiers.lifecycle.actions import requirements
from dossiers.lifecycle.actions.requirements import NOTHING_GIVEN, TransitionInput, ValidatedInput
from dossiers.lifecycle.errors import NeedsApproval, NotEntitled, NotPossible
from dossiers.lifecycle.event_journal import HANDOVER_WAYS
from dossiers.lifecycle.models import Dossier, Event, Note, Proposal
from dossiers.workflow.rules.schema import Transition
from tenants import clock
from tenants.accounts.models import User
from tenants.audit import log
from tenants.organisation.models import Agency, Role
from tenants.organisation.rights import read_together
from tenants.refusals import Refused
from tenants.text import dong


def apply_transition(
    dossier_id: int,
    transition: str,
    *,
    actor: User,
    seen: int | None,
    given: TransitionInput | None = NOTHING_GIVEN,
) -> Event:
    """Move a dossier along one transition of its workflow.

    `seen` is the number of the last event the person saw: when another act came in between, StaleDossier is
    raised and nothing happens. Raises NotEntitled without the role, NeedsApproval where a leader must do or
    approve it, NotPossible when the workflow has no such step from here or required input is missing.

    In `event_journal.dry_run` it is done as if its approval were given, and `given` None stands for
    `requirements.placeholder_input`.
    """
    with event_journal.act(dossier_id, seen=seen) as dossier:
        step = _transition(dossier, transition)
        read_together([actor, given.assignee if given else None])
        agency = permissions.agency_moving(dossier, step, actor)
        approver = None
        if not event_journal.is_dry_run() and requirements.needs_approval(dossier, step):
            if not permissions.is_leader(dossier, actor):
                raise NeedsApproval(approval_sentence(dossier, step))
            approver = actor
        return _move(dossier, step, given, actor=actor, agency=agency, approver=approver)


def propose(
    dossier_id: int, transition: str, *, actor: User, seen: int, given: TransitionInput = NOTHING_GIVEN
) -> Proposal:
    """Ask a leader to approve a transition; it is checked as if it were done now. One waits at a time.

    Raises what `apply_transition` raises, and NotPossible where no approval is needed or another proposal waits.
    """
    with event_journal.act(dossier_id, seen=seen) as dossier:
        step = _transition(dossier, transition)
        agency = permissions.agency_moving(dossier, step, actor)
        if not requirements.needs_approval(dossier, step):
            raise NotPossible(_("Bước này không cần lãnh đạo duyệt."))
        requirements.check(dossier, step, given, actor)
        dossier.proposals.filter(outcome=Proposal.Outcome.WAITING).exclude(seen=dossier.last_sequence).update(
            outcome=Proposal.Outcome.VOID, decided_at=clock.now()
        )
        if dossier.proposals.filter(outcome=Proposal.Outcome.WAITING).exists():
            raise NotPossible(_("Hồ sơ đang chờ lãnh đạo duyệt một đề nghị khác."))
        data = requirements.AS_JSON.dump_python(replace(given, note=""), mode="json")
        event = event_journal.append(dossier, kind="propose", actor=actor, agency=agency, roles=step.roles)
        proposal = Proposal.objects.create(
            dossier=dossier,
            transition=step.code,
            seen=event.sequence,
            note=Note.objects.create(text=given.note, data=data),
            agency=agency,
            asked_by=actor,
            asked_at=event.at,
        )
        log.record("dossier.propose", dossier.subject, actor=actor, transition=step.code)
    return proposal


def approve(proposal_id: int, *, actor: User, seen: int) -> Event:
    """Do what was proposed, in the name of who asked, with this leader's approval.

    Raises NotPossible when the proposal no longer waits or the dossier moved since, NotEntitled for people
    but a leader of the competent agency, and for the one who asked.
    """
    with event_journal.act(_dossier_of(proposal_id), seen=seen) as dossier:
        proposal = _waiting(dossier, proposal_id, actor)
        step = _transition(dossier, proposal.transition)
        # Who asked must still be the one to do it.
        agency = permissions.agency_moving(dossier, step, proposal.asked_by)
        event = _move(dossier, step, _read(proposal), actor=proposal.asked_by, agency=agency, approver=actor)
        _decide(proposal, Proposal.Outcome.APPROVED, actor, event)
        log.record("dossier.approve", dossier.subject, actor=actor, transition=step.code)
    return event


def decline(proposal_id: int, *, actor: User, seen: int, reason: str) -> Event:
    """Turn a proposal down, with a reason for who asked. Raises as `approve`."""
    intake_rules.check_note(reason, when_empty=_("Xin ghi rõ lý do."))
    with event_journal.act(_dossier_of(proposal_id), seen=seen) as dossier:
        proposal = _waiting(dossier, proposal_id, actor)
        event = event_journal.append(
            dossier,
            kind="decline",
            actor=actor,
            agency=dossier.competent_agency.living,
            roles={Role.LEADER},
            note=reason,
        )
        proposal.answer = event.note
        _decide(proposal, Proposal.Outcome.DECLINED, actor, event)
    return event


def waiting_proposal(dossier: Dossier) -> Proposal | None:
    """The proposal that a leader can decide now; None when there is none or the dossier has moved since."""
    return (
        dossier.proposals.select_related("note", "asked_by", "agency")
        .filter(outcome=Proposal.Outcome.WAITING, seen=dossier.last_sequence)
        .first()
    )


def in_words(proposal: Proposal, step: Transition) -> list[tuple[str, str]]:
    """Everything that would be done, as (what, how), for who decides."""
    given = _read(proposal)
    agency = Agency.objects.filter(code=given.agency).first() if given.agency else None
    term = next((choice.name for choice in step.terms if choice.code == given.term), "")
    handover = given.handover
    rows = [
        (_("Lý do"), given.note),
        (_("Giấy tờ cần bổ sung"), "; ".join(given.papers)),
        (_("Số tiền"), dong(amount) if (amount := requirements.read_amount(given.amount)) else ""),
        (_("Nơi thu tiền"), given.payee),
        (_("Hạn chót"), f"{given.deadline:%d/%m/%Y}" if given.deadline else ""),
        (_("Thời hạn giải quyết"), term),
        (_("Người xử lý"), given.assignee.get_full_name() if given.assignee else ""),
        (_("Cơ quan được hỏi ý kiến"), agency.name if agency else ""),
        (_("Trả kết quả"), f"{HANDOVER_WAYS[handover.way]}, {handover.taken_by}" if handover else ""),
        (_("Quyết định"), f"{given.decision[0]}, {given.decision[1]:%d/%m/%Y}" if given.decision else ""),
    ]
    return [(str(what), how) for what, how in rows if how]


@dataclass
class Batch:
    """The results of an act on many dossiers, each independent of the others."""

    done: list[int] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)


def each(seen: Mapping[int, int], act: Callable[[int, int], object]) -> Batch:
    """Do `act(dossier_id, seen)` for each dossier, one transaction each; a refusal stops only its own."""
    batch = Batch()
    for dossier_id, sequence in seen.items():
        try:
            act(dossier_id, sequence)
        except Refused as refusal:
            batch.refused[dossier_id] = str(refusal)
        except DatabaseError:
            # A commit whose answer was lost may have succeeded.
            close_old_connections()
            connection.ensure_connection()  # a server that is away would hold each of the others up as long
            batch.refused[dossier_id] = _("Chưa rõ đã ghi hay chưa. Xin xem lại hồ sơ này.")
        else:
            batch.done.append(dossier_id)
    return batch


def approval_sentence(dossier: Dossier, step: Transition) -> str:
    """Why a leader is needed, in words for the desk."""
    if "approval" not in step.requires:
        return _(
            "Đây là lần yêu cầu bổ sung thứ %(n)d. Theo cách tính của bộ chỉ số 766, yêu cầu bổ sung quá 01 lần "
            "làm hồ sơ bị tính quá hạn. Cần lãnh đạo duyệt."
        ) % {"n": dossier.supplement_requests + 1}
    return _("Bước “%(step)s” cần lãnh đạo duyệt.") % {"step": step.name}


def _transition(dossier: Dossier, code: str) -> Transition:
    found = dossier.workflow_version.workflow.transition(code, dossier.step)
    if found is None:
        raise NotPossible(_("Quy trình không có bước này từ trạng thái hiện tại."))
    return found


def _move(
    dossier: Dossier,
    step: Transition,
    typed: TransitionInput | None,
    *,
    actor: User,
    agency: Agency,
    approver: User | None,
) -> Event:
    if typed is None:
        given = requirements.placeholder_input(dossier, step)
    else:
        given = requirements.check(dossier, step, typed, actor)
    return write(dossier, step, given, actor=actor, agency=agency, approver=approver)


def write(
    dossier: Dossier,
    step: Transition,
    given: ValidatedInput,
    *,
    actor: User | None,
    agency: Agency,
    approver: User | None,
) -> Event:
    """Move a locked dossier along a checked transition, with its notice; inside the caller's transaction.

    Without `actor` the citizen's own act moves it.
    """
    target = dossier.workflow_version.workflow.steps[step.target]
    event = event_journal.append(
        dossier,
        kind=step.code,
        actor=actor,
        agency=agency,
        to_step=target.code,
        clock_effect=step.clock,
        assignee=given.assignee or event_journal.KEEP,
        holder=permissions.holder_of(dossier, target, given.asked),
        term=given.term,
        citizen_due_at=given.citizen_due_at,
        approved_by=approver,
        roles=step.roles,
        note=given.note,
        data=given.data,
    )
    if step.notice:
        notices.send(dossier, event, step.notice, hold_seconds=step.hold_seconds)
    log.record("dossier.advance", dossier.subject, actor=actor, transition=step.code)
    return event


def _dossier_of(proposal_id: int) -> int:
    found = Proposal.objects.filter(pk=proposal_id).values_list("dossier_id", flat=True).first()
    if found is None:
        raise NotPossible(_("Không có đề nghị này."))
    return found


def _waiting(dossier: Dossier, proposal_id: int, actor: User) -> Proposal:
    proposal = waiting_proposal(dossier)
    if proposal is None or proposal.pk != proposal_id:
        raise NotPossible(_("Đề nghị này không còn chờ duyệt, vì hồ sơ đã có thay đổi."))
    if not permissions.is_leader(dossier, actor):
        raise NotEntitled(_("Chỉ lãnh đạo cơ quan giải quyết hồ sơ được duyệt."))
    if proposal.asked_by_id == actor.pk:
        raise NotEntitled(_("Người trình không tự duyệt đề nghị của mình."))
    return proposal


def _decide(proposal: Proposal, outcome: str, actor: User, event: Event) -> None:
    proposal.outcome = outcome
    proposal.decided_by = actor
    proposal.decided_at = event.at
    proposal.save()


def _read(proposal: Proposal) -> TransitionInput:
    assert proposal.note is not None
    return requirements.AS_JSON.validate_python({**proposal.note.data, "note": proposal.note.text})
