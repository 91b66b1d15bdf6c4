"""What a citizen brings to a request for papers: people, office and papers of the dossier follow it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from dossiers.lifecycle import document_checklist, due_dates, event_journal, notices, permissions
from dossiers.lifecycle.actions import reception, requirements, transitions
from dossiers.lifecycle.actions.requirements import ValidatedInput
from dossiers.lifecycle.files.attachments import take_over
from dossiers.lifecycle.intake import Intake, PersonData
from dossiers.lifecycle.models import Dossier, Event, Party
from tenants.audit import log
from tenants.files.models import StoredFile
from tenants.organisation import catalogue, communes


def take_in(
    dossier: Dossier,
    papers: Sequence[tuple[StoredFile, str]],
    people: Sequence[Intake],
    *,
    lacking: Sequence[str],
) -> Event:
    """Write what came to a request under one event of a locked dossier, in the caller's transaction.

    `papers` are files with the name of their paper, whose bytes the dossier takes over. `people` are the checked
    intakes before and after a correction of answers, empty where none was corrected. Where no line of the request
    is `lacking` after that the dossier moves on by the workflow's own step for papers that came, unless that step asks
    a person for more than whom it is assigned to: unassigned it stands in the queue of the office that has it then.
    """
    data = {**(_renew(dossier, *people) if people else {}), "lacking": list(lacking)}
    # Receipt and holder's page list what was handed in.
    names = document_checklist.names_in_list(dossier, [name for _file, name in papers if name])
    data["documents"] = [name for name in dict.fromkeys(names) if name not in dossier.documents]
    dossier.documents = [*dossier.documents, *data["documents"]]
    # The primary step that lets the term run again.
    ways = dossier.workflow_version.workflow.transitions_from(dossier.step) if not lacking else ()
    way = next((one for one in ways if one.primary and one.clock in ("restart", "resume")), None)
    agency = dossier.receiving_agency.living
    if way is None or requirements.required_fields(dossier, way) - {"assignee"}:
        event = event_journal.append(dossier, kind=event_journal.SUPPLY, actor=None, agency=agency, data=data)
    else:
        if dossier.assignee is not None and not dossier.assignee.is_active:
            dossier.assignee = None  # Nobody would find it in their queue.
        nothing = ValidatedInput(
            note="", assignee=None, asked=None, term=None, citizen_due_at=None, data=data
        )
        event = transitions.write(dossier, way, nothing, actor=None, agency=agency, approver=None)
    take_over(dossier, papers, actor=None, sequence=event.sequence)
    if event.kind == event_journal.SUPPLY:
        notices.tell_anew(dossier)
    log.record("dossier.supplement", dossier.subject)
    return event


def _renew(dossier: Dossier, before: Intake, after: Intake) -> dict[str, Any]:
    """Give a locked dossier the people that the intake names after a correction, and the competent agency too while
    the desk has not accepted it. The caller saves it by an event; the answer is that event's data.

    Telephone numbers stay: none is taken over without proof. Earlier people stay as rows, named by the event alone.
    """
    submitter = _renewed(dossier.submitter, before.submitter or before.owner, after.submitter or after.owner)
    owner = submitter
    if after.submitter is not None:
        owner = _renewed(dossier.owner, before.owner if before.submitter else None, after.owner)
    new = {"owner": owner.pk, "submitter": submitter.pk}
    people = {role: [old, pk] for role, pk in new.items() if (old := getattr(dossier, f"{role}_id")) != pk}
    if dossier.recipient_id == dossier.submitter_id:
        dossier.recipient = submitter
    dossier.owner, dossier.submitter = owner, submitter
    data: dict[str, Any] = {"people": people} if people else {}
    old = dossier.competent_agency
    if before.competent_agency != after.competent_agency and not due_dates.is_accepted(dossier):
        named = catalogue.agency_by_code(after.competent_agency)
        settles = named or communes.authority_over(dossier.receiving_agency.living)
        if settles is not None and settles != old:
            dossier.competent_agency, dossier.assignee = settles, None
            dossier.holding_agency = permissions.holder_of(dossier, dossier.step_data)
            data["agencies"] = [old.pk, settles.pk]
    return data


def _renewed(party: Party, before: PersonData | None, after: PersonData) -> Party:
    if before is not None and replace(after, phone=before.phone) == before:
        return party
    made = reception.party(replace(after, phone=party.phone if before else ""))
    made.save()
    return made
