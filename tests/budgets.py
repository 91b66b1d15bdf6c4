"""Budgets made small, so that a test uses them up at once."""

from dataclasses import replace

import pytest

from tenants.web.budgets import Budget, Limit
from tenants.web.rate_limits import WINDOW_SECONDS


def only(monkeypatch: pytest.MonkeyPatch, budget: Budget, *limits: Limit) -> None:
    """Leave this budget with these limits alone."""
    monkeypatch.setattr(budget, "limits", limits)


def shrink(
    monkeypatch: pytest.MonkeyPatch,
    budget: Budget,
    scope: str,
    most: int,
    *,
    seconds: int = WINDOW_SECONDS,
    narrowed: bool = False,
) -> None:
    """Make the limit of this scope and time small, be it one that refuses or one that narrows."""

    def smaller(limit: Limit) -> Limit:
        fits = (limit.scope, limit.seconds, bool(limit.narrowed)) == (scope, seconds, narrowed)
        return replace(limit, most=most) if fits else limit

    before = budget.limits
    monkeypatch.setattr(budget, "limits", tuple(map(smaller, before)))
    assert budget.limits != before, "no such limit"
