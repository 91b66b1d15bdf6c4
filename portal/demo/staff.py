"""The staff of a demonstration province, and its operator: invented people with new passwords."""

import secrets
from dataclasses import dataclass
from typing import Any

from dossiers.workflow.rules.schema import Transition
from tenants.accounts.models import User
from tenants.organisation.models import Agency, Assignment, Role

PROVINCE_USERS = (
    ("tiepnhan", Role.CLERK, "Cán Bộ Tiếp Nhận (minh họa)", "Cán bộ tiếp nhận"),
    ("chuyenvien", Role.SPECIALIST, "Chuyên Viên Giải Quyết (minh họa)", "Chuyên viên"),
    ("lanhdao", Role.LEADER, "Lãnh Đạo Duyệt (minh họa)", "Lãnh đạo"),
    ("truyenthong", Role.COMMUNICATIONS, "Cán Bộ Truyền Thông (minh họa)", "Cán bộ truyền thông"),
    ("thanhtra", Role.AUDITOR, "Thanh Tra Viên (minh họa)", "Thanh tra viên"),
    ("quantri", Role.ADMINISTRATOR, "Quản Trị Tỉnh (minh họa)", "Quản trị viên"),
)
WARD_USERS = (
    ("phuong.tiepnhan", Role.CLERK, "Cán Bộ Phường (minh họa)", "Cán bộ tiếp nhận"),
    ("phuong.lanhdao", Role.LEADER, "Lãnh Đạo Phường (minh họa)", "Lãnh đạo"),
)


@dataclass(frozen=True)
class Staff:
    """The people at the top of the province, by role, and all log-ins as demo.json lists them."""

    users: dict[str, User]
    log_ins: list[dict[str, str]]

    def one_for(self, transition: Transition) -> User:
        """The person who may do this alone."""
        if "approval" in transition.requires:
            return self.users[Role.LEADER]
        usual = (Role.CLERK, Role.SPECIALIST, Role.LEADER)
        return next(self.users[role] for role in usual if role in transition.roles)


def hire() -> Staff:
    """One person for each role at all agencies that stand at the top; a clerk and a leader at the first ward.

    In demo.json the roles of a ward have names of their own, beside those of the province.
    """
    users, log_ins = dict[str, User](), []
    tops, ward = list(Agency.objects.filter(parent=None, dissolved_on=None)), first_ward()
    for name, role, full_name, position in (*PROVINCE_USERS, *(WARD_USERS if ward else ())):
        user, log_in = _account(name, full_name, position=position)
        of_ward = ward if name.startswith("phuong.") else None
        for agency in [of_ward] if of_ward else tops:
            Assignment.objects.get_or_create(user=user, agency=agency, role=role)
        if of_ward:
            log_ins.append({**log_in, "role": f"ward_{role}", "agency": of_ward.name})
        else:
            users[str(role)] = user
            log_ins.append({**log_in, "role": str(role)})
    return Staff(users, log_ins)


def first_ward() -> Agency | None:
    """The commune whose desk has the smallest code."""
    desks = Agency.objects.filter(is_desk=True, dissolved_on=None, parent__level=Agency.Level.COMMUNE)
    desk = desks.select_related("parent").order_by("code").first()
    return desk.parent if desk else None


def make_operator() -> dict[str, str]:
    """An operator's account in `public`, with a new password."""
    _user, log_in = _account(
        "vanhanh", "Người Vận Hành (minh họa)", position="Người vận hành", is_superuser=True
    )
    return {**log_in, "role": "operator"}


def _account(name: str, full_name: str, position: str, **more: Any) -> tuple[User, dict[str, str]]:
    """A user with a new password, and both as demo.json lists them."""
    defaults = {"full_name": full_name, "position": position, "is_staff": True, **more}
    user, _made = User.objects.get_or_create(username=name, defaults=defaults)
    password = secrets.token_urlsafe(9)
    user.set_password(password)
    user.save()
    return user, {"username": name, "password": password, "position": position}
