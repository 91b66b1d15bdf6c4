"""/metrics: what happened, added up over all processes, and how things stand, asked of the database now."""

import logging
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

from dossiers.filing import expiry
from messaging.delivery import monitoring
from tenants import clock
from tenants.isolation.context import each_province, public_context
from tenants.operations.backup import history
from tenants.web import telemetry

log = logging.getLogger(__name__)

# The oldest wording of the format: every Prometheus reads it.
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_LANE = ("channel", "account")


def _gauge(name: str, text: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"motcua_{name}", text, labels=("province", *labels))


class _CountCollector:
    """Counters and histograms of all processes; nothing when their files cannot be read just now."""

    def collect(self) -> Iterator[Metric]:
        folder = telemetry.folder()
        if not folder.is_dir():
            return
        try:
            yield from MultiProcessCollector(None, str(folder)).collect()
        except Exception:
            log.exception("counts in %s", folder)


class _StateCollector:
    """Gauges. A province that cannot be read has 0 in `motcua_province_read` and hides no other."""

    def collect(self) -> Iterator[Metric]:
        read = _gauge("province_read", "Whether the state of this province could be read.")
        calls = _gauge("calls_open", "People to be told by telephone that nobody has told yet.")
        inbound = _gauge("inbound_waiting", "Callbacks that are stored and not worked off.")
        unusable = _gauge(
            "channel_without_account",
            "A channel is switched on and this province has no account that it can use.",
            "channel",
        )
        ways = _gauge(
            "way_resting",
            "1 while the account may not use this way of the lane; absent while it may.",
            *_LANE,
            "way",
        )
        lanes = {name: _gauge(f"lane_{name}", text, *_LANE) for name, text in _LANES}
        for office in _offices():
            read.add_metric((office.slug,), not office.error)
            if office.error:
                continue
            calls.add_metric((office.slug,), office.calls_open)
            inbound.add_metric((office.slug,), office.inbound_waiting)
            for code in office.without_account:
                unusable.add_metric((office.slug, code), 1)
            for lane in office.lanes:
                for name, value in _values(lane).items():
                    lanes[name].add_metric((office.slug, lane.channel, lane.account), value)
                for way in lane.ways:
                    ways.add_metric((office.slug, lane.channel, lane.account, way.code), 1)
        yield from (read, calls, inbound, unusable, ways, *lanes.values())
        yield from _backups_and_drafts()


def _backups_and_drafts() -> Iterator[Metric]:
    """Ages of the last backup and of the last restoring; a province that never had one is as old as time. What has been
    left in drafts that are not filed."""
    made = _gauge("backup_age_seconds", "How long ago the province was backed up.")
    proved = _gauge("restore_age_seconds", "How long ago a backup of the province was restored or rehearsed.")
    left = {name: _gauge(f"draft_{name}", text) for name, text in _LEFT}
    try:
        with public_context():
            now = clock.now()
            # A province that only gets ready has nothing yet that could be lost.
            for province in each_province(states=("pilot", "live", "paused")):
                for family, entry in ((made, history.last(history.MADE)), (proved, history.proved())):
                    age = (now - entry.at).total_seconds() if entry else float("inf")
                    family.add_metric((province.slug,), age)
                for name, value in expiry.kept().items():
                    left[name].add_metric((province.slug,), value)
    except Exception:
        log.exception("backups and drafts of the provinces")
    yield from (made, proved, *left.values())


_LEFT = (
    ("proven", "Drafts that are not filed, of a number that a code has proven."),
    ("unproven", "Drafts that are not filed, of a number that no code has proven."),
    ("files", "Files of drafts that are not filed."),
    ("bytes", "Bytes of these files."),
)
_LANES = (
    ("waiting", "Messages that are not finished."),
    ("due", "Messages that should be on their way by now."),
    ("oldest_due_seconds", "How long the first due message has waited; 0 when none is due."),
    ("resting", "1 while the channel or the account is in trouble and the lane holds back."),
    ("paused", "1 while the lane is paused by hand."),
    ("budget_left", "Messages that may still be sent this month; absent without a budget."),
    ("dead", "Messages given up in the last 24 hours."),
)


def _values(lane: monitoring.LaneStatus) -> dict[str, float]:
    values = {
        "waiting": lane.waiting,
        "due": lane.due,
        "oldest_due_seconds": lane.oldest.total_seconds() if lane.oldest else 0,
        "resting": lane.holds_back,
        "paused": lane.paused,
        "dead": lane.dead,
    }
    return values if lane.budget_left is None else {**values, "budget_left": lane.budget_left}


def _offices() -> tuple[monitoring.ProvinceStatus, ...]:
    """Nothing when the database is away: the counts are shown all the same."""
    try:
        with public_context():
            return monitoring.report().offices
    except Exception:
        log.exception("state of the provinces")
        return ()


def exposition() -> bytes:
    """The text that Prometheus reads. Costs ten statements for each province."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_CountCollector())
    registry.register(_StateCollector())
    return bytes(generate_latest(registry))
