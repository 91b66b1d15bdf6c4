"""Structured events: what they look like, and that nothing of a person gets into them."""

import ast
import io
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

from messaging.channels.base import Outcome, OutcomeKind, Reason
from messaging.contacts.models import Contact
from messaging.delivery import lane_loop
from portal.monitoring import logs
from tenants.isolation.province_cache import ProvinceRecord
from tenants.web import telemetry
from tests.messaging.conftest import NUMBER, SUBJECT, ScriptedChannel, agreed, write
from tests.system.tree import ROOT

NAME = "Nguyễn Thị Thử"


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[dict[str, Any]]]:
    """What came out on stderr, had this process the log of an installation."""
    made = logs.settings("json")["formatters"]["lines"]
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(made["()"](processors=made["processors"]))
    for name in (telemetry.LOGGER, "messaging"):
        logger = logging.getLogger(name)
        monkeypatch.setattr(logger, "handlers", [handler])
        monkeypatch.setattr(logger, "level", logging.INFO)
    logging.getLogger(telemetry.LOGGER)._cache.clear()  # type: ignore[attr-defined]
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_object_with_its_province(province: ProvinceRecord, lines: Any) -> None:
    telemetry.log("lane.paused", lane=3)
    (line,) = lines()
    assert {name: line[name] for name in ("event", "province", "lane", "level")} == {
        "event": "lane.paused",
        "province": "daklak",
        "lane": 3,
        "level": "info",
    }


def test_what_needs_a_person_is_a_warning(db: None, lines: Any) -> None:
    telemetry.log("lane.rests", lane=3)
    assert lines()[0]["level"] == "warning"


@pytest.mark.parametrize(
    "value", [NUMBER, f"+84{NUMBER[1:]}", "066190000001", NAME, "an.nguyen@example.vn", "Gửi ông/bà", "a b"]
)
def test_a_value_that_may_be_of_a_person_is_hidden(db: None, lines: Any, value: str) -> None:
    telemetry.log("message.failed", code=value)
    assert lines()[0]["code"] == "…"


@pytest.mark.parametrize(
    "value", ["-108", "HTTP_503", "no_account", "sms/chinh", "2026-11-25T10:00:00.123456+07:00"]
)
def test_codes_and_moments_are_shown(db: None, lines: Any, value: str) -> None:
    telemetry.log("message.failed", code=value)
    assert lines()[0]["code"] == value


def test_a_traceback_shows_no_values_of_variables(db: None) -> None:
    made = logs.settings("plain")["formatters"]["lines"]
    formatter = made["()"](processors=made["processors"])
    try:
        secret = "0905" + "000217"
        raise RuntimeError(len(secret))
    except RuntimeError:
        import sys

        record = logging.LogRecord("x", logging.ERROR, "", 0, "hỏng", (), sys.exc_info())
    assert NUMBER not in formatter.format(record)


def test_the_way_of_messages_says_nothing_of_people(
    contact: Contact, scripted: ScriptedChannel, lines: Any, django_capture_on_commit_callbacks: Any
) -> None:
    """One delivered, and one refused with a provider's careless words."""
    careless = f"{NUMBER} {NAME}"
    scripted.answers = [
        Outcome(OutcomeKind.DELIVERED),
        Outcome(OutcomeKind.PERMANENT, careless[:40], careless, reason=Reason.BAD_ADDRESS),
    ]
    first = write(contact)
    write(agreed("0905000218"), "2")
    with django_capture_on_commit_callbacks(execute=True):
        lane_loop.run_lane(first.lane_id)
    said = lines()
    text = json.dumps(said, ensure_ascii=False)
    assert {"message.accepted", "message.failed"} <= {line["event"] for line in said}
    assert not [secret for secret in (NUMBER, NAME, SUBJECT, "Kính gửi") if secret in text]


def calls() -> list[tuple[str, str | None, set[str]]]:
    """(place, event if it is written out, field names) of every call in the code."""
    found = []
    for path in [
        *ROOT.glob("messaging/**/*.py"),
        *ROOT.glob("portal/**/*.py"),
        *ROOT.glob("dossiers/**/*.py"),
    ]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "telemetry.log":
                first = node.args[0]
                event = first.value if isinstance(first, ast.Constant) else None
                fields = {word.arg for word in node.keywords if word.arg}
                found.append((f"{path.relative_to(ROOT)}:{node.lineno}", event, fields))
    return found


def test_the_code_uses_known_events_and_fields() -> None:
    written = calls()
    assert written
    assert [
        (place, event, sorted(fields - telemetry.FIELDS))
        for place, event, fields in written
        if fields - telemetry.FIELDS or (event is not None and event not in telemetry.EVENTS)
    ] == []
