"""RSGI entry point: `python -m portal.server` serves it."""

from django.conf import settings

from portal.server.application import PAGES, Application
from portal.wsgi import application as pages

# Models, which they ask, are there once the pages are.
from messaging import telemetry  # isort: skip
from portal import places  # isort: skip

application = Application(
    pages,
    threads={PAGES: settings.WEB_THREADS, **places.THREADS},
    places=places,
    note_wait=telemetry.page_waited,
)
