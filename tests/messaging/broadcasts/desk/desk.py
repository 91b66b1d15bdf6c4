"""The pages of broadcasts at the desk, as a communications officer uses them."""

from typing import Any

from django.test import Client

from messaging.broadcasts.models import Publication
from tenants.accounts.models import User
from tenants.organisation.models import Role
from tests.factories import AssignmentFactory, Office

HOST = "daklak.localhost"
LIST = "/quan-tri/broadcasts/publication/"
TYPED = {
    "kind": "news",
    "title": "UBND tỉnh Minh Họa: lịch tiếp công dân",
    "summary": "Từ 01/12, tiếp công dân vào sáng thứ Năm.",
    "groups_chosen": ["news"],
    "seen": "",
}
NUMBER = "0905000217"


def staff(person: Any) -> Client:
    client = Client(headers={"host": HOST})
    client.force_login(person)
    return client


def speaker(office: Office) -> User:
    return AssignmentFactory(agency=office.desk, role=Role.COMMUNICATIONS).user


def words(response: Any) -> str:
    return response.content.decode().replace("\xa0", " ")


def written(desk: Client, **changed: Any) -> Publication:
    answer = desk.post(f"{LIST}add/", {**TYPED, **changed})
    assert answer.status_code == 302, words(answer)
    return Publication.objects.latest("pk")


def act(desk: Client, one: Publication, name: str, **given: str) -> Any:
    one.refresh_from_db()
    return desk.post(f"{LIST}{one.pk}/viec/{name}/", {"seen": one.version, **given})


def page(desk: Client, one: Publication) -> str:
    shown = words(desk.get(f"{LIST}{one.pk}/change/"))
    assert "{{" not in shown
    return shown
