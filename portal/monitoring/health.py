"""Alive (`/healthz`), ready (`/readyz`), fit for visitors here (`/readyz/here`), how things stand (`/metrics`).

Answered before the host is looked at.

Not ready: the database is away, a province that serves people lacks migrations of this code, no page can be made
because the static files were not collected, or the database server cannot keep provinces apart. All else is reported
and changes nothing: taking web servers away would not make late messages faster.
"""

import ipaddress
import json
import logging
import re
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse

from messaging.delivery import monitoring
from portal.monitoring import metrics
from tenants.isolation import crypto, work_discovery
from tenants.isolation.backend import connection, server
from tenants.isolation.context import public_context
from tenants.isolation.middleware import split_host
from tenants.operations.readiness.installation_checks import page_renders, schemas_behind

log = logging.getLogger(__name__)

# Checks that cost a statement or more for each province run at most this often.
KEEP_SECONDS = 30.0
HERE_SECONDS = 2.0
FAULTS_HERE = ("migrations", "page", "server")
"""Causes of `Readiness` that another machine with the same database need not have."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """The answer to a probe.

    `relay_age_seconds`: for how long something has waited that relay or sweep should have taken up: due, in a
    working lane without a lease. That is their sign of life: a running sweep leaves nothing waiting, whatever
    it runs on and however many there are. A heartbeat in Valkey would be lost with it, one in a file is
    not seen by other machines, one in a table would be a write a second to say that nothing happened; and each
    of them can beat while messages lie. 0 when nothing waits, None when it could not be asked. A lane whose
    monthly budget is spent counts too.
    """

    ready: bool
    cause: str = ""
    server: str = ""
    provinces: int = 0
    without_migrations: dict[str, list[str]] = field(default_factory=dict)
    being_prepared: list[str] = field(default_factory=list)
    relay_age_seconds: float | None = None
    resting: list[str] = field(default_factory=list)
    without_account: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)


_lock = threading.Lock()
_kept: tuple[float, Readiness] | None = None
_here: tuple[float, str] | None = None
_looking: threading.Thread | None = None


def clear_cache() -> None:
    """Ask everything anew at the next probe."""
    global _kept, _here
    _kept = _here = None


def start_web() -> None:
    """What a web server does before the first visitor comes: bound its statements, say what stands in its way.

    It starts although the database is away or a province is behind: `/readyz` keeps visitors away until
    `schemas migrate` has run. With a server that cannot keep provinces apart it ends; one that was away is asked at
    the first connection, and then no page is served.
    """
    crypto.name_process("web")
    if settings.WEB_STATEMENT_SECONDS:
        server.set_limits(server.page_limits(settings.WEB_STATEMENT_SECONDS))
    try:
        server.require()
    except server.UnfitServer as error:
        raise SystemExit(str(error)) from error
    found = probe()
    if not found.ready:
        log.error("not ready: %s %s", found.cause, ", ".join(found.without_migrations))


def probe() -> Readiness:
    """Is the database there now, and what was found out at most KEEP_SECONDS ago."""
    with public_context():
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*), statement_timestamp() FROM tenants_province")
                provinces, now = cursor.fetchone()
        except server.UnfitServer as error:
            return Readiness(False, "server", server=str(error))
        except Exception as error:  # a probe reports any failure, whatever it is
            connection.close()
            return Readiness(False, type(error).__name__)
        return replace(_cached_survey(provinces), relay_age_seconds=_relay_age(now))


def _relay_age(now: datetime) -> float | None:
    """One statement over all provinces, by the database's clock."""
    try:
        waiting = [
            one.oldest
            for one in work_discovery.due_work()
            if one.oldest and one.what.startswith("messaging.")
        ]
    except DatabaseError:
        log.exception("what waits in the provinces")
        return None
    return round(max(((now - oldest).total_seconds() for oldest in waiting), default=0.0), 1)


