"""What the guide says of speed was measured by whole runs."""

from pathlib import Path

import pytest
from django.conf import settings

from bench import Figure, documents, figures
from bench import __main__ as bench


def _full_runs(**values: float) -> None:
    for name in documents.SECTIONS:
        labels = documents.SECTIONS[name][1]
        figures.save(name, [Figure(one, values.get(one, 1), "1/s") for one in labels])


@pytest.fixture
def guide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The pages of the guide as they stand, and a folder for results."""
    for name in ("do-luong.md", "co-may.md"):
        (tmp_path / name).write_bytes((documents.GUIDE / name).read_bytes())
    monkeypatch.setattr(documents, "GUIDE", tmp_path)
    monkeypatch.setattr(figures, "RESULTS", tmp_path / "results")
    for name in figures.SHORTER:
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_the_guide_is_written_from_full_runs(guide: Path) -> None:
    _full_runs(**{"status page": 1234.5})
    assert documents.main() == 0
    assert "| trang một hồ sơ | 1.234 /giây |  |" in (guide / "do-luong.md").read_text()
    assert "| trang một hồ sơ | 1.234 /giây | `make bench ONLY=web` |" in (guide / "co-may.md").read_text()


def test_a_shortened_run_is_not_published(guide: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCH_SECONDS", "1")
    _full_runs()
    before = (guide / "do-luong.md").read_text()
    assert documents.main() == 1
    assert (guide / "do-luong.md").read_text() == before


@pytest.mark.parametrize("name", sorted({name.partition("-")[0] for name in bench.known()}))
def test_every_benchmark_measures(name: str) -> None:
    text = (settings.BASE_DIR / "bench" / f"{name}.py").read_text(encoding="utf-8")
    assert "\ndef measure(stage: Stage) -> Iterable[Figure]:" in text
