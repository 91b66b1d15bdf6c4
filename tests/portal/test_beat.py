"""The process of the schedule."""

import os
import subprocess
import sys
from typing import Any

from celery import Celery
from django.conf import settings

from portal.celery import configure

PROGRAM = """
from portal.beat import app
from django.apps import apps
app.loader.init_worker()
print(len(app.conf.beat_schedule) > 0, apps.ready)
import sys
print([name for name in sys.modules if name.startswith(("dossiers.", "messaging.", "procedures."))])
"""


def test_it_loads_no_room() -> None:
    environment = {**os.environ, "PYTHONPATH": str(settings.BASE_DIR)}
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, env=environment, check=True
    )
    assert ran.stdout.split("\n") == ["True False", "[]", ""]


def test_settings_are_read_once_where_the_first_thing_is_to_send() -> None:
    app, reads = Celery(fixups=[], set_as_current=False), []

    @app.on_configure.connect(weak=False)
    def read(**kwargs: Any) -> None:
        reads.append(1)
        configure(app)

    assert app.amqp.router is not None
    assert (app.conf.task_acks_late, len(reads)) == (True, 1)
