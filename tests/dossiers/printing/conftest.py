from collections.abc import Iterator
from pathlib import Path

import pytest

from dossiers.printing import typst_pool


@pytest.fixture
def quick_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Workers that give up after a second, so that tests of endless work end."""
    text = typst_pool.WORKER.read_text()
    assert "MOST_SECONDS = 10" in text
    quick = tmp_path / "worker.py"
    quick.write_text(text.replace("MOST_SECONDS = 10", "MOST_SECONDS = 1"))
    monkeypatch.setattr(typst_pool, "WORKER", quick)
    _end_idle()
    yield
    _end_idle()


def _end_idle() -> None:
    while typst_pool._idle:
        typst_pool._idle.pop().end()
