"""Lending an assignment to a colleague while its holder is away. It begins and ends by its days alone."""

from datetime import date, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from tenants import clock
from tenants.accounts.models import User
from tenants.audit import log
from tenants.organisation.models import Assignment, Delegation
from tenants.organisation.rights import is_administrator

LONGEST_DAYS = 92


class Refused(Exception):
    """Nothing was changed. The text is a Vietnamese sentence for who tried."""


def lend(assignment: Assignment, *, to: User, first_day: date, last_day: date, actor: User) -> Delegation:
    """Let somebody else act in this assignment on these days, both counted, in Vietnam. Raises Refused."""
    _entitled(assignment, actor)
    if to.pk == assignment.user_id or not (to.is_active and to.is_staff):
        raise Refused(_("Xin chọn một đồng nghiệp đang làm việc."))
    if not clock.today() <= first_day <= last_day:
        raise Refused(_("Ngày đầu phải từ hôm nay trở đi, ngày cuối không trước ngày đầu."))
    if last_day - first_day >= timedelta(days=LONGEST_DAYS):
        raise Refused(_("Mỗi lần ủy quyền nhiều nhất %(n)d ngày.") % {"n": LONGEST_DAYS})
    with transaction.atomic():
        made = Delegation.objects.create(assignment=assignment, to=to, first_day=first_day, last_day=last_day)
        _tell("delegation.lend", made, actor)
    return made


def take_back(delegation: Delegation, *, actor: User) -> None:
    """End it now, before its last day. Raises Refused."""
    _entitled(delegation.assignment, actor)
    with transaction.atomic():
        if Delegation.objects.filter(pk=delegation.pk, ended_at=None).update(ended_at=clock.now()):
            _tell("delegation.end", delegation, actor)


def lent_by(user: User) -> QuerySet[Delegation]:
    """What this person lends now or will lend."""
    return _lasting().filter(assignment__user=user)


def lent_to(user: User) -> QuerySet[Delegation]:
    """What this person may act in for somebody else, now or later."""
    return _lasting().filter(to=user, assignment__user__is_active=True)


def _lasting() -> QuerySet[Delegation]:
    return Delegation.objects.filter(ended_at=None, last_day__gte=clock.today()).select_related(
        "assignment__user", "assignment__agency", "to"
    )


def _entitled(assignment: Assignment, actor: User) -> None:
    if not actor.is_active or (assignment.user_id != actor.pk and not is_administrator(actor)):
        raise Refused(_("Chỉ người được phân công hoặc quản trị tỉnh được ủy quyền."))


def _tell(action: str, delegation: Delegation, actor: User) -> None:
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
