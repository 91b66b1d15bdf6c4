"""Roles of a person at agencies, own or delegated for some days. Views ask here; none compares role names itself.

Rights reach down the tree, and to predecessors: staff of the successor of a dissolved agency deal with its
dossiers.
"""

from collections.abc import Callable, Collection, Iterable
from functools import partial
from typing import NamedTuple

from django.contrib.auth.models import AnonymousUser
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from tenants.accounts.models import User
from tenants.accounts.requests import Visitor
from tenants.audit.models import AuditEntry
from tenants.isolation.middleware import STAFF_PATH
from tenants.organisation import catalogue
from tenants.organisation.models import Agency, Assignment, Delegation, Role

# The communications role has no access to dossiers.
SEES_DOSSIERS = frozenset({Role.CLERK, Role.SPECIALIST, Role.LEADER, Role.AUDITOR})

cached_rights = catalogue.read_once
"""Inside the block assignments are read once. An act opens a block of its own, so that it decides by its moment."""


def subtree(agency_ids: Iterable[int]) -> set[int]:
    """These agencies, all under them, and the dissolved ones whose place any of them took."""
    return _reached(agency_ids, catalogue.below())


def people_with(roles: Iterable[str], agency: Agency) -> list[User]:
    """Active people who have one of these roles for this agency, as `roles_by_agency` says; by name."""
    above = _reached([agency.pk], catalogue.answerable())
    held = Assignment.objects.filter(role__in=list(roles), agency__in=above)
    lent = Delegation.objects.in_force().filter(assignment__in=held).values("to")
    people = User.objects.filter(Q(assignments__in=held) | Q(pk__in=lent), is_active=True)
    return list(people.distinct().order_by("full_name", "pk"))


def is_one_with(user: User, roles: Collection[str], agency: Agency) -> bool:
    """Whether this person is among `people_with` these roles."""
    above = _reached([agency.pk], catalogue.answerable())
    return any(one.is_active and one.role in roles and one.agency_id in above for one in _assignments(user))


def agencies_of(user: Visitor) -> set[int] | None:
    """Agencies whose dossiers this person may see; None means all of the province."""
    return agencies_with(user, SEES_DOSSIERS)


def agencies_with(user: Visitor, roles: Collection[str]) -> set[int] | None:
    """Agencies for which this person has one of these roles, as `roles_by_agency` says; None means all."""
    held = _held(user)
    return None if _administers(user, held) else subtree(one.agency_id for one in held if one.role in roles)


def roles_by_agency(user: User, agency_ids: Iterable[int]) -> dict[int, frozenset[str]]:
    """For each of these agencies, the roles this person has there: directly, through one above, or through
    the one that took its place.

    Superusers and administrators of the province have every role everywhere.
    """
    held = _held(user)
    if _administers(user, held):
        return dict.fromkeys(agency_ids, frozenset(Role.values))
    answerable = catalogue.answerable()
    above = {pk: _reached([pk], answerable) for pk in agency_ids}
    return {
        pk: frozenset(one.role for one in held if one.agency_id in reached) for pk, reached in above.items()
    }


def roles_anywhere(user: Visitor) -> frozenset[str]:
    """Every role this person has at some agency; all for superusers and administrators of the province."""
    held = _held(user)
    return frozenset(Role.values if _administers(user, held) else (one.role for one in held))


def roles_held(user: Visitor) -> frozenset[str]:
    """The roles that this person was given at some agency, by name."""
    return frozenset(one.role for one in _held(user))


def is_administrator(user: Visitor) -> bool:
    """Whether this person administers the province: superusers do."""
    return _administers(user, _held(user))


def agencies_where(user: Visitor, roles: Collection[str]) -> set[int]:
    """Agencies at which this person was given one of these roles, without those under them."""
    return {one.agency_id for one in _held(user) if one.role in roles}


