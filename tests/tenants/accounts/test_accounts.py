"""Who may edit accounts may not make anybody more than he is."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from tenants.accounts.models import User
from tenants.isolation.province_cache import ProvinceRecord
from tests.factories import UserFactory


@pytest.fixture
def editor(province: ProvinceRecord) -> User:
    user = UserFactory()
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="accounts"))
    return user


def post(editor: User, target: User) -> int:
    client = Client(headers={"host": "daklak.localhost"})
    client.force_login(editor)
    values = {
        "username": target.username,
        "full_name": "X",
        "is_superuser": "on",
        "is_staff": "on",
        "is_active": "on",
    }
    return client.post(f"/quan-tri/accounts/user/{target.pk}/change/", values).status_code


def test_nobody_makes_himself_a_superuser(editor: User) -> None:
    post(editor, editor)
    editor.refresh_from_db()
    assert not editor.is_superuser


def test_superusers_are_edited_by_superusers_only(editor: User) -> None:
    administrator = UserFactory(administrator=True, full_name="Quản Trị")
    assert post(editor, administrator) == 403
    administrator.refresh_from_db()
    assert administrator.full_name == "Quản Trị"
