"""Who may do what changes with an entry of the audit log that says who changed it and for whom."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client

from tenants.accounts.models import User
from tenants.audit import operators_log
from tenants.audit.models import AuditEntry
from tenants.isolation.context import public_context
from tenants.isolation.province_cache import ProvinceRecord
from tenants.organisation.models import Assignment, Role
from tests.factories import AgencyFactory, AssignmentFactory, UserFactory, signed_in
from tests.tenants.organisation.test_person_page import NO_ROWS

PEOPLE = "/quan-tri/accounts/user/"


@pytest.fixture
def administrator(province: ProvinceRecord) -> tuple[Client, User]:
    person = AssignmentFactory(role=Role.ADMINISTRATOR).user
    client = signed_in(person)
    return client, person


def entries(*actions: str) -> list[tuple[str, str, User | None]]:
    found = AuditEntry.objects.filter(action__in=actions).order_by("pk")
    return [(one.action, one.subject, one.actor) for one in found]


def page_of(person: User) -> str:
    return f"{PEOPLE}{person.pk}/change/"


def posted(person: User) -> dict[str, str]:
    return {"username": person.username, "full_name": person.full_name, "is_active": "on", **NO_ROWS}


def test_switching_an_account_off_is_recorded(administrator: tuple[Client, User]) -> None:
    client, actor = administrator
    person = UserFactory()
    client.post(page_of(person), posted(person))
    assert entries("person.change") == [], "saved without a change"
    values = posted(person)
    del values["is_active"]
    client.post(page_of(person), values)
    assert entries("person.change") == [("person.change", f"account:{person.pk}", actor)]
    assert AuditEntry.objects.get(action="person.change").detail == {"active": False, "fields": ["is_active"]}


def test_a_new_account_and_its_role_are_recorded(administrator: tuple[Client, User]) -> None:
    client, actor = administrator
    desk = AgencyFactory(code="H15.77")
    rows = {
        "assignments-TOTAL_FORMS": "1",
        "assignments-INITIAL_FORMS": "0",
        "assignments-0-agency": str(desk.pk),
        "assignments-0-role": "clerk",
    }
    client.post(f"{PEOPLE}add/", {"username": "canbomoi", "full_name": "Cán Bộ Mới", **rows})
    person = User.objects.get(username="canbomoi")
    assert entries("person.add") == [("person.add", f"account:{person.pk}", actor)]
    granted = AuditEntry.objects.filter(action="role.grant").latest("pk")
    assert (granted.subject, granted.actor, granted.detail) == (
        "user:canbomoi",
        actor,
        {"role": "clerk", "agency": "H15.77"},
    )


def test_another_role_and_a_removed_one_are_recorded_by_any_way(province: ProvinceRecord) -> None:
    given = AssignmentFactory(role=Role.CLERK)
    given.role = Role.LEADER
    given.save()
    subject = f"user:{given.user.username}"
    Assignment.objects.get(pk=given.pk).delete()
    assert [one[:2] for one in entries("role.change", "role.remove")] == [
        ("role.change", subject),
        ("role.remove", subject),
    ]


def test_a_changed_agency_is_recorded(administrator: tuple[Client, User]) -> None:
    client, actor = administrator
    desk = AgencyFactory(code="H15.77")
    page = f"/quan-tri/organisation/agency/{desk.pk}/change/"
    client.post(page, {"name": "Tên khác", "level": "commune", **NO_ROWS})
    assert entries("agency.change") == [("agency.change", f"agency:{desk.pk}", actor)]


def test_a_group_of_rights_is_recorded_from_its_beginning_to_its_end(province: ProvinceRecord) -> None:
    actor = UserFactory(is_superuser=True)
    client = signed_in(actor)
    client.post("/quan-tri/auth/group/add/", {"name": "Đọc nhật ký"})
    group = Group.objects.get()
    right = Permission.objects.get(codename="view_auditentry")
    client.post(f"/quan-tri/auth/group/{group.pk}/change/", {"name": group.name, "permissions": [right.pk]})
    client.post(f"/quan-tri/auth/group/{group.pk}/delete/", {"post": "yes"})
    subject = f"group:{group.pk}"
    assert entries("group.add", "group.change", "group.remove") == [
        ("group.add", subject, actor), ("group.change", subject, actor), ("group.remove", subject, actor),
    ]  # fmt: skip


def test_a_changed_account_of_an_operator_is_in_the_operators_log(db: None) -> None:
    with public_context():
        actor, person = UserFactory(is_superuser=True), UserFactory()
    client = Client(headers={"host": "localhost"})
    client.force_login(actor)
    values = posted(person)
    del values["is_active"]
    client.post(f"/van-hanh/accounts/user/{person.pk}/change/", values)
    entry = operators_log.newest(1)[0]
    assert (entry.act, entry.actor, entry.detail["subject"], entry.detail["active"]) == (
        "person.change", actor, f"account:{person.pk}", False,
    )  # fmt: skip
