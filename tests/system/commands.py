"""An operator at a terminal: commands of `manage.py`, in this process and in one of their own."""

import io
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.core.management import CommandError, call_command

from tests.conftest import as_owner, subprocess_environment


@dataclass(frozen=True)
class Said:
    """What a command answered: exit code, and everything that it wrote."""

    code: int
    text: str


def manage(*words: str) -> Said:
    """Run a command of the owner's login here, with this test's settings and clock."""
    output, code = io.StringIO(), 0
    with as_owner():
        try:
            call_command(*words, stdout=output, stderr=output, no_color=True)
        except SystemExit as stop:
            code = int(stop.code or 0)
        except CommandError as error:
            code = error.returncode
            output.write(str(error))
    return Said(code, output.getvalue())


def manage_apart(*words: str, environ: Mapping[str, str] | None = None) -> Said:
    """Run a command in a process of its own, under the login that it chooses by itself."""
    environment = {**subprocess_environment(), **(environ or {})}
    environment.pop("DB_LOGIN")
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return Said(done.returncode, done.stdout + done.stderr)
