"""Which roles a person has where. Doors ask here; none compares role names itself."""

from collections.abc import Iterable

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


def with_those_above(agency: Agency) -> list[int]:
    """This agency and all above it."""
    parents = dict(Agency.objects.values_list("pk", "parent_id"))
    found: list[int] = []
    pk: int | None = agency.pk
    while pk is not None and pk not in found:
        found.append(pk)
        pk = parents.get(pk)
    return found


def people_with(roles: Iterable[str], agency: Agency) -> list[User]:
    """Active people who have one of these roles at this agency, directly or through one above; by name."""
    people = User.objects.filter(
        is_active=True, assignments__role__in=list(roles), assignments__agency__in=with_those_above(agency)
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


def roles_at(user: User, agency_ids: Iterable[int]) -> frozenset[str]:
    """Roles this person has at one of these agencies, directly or through an agency above."""
    if not user.is_active:
        return frozenset()
    if user.is_superuser:
        return frozenset(Role.values)
    wanted = set(agency_ids)
    roles = {
        role
        for agency, role in Assignment.objects.filter(user=user).values_list("agency_id", "role")
        if role == Role.ADMINISTRATOR or subtree([agency]) & wanted
    }
    return frozenset(Role.values) if Role.ADMINISTRATOR in roles else frozenset(roles)
