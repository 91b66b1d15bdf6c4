"""Permission to see a dossier and to act on it: by which role, in the name of which agency."""

from collections.abc import Collection, Mapping

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from dossiers.lifecycle import rules_in_force
from dossiers.lifecycle.errors import NotEntitled
from dossiers.lifecycle.models import Dossier
from dossiers.workflow.rules.schema import Step, Transition
from tenants.accounts.models import User
from tenants.organisation import catalogue
from tenants.organisation.models import Agency, Role
from tenants.organisation.rights import agencies_of, is_one_with, people_with, roles_by_agency

Rights = list[tuple[Agency, frozenset[str]]]
_ASSIGNED = (Role.SPECIALIST, Role.LEADER)


def rights(dossier: Dossier, actor: User) -> Rights:
    """Where this person may act for the dossier, and as what: clerks at the desks that took it in, everybody
    at the competent agency and at the one that is asked or holds it by the workflow. A desk comes first, so
    that its acts stand under its own name."""
    return _held(dossier, roles_by_agency(actor, dossier.agency_ids))


def _held(dossier: Dossier, roles: Mapping[int, frozenset[str]]) -> Rights:
    desks = _desks(dossier)
    others = [dossier.competent_agency]
    if dossier.holding_agency not in (*desks, dossier.competent_agency):
        others.insert(0, dossier.holding_agency)
    at_desks = [(agency, roles[agency.pk] & {Role.CLERK}) for agency in desks]
    return [*at_desks, *((agency, roles[agency.pk]) for agency in others)]


def at_desk(dossier: Dossier, actor: User) -> Agency | None:
    """The desk of this dossier at which this person is a clerk."""
    desks = _desks(dossier)
    roles = roles_by_agency(actor, [agency.pk for agency in desks])
    return next((agency for agency in desks if Role.CLERK in roles[agency.pk]), None)


def works_on(dossier: Dossier, actor: User) -> bool:
    """Whether this person takes it in, gives it out or settles it; who is only asked does not."""
    own = [(agency, roles) for agency, roles in rights(dossier, actor) if agency in _own(dossier)]
    return agency_for({Role.CLERK, Role.SPECIALIST, Role.LEADER}, own) is not None


def acting_agency(dossier: Dossier, roles: Collection[str], actor: User) -> Agency:
    """In whose name this person acts with one of these roles; raises NotEntitled."""
    return _entitled(agency_for(roles, rights(dossier, actor)))


def agency_deciding(dossier: Dossier, roles: Collection[str], actor: User) -> Agency:
    """The competent agency, if this person has one of these roles there; raises NotEntitled."""
    held = roles_by_agency(actor, [dossier.competent_agency.pk])[dossier.competent_agency.pk]
    return _entitled(dossier.competent_agency if not held.isdisjoint(roles) else None)


def agency_moving(dossier: Dossier, step: Transition, actor: User) -> Agency:
    """In whose name this person takes a transition; raises NotEntitled."""
    return _entitled(_moving(dossier, step, rights(dossier, actor)))


def may_hand_over(dossier: Dossier, actor: User) -> bool:
    """Whether a step that hands the result over is one of this person's, wherever the dossier stands now."""
    held, steps = rights(dossier, actor), dossier.workflow_version.workflow.transitions.values()
    return any("handover" in step.requires and _moving(dossier, step, held) for step in steps)


def _entitled(agency: Agency | None) -> Agency:
    if agency is None:
        raise NotEntitled(_("Ông/bà không có quyền thực hiện bước này."))
    return agency.living


def agency_for(roles: Collection[str], held: Rights) -> Agency | None:
    """The first agency at which one of these roles is held."""
    return next((agency for agency, mine in held if not mine.isdisjoint(roles)), None)


def _moving(dossier: Dossier, step: Transition, held: Rights) -> Agency | None:
    """An agency that was asked answers and decides nothing: it takes no step that changes the status. Nor does
    one to which the workflow gives a step end the dossier."""
    workflow = dossier.workflow_version.workflow
    asked = workflow.steps[dossier.step].agency == "consulted"
    target = workflow.steps[step.target].status
    if target.is_closed or (asked and target != dossier.status):
        held = [(agency, roles) for agency, roles in held if agency in _own(dossier)]
    return agency_for(step.roles, held)


def _desks(dossier: Dossier) -> list[Agency]:
    return [agency for agency in (dossier.support_point, dossier.receiving_agency) if agency is not None]


def _own(dossier: Dossier) -> list[Agency]:
    return [*_desks(dossier), dossier.competent_agency]


def is_leader(dossier: Dossier, actor: User) -> bool:
    """Whether this person leads the competent agency or one above it."""
    roles = roles_by_agency(actor, [dossier.competent_agency.pk])
    return Role.LEADER in roles[dossier.competent_agency.pk]


def possible_transitions(dossier: Dossier, actor: User) -> tuple[Transition, ...]:
    """The legal next transitions for this person, in the workflow's order."""
    return next_steps([dossier], actor)[dossier.pk]


def next_steps(dossiers: Collection[Dossier], actor: User) -> dict[int, tuple[Transition, ...]]:
    """For each of these dossiers what `possible_transitions` says, with the roles asked once for all.

    There is none for a dossier that another system leads.
    """
    agencies = {pk for dossier in dossiers for pk in dossier.agency_ids}
    roles = roles_by_agency(actor, agencies)
    led = rules_in_force.leaders() if any(dossier.source for dossier in dossiers) else {}
    return {
        dossier.pk: tuple(
            step
            for step in dossier.workflow_version.workflow.transitions_from(dossier.step)
            if dossier.source not in led and _moving(dossier, step, _held(dossier, roles))
        )
        for dossier in dossiers
    }


def possible_assignees(dossier: Dossier) -> list[User]:
    """The possible assignees: specialists and leaders of the competent agency, by name."""
    return people_with(_ASSIGNED, dossier.competent_agency)


def is_possible_assignee(dossier: Dossier, person: User) -> bool:
    return is_one_with(person, _ASSIGNED, dossier.competent_agency)


def holder_of(dossier: Dossier, step: Step, asked: Agency | None = None) -> Agency:
    """Which agency has the dossier at this step: the one the workflow names, or else the desk for a clerk's
    step and the competent agency for all others; in place of a dissolved one its successor."""
    return _holder(dossier, step, asked).living


def _holder(dossier: Dossier, step: Step, asked: Agency | None) -> Agency:
    match step.agency:
        case None:
            return _desk(dossier) if step.role == Role.CLERK else dossier.competent_agency
        case "receiving":
            return dossier.receiving_agency
        case "support":
            return _desk(dossier)
        case "competent":
            return dossier.competent_agency
        case "consulted":
            return asked or dossier.holding_agency
        case code:
            return catalogue.agency_by_code(code) or dossier.competent_agency


def _desk(dossier: Dossier) -> Agency:
    return dossier.support_point or dossier.receiving_agency


def visible_to(user: User) -> QuerySet[Dossier]:
    """Dossiers in which an agency of this person, or one under it, has a part."""
    agencies = agencies_of(user)
    dossiers = Dossier.objects.all()
    if agencies is None:
        return dossiers
    return dossiers.filter(
        Q(receiving_agency__in=agencies)
        | Q(competent_agency__in=agencies)
        | Q(support_point__in=agencies)
        | Q(holding_agency__in=agencies)
    )
