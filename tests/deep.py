"""Tests that walk one path very often: a sample of them in `make test`, all of them in `make test-deep` and `make walk`.

The mark `deep` is for a test that only `make test-deep` runs, `sampled` for one that `make test` runs on fewer cases.
"""

import os
from collections.abc import Sequence

DEEP = bool(os.environ.get("DEEP") or os.environ.get("WALK"))


def share[T](cases: Sequence[T], turn: int, of: int) -> list[T]:
    """Every `of`-th of these cases, beginning with another one for each `turn`; all of them in `make test-deep`."""
    return list(cases) if DEEP else list(cases[turn % of :: of])
