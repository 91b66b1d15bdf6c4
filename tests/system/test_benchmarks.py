"""The frame of the benchmarks: bounds, order, exit codes. What they measure is not measured here."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from bench import Figure, documents, figures
from bench import __main__ as bench


@pytest.mark.parametrize(
    ("figure", "met"),
    [
        (Figure("a", 3, "1/s"), True),
        (Figure("a", 3, "1/s", bound=3), True),
        (Figure("a", 2.9, "1/s", bound=3), False),
        (Figure("a", 3, "s", bound=3, better="less"), True),
        (Figure("a", 3.1, "s", bound=3, better="less"), False),
    ],
)
def test_a_bound_is_met_from_its_side(figure: Figure, met: bool) -> None:
    assert figure.met is met


def test_ratios_stand_last_and_a_missed_bound_is_named() -> None:
    table = figures.table(
        [("x", Figure("share", 0.05, "ratio", bound=0.1)), ("y", Figure("rows", 12_345, "1/s"))]
    )
    first, last = table.splitlines()[1:]
    assert first.split() == ["y", "rows", "12,345", "1/s"]
    assert last.split() == ["x", "share", "0.05", "ratio", "≥", "0.1", "MISSED"]


def test_figures_are_kept_as_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "RESULTS", tmp_path / "results")
    kept = json.loads(figures.save("x", [Figure("rows", 5, "1/s", bound=9)]).read_text())
    assert kept["benchmark"] == "x"
    assert kept["figures"] == [
        {"name": "rows", "value": 5, "unit": "1/s", "bound": 9, "better": "more", "met": False}
    ]


def test_an_unknown_benchmark_is_refused_before_anything_starts() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "nothing"], cwd=settings.BASE_DIR, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "No benchmark nothing. Known:" in done.stderr


def test_a_benchmark_that_fails_loses_no_other_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(figures, "RESULTS", tmp_path)

    def run(command: list[str]) -> subprocess.CompletedProcess[bytes]:
        name = command[-1]
        if name == "web":
            figures.save(name, [Figure("status page", 100, "1/s")])
        return subprocess.CompletedProcess(command, 0 if name == "web" else 1)

    monkeypatch.setattr(subprocess, "run", run)
    assert bench.main(["acts,web"]) == 1
    said = capsys.readouterr().out
    assert "status page" in said
    assert "acts FAILED" in said


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
