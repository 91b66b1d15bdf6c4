"""RSGI entry point: `python -m portal.server` serves it."""

from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.db import close_old_connections

from portal.server.application import PAGES, Application, Wanted, answers_folder
from portal.wsgi import application as pages

# Models, which they ask, are there once the pages are.
from portal.monitoring import health  # isort: skip
from tenants.web import telemetry  # isort: skip
from portal.server import places  # isort: skip


def want(environ: dict[str, Any]) -> Wanted | None:
    """Like `places.want`, outside a request of Django's: a broken connection is replaced first."""
    close_old_connections()
    return places.want(environ)


application = Application(
    pages,
    threads={PAGES: (settings.WEB_THREADS, max(1, settings.WEB_THREADS - 1)), **places.THREADS},
    short=(PAGES, places.STAFF_PAGES, places.SEARCHES, places.CALLBACKS),
    places=SimpleNamespace(
        sort=places.sort, sender=places.sender, want=want, take=places.take, leave=places.leave
    ),
    note_wait=telemetry.page_waited,
    fault=health.fault_here,
    folder=answers_folder(),
)
