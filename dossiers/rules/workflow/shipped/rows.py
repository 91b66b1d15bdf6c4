"""Rows of a workflow's data with everything that is usual filled in."""

from typing import Any


def step(code: str, name: str, status: int, role: str, agency: str | None = None) -> dict[str, Any]:
    """A step; `agency` as in `Step`."""
    return {"code": code, "name": name, "status": status, "role": role, "agency": agency, "share": None}


def transition(
    code: str, name: str, source: list[str], target: str, roles: list[str], **rest: Any
) -> dict[str, Any]:
    """A transition that demands nothing, tells nobody and leaves the clock alone, but for `rest`."""
    usual = {
        "requires": [],
        "clock": "none",
        "hold_seconds": 0,
        "notice": None,
        "danger": False,
        "primary": False,
        "terms": [],
    }
    return {"code": code, "name": name, "source": source, "target": target, "roles": roles, **usual, **rest}
