"""The log of events for other systems: in order, nothing before it is sealed, nobody else's dossiers."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dossiers.exchange import quiet_polls
from dossiers.lifecycle import actions as services
from tenants.accounts import api_keys
from tenants.accounts.models import User
from tenants.audit import sealer
from tenants.organisation.models import Role
from tests.dossiers.exchange.following import Follower
from tests.factories import AgencyFactory, AssignmentFactory, Office, UserFactory

EVENTS = "/api/v1/events/"


def program(user: Any = None) -> Client:
    headers = {"host": "daklak.localhost"}
    if user:
        User.objects.filter(pk=user.pk).update(is_machine=True)
        user.refresh_from_db()
        headers["authorization"] = f"Bearer {api_keys.create(user)}"
    return Client(headers=headers)


@pytest.fixture
def three(office: Office) -> list[str]:
    """Codes of three dossiers that were taken in, sealed."""
    codes = [services.receive(office.intake(), actor=office.clerk).dossier.code for _ in range(3)]
    sealer.seal("daklak")
    return codes


def test_events_come_in_their_order_after_a_position_and_in_pages(office: Office, three: list[str]) -> None:
    client = program(office.clerk)
    first = client.get(EVENTS, {"limit": 2}).json()
    rest = client.get(EVENTS, {"after": first["next"]}).json()
    told = first["events"] + rest["events"]
    assert [one["subject"] for one in told] == three
    assert [one["position"] for one in told] == [1, 2, 3]
    assert rest["next"] == 3
    assert told[0].items() >= {"specversion": "1.0", "type": "dossier.receive", "sequence": 1}.items()
    assert Follower().follow() == told


def test_nothing_new_is_an_empty_list_or_304_for_one_statement_of_the_log(office, three, monkeypatch):
    monkeypatch.setattr(quiet_polls, "HEAD_SECONDS", 0.0)
    client = program(office.clerk)
    with CaptureQueriesContext(connection) as asked:
        empty = client.get(EVENTS, {"after": 3})
    assert empty.json() == {"events": [], "next": 3}
    assert len([one for one in asked.captured_queries if "audit_seal" in one["sql"]]) == 1
    assert len([one for one in asked.captured_queries if "set_config" not in one["sql"]]) <= 5
    known = {"if-none-match": empty["ETag"]}
    assert client.get(EVENTS, {"after": 3}, headers=known).status_code == 304
    services.receive(office.intake(), actor=office.clerk)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(EVENTS, {"after": 3}, headers=known).status_code == 304, "it is not sealed yet"
    assert ["audit_seal" in one["sql"] for one in asked.captured_queries] == [True], (
        "nothing else is asked again"
    )
    stranger = program().get(EVENTS, {"after": 3}, headers=known)
    assert stranger.status_code == 401, "what is remembered is remembered of one reader"
    sealer.seal("daklak")
    assert client.get(EVENTS, {"after": 3}, headers=known).json()["next"] == 4


@pytest.mark.parametrize("asked", ["after=4", "after=-1", "after=x", "limit=501", "after=9" + "0" * 30])
def test_a_position_that_was_never_given_and_a_wrong_number_are_refused(office, three, asked):
    answer = program(office.clerk).get(f"{EVENTS}?{asked}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["name"] == asked.partition("=")[0]


def test_dossiers_of_others_are_passed_over(office, three):
    """Page by page, so that an answer has its bounds where next to nothing is the reader's."""
    stranger = AssignmentFactory(agency=AgencyFactory(code="H15.99"), role=Role.CLERK).user
    client = program(stranger)
    assert client.get(EVENTS, {"limit": 2}).json() == {"events": [], "next": 2}
    assert client.get(EVENTS, {"after": 2}).json() == {"events": [], "next": 3}


@pytest.mark.parametrize("role", [None, Role.COMMUNICATIONS])
def test_who_may_see_no_dossier_may_not_follow(office: Office, role: Any) -> None:
    user = AssignmentFactory(agency=office.desk, role=role).user if role else None
    assert program(user).get(EVENTS).status_code == (403 if role else 401)
    assert program(UserFactory()).get(EVENTS).status_code == 403
