"""A second PostgreSQL that waits for the disk, for what must be measured as it will be run."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MOVED = ("DATABASE_URL", "DATABASE_OWNER_URL")


@contextmanager
def durable_database() -> Iterator[None]:
    """Inside the block this process and those it starts work on a fresh database with fsync on."""
    from django.core.management import call_command

    from portal import embedded
    from tests.provinces import as_owner

    folder = Path(tempfile.mkdtemp(prefix="mot-cua-bench-"))
    folder.chmod(0o700)
    before = {name: os.environ.pop(name) for name in MOVED}
    try:
        services = embedded.start(folder, fsync=True)
        os.environ.update(DATABASE_URL=services.database_url, DATABASE_OWNER_URL=services.database_owner_url)
        with _connected(services.database_url):
            with as_owner():
                call_command("migrate_schemas", shared=True, verbosity=0)
            yield
    finally:
        for name in MOVED:
            os.environ.pop(name, None)
        embedded.reset(folder)
        shutil.rmtree(folder, ignore_errors=True)
        os.environ.update(before)


@contextmanager
def _connected(url: str) -> Iterator[None]:
    from django.db import connection

    from portal.settings import environment
    from tenants.isolation import province_cache

    there = environment.database(url)
    names = ("NAME", "USER", "PASSWORD", "HOST", "PORT")
    here = {name: connection.settings_dict[name] for name in names}
    connection.close()
    connection.settings_dict.update({name: there[name] for name in names})
    province_cache.clear_cache()
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(here)
        province_cache.clear_cache()
