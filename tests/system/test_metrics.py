"""/metrics as Prometheus reads it: counts of several processes, gauges of all provinces, nothing of people."""

import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from messaging.channels.base import Account, OutgoingMessage, registry
from messaging.channels.models import Lane, WayRest
from messaging.contacts.models import Contact
from messaging.delivery import monitoring
from messaging.outbox.models.messages import Message
from tenants.audit.models import Unsealed
from tenants.web import telemetry
from tests.messaging.conftest import NUMBER, ScriptedChannel, contact, scripted, write  # noqa: F401

pytestmark = pytest.mark.usefixtures("counts")


@pytest.fixture
def counts(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Counting begins anew, in a folder of this test's own."""
    settings.METRICS_DIR = tmp_path / "metrics"
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(settings.METRICS_DIR))
    monkeypatch.setattr(telemetry, "_made", {})
    return settings.METRICS_DIR


def text() -> str:
    response = Client(headers={"host": "localhost"}).get("/metrics")
    assert response.status_code == 200
    return response.content.decode()


def values() -> dict[str, float]:
    """`name{label="value",…}` → number, labels in alphabetical order."""
    return {
        f"{sample.name}{sorted(sample.labels.items())}": sample.value
        for family in text_string_to_metric_families(text())
        for sample in family.samples
    }


def value(name: str, **labels: str) -> float | None:
    return values().get(f"{name}{sorted(labels.items())}")


def test_attempts_hints_and_callbacks_are_counted_by_what_they_came_to(db: None) -> None:
    telemetry.attempted("daklak", "sms", "permanent", "bad_address", 0.2)
    telemetry.hint_failed()
    telemetry.inbound("sms", "refused")
    labels = {"province": "daklak", "channel": "sms", "outcome": "permanent", "reason": "bad_address"}
    assert value("motcua_attempts_total", **labels) == 1
    assert value("motcua_hints_failed_total") == 1
    assert value("motcua_inbound_total", channel="sms", result="refused") == 1


def test_delays_are_counted_up_to_what_is_promised(db: None) -> None:
    telemetry.accepted("daklak", -0.001)
    assert value("motcua_notice_delay_seconds_sum", province="daklak") == 0, "below nothing is nothing"
    for number, bound in enumerate(("1.0", "10.0", "60.0")):
        telemetry.accepted("daklak", timedelta(seconds=float(bound)))
        telemetry.accepted("daklak", float(bound) + 0.01)
        assert value("motcua_notice_delay_seconds_bucket", province="daklak", le=bound) == 2 + 2 * number


def in_another_process() -> None:
    """Counts a hint in a child of this process and waits for its end."""
    child = os.fork()
    if not child:
        telemetry.hint_failed()
        os._exit(0)
    os.waitpid(child, 0)


def test_processes_are_added_up_and_a_later_one_goes_on_in_the_files_of_a_dead_one(db, counts):
    telemetry.hint_failed()
    in_another_process()
    assert value("motcua_hints_failed_total") == 2
    files = sorted(path.name for path in counts.iterdir())
    in_another_process()
    assert (sorted(path.name for path in counts.iterdir()), value("motcua_hints_failed_total")) == (files, 3)


def test_a_folder_that_cannot_be_made_stops_nothing(db: None, settings: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings.METRICS_DIR = tmp_path / "file" / "metrics"
    telemetry.hint_failed()
    assert value("motcua_province_read", province="daklak") == 1


# --- Gauges


@pytest.fixture
def message(contact: Contact, scripted: ScriptedChannel) -> Message:  # noqa: F811
    return write(contact)


def lane_value(name: str) -> float | None:
    return value(f"motcua_lane_{name}", province="daklak", channel="scripted", account="chinh")


def test_lanes_show_what_waits_and_for_how_long_rest_pause_and_what_is_left(message: Message) -> None:
    Message.objects.update(next_attempt_at=Now() - timedelta(minutes=6))
    assert (lane_value("waiting"), lane_value("due")) == (1, 1)
    assert lane_value("oldest_due_seconds") == pytest.approx(360, abs=20)
    names = ("resting", "paused", "budget_left")
    before = [lane_value(name) for name in names]
    Lane.objects.update(rests=1, state="paused", monthly_budget=7)
    assert (before, [lane_value(name) for name in names]) == ([0, 0, None], [1, 1, 7])


class TwoWays(ScriptedChannel):
    ways = ("chat", "by_phone")

    def way_of(self, account: Account, message: OutgoingMessage) -> str:
        return next((way for way in self.ways if way not in message.ways_resting), "")


@pytest.mark.parametrize("resting", [(), ("by_phone",), ("chat", "by_phone")])
def test_ways_that_rest_are_shown_and_a_lane_without_another(message, monkeypatch, resting):
    monkeypatch.setitem(registry._channels, TwoWays.code, TwoWays())
    rest = {"rests": 1, "rests_until": Now() + timedelta(hours=1), "trouble_since": Now()}
    for way in resting:
        WayRest.objects.create(lane=message.lane, way=way, **rest)
    lane = {"province": "daklak", "channel": "scripted", "account": "chinh"}
    shown = {way for way in TwoWays.ways if value("motcua_way_resting", **lane, way=way)}
    assert (shown, lane_value("resting")) == (set(resting), float(len(resting) == 2))


def test_how_far_the_log_of_events_is_behind_is_shown(province: object) -> None:
    assert value("motcua_unsealed_age_seconds", province="daklak") == 0
    Unsealed.objects.create(source="dossiers_event", row_id=1, since=Now() - timedelta(seconds=90))
    assert value("motcua_unsealed_age_seconds", province="daklak") == pytest.approx(90, abs=30)


def test_a_province_in_trouble_hides_no_other(message: Message, monkeypatch: pytest.MonkeyPatch) -> None:
    healthy = monitoring.lanes

    def broken_here() -> list[monitoring.LaneStatus]:
        if connection.schema_name == "daklak":  # type: ignore[attr-defined]
            raise RuntimeError("hỏng")
        return healthy()

    monkeypatch.setattr(monitoring, "lanes", broken_here)
    seen = values()
    read = {slug: seen[f"motcua_province_read{[('province', slug)]}"] for slug in ("daklak", "dongnai")}
    assert read == {"daklak": 0, "dongnai": 1}


def test_counts_are_shown_when_no_province_can_be_read(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monitoring, "report", lambda: (_ for _ in ()).throw(ConnectionError()))
    telemetry.hint_failed()
    assert value("motcua_hints_failed_total") == 1


def test_nothing_of_a_person_is_shown_and_who_asks_from_a_province_is_still_there(message: Message) -> None:
    assert not re.search(rf"{NUMBER}|Nguyễn|H15\.08-", text())
    assert connection.schema_name == "daklak"  # type: ignore[attr-defined]
