"""The forms that come with the portal, from `dossiers/data/filing_forms`; a province may have its own in its folder."""

from functools import cache
from pathlib import Path

import yaml

from dossiers.filing.rules.form import FilingForm

FOLDER = Path(__file__).parents[1] / "data" / "forms"


@cache
def shipped_forms() -> dict[str, FilingForm]:
    """The forms by the code of their procedure. Treat it as read-only: it is kept. Raises FormError for a broken file."""
    paths = sorted(FOLDER.glob("*.yaml"))
    forms = [
        FilingForm.from_data(_text_only(yaml.safe_load(path.read_text(encoding="utf-8")))) for path in paths
    ]
    return {form.procedure: form for form in forms}


def _text_only(value: object) -> object:
    """Days as the texts that they were written as: YAML makes objects of them."""
    if isinstance(value, dict):
        return {key: _text_only(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_text_only(one) for one in value]
    return value if isinstance(value, str | int | bool | None) else str(value)
