"""What roles give in Django's admin, without superusers and groups."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from dossiers.lifecycle.permissions import visible_to
from tenants.accounts.models import User
from tenants.audit import log
from tenants.isolation.context import public_context
from tenants.isolation.province_cache import ProvinceRecord
from tenants.organisation import rights
from tenants.organisation.auth_backend import given_by
from tenants.organisation.models import Role
from tests.factories import AgencyFactory, AssignmentFactory, UserFactory
from tests.filling import filled

pytestmark = pytest.mark.usefixtures("province")


def somebody(role: str) -> User:
    return AssignmentFactory(role=role).user


def signed_in(user: User) -> Client:
    client = Client(headers={"host": "daklak.localhost"})
    client.force_login(user)
    return client


@pytest.mark.parametrize("role", Role.values)
def test_a_role_gives_its_own_and_no_more(role: str) -> None:
    user = somebody(role)
    assert user.get_all_permissions() == given_by([role])
    assert not user.is_superuser


def test_without_a_role_or_an_account_that_is_open_nothing_is_given() -> None:
    assert UserFactory().get_all_permissions() == set()
    left = somebody(Role.ADMINISTRATOR)
    left.is_active = False
    assert left.get_all_permissions() == set()
    assert not left.has_perm("accounts.view_user")


def test_operators_are_asked_for_no_role(province: ProvinceRecord) -> None:
    user = UserFactory()
    with public_context():
        assert not User(pk=user.pk, is_staff=True).has_perm("accounts.view_user")


def test_who_speaks_to_everybody_sees_no_dossier() -> None:
    user = somebody(Role.COMMUNICATIONS)
    assert rights.agencies_of(user) == set()
    assert not visible_to(user).exists()
    page = signed_in(user).get("/quan-tri/").content.decode()
    assert "/quan-tri/broadcasts/publication/" in page
    assert "/quan-tri/dossiers/dossier/" not in page


@pytest.mark.parametrize(
    ("role", "there", "absent"),
    [
        (Role.ADMINISTRATOR, ("Sửa lời tin", "Thêm người, giao vai trò"), ()),
        (
            Role.COMMUNICATIONS,
            ("Viết, gửi thông báo của tỉnh", ">Thủ tục<"),
            ("Sửa nội dung thủ tục", "Lời tin", "Thêm người"),
        ),
    ],
)
def test_the_first_page_names_tasks_that_one_may_do(role, there, absent):
    page = signed_in(somebody(role)).get("/quan-tri/").content.decode()
    tasks = "".join(re.findall(r'<section class="mc-card mc-tasks".*?</section>', page, re.DOTALL))
    assert [one for one in there if one not in tasks] == []
    assert [one for one in absent if one in tasks] == []


def test_auditors_read_what_people_of_their_agencies_did() -> None:
    above = AgencyFactory()
    below = AgencyFactory(parent=above)
    auditor = AssignmentFactory(agency=above, role=Role.AUDITOR).user
    ours, theirs = (AssignmentFactory(agency=agency).user for agency in (below, AgencyFactory()))
    for person in (ours, theirs):
        log.record("dossier.read", f"dossier:cua-{person.username}", actor=person)
    page = signed_in(auditor).get("/quan-tri/audit/auditentry/").content.decode()
    assert f"cua-{ours.username}" in page
    assert f"cua-{theirs.username}" not in page


def test_who_edits_accounts_makes_nobody_more_than_he_is_and_takes_over_nobody_who_is() -> None:
    editor = UserFactory()
    editor.user_permissions.set(Permission.objects.filter(content_type__app_label="accounts"))
    sent = {
        "username": editor.username,
        "full_name": "X",
        "is_superuser": "on",
        "is_staff": "on",
        "is_active": "on",
    }
    signed_in(editor).post(f"/quan-tri/accounts/user/{editor.pk}/change/", sent)
    editor.refresh_from_db()
    assert not editor.is_superuser
    for above in (somebody(Role.ADMINISTRATOR), UserFactory(administrator=True)):
        for page in ("change", "dang-nhap"):
            address = f"/quan-tri/accounts/user/{above.pk}/{page}/"
            # Django's page shows what may be seen; nothing can be posted to it.
            assert signed_in(editor).post(address, {**sent, "invite": "1"}).status_code == 403
        assert not above.invitations.exists()


def test_administrators_make_nobody_a_superuser() -> None:
    administrator, clerk = somebody(Role.ADMINISTRATOR), somebody(Role.CLERK)
    address = f"/quan-tri/accounts/user/{clerk.pk}/change/"
    browser = signed_in(administrator)
    values = filled(browser.get(address), full_name="Đổi Tên")
    assert "is_superuser" not in values
    assert browser.post(address, {**values, "is_superuser": "on"}).status_code == 302
    clerk.refresh_from_db()
    assert (clerk.full_name, clerk.is_superuser) == ("Đổi Tên", False)