def workplace(user: User) -> str:
    """Name of the agency where this person works, with a note when there are more; empty for none."""
    names = list(
        Agency.objects.filter(assignments__user=user, dissolved_on=None)
        .order_by("code")
        .distinct()
        .values_list("name", flat=True)
    )
    if len(names) < 2:
        return names[0] if names else ""
    return _("%(name)s và %(n)d nơi khác") % {"name": names[0], "n": len(names) - 1}


def roles_at(user: User, agency_ids: Iterable[int]) -> frozenset[str]:
    """Roles this person has at one of these agencies, as `roles_by_agency` says."""
    return frozenset().union(*roles_by_agency(user, agency_ids).values())


def in_place_of(user: User, roles: Collection[str], agency: Agency) -> User | None:
    """Whose assignment, lent to this person today, is what gives them one of these roles for this agency; None
    where one of their own does, or none at all."""
    if user.is_superuser:
        return None
    above = _reached([agency.pk], catalogue.answerable())

    def gives(agency_id: int, role: str) -> bool:
        return (role in roles and agency_id in above) or role == Role.ADMINISTRATOR

    giving = {one.holder_id for one in _assignments(user) if gives(one.agency_id, one.role)}
    if user.pk in giving or not giving:
        return None
    lent = Delegation.objects.in_force().filter(to=user).select_related("assignment__user")
    assignments = (one.assignment for one in lent)
    return next((one.user for one in assignments if gives(one.agency_id, one.role)), None)


def _administers(user: Visitor, held: "Iterable[_Held]") -> bool:
    return user.is_active and (user.is_superuser or any(one.role == Role.ADMINISTRATOR for one in held))


class _Held(NamedTuple):
    """An assignment that a person has today: one's own, or one lent by its holder."""

    agency_id: int
    role: str
    holder_id: int
    person_id: int
    is_active: bool


def read_together(people: Iterable[User | None]) -> None:
    """Inside `cached_rights`: read the assignments of all these people in one statement."""
    wanted = {person.pk for person in people if person is not None}
    found = _read_assignments(wanted)
    for pk in wanted:
        catalogue.once(("assignments", pk), partial(list, (one for one in found if one.person_id == pk)))


def _assignments(user: User) -> list[_Held]:
    return catalogue.once(("assignments", user.pk), lambda: _read_assignments([user.pk]))


def _read_assignments(people: Collection[int]) -> list[_Held]:
    own = Assignment.objects.filter(user__in=people)
    lent = Delegation.objects.in_force().filter(to__in=people).order_by()
    rows = own.values_list("agency_id", "role", "user_id", F("user_id"), "user__is_active").union(
        lent.values_list(
            "assignment__agency_id", "assignment__role", "assignment__user_id", "to_id", "to__is_active"
        ),
        all=True,
    )
    return [_Held(*row) for row in rows]


def _held(user: Visitor) -> list[_Held]:
    """The assignments of an active person, one's own and those lent to this person today."""
    return [] if isinstance(user, AnonymousUser) or not user.is_active else _assignments(user)


def _reached(start: Iterable[int], links: catalogue.Links) -> set[int]:
    """Everything reachable by the links, the start included; circles end."""
    found: set[int] = set()
    waiting = list(start)
    while waiting:
        pk = waiting.pop()
        if pk not in found:
            found.add(pk)
            waiting.extend(links.get(pk, []))
    return found


def visible_audit_entries(user: User) -> QuerySet[AuditEntry]:
    """Entries by people of the agencies that this person oversees; all for administrators."""
    entries = AuditEntry.objects.all()
    agencies = agencies_of(user)
    if agencies is None:
        return entries
    return entries.filter(actor__in=Assignment.objects.filter(agency__in=agencies).values("user"))


class RightsCacheMiddleware:
    """Caches rights while a staff page is read, its template included. Changes ask anew."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in ("GET", "HEAD") or not request.path.startswith(STAFF_PATH):
            return self.get_response(request)
        with cached_rights():
            return self.get_response(request)
