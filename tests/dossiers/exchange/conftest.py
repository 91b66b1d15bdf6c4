"""Systems with keys: one of the province, and a ministry's that feeds Đắk Lắk, with the rows that it sends."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from dossiers.lifecycle.models import OtherSystem
from tenants.accounts import api_keys
from tenants.accounts.models import User
from tenants.organisation.models import Agency, Role
from tests.dossiers.legacy_files import MAPPING
from tests.factories import AgencyFactory, AssignmentFactory, Office, UserFactory

SOURCE = "motcua-cu"
ADDRESS = "/api/v1/dossiers/"
Send = Callable[..., list[dict[str, Any]]]


def connected(office: Office, **changed: Any) -> OtherSystem:
    """A leading system whose account has the role of a feed at the province, above the office's agencies."""
    top = AgencyFactory(code="H15")
    Agency.objects.filter(pk__in=[office.desk.pk, office.department.pk]).update(parent=top)
    account = UserFactory(username="bo-tu-phap", is_staff=False, is_machine=True)
    AssignmentFactory(user=account, agency=top, role=Role.FEED)
    values = {"name": "Bộ Tư pháp", "leading": True, "account": account} | changed
    return OtherSystem.objects.create(code=SOURCE, mapping=MAPPING.read_text(encoding="utf-8"), **values)


@pytest.fixture
def system(office: Office) -> OtherSystem:
    return connected(office)


@pytest.fixture
def door(system: OtherSystem) -> Callable[..., Any]:
    """`door(body)`: the raw answer to what the system's machine posts."""
    key = api_keys.create(system.account)
    client = Client(headers={"host": "daklak.localhost", "authorization": f"Bearer {key}"})

    def post(body: Any, source: str = SOURCE) -> Any:
        return client.post(f"/api/v1/feeds/{source}/", body, content_type="application/json")

    return post


@pytest.fixture
def send(door: Callable[..., Any]) -> Send:
    """`send(*rows)`: the answers to them."""

    def post(*rows: Any) -> list[dict[str, Any]]:
        answer = door({"rows": list(rows)})
        assert answer.status_code == 200, answer.content
        results = answer.json()["results"]
        assert [one["row"] for one in results] == list(range(1, len(rows) + 1))
        return results

    return post


class Machine:
    """A system of the province with a key."""

    def __init__(self, user: User, host: str = "daklak.localhost") -> None:
        self.user, self.key = user, api_keys.create(user)
        self.client = Client(headers={"host": host})

    def ask(self, path: str, body: Any = None, **headers: str) -> Any:
        given = self.headers(headers)
        if body is None:
            return self.client.get(path, headers=given)
        return self.client.post(path, json.dumps(body), content_type="application/json", headers=given)

    def send(self, path: str, form: dict[str, Any], **headers: str) -> Any:
        """What answers a form with files."""
        return self.client.post(path, form, headers=self.headers(headers))

    def headers(self, more: dict[str, str]) -> dict[str, str]:
        named = {name.replace("_", "-"): text for name, text in more.items()}
        return {"authorization": f"Bearer {self.key}", **named}

    def receive(self, office: Office, key: str = "request-0001", **changed: Any) -> Any:
        return self.ask(ADDRESS, intake(office, **changed), idempotency_key=key)


def intake(office: Office, **changed: Any) -> dict[str, Any]:
    return {
        "procedure_code": office.procedure.code,
        "receiving_agency": office.desk.code,
        "competent_agency": office.department.code,
        "owner": {"name": "Nguyễn Thị Minh Họa", "phone": "0905000678", "id_number": "066190000001"},
        **changed,
    }


@pytest.fixture
def machine(office: Office) -> Machine:
    user = UserFactory(username="he-thong", is_staff=False, is_machine=True)
    AssignmentFactory(user=user, agency=office.desk, role=Role.CLERK)
    AssignmentFactory(user=user, agency=office.department, role=Role.SPECIALIST)
    return Machine(user)
