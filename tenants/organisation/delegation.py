"""Lending an assignment to a colleague while its holder is away. It begins and ends by its days alone."""

from datetime import date, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from tenants import clock
from tenants.accounts.models import User
from tenants.audit import log
from tenants.organisation.models import Assignment, Delegation, Role
from tenants.organisation.rights import subtree
from tenants.refusals import Refused

LONGEST_DAYS = 92
LEADERS_DELEGATE = frozenset({Role.CLERK, Role.SPECIALIST, Role.LEADER})
"""Roles that a leader may delegate for the agency's staff. Auditors and administrators do not answer to a leader."""


def delegate(assignment: Assignment, *, to: User, first_day: date, last_day: date, actor: User) -> Delegation:
    """Let a colleague act in this assignment on these days, both counted, in Vietnam. Raises Refused."""
    _entitled(assignment, actor)
    if to.pk == assignment.user_id or not (to.is_active and to.is_staff):
        raise Refused(_("Xin chọn một đồng nghiệp đang làm việc."))
    if not clock.today() <= first_day <= last_day:
        raise Refused(_("Ngày đầu phải từ hôm nay trở đi, ngày cuối không trước ngày đầu."))
    if last_day - first_day >= timedelta(days=LONGEST_DAYS):
        raise Refused(_("Mỗi lần ủy quyền nhiều nhất %(n)d ngày.") % {"n": LONGEST_DAYS})
    with transaction.atomic():
        # One after the other, so that a second press finds what the first one made.
        Assignment.objects.select_for_update().get(pk=assignment.pk)
        made, is_new = Delegation.objects.get_or_create(
            assignment=assignment, to=to, first_day=first_day, last_day=last_day, ended_at=None
        )
        if is_new:
            _record("delegation.lend", made, actor)
    return made


def end_delegation(delegation: Delegation, *, actor: User) -> None:
    """End it now, before its last day. Raises Refused."""
    _entitled(delegation.assignment, actor)
    with transaction.atomic():
        if Delegation.objects.filter(pk=delegation.pk, ended_at=None).update(ended_at=clock.now()):
            _record("delegation.end", delegation, actor)


def delegations_of(user: User) -> QuerySet[Delegation]:
    """Delegations of this person's assignments, now or later."""
    return _lasting().filter(assignment__user=user)


def delegations_to(user: User) -> QuerySet[Delegation]:
    return _lasting().filter(to=user, assignment__user__is_active=True)


def delegable_by(actor: User) -> QuerySet[Assignment]:
    """Assignments that this person may delegate: administrators any, leaders those of their agencies and sub-agencies.

    A delegated assignment cannot be delegated again.
    """
    working = Assignment.objects.filter(user__is_active=True, user__is_staff=True)
    if not actor.is_active:
        return working.none()
    if actor.is_superuser or Assignment.objects.filter(user=actor, role=Role.ADMINISTRATOR).exists():
        return working
    led = Assignment.objects.filter(user=actor, role=Role.LEADER).values_list("agency_id", flat=True)
    return working.filter(role__in=LEADERS_DELEGATE, agency__in=subtree(led))


def delegations_for_others(actor: User) -> QuerySet[Delegation]:
    """Delegations, now or later, that this person may end."""
    return _lasting().filter(assignment__in=delegable_by(actor))


def _lasting() -> QuerySet[Delegation]:
    return Delegation.objects.filter(ended_at=None, last_day__gte=clock.today()).select_related(
        "assignment__user", "assignment__agency", "to"
    )


def _entitled(assignment: Assignment, actor: User) -> None:
    is_own = actor.is_active and assignment.user_id == actor.pk
    if not is_own and not delegable_by(actor).filter(pk=assignment.pk).exists():
        raise Refused(_("Chỉ người được phân công, lãnh đạo cơ quan hoặc quản trị tỉnh được ủy quyền."))


def _record(action: str, delegation: Delegation, actor: User) -> None:
    assignment = delegation.assignment
    log.record(
        action,
        f"user:{assignment.user_id}",
        actor=actor,
        to=delegation.to_id,
        role=assignment.role,
        agency=assignment.agency.code,
        first_day=delegation.first_day.isoformat(),
        last_day=delegation.last_day.isoformat(),
    )
