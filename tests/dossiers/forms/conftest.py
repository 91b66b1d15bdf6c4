from collections.abc import Iterator
from pathlib import Path

import pytest

from dossiers.forms import typesetting


@pytest.fixture
def quick_press(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Presses that give up after a second, so that tests of endless work end."""
    text = typesetting.PRESS.read_text()
    assert "MOST_SECONDS = 10" in text
    quick = tmp_path / "press.py"
    quick.write_text(text.replace("MOST_SECONDS = 10", "MOST_SECONDS = 1"))
    monkeypatch.setattr(typesetting, "PRESS", quick)
    _end_idle()
    yield
    _end_idle()


def _end_idle() -> None:
    while typesetting._idle:
        typesetting._idle.pop().end()
