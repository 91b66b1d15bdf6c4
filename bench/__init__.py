"""Benchmarks: what the house promises about speed, measured. See README.md in this folder."""

from bench.figures import Figure
from bench.stage import Ground, Stage

__all__ = ["Figure", "Ground", "Stage"]
