"""The circulars that prescribe the seven forms, each with the day from which it holds.

They are data: `templates/<circular>/circular.yaml` names the forms and their Typst sources. The forms keep the
numbers of TT 03/2025/TT-VPCP in addresses and file names; `model` is the number printed under another circular.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Model:
    """One form as a circular prescribes it: its number and title in print, the portal's own Typst source."""

    number: str
    title: str
    source: str


@dataclass(frozen=True)
class Circular:
    """A circular. `code` is the name of its folder, `number` as it is cited."""

    code: str
    number: str
    effective_from: date
    forms: Mapping[str, Model]


def in_force(form: str, day: date) -> Circular:
    """The circular under which this form was printed on a day.

    A form that the circular of that day did not know, and a day before all circulars, get the first one that
    has the form.
    """
    having = [circular for circular in circulars() if form in circular.forms]
    return next((circular for circular in reversed(having) if circular.effective_from <= day), having[0])


@cache
def circulars() -> tuple[Circular, ...]:
    found = [_read(path) for path in FOLDER.glob("*/circular.yaml")]
    return tuple(sorted(found, key=lambda circular: circular.effective_from))


def _read(path: Path) -> Circular:
    data: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    forms = {
        form: Model(entry["model"], entry["title"], (FOLDER / entry["file"]).read_text(encoding="utf-8"))
        for form, entry in data["forms"].items()
    }
    return Circular(path.parent.name, data["number"], data["effective_from"], forms)
