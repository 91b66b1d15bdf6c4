"""What a benchmark found: a figure, its bound, a table of them, a file of them."""

import json
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

RESULTS = Path(__file__).parent / "results"
RATIO = "ratio"
SHORTER = (
    *("BENCH_SECONDS", "MESSAGES", "ACTS_SECONDS", "WEBHOOK_SECONDS", "CHAT_SECONDS", "CHAT_RATE"),
    *("RECIPIENTS", "ROUNDS", "SCHEMAS_PROVINCES", "BENCH_ACTS", "BENCH_TRIES", "SOAK_MINUTES"),
)
"""Variables that shorten a run; figures of such a run are not published."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value. `bound` is what it must reach: at least when more is better, at most when less.

    The unit RATIO puts a figure at the end of the table, where the comparisons stand.
    """

    name: str
    value: float
    unit: str
    bound: float | None = None
    better: Literal["more", "less"] = "more"

    @property
    def met(self) -> bool:
        """Whether the bound is reached; always so without one."""
        if self.bound is None:
            return True
        return self.value >= self.bound if self.better == "more" else self.value <= self.bound


def table(measured: Iterable[tuple[str, Figure]]) -> str:
    """The figures as lines, (benchmark, figure) in the order given, ratios last."""
    ordered = sorted(measured, key=lambda pair: pair[1].unit == RATIO)
    rows = [("benchmark", "figure", "value", "unit", "bound", "")]
    rows += [
        (
            source,
            figure.name,
            _number(figure.value),
            figure.unit,
            _bound(figure),
            "" if figure.bound is None else "ok" if figure.met else "MISSED",
        )
        for source, figure in ordered
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(6)]
    return "\n".join(_line(row, widths) for row in rows)


def save(name: str, figures: Sequence[Figure]) -> Path:
    """Write the figures of a benchmark to results/<name>.json, with the machine they were measured on."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    content = {
        "benchmark": name,
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {
            "cores": os.cpu_count(),
            "processor": platform.machine(),
            "python": platform.python_version(),
        },
        "complete": not any(name in os.environ for name in SHORTER),
        "figures": [{**asdict(figure), "met": figure.met} for figure in figures],
    }
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return path


def read(name: str) -> list[Figure]:
    """The figures that the last run of a benchmark left. Raises FileNotFoundError."""
    return [
        Figure(**{key: value for key, value in one.items() if key != "met"}) for one in load(name)["figures"]
    ]


def load(name: str) -> dict[str, Any]:
    """All that the last run of a benchmark left. Raises FileNotFoundError."""
    content: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
    return content


def _line(row: tuple[str, ...], widths: Sequence[int]) -> str:
    cells = [
        cell.rjust(width) if column in (2, 4) else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()


def _bound(figure: Figure) -> str:
    if figure.bound is None:
        return ""
    return ("≥ " if figure.better == "more" else "≤ ") + _number(figure.bound)


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
