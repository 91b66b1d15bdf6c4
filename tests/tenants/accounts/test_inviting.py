"""New links for all who wait: what changes while they are made is kept."""

from typing import Any

import pytest

from tenants.accounts.models import User
from tenants.accounts.signin import invitations
from tenants.organisation.folder import staff
from tenants.organisation.models import Role
from tests.factories import AssignmentFactory, UserFactory

pytestmark = pytest.mark.usefixtures("province")


@pytest.mark.parametrize("change", [{"password": "có rồi"}, {"is_active": False}])
def test_who_waits_no_longer_is_left_alone(monkeypatch: pytest.MonkeyPatch, change: dict[str, Any]) -> None:
    for name in ("an", "binh"):
        UserFactory(username=name, password="!")
    real = invitations.invite

    def meanwhile(user: User) -> str:
        User.objects.filter(username="binh").update(**change)
        return real(user)

    monkeypatch.setattr(invitations, "invite", meanwhile)
    assert [one.username for one in staff.renew_invitations()] == ["an"]
    assert User.objects.filter(username="binh", **change).exists()


def test_an_invitation_activates_no_account() -> None:
    user = UserFactory()
    User.objects.filter(pk=user.pk).update(is_active=False)
    invitations.invite(user)
    assert not User.objects.get(pk=user.pk).is_active


def test_those_of_one_agency_are_read_once() -> None:
    held = AssignmentFactory(role=Role.CLERK, user=UserFactory(username="an", password="!"))
    AssignmentFactory(role=Role.LEADER, user=held.user, agency=held.agency)
    UserFactory(username="binh", password="!")
    assert [one.username for one in staff.renew_invitations(held.agency.code)] == ["an"]
