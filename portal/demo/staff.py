"""The staff of a demonstration province, and its operator: invented people with new passwords."""

import csv
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dossiers.workflow.rules.schema import Transition
from tenants.accounts.models import User
from tenants.organisation.models import Agency, Assignment, Role

FILE = Path(__file__).with_name("staff.csv")


@dataclass(frozen=True)
class Staff:
    """The people at the top of the province, by role, and all log-ins as demo.json lists them."""

    users: dict[str, User]
    log_ins: list[dict[str, str]]

    def one_for(self, transition: Transition) -> User:
        if "approval" in transition.requires:
            return self.users[Role.LEADER]
        usual = (Role.CLERK, Role.SPECIALIST, Role.LEADER)
        return next(self.users[role] for role in usual if role in transition.roles)


def hire() -> Staff:
    """One person for each role at all agencies that stand at the top; a clerk and a leader at the first ward.

    In demo.json the roles of a ward have names of their own, beside those of the province.
    """
    users, log_ins = dict[str, User](), []
    working = Agency.objects.filter(dissolved_on=None)
    tops = list(working.filter(parent=None))
    desk = working.filter(is_desk=True, parent__level=Agency.Level.COMMUNE).order_by("code").first()
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if desk or not row["at_ward"]]
    for row in rows:
        role = row["role"]
        user, log_in = _account(row["username"], row["full_name"], position=row["position"])
        ward = desk.parent if desk and row["at_ward"] else None
        for agency in [ward] if ward else tops:
            Assignment.objects.get_or_create(user=user, agency=agency, role=role)
        if ward:
            log_ins.append({**log_in, "role": f"ward_{role}", "agency": ward.name})
        else:
            users[role] = user
            log_ins.append({**log_in, "role": role})
    return Staff(users, log_ins)


def make_operator() -> dict[str, str]:
    """An operator's account in `public`, with a new password."""
    _user, log_in = _account(
        "vanhanh", "Người Vận Hành (minh họa)", position="Người vận hành", is_superuser=True
    )
    return {**log_in, "role": "operator"}


def _account(name: str, full_name: str, position: str, **more: Any) -> tuple[User, dict[str, str]]:
    defaults = {"full_name": full_name, "position": position, "is_staff": True, **more}
    user, _made = User.objects.get_or_create(username=name, defaults=defaults)
    password = secrets.token_urlsafe(9)
    user.set_password(password)
    user.save()
    return user, {"username": name, "password": password, "position": position}
