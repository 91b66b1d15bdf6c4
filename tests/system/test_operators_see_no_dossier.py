"""Operators keep the house running and read no dossier: not on a page, and not by the login of their pages."""

from typing import Any

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError
from django.test import Client

from tenants.accounts.models import User
from tenants.isolation.context import province_context, public_context
from tenants.isolation.models import Province
from tenants.organisation.models import Agency
from tests.factories import UserFactory
from tests.system import worlds
from tests.system.worlds import World

TABLES = ("dossiers_dossier", "dossiers_party", "dossiers_event", "dossiers_note", "messaging_message")


@pytest.fixture
def world(db: None, noon: Any) -> World:
    with province_context("daklak"):
        return worlds.build()


@pytest.fixture
def operator(db: None) -> User:
    with public_context():
        return UserFactory(username="vanhanh", is_superuser=True)


def addresses(client: Client) -> list[str]:
    """Everything that can be reached from the first page by links of this site."""
    import re

    known, waiting = {"/van-hanh/"}, ["/van-hanh/"]
    while waiting:
        response = client.get(waiting.pop())
        if response.status_code != 200 or "text/html" not in response.get("Content-Type", ""):
            continue
        for found in re.findall(r'href="(/van-hanh/[^"#]*)"', response.content.decode()):
            if found not in known and "logout" not in found and len(known) < 300:
                known.add(found)
                waiting.append(found)
    return sorted(known)


def test_no_address_of_the_site_shows_one(world: World, operator: User) -> None:
    with public_context():
        Province.objects.filter(schema_name="daklak").update(state="pilot")
    client = Client(headers={"host": "localhost"})
    with public_context():
        client.force_login(operator, backend="tenants.organisation.auth_backend.RoleBackend")
    with province_context("daklak"):
        # The list before going live names the offices that lack somebody.
        offices = list(Agency.objects.values_list("name", flat=True))
    reached = addresses(client)
    assert {"/van-hanh/", "/van-hanh/nhat-ky/", "/van-hanh/tinh/daklak/"} <= set(reached)
    for address in reached:
        page = client.get(address).content.decode()
        for office in offices:
            page = page.replace(office, "")
        for secret in (world.canary, world.dossier.code, worlds.NUMBER, worlds.ID_NUMBER):
            assert secret not in page, address


@pytest.mark.parametrize("table", TABLES)
def test_the_login_of_the_pages_cannot_read_one_from_outside(db: None, table: str) -> None:
    with (
        public_context(),
        pytest.raises(ProgrammingError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"SELECT * FROM daklak.{table}")


def test_an_operator_is_nobody_in_a_province(world: World, operator: User) -> None:
    client = Client(headers={"host": "localhost"})
    with public_context():
        client.force_login(operator, backend="tenants.organisation.auth_backend.RoleBackend")
    response = client.get(
        f"/quan-tri/dossiers/dossier/{world.dossier.pk}/change/", headers={"host": world.host}
    )
    assert (response.status_code, response["Location"].partition("?")[0]) == (302, "/quan-tri/login/")
