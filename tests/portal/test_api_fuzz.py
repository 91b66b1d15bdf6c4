"""The API under thousands of requests made from its schema, good and bad: never a fault of ours.

All phases of Schemathesis: examples, coverage of boundaries, fuzzing, and chains of calls.
"""

import copy
import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events, from_schema
from schemathesis.engine.run import TESTING_PHASES

import portal.api
from dossiers.lifecycle import actions as services
from dossiers.lookup import limited_lookup
from dossiers.statistics.periods import Period
from dossiers.statistics.snapshots import refresh
from tenants import clock
from tenants.accounts import api_keys
from tests.deep import DEEP
from tests.dossiers.exchange.conftest import SOURCE, connected
from tests.factories import AssignmentFactory, Office, ProcedureFactory, UserFactory
from tests.one_connection import OneConnection, one_connection

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "100" if DEEP else "50"))
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)
CONFIG = {
    "workers": 1,
    "generation": {"max-examples": EXAMPLES, "deterministic": True, "database": "none"},
    # Chains of three calls: there is nothing here that a fourth could reach.
    "phases": {"stateful": {"max-steps": 3}},
    "checks": {"enabled": False, **{name: {"enabled": True} for name in CHECKS}},
}


@pytest.fixture
def door(office: Office) -> Iterator[OneConnection]:
    with one_connection() as made:
        yield made


@pytest.fixture
def known_dossier(office: Office, monkeypatch: pytest.MonkeyPatch) -> services.Received:
    """The schema's example names a dossier that exists, so that some of the noise gets past the first door."""
    received = services.receive(office.intake(), actor=office.clerk)
    refresh(Period.month(clock.today()))
    ProcedureFactory(code="1.001193", name="Đăng ký khai sinh", short_name="Khai sinh")
    whole = copy.deepcopy(portal.api.schema("vi"))
    body = whole["paths"]["/api/v1/lookup/"]["post"]["requestBody"]["content"]["application/json"]
    body["examples"] = {"known": {"value": {"code": received.dossier.code, "key": received.key}}}
    monkeypatch.setattr(portal.api, "schema", lambda language: whole)
    return received


def at(door: OneConnection) -> Any:
    """The schema as the tool reads it at this door."""
    return schemathesis.openapi.from_wsgi(
        "/api/v1/schema/", door, config=SchemathesisConfig.from_dict(CONFIG)
    )


def tried(found: Any) -> tuple[set[Any], list[str]]:
    """The phases that this schema was tried in, and what was wrong."""
    seen, wrong = set(), []
    for event in from_schema(found).execute():
        match event:
            case events.ScenarioFinished():
                seen.add(event.phase)
                if event.status is Status.FAILURE:
                    wrong += [
                        f"{event.phase}: {check.name}: {check.failure_info.failure}"
                        for checks in event.recorder.checks.values()
                        for check in checks
                        if check.status is Status.FAILURE
                    ]
            case events.NonFatalError():
                wrong.append(f"{event.phase}: {event.label}: {event.value}")
            case events.FatalError():
                raise event.exception
    return seen, wrong


@pytest.mark.sampled
def test_no_request_is_a_fault_of_ours(door, known_dossier, monkeypatch):
    for name in ("PER_CODE_HERE", "PER_CODE", "PER_ADDRESS", "PER_PROVINCE", "MOST_PER_PROVINCE"):
        monkeypatch.setattr(limited_lookup, name, 10**9)
    seen, wrong = tried(at(door))
    assert door.faults == []
    assert wrong == []
    assert set(TESTING_PHASES) <= seen
    assert sum(door.answers.values()) > 3 * EXAMPLES
    assert {200, 400, 404} <= set(door.answers)


@pytest.mark.deep
def test_no_request_with_a_key_is_a_fault_of_ours(door, office, known_dossier):
    """A clerk and leader of the dossier's agencies, and a system that feeds; each at the addresses of machines."""
    machine = UserFactory(is_machine=True, is_staff=False)
    for agency, role in ((office.desk, "clerk"), (office.department, "leader")):
        AssignmentFactory(user=machine, agency=agency, role=role)
    key = api_keys.create(machine, a_minute=api_keys.MOST_A_MINUTE)
    feed = api_keys.create(connected(office).account, a_minute=api_keys.MOST_A_MINUTE)
    door.keys = {"/api/v1/dossiers/": key, "/api/v1/events/": key, "/api/v1/feeds/": feed}
    known = {"code": known_dossier.dossier.code, "source": SOURCE, "If-Match": '"1"'}
    for path, methods in portal.api.schema("vi")["paths"].items():
        for operation in methods.values() if path.startswith(tuple(door.keys)) else ():
            for one in operation.get("parameters", ()):
                if one["name"] in known:
                    one["example"] = known[one["name"]]
    found = at(door).include(path_regex="^/api/v1/(dossiers|events|feeds)/")
    _seen, wrong = tried(found)
    assert door.faults == []
    assert wrong == []
    assert {200, 400, 403, 404, 415, 428} <= set(door.answers)
    assert 401 not in door.answers
