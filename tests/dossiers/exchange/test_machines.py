"""The doors of machines: keys open them, the desk's rules hold, and a request that is sent again does nothing twice."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from dossiers.lifecycle import actions as services
from dossiers.lifecycle.models import Dossier, Event
from tenants import clock
from tenants.accounts import api_keys
from tenants.accounts.models import ApiKey, User
from tests.dossiers.exchange.conftest import ADDRESS, Machine
from tests.dossiers.workflow.test_workflow_walk import standing_at
from tests.factories import AgencyFactory, Office


@pytest.mark.parametrize(("step", "is_received"), [("new", False), ("received", True)])
def test_what_was_only_filed_online_is_not_received_yet(
    office: Office, machine: Machine, step: str, *, is_received: bool
) -> None:
    read = machine.ask(f"{ADDRESS}{standing_at(office, step).code}/").json()
    assert (read["received_at"] is not None) == is_received


def test_a_machine_receives_reads_and_moves_by_the_rules_of_the_desk(
    office: Office, machine: Machine
) -> None:
    received = machine.receive(office)
    code = received.json()["code"]
    assert (received.status_code, received.json()["event"], code) == (200, 1, "H15.08-261125-0001")
    assert Dossier.objects.get().lookup_key == received.json()["lookup_key"]
    read = machine.ask(f"{ADDRESS}{code.lower()}/")
    assert (read["ETag"], read["Cache-Control"]) == ('"1"', "no-store")
    step = read.json()["transitions"][0]
    assert step["requires"] == ["assignee"]
    moved = machine.ask(
        f"{ADDRESS}{code}/transitions/",
        {"transition": step["code"], "assignee": office.specialist.username},
        if_match=read["ETag"],
    )
    assert (moved.status_code, moved.json()["event"]) == (200, 2), moved.content.decode()
    assert [(event.kind, event.actor) for event in Event.objects.all()] == [
        ("receive", machine.user), (step["code"], machine.user),
    ]  # fmt: skip
    assert "Minh Họa" not in read.content.decode() + moved.content.decode()


def test_own_agencies_dossiers_come_by_cursor(office: Office, machine: Machine) -> None:
    codes = [machine.receive(office, key=f"request-000{number}").json()["code"] for number in range(3)]
    other = AgencyFactory(code="H15.40", desk=True)
    office.clerk.assignments.create(agency=other, role="clerk")
    services.receive(office.intake(receiving_agency="H15.40", competent_agency="H15.40"), actor=office.clerk)
    first = machine.ask(f"{ADDRESS}?limit=2").json()
    second = machine.ask(f"{ADDRESS}?limit=2&after={first['next']}").json()
    assert [one["code"] for one in first["dossiers"] + second["dossiers"]] == codes
    assert second["next"] is None


@pytest.mark.parametrize(
    ("headers", "body", "status", "kind"),
    [
        ({}, {"transition": "nothing"}, 428, "precondition-required"),
        ({"if_match": '"7"'}, {"transition": "take"}, 412, "precondition-failed"),
        ({"if_match": '"1"'}, {"transition": "nothing"}, 409, "not-possible"),
        ({"if_match": '"1"'}, {"transition": "take", "assignee": "khong-co"}, 400, "invalid"),
        ({"if_match": '"1"'}, {"transition": "take", "deadline": "mai"}, 400, "invalid"),
        ({"if_match": '"1"'}, {"transition": "take", "handover": {"way": 7}}, 400, "invalid"),
        ({"if_match": '"1"', "idempotency_key": "ngắn"}, {"transition": "take"}, 400, "invalid"),
        ({"if_match": '"1"'}, {}, 400, "invalid"),
    ],
)
def test_a_move_that_cannot_be_made_changes_nothing(
    office: Office, machine: Machine, headers: dict[str, str], body: Any, status: int, kind: str
) -> None:
    code = machine.receive(office).json()["code"]
    answer = machine.ask(f"{ADDRESS}{code}/transitions/", body, **headers)
    assert (answer.status_code, answer.json()["type"].partition("#")[2]) == (status, kind), (
        answer.content.decode()
    )
    assert Event.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"owner": {"name": ""}}, "owner"),
        ({"owner": {"name": "A\0"}}, "owner"),
        ({"owner": "Nguyễn"}, "owner"),
        ({"procedure_code": "9.999999"}, "procedure_code"),
        ({"receiving_agency": "H15.99"}, "receiving_agency"),
        ({"consents": "zalo"}, "consents"),
        ({"channel": "fax"}, "channel"),
    ],
)
def test_an_intake_that_cannot_be_taken_writes_nothing(
    office: Office, machine: Machine, changed: dict[str, Any], field: str
) -> None:
    answer = machine.receive(office, **changed)
    assert (answer.status_code, [one["name"] for one in answer.json()["errors"]]) == (400, [field])
    assert not Dossier.objects.exists()


def test_the_same_request_again_has_the_same_answer_and_another_one_is_refused(
    office: Office, machine: Machine
) -> None:
    first, second = machine.receive(office), machine.receive(office)
    assert first.json() == second.json()
    assert machine.receive(office, note="Khác").json()["type"].endswith("#key-used")
    assert machine.receive(office, key="").status_code == 400
    assert Event.objects.count() == 1


@pytest.mark.parametrize(
    "spoil",
    [
        lambda key: "",
        lambda key: f"Bearer {key[:-1]}{'A' if key[-1] != 'A' else 'B'}",
        lambda key: f"Basic {key}",
        lambda key: "Bearer mc_\u00e9",
        lambda key: ApiKey.objects.update(ends_at=clock.now()) and f"Bearer {key}",
        lambda key: ApiKey.objects.update(networks="203.0.113.0/24") and f"Bearer {key}",
        lambda key: User.objects.filter(is_machine=True).update(is_active=False) and f"Bearer {key}",
    ],
    ids=["none", "secret", "scheme", "letters", "ended", "network", "account"],
)  # fmt: skip
def test_a_key_that_is_not_good_opens_nothing(
    office: Office, machine: Machine, spoil: Callable[[str], str]
) -> None:
    answer = machine.client.get(ADDRESS, headers={"authorization": spoil(machine.key)})
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")


def test_a_key_says_when_it_was_used_and_asks_so_often_a_minute(office: Office, machine: Machine) -> None:
    ApiKey.objects.update(a_minute=2)
    assert [machine.ask(ADDRESS).status_code for _time in range(3)] == [200, 200, 429]
    assert ApiKey.objects.get().used_at == clock.now()


def test_two_keys_live_while_one_takes_the_place_of_the_other(machine: Machine) -> None:
    old, machine.key = machine.key, api_keys.create(machine.user, days=1)
    with pytest.raises(api_keys.Refused):
        api_keys.create(machine.user)
    assert api_keys.revoke(machine.user, old.split("_")[1])
    assert not api_keys.revoke(machine.user, old.split("_")[1])
    assert machine.ask(ADDRESS).status_code == 200
    with clock.frozen(clock.now() + timedelta(days=2)):
        assert machine.ask(ADDRESS).status_code == 401


def test_the_old_key_lives_a_week_beside_the_one_in_its_place(machine: Machine) -> None:
    ApiKey.objects.update(networks="127.0.0.0/8", a_minute=60, ends_at=clock.now() + timedelta(days=100))
    old, machine.key = machine.key, api_keys.rotate(machine.user)
    assert {(key.networks, key.a_minute) for key in ApiKey.objects.all()} == {("127.0.0.0/8", 60)}
    for days, goes_on in ((6.9, True), (7.1, False)):
        with clock.frozen(clock.now() + timedelta(days=days)):
            assert (bool(api_keys.find(old, "127.0.0.1")), machine.ask(ADDRESS).status_code) == (goes_on, 200)
    with pytest.raises(api_keys.Refused):
        api_keys.rotate(machine.user)


def test_an_operator_makes_keys_sees_them_and_ends_them(office: Office) -> None:
    def run(what: str, *more: str, account: str = "he-thong") -> str:
        out = StringIO()
        call_command("api_key", what, "daklak", "--account", account, *more, stdout=out)
        return out.getvalue().strip()

    key = run("create", "--role", "clerk", "--agency", office.desk.code)
    machine = User.objects.get(username="he-thong")
    assert (api_keys.find(key, "203.0.113.5"), machine.has_usable_password()) == (ApiKey.objects.get(), False)
    assert machine.assignments.get().agency == office.desk
    assert run("list").startswith(key.split("_")[1])
    new = run("rotate").split("_")[1]
    assert [line.split()[0] for line in run("list").splitlines()] == [key.split("_")[1], new]
    assert run("revoke", "--key", key.split("_")[1]).startswith(new)
    for what, more, account in (
        ("create", (), office.clerk.username), ("create", (), "tên có dấu cách"), ("create", ("--role", "clerk"), "moi"),
        ("create", ("--role", "clerk", "--agency", "H15.99"), "moi"), ("create", ("--networks", "abc"), "moi"),
        ("list", (), office.clerk.username), ("rotate", (), "moi"), ("revoke", ("--key", "abc"), "he-thong"),
    ):  # fmt: skip
        with pytest.raises(CommandError):
            run(what, *more, account=account)
    assert not User.objects.filter(username="moi").exists()
