"""/metrics: what happened, added up over all processes, and how things stand, asked of the database now."""

import logging
from collections.abc import Iterator

from django.conf import settings
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

from dossiers.exchange import webhooks
from dossiers.filing import expiry
from messaging.delivery import monitoring
from tenants import clock
from tenants.audit import sealer
from tenants.isolation.context import each_province, public_context
from tenants.operations import certificates, disks, processes, replication
from tenants.operations.backup import history
from tenants.web import telemetry

log = logging.getLogger(__name__)

# The oldest wording of the format: every Prometheus reads it.
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_LANE = ("channel", "account")
Value = tuple[str, float, tuple[str, ...]]
"""Name of a gauge, its number, its labels."""
# By name: what it says, and its labels besides the province.
_GAUGES: dict[str, tuple[str, tuple[str, ...]]] = {
    "province_read": ("Whether the state of this province could be read.", ()),
    "calls_open": ("People to be told by telephone that nobody has told yet.", ()),
    "inbound_waiting": ("Callbacks that are stored and not worked off.", ()),
    "channel_without_account": (
        "A channel is switched on and this province has no account that it can use.",
        ("channel",),
    ),
    "way_resting": (
        "1 while the account may not use this way of the lane; absent while it may.",
        (*_LANE, "way"),
    ),
    "lane_waiting": ("Messages that are not finished.", _LANE),
    "lane_due": ("Messages that should be on their way by now.", _LANE),
    "lane_oldest_due_seconds": ("How long the first due message has waited; 0 when none is due.", _LANE),
    "lane_resting": ("1 while the channel or the account is in trouble and the lane holds back.", _LANE),
    "lane_paused": ("1 while the lane is paused by hand.", _LANE),
    "lane_budget_left": ("Messages that may still be sent this month; absent without a budget.", _LANE),
    "lane_dead": ("Messages given up in the last 24 hours.", _LANE),
    "backup_age_seconds": ("How long ago the province was backed up.", ()),
    "restore_age_seconds": ("How long ago a backup of the province was restored or rehearsed.", ()),
    "unsealed_age_seconds": (
        "How long the oldest event has waited for its position in the log; 0 when none waits.",
        (),
    ),
    "webhooks_paused": (
        "Addresses for events that refused for a day, so that nothing is sent to them until a person resumes it.",
        (),
    ),
    "draft_proven": ("Drafts that are not filed, of a number that a code has proven.", ()),
    "draft_unproven": ("Drafts that are not filed, of a number that no code has proven.", ()),
    "draft_files": ("Files of drafts that are not filed.", ()),
    "draft_bytes": ("Bytes of these files.", ()),
}
# Of the installation as a whole; the last three are of the machine that is asked, or of each.
_WHOLE: dict[str, tuple[str, tuple[str, ...]]] = {
    "database_leader": ("1 for the machine that takes writes; absent while none does.", ("node",)),
    "database_standbys": ("Standbys that follow the leader.", ()),
    "database_standbys_missing": ("Standbys that should follow the leader and do not.", ()),
    "replication_lag_bytes": ("What this standby has yet to take over.", ("node",)),
    "replication_lag_seconds": (
        "How far this standby is behind; absent where it may not be read.",
        ("node",),
    ),
    "beat_held": ("1 while a beat holds the lock and sends what falls due.", ()),
    "process_silent_seconds": (
        "How long no process of this kind has given a sign of life; +Inf without a session.",
        ("process",),
    ),
    "process_machines": ("Machines on which this kind of process has a session.", ("process",)),
    "certificate_days": ("Days until the certificate of this host ends; negative once it has.", ("host",)),
    "disk_free_bytes": ("Free space for this folder.", ("folder",)),
    "disk_bytes": ("All space of the disk of this folder.", ("folder",)),
    "build_info": ("1; the version of the code.", ("version",)),
}
GAUGES = {name: (text, ("province", *labels)) for name, (text, labels) in _GAUGES.items()} | _WHOLE
"""By name: what each gauge says, and its labels."""


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
        gauges = {
            name: GaugeMetricFamily(f"motcua_{name}", text, labels=labels)
            for name, (text, labels) in GAUGES.items()
        }
        for name, value, labels in (*_states(), *_of_provinces(), *_of_the_whole()):
            gauges[name].add_metric(labels, value)
        yield from gauges.values()


