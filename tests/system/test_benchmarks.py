"""The frame of the benchmarks: bounds, order, exit codes. What they measure is not measured here."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from bench import Figure, figures, onboarding


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


@pytest.mark.committed
def test_onboarding_is_measured_with_every_migration(django_db_setup: None, django_db_blocker: Any) -> None:
    """As an installation has them; the suite's own command says remembered statements, outside of a plan alone."""
    with django_db_blocker.unblock(), onboarding._ground():
        assert settings.TENANT_BASE_MIGRATE_COMMAND == "django.core.management.commands.migrate.Command"
    assert settings.TENANT_BASE_MIGRATE_COMMAND == "tests.migrating.Command"


@pytest.mark.parametrize(
    "path", sorted((settings.BASE_DIR / "bench").glob("*.py")), ids=lambda path: path.stem
)
def test_every_benchmark_measures(path: Path) -> None:
    if path.stem not in {"__init__", "__main__", "figures", "stage"}:
        assert "\ndef measure(stage: Stage) -> Iterable[Figure]:" in path.read_text(encoding="utf-8")