def _cached_survey(provinces: int) -> Readiness:
    global _kept
    known = _kept
    if known and time.monotonic() - known[0] < KEEP_SECONDS and known[1].provinces == provinces:
        return known[1]
    # One probe looks round; others that come meanwhile answer with what is known.
    if not _lock.acquire(blocking=known is None):
        return known[1] if known else Readiness(False, "starting")
    try:
        found = _survey(provinces)
        _kept = (time.monotonic(), found)
        return found
    except Exception as error:
        log.exception("readiness")
        return Readiness(False, type(error).__name__)
    finally:
        _lock.release()


def _survey(provinces: int) -> Readiness:
    if reason := server.unfit():
        return Readiness(False, "server", server=reason, provinces=provinces)
    lacking, being_prepared = schemas_behind()
    said = monitoring.report()
    cause = "migrations" if lacking else "" if page_renders() else "page"
    return Readiness(
        ready=not cause,
        cause=cause,
        provinces=provinces,
        without_migrations=lacking,
        being_prepared=being_prepared,
        resting=[
            f"{office.slug}/{lane.name}"
            for office in said.offices
            for lane in office.lanes
            if lane.holds_back
        ],
        without_account=[
            f"{office.slug}/{code}" for office in said.offices for code in office.without_account
        ],
        unreadable=[office.slug for office in said.offices if office.error],
    )


def fault_here() -> str:
    """Why this machine should get no visitors, as a cause of `Readiness`; "" for none, or while that is not known.

    Unlike `probe` it does not wait for a database that is away or frozen: all machines would be taken away, and
    with them the page that says so. Answers from what was found before while a look takes longer than HERE_SECONDS.
    """
    global _looking
    if _here is None or time.monotonic() - _here[0] >= KEEP_SECONDS:
        if _looking is None or not _looking.is_alive():
            _looking = threading.Thread(target=_look_here, daemon=True)
            _looking.start()
        _looking.join(HERE_SECONDS)
    return _here[1] if _here else ""


def _look_here() -> None:
    global _here
    found = probe()
    connection.close()
    lacking = found.without_migrations
    # Some provinces behind are no reason to take the pages of all others away.
    is_fit = found.ready or (lacking and "public" not in lacking and len(lacking) < found.provinces)
    if is_fit or found.cause in FAULTS_HERE:
        _here = (time.monotonic(), "" if is_fit else found.cause)


class HealthMiddleware:
    """`/healthz`: the process answers. `/readyz` and `/metrics` answer only requests from inside.

    The server itself answers `/readyz/here`, in no thread of a page.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return HttpResponse("ok\n", content_type="text/plain")
        if request.path in ("/readyz", "/metrics") and self._asked_from_inside(request):
            if request.path == "/metrics":
                return HttpResponse(metrics.exposition(), content_type=metrics.CONTENT_TYPE)
            found = probe()
            return HttpResponse(
                json.dumps(asdict(found), ensure_ascii=False),
                status=200 if found.ready else 503,
                content_type="application/json",
            )
        return self.get_response(request)

    @staticmethod
    def _asked_from_inside(request: HttpRequest) -> bool:
        """Not public: the probe calls the process itself, by the name of its machine and not through the proxy."""
        host, meta = request.META.get("HTTP_HOST", ""), request.META
        if "HTTP_X_FORWARDED_FOR" in meta or "HTTP_FORWARDED" in meta or not _names_machine(host):
            return False
        # In a demonstration on a LAN such a port is a province's.
        if meta.get("SERVER_PORT") in settings.PROVINCE_PORTS:
            return False
        try:
            return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_private
        except ValueError:
            return False


def _names_machine(raw: str) -> bool:
    """Whether a Host header is an IP address, a name without a dot, or none: a province's has one."""
    host, _port = split_host(raw)
    return not raw or bool(_IP_ADDRESS.match(host or raw)) or bool(host and "." not in host)


_IP_ADDRESS = re.compile(r"[0-9.]+\Z|\[[0-9a-f:.]+\](:[0-9]+)?\Z")