def _states() -> Iterator[Value]:
    for office in _offices():
        slug = office.slug
        yield "province_read", not office.error, (slug,)
        if office.error:
            continue
        yield "calls_open", office.calls_open, (slug,)
        yield "inbound_waiting", office.inbound_waiting, (slug,)
        for code in office.without_account:
            yield "channel_without_account", 1, (slug, code)
        for lane in office.lanes:
            place = (slug, lane.channel, lane.account)
            yield "lane_waiting", lane.waiting, place
            yield "lane_due", lane.due, place
            yield "lane_oldest_due_seconds", lane.oldest.total_seconds() if lane.oldest else 0, place
            yield "lane_resting", lane.holds_back, place
            yield "lane_paused", lane.paused, place
            yield "lane_dead", lane.dead, place
            if lane.budget_left is not None:
                yield "lane_budget_left", lane.budget_left, place
            for way in lane.ways:
                yield "way_resting", 1, (*place, way.code)


def _of_provinces() -> Iterator[Value]:
    """Ages of the last backup and of the last restoring; a province that never had one is as old as time. What has been
    left in drafts that are not filed. How far the sealer is behind."""
    try:
        with public_context():
            now = clock.now()
            # A province that only gets ready has nothing yet that could be lost.
            for province in each_province(states=("pilot", "live", "paused")):
                place = (province.slug,)
                for name, entry in (("backup", history.last(history.MADE)), ("restore", history.proved())):
                    age = (now - entry.at).total_seconds() if entry else float("inf")
                    yield f"{name}_age_seconds", age, place
                yield "unsealed_age_seconds", sealer.waiting_seconds(), place
                yield "webhooks_paused", webhooks.paused(), place
                for name, value in expiry.kept().items():
                    yield f"draft_{name}", value, place
    except Exception:
        log.exception("backups, drafts and logs of the provinces")


def _of_the_whole() -> Iterator[Value]:
    yield "build_info", 1, (settings.VERSION,)
    for folder, (free, total) in disks.free_space().items():
        yield "disk_free_bytes", free, (folder,)
        yield "disk_bytes", total, (folder,)
    for host, end in certificates.known().items():
        yield "certificate_days", (end - clock.now()).total_seconds() / 86_400, (host,)
    try:
        for kind, life in processes.signs_of_life().items():
            yield "process_silent_seconds", life.seconds, (kind,)
            yield "process_machines", life.machines, (kind,)
        yield "beat_held", bool(processes.beat_holder()), ()
    except Exception:
        log.exception("signs of life")
        return
    cluster = replication.look()
    if cluster.leader:
        yield "database_leader", 1, (cluster.leader,)
    yield "database_standbys", len(cluster.following), ()
    yield "database_standbys_missing", cluster.missing, ()
    for standby in cluster.following:
        if standby.lag_bytes is not None:
            yield "replication_lag_bytes", standby.lag_bytes, (standby.name,)
        if standby.lag_seconds is not None:
            yield "replication_lag_seconds", standby.lag_seconds, (standby.name,)


def _offices() -> tuple[monitoring.ProvinceStatus, ...]:
    """Nothing when the database is away: the counts are shown all the same."""
    try:
        with public_context():
            return monitoring.report().offices
    except Exception:
        log.exception("state of the provinces")
        return ()


def exposition() -> bytes:
    """The text that Prometheus reads. Costs twelve statements for each province."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_CountCollector())
    registry.register(_StateCollector())
    return bytes(generate_latest(registry))
