"""A ministry's system that feeds Đắk Lắk, with its key's account and the rows that it sends."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from dossiers.lifecycle.models import OtherSystem
from tenants.accounts import api_keys
from tenants.organisation.models import Agency, Role
from tests.dossiers.legacy_files import MAPPING
from tests.factories import AgencyFactory, AssignmentFactory, Office, UserFactory

SOURCE = "motcua-cu"
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
