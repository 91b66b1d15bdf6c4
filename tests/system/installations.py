"""Another installation beside the one of the tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from portal import embedded


@contextmanager
def other_installation(folder: Path) -> Iterator[dict[str, str]]:
    """An empty cluster with keys of its own; the environment of its processes."""
    with _elsewhere():
        services, secrets = embedded.start(folder, fsync=False), embedded.ensure_secrets(folder)
    try:
        yield {
            "DATABASE_URL": services.database_url,
            "DATABASE_OWNER_URL": services.database_owner_url,
            "DATA_DIR": str(folder),
            **secrets,
        }
    finally:
        with _elsewhere():
            embedded.reset(folder)


@contextmanager
def _elsewhere() -> Iterator[None]:
    """Inside the block nobody says where a database is."""
    with pytest.MonkeyPatch.context() as patched:
        for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
            patched.delenv(name)
        yield
