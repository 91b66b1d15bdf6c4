"""The forms that ship with the portal: `data/forms.csv`, facts of the explained procedures."""

import csv
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from procedures.catalogue.blank_forms.names import form_key

FORMS = Path(__file__).parents[1] / "data" / "forms.csv"
FACTS = ("code", "annex", "source", "issued_on", "title", "english", "address")
"""Columns of a form that files and people fill; an empty one is not known."""
NAME = ("code", "annex", "source")
"""Those that make its key."""
UNKNOWN: Mapping[str, Any] = {name: None if name == "issued_on" else "" for name in FACTS}


@cache
def shipped_forms() -> Mapping[str, Mapping[str, Any]]:
    """The facts of each form by key. Kept: treat as read-only."""
    found: dict[str, Mapping[str, Any]] = {}
    with FORMS.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            day = row["issued_on"]
            facts = {**UNKNOWN, **row, "issued_on": date.fromisoformat(day) if day else None}
            found[form_key(row["code"], row["annex"], row["source"])] = facts
    return found
