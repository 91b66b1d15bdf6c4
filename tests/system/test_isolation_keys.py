"""Every address of machines that the schema names × keys that have no business there: nothing comes out or changes."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from portal.api import schema
from tenants import clock
from tenants.accounts import api_keys
from tenants.accounts.models import ApiKey, User
from tenants.isolation.context import province_context
from tenants.organisation.models import Agency
from tests.dossiers.lifecycle.files import samples
from tests.factories import AssignmentFactory, UserFactory
from tests.system.addresses import Address
from tests.system.test_isolation import both, tells
from tests.system.worlds import OTHER, World, fingerprint


@dataclass(frozen=True)
class Door:
    """One operation of the schema that a key opens."""

    method: str
    path: str
    sent: Any

    def ask(self, world: World, key: str, of: World | None = None) -> Any:
        """What this province answers to the key, about a dossier `of` it or of the other one."""
        of = of or world
        with province_context(of.slug):
            path = Address(self.path.replace("{", "<").replace("}", ">")).path(of)
        headers = {"authorization": f"Bearer {key}"}
        if self.method == "get":
            return world.client().get(path, headers=headers)
        headers |= {"if-match": '"2"', "idempotency-key": f"may-{len(self.path)}-0001"}
        if self.sent is None:
            file = {"file": samples.upload(samples.png(), "a.png"), "kind": "paper"}
            return world.client().post(path, file, headers=headers)
        return world.client().post(path, json.dumps(self.sent), "application/json", headers=headers)


def doors() -> Iterator[Door]:
    """All of them, found by walking the schema: a new one is in the matrix by existing."""
    for path, methods in schema("vi")["paths"].items():
        for method, operation in methods.items():
            if any("machine" in one for one in operation.get("security", ())):
                content = operation.get("requestBody", {}).get("content", {})
                examples = content.get("application/json", {}).get("examples", {})
                (example,) = examples.values() or [{"value": None}]
                yield Door(method, path, example["value"])


def machine_at(world: World, agency: Agency, role: str = "clerk") -> User:
    machine: User = UserFactory(username=f"may-{agency.pk}", is_machine=True, is_staff=False)
    AssignmentFactory(user=machine, agency=agency, role=role)
    return machine


@both
def test_a_key_finds_nothing_of_another_agency_or_province(twins: dict[str, World], slug: str) -> None:
    here, there = twins[slug], twins[OTHER[slug]]
    with province_context(there.slug):
        foreign = api_keys.create(machine_at(there, there.office.desk))
    with province_context(slug):
        own = api_keys.create(machine_at(here, here.office.desk))
        stranger = api_keys.create(machine_at(here, here.stranger.assignments.get().agency, "leader"))
        before = fingerprint()["events"]
    told = set()
    for door in doors():
        nobody = door.ask(here, foreign)
        assert (nobody.status_code, tells(nobody, here.canary)) == (401, False), door
        for of in (here, there):
            answer = door.ask(here, stranger, of)
            assert answer.status_code < 500, door
            assert "{code}" not in door.path or answer.status_code == 404, door
            found = here.secret, here.dossier.code, there.dossier.code, there.canary
            assert not any(tells(answer, word) for word in found), door
        if tells(door.ask(here, own) if door.method == "get" else nobody, here.dossier.code):
            told.add(door.path)
        with province_context(slug):
            assert fingerprint()["events"] == before, door
    assert {"/api/v1/dossiers/", "/api/v1/dossiers/{code}/"} <= told, "there was something to see"


@both
def test_an_ended_key_and_the_old_one_of_two_open_no_door(twins: dict[str, World], slug: str) -> None:
    here = twins[slug]
    with province_context(slug):
        machine = machine_at(here, here.office.desk)
        ended = api_keys.create(machine, days=1)
        ApiKey.objects.update(ends_at=clock.now())
        old, new = api_keys.create(machine), api_keys.create(machine)
        assert api_keys.revoke(machine, old.split("_")[1])
    found = list(doors())
    for door in found:
        for key in (ended, old, old[:30] + new[30:], ""):
            assert door.ask(here, key).status_code == 401, door
        assert door.method != "get" or door.ask(here, new).status_code == 200, door
    assert len(found) > 8
