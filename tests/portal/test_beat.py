"""The process of the schedule."""

import os
import subprocess
import sys

from django.conf import settings

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
