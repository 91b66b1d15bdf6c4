"""Procedures explained in our own words: `data/explained/<code>.yaml`.

They give the pages papers and steps that a citizen understands, until the province imports official full
texts; from then on the official papers stand, and only the summary and the everyday names stay ours.
"""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import gettext as _

from procedures.catalogue.national import DATA
from procedures.formats.base import (
    CatalogueError,
    Document,
    FeeItem,
    LegalText,
    ProcedureRecord,
    Step,
    base_code,
    clean,
)

EXPLAINED = DATA / "explained"
SOURCE = "explained"
_FIELDS = {
    "code",
    "short_name",
    "everyday",
    "summary",
    "subjects",
    "performer",
    "documents",
    "steps",
    "fees",
    "result",
    "conditions",
    "legal_basis",
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """One explained procedure; texts are plain Vietnamese for citizens."""

    code: str
    short_name: str
    everyday: str
    summary: str
    facts: dict[str, Any]

    def onto(self, record: ProcedureRecord) -> ProcedureRecord:
        """Return *record* with these papers, steps and notes added to its facts."""
        note = _("Phần hướng dẫn do cổng biên soạn từ thủ tục đã công bố")
        return replace(record, source=SOURCE, source_note=note, text_source=SOURCE, **self.facts)


@cache
def load(folder: Path = EXPLAINED) -> dict[str, Explanation]:
    """Return the explanations by code.

    Raises :class:`CatalogueError` that names the file when one does not have the fields of an explanation.
    """
    explanations = [_read(path) for path in sorted(folder.glob("*.yaml"))]
    return {explanation.code: explanation for explanation in explanations}


def _read(path: Path) -> Explanation:
    try:
        fields = yaml.safe_load(path.read_text(encoding="utf-8"))
        unknown = set(fields) - _FIELDS
        if unknown or base_code(fields["code"]) != path.stem:
            raise ValueError(", ".join(sorted(unknown)) or "code")
        facts: dict[str, Any] = {
            **{
                text: clean(fields[text])
                for text in ("subjects", "performer", "conditions")
                if text in fields
            },
            "result": clean(fields["result"]),
            "documents": tuple(Document(**document) for document in fields["documents"]),
            "steps": tuple(Step(**step) for step in fields["steps"]),
            "fees": tuple(FeeItem(**fee) for fee in fields.get("fees", ())),
            "legal_basis": tuple(LegalText(**text) for text in fields["legal_basis"]),
        }
        return Explanation(
            path.stem,
            fields.get("short_name", ""),
            "; ".join(fields["everyday"]),
            clean(fields["summary"]),
            facts,
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError, yaml.YAMLError) as error:
        message = _("Không đọc được bản giải thích %(file)s: %(error)s.")
        raise CatalogueError(message % {"file": path.name, "error": error}) from error
