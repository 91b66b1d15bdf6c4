"""The schedule alone, for `celery -A portal.beat beat`: it sends names of tasks, and needs neither tasks nor models."""

import gc
import logging.config
from typing import Any

from celery import Celery, signals
from django.conf import settings

from portal import GC_THRESHOLD
from portal.celery import configure

gc.set_threshold(*GC_THRESHOLD)

# Without Django's fixup, which loads every application.
app = Celery("mot-cua", fixups=[])
app.on_configure.connect(lambda **kwargs: configure(app), weak=False)


@signals.setup_logging.connect(weak=False)
def _log_as_django_does(**kwargs: Any) -> None:
    logging.config.dictConfig(settings.LOGGING)
