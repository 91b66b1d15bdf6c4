"""Sweeping: finding the provinces, and the lanes in them, with due work."""

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from django.db import close_old_connections, connections

from messaging.broadcasts.sending import articles
from messaging.broadcasts.sending.runner import go_on as publications_go_on
from messaging.channels.lanes.lanes import SESSION_ENDED
from messaging.channels.states import LIVE, UNSENT, State
from messaging.delivery.relay.housekeeping import tidy
from tenants.audit import sealer
from tenants.isolation import work_discovery
from tenants.isolation.context import province_context
from tenants.isolation.province_cache import ProvinceRecord, UnknownProvince
from tenants.web.telemetry import note_failure

# A lane that no relay holds has something to send or to ask about. The number is the lane's.
LANE = "messaging.lane"
# A channel told us something. The number is the event's.
INBOUND = "messaging.inbound"
# Somebody wrote and may be answered. The number is that of what they wrote.
HEARD = "messaging.heard"
# A message was not sent in time. The number is the message's.
EXPIRED = "messaging.expired"
# A broadcast has to go on. The number is the publication's.
BROADCAST = "messaging.broadcast"


def _lanes() -> str:
    """Lanes that are active, free and awake, and since when the first of their messages is due.

    Planning is what this costs, not reading: two subqueries for each lane are planned four times faster than
    two SELECTs over the lanes.
    """
    to_send = _first_due(f"state IN ({_quoted(LIVE)})")
    to_ask = _first_due(f"state = '{State.ACCEPTED}' AND finished_at IS NULL")
    return f"""
        SELECT lane.id, least(to_send.due, to_ask.due)
        FROM {{schema}}.channels_lane lane
        LEFT JOIN LATERAL {to_send} AS to_send (due) ON true
        LEFT JOIN LATERAL {to_ask} AS to_ask (due) ON true
        WHERE lane.state = 'active' AND coalesce(to_send.due, to_ask.due) IS NOT NULL
          AND (lane.lease_until IS NULL OR lane.lease_until <= statement_timestamp() OR {SESSION_ENDED})
          AND (lane.rests_until IS NULL OR lane.rests_until <= statement_timestamp())
    """  # noqa: S608 – names of the code


def _first_due(waits: str) -> str:
    return f"""(
            SELECT next_attempt_at FROM {{schema}}.messaging_message
            WHERE lane_id = lane.id AND {waits} AND next_attempt_at <= statement_timestamp()
            ORDER BY next_attempt_at LIMIT 1
        )"""  # noqa: S608 – names of the code


def _oldest(table: str, since: str, waits: str) -> str:
    return f"""
        (SELECT id, {since} FROM {{schema}}.{table}
         WHERE {waits} AND {since} <= statement_timestamp() ORDER BY {since} LIMIT 1)
    """  # noqa: S608 – names of the code


def _quoted(states: tuple[State, ...]) -> str:
    return ", ".join(f"'{state}'" for state in states)


DUE_WORK = {
    LANE: _lanes(),
    INBOUND: _oldest("inbound_webhookevent", "next_try_at", "state = 'new'"),
    HEARD: _oldest("inbound_incomingmessage", "answer_due_at", "answer_due_at IS NOT NULL"),
    BROADCAST: _oldest("broadcasts_publication", "next_step_at", "next_step_at IS NOT NULL"),
    sealer.UNSEALED: _oldest("audit_unsealed", "since", "true"),
    EXPIRED: _oldest("messaging_message", "expires_at", f"state IN ({_quoted(UNSENT)})"),
}
"""What is looked for in each province: see `work_discovery.create_statement`."""
log = logging.getLogger(__name__)

_unreadable: set[str] = set()
# What the lanes do not see to themselves.
_TO_TIDY = frozenset({INBOUND, HEARD, EXPIRED})


def with_work(go_on: Callable[[str], None]) -> Iterator[ProvinceRecord]:
    """Enter each province in which a lane may have something due, the longest waiting first.

    One statement looks through all provinces; it may find too much, so look again inside the province. What
    no lane sees to (stale messages, callbacks, positions in the log) is seen to on the way. Where a broadcast is to be gone on with,
    `go_on` is told the province's name.
    """
    found: dict[str, set[str]] = {}
    unreadable: set[str] = set()
    for one in work_discovery.due_work():
        if one.what == work_discovery.UNREADABLE:
            # Being migrated or damaged: entering it would hold up all others.
            unreadable.add(one.schema)
            continue
        found.setdefault(one.schema, set()).add(one.what)
    _name_once(unreadable)
    for slug, what in found.items():
        try:
            with province_context(slug) as province:
                if sealer.UNSEALED in what:
                    attempt("seal", partial(sealer.seal, slug), slug)
                if what & _TO_TIDY:
                    attempt("tidy", tidy, slug)
                if BROADCAST in what:
                    go_on(slug)
                yield province
        except UnknownProvince:
            # Archived since.
            continue


def attempt(name: str, work: Callable[[], object], slug: str) -> None:
    """A failure is noted, and holds up nothing else."""
    try:
        work()
    except Exception:
        note_failure(name, slug)


def _name_once(unreadable: set[str]) -> None:
    for slug in sorted(unreadable - _unreadable):
        log.warning("%s cannot be looked through now", slug)
    _unreadable.clear()
    _unreadable.update(unreadable)


WORKS: dict[str, Callable[[], object]] = {"broadcasts": publications_go_on, "articles": articles.work_off}


class Beside:
    """Goes on with broadcasts in a thread with a connection of its own, so that no lane waits for it; and with their
    articles in another, so that no broadcast waits for a provider. The queue may be down."""

    def __init__(self) -> None:
        self._pools = {name: ThreadPoolExecutor(1, thread_name_prefix=name) for name in WORKS}
        self._going: dict[tuple[str, str], Future[None]] = {}

    def __call__(self, slug: str) -> None:
        """Begin, unless it goes on already."""
        for name, pool in self._pools.items():
            going = self._going.get((name, slug))
            if going is None or going.done():
                self._going[name, slug] = pool.submit(self._do, name, slug)

    def end(self) -> None:
        """Wait for the steps that are being taken."""
        for going in self._going.values():
            going.cancel()
        for pool in self._pools.values():
            pool.submit(connections.close_all)
            pool.shutdown()

    @staticmethod
    def _do(name: str, slug: str) -> None:
        close_old_connections()
        try:
            with province_context(slug):
                WORKS[name]()
        except Exception:
            log.exception("%s of %s", name, slug)
