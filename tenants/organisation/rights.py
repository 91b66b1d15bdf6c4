"""Which roles a person has where. Doors ask here; none compares role names itself."""

from collections.abc import Iterable, Mapping

from tenants.accounts.models import User
from tenants.organisation.models import Agency, Assignment, Role


def subtree(agency_ids: Iterable[int]) -> set[int]:
    """These agencies and all under them."""
    children: dict[int | None, list[int]] = {}
    for pk, parent in Agency.objects.values_list("pk", "parent_id"):
        children.setdefault(parent, []).append(pk)
    found: set[int] = set()
    waiting = list(agency_ids)
    while waiting:
        pk = waiting.pop()
        if pk not in found:
            found.add(pk)
            waiting.extend(children.get(pk, []))
    return found


def people_with(roles: Iterable[str], agency: Agency) -> list[User]:
    """Active people who have one of these roles at this agency, directly or through one above; by name."""
    above = _upwards(agency.pk, dict(Agency.objects.values_list("pk", "parent_id")))
    people = User.objects.filter(
        is_active=True, assignments__role__in=list(roles), assignments__agency__in=above
    )
    return list(people.distinct().order_by("full_name", "pk"))


def agencies_of(user: User) -> set[int] | None:
    """Agencies whose dossiers this person may see; None means all of the province."""
    if not user.is_active:
        return set()
    assignments = list(Assignment.objects.filter(user=user).values_list("agency_id", "role"))
    if user.is_superuser or any(role == Role.ADMINISTRATOR for _, role in assignments):
        return None
    return subtree(agency for agency, _ in assignments)


def roles_by_agency(user: User, agency_ids: Iterable[int]) -> dict[int, frozenset[str]]:
    """For each of these agencies, the roles this person has there, directly or through one above.

    Superusers and administrators of the province have every role everywhere.
    """
    wanted = list(agency_ids)
    if not user.is_active:
        return {pk: frozenset() for pk in wanted}
    held = list(Assignment.objects.filter(user=user).values_list("agency_id", "role"))
    if user.is_superuser or any(role == Role.ADMINISTRATOR for _, role in held):
        return {pk: frozenset(Role.values) for pk in wanted}
    parents = dict(Agency.objects.values_list("pk", "parent_id"))
    above = {pk: set(_upwards(pk, parents)) for pk in wanted}
    return {pk: frozenset(role for agency, role in held if agency in above[pk]) for pk in wanted}


def roles_at(user: User, agency_ids: Iterable[int]) -> frozenset[str]:
    """Roles this person has at one of these agencies, directly or through an agency above."""
    return frozenset().union(*roles_by_agency(user, agency_ids).values())


def _upwards(pk: int | None, parents: Mapping[int, int | None]) -> list[int]:
    found: list[int] = []
    while pk is not None and pk not in found:
        found.append(pk)
        pk = parents.get(pk)
    return found
