"""A cluster of the suite's own, started before Django reads its settings (loaded with `-p tests.cluster`).

Temporary DATA_DIR, fsync off, removed at the end; a running demonstration is never touched. Each xdist
worker has its own database (pytest-django's suffix), Valkey database, queue and role prefix.
"""

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"  # before the portal names its own
# Compiled once and kept: each worker, and each process that a test starts, would compile all modules anew.
# Under libfaketime every file bears another time, so that nothing kept would be of use.
if "faketime" not in os.environ.get("LD_PRELOAD", ""):
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

from portal import embedded

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")


def _start() -> None:
    folder = Path(tempfile.mkdtemp(prefix="mot-cua-test-"))
    folder.chmod(0o700)
    services = embedded.start(folder, fsync=False)
    os.environ.update(
        TEST_ROOT=str(folder),
        DATABASE_URL=services.database_url,
        DATABASE_OWNER_URL=services.database_owner_url,
        REDIS_URL=services.redis_url,
        **embedded.ensure_secrets(folder),
    )

    def clean() -> None:
        for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"):
            os.environ.pop(name, None)
        embedded.reset(folder)
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(clean)


def _separate_worker() -> None:
    """Settings by which this process and the other workers do not meet."""
    folder = Path(os.environ["TEST_ROOT"]) / (WORKER or "alone")
    folder.mkdir(exist_ok=True)
    number = int(WORKER.removeprefix("gw") or 0) + 1
    base, _, _database = os.environ["REDIS_URL"].rpartition("/")
    name = f"t{WORKER}_"
    os.environ.update(
        DATA_DIR=str(folder),
        REDIS_URL=f"{base}/{number}",
        QUEUE_PREFIX=f"{name}:",
        PROVINCE_ROLE_PREFIX=f"mc_{name}",
        NATIONAL_HOST="localhost",
        PUBLIC_SCHEME="http",
        PUBLIC_PORT="8000",
        MESSAGING_CHANNELS="mock",
        DEMO="1",
        DEBUG="0",
        DB_LOGIN="runtime",
    )


if not WORKER:
    _start()
_separate_worker()
