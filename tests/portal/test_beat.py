"""The process of the schedule."""

import os
import subprocess
import sys
from typing import Any

from celery import Celery
from django.conf import settings

from portal.celery import app, configure

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


def test_it_names_tasks_that_exist() -> None:
    """One that no worker knows would be thrown away there, each time."""
    app.loader.import_default_modules()
    named = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert named <= set(app.tasks)
    assert len(named) > 10


def test_settings_are_read_once_where_the_first_thing_is_to_send() -> None:
    celery, reads = Celery(fixups=[], set_as_current=False), []

    @celery.on_configure.connect(weak=False)
    def read(**kwargs: Any) -> None:
        reads.append(1)
        configure(celery)

    assert celery.amqp.router is not None
    assert (celery.conf.task_acks_late, len(reads)) == (True, 1)
