"""`python -m bench [NAME …]`: run benchmarks, all by default, and say whether every bound was met.

Each runs in a process of its own (`bench.piece`): one that fails loses no other's figures.
"""

import subprocess
import sys
import time
from pathlib import Path

from bench import figures

FRAME = {"__init__", "__main__", "documents", "figures", "piece", "stage"}
ON_DEMAND = {"growth-1m", "growth-3m", "soak"}
"""Run only where they are named: they take long."""


def known() -> set[str]:
    """The names of all benchmarks."""
    return {path.stem for path in Path(__file__).parent.glob("*.py")} - FRAME | ON_DEMAND


def main(asked: list[str]) -> int:
    """0 when all bounds were met, 1 when one was missed or a benchmark failed, 2 for an unknown name."""
    names = [name for part in asked for name in part.replace(",", " ").split()] or sorted(known() - ON_DEMAND)
    if unknown := sorted(set(names) - known()):
        sys.stderr.write(f"No benchmark {', '.join(unknown)}. Known: {', '.join(sorted(known()))}.\n")
        return 2
    measured, failed = [], []
    for name in names:
        sys.stderr.write(f"{name}\n")
        began = time.monotonic()
        if subprocess.run([sys.executable, "-m", "bench.piece", name]).returncode:
            failed.append(name)
        else:
            measured += [(name, figure) for figure in figures.read(name)]
        sys.stderr.write(f"  {time.monotonic() - began:.0f} s\n")
    sys.stdout.write(figures.table(measured) + "\n")
    for name in failed:
        sys.stdout.write(f"{name} FAILED\n")
    return 1 if failed or not all(figure.met for _, figure in measured) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
