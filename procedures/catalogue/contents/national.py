"""What ships with the portal: the national catalogue, everyday words, procedures in plain language.

`data/national.csv` has facts without long texts. `manage.py catalogue national FILE` writes it from an export with
full text, by the same rules as an import: unclear facts are blank, and terms that vary by case stand in `term_note`.

`data/explained/<code>.yaml` gives a procedure papers and steps in plain language until the province imports official
full texts. From then on the official papers stand; only the plain words beside them (:data:`NAMES`) stay ours.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from django.utils.translation import gettext as _
from pydantic import Field

from procedures.catalogue.contents.guidance import Guidance, Words
from procedures.catalogue.formats import own_csv
from procedures.catalogue.formats.base import CatalogueError, ProcedureRecord, Reading, Term
from procedures.catalogue.search.index import short_name
from procedures.catalogue.versions import EXPLAINED_TEXT, NATIONAL_TEXT
from tenants.folder.readers.spreadsheets import write_csv
from tenants.text import fold
from tenants.validation import read

DATA = Path(__file__).parents[1] / "data"
NATIONAL = DATA / "national.csv"
SYNONYMS = DATA / "synonyms.csv"
SHORT_NAMES = DATA / "short_names.csv"
EXPLAINED = DATA / "explained"
SOURCE, EXPLAINED_SOURCE = NATIONAL_TEXT, EXPLAINED_TEXT
MONTH = "2026-07"
"""Of the export from which the national catalogue was made."""
# A hundred files: the parser in C takes a tenth of the time, where it was built in.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load() -> Reading:
    """Return the national catalogue that ships with the portal. Treat it as read-only: it is kept."""
    return _read(NATIONAL, NATIONAL.stat().st_mtime_ns, _("Danh mục quốc gia, bản tháng 7/2026"))


@lru_cache(maxsize=2)
def _read(path: Path, changed_at: int, note: str) -> Reading:
    return own_csv.read(path, SOURCE, note)


def kinds() -> dict[str, str]:
    """Return by code the kind of each procedure that ships with the portal."""
    return {record.code: str(record.kind) for record in load().records}


def sectors() -> dict[str, str]:
    """Return by folded name the sectors that ship with the portal."""
    names = dict.fromkeys(record.sector for record in load().records)
    return {fold(name): name for name in names if name}


@cache
def load_synonyms() -> tuple[tuple[str, str], ...]:
    """Return (everyday word, official words) pairs that hold in every province."""
    rows = own_csv.table(SYNONYMS, ("everyday", "official"), ("everyday", "official"))
    return tuple((cells["everyday"], cells["official"]) for _row, cells in rows)


@cache
def load_short_names() -> dict[str, str]:
    """Return by code the plain names of common procedures whose official name is long and that no file explains."""
    rows = own_csv.table(SHORT_NAMES, ("code", "short_name"), ("code", "short_name"))
    return {cells["code"]: cells["short_name"] for _row, cells in rows}


def usual_short_name(code: str, name: str) -> str:
    """Return the short name of a procedure of which neither the province nor an explanation says one."""
    return load_short_names().get(code) or short_name(name)


def write(records: Iterable[ProcedureRecord], target: Path = NATIONAL) -> int:
    """Write the facts of *records* to *target*, in order of their codes, and return how many."""
    ordered = sorted(records, key=lambda record: record.code)
    with target.open("w", encoding="utf-8", newline="") as stream:
        return write_csv(stream, own_csv.COLUMNS, (facts_row(record) for record in ordered))


def facts_row(record: ProcedureRecord) -> dict[str, str]:
    """Return a record as a row of our CSV."""
    term = record.term
    return {
        "code": record.code,
        "name": record.name,
        "sector": record.sector or "",
        "issuer": record.issuer or "",
        "levels": "|".join(record.levels or ()),
        "kind": str(record.kind or ""),
        "decision": record.decision or "",
        "term_value": str(term.value) if term and term.value else "",
        "term_unit": term.unit if term else "",
        "term_note": term.note if term else "",
        "channels": "|".join(record.channels or ()),
    }


_DEMANDED = ("everyday", "summary", "documents", "steps", "result", "legal_basis")
"""What the file of an explanation may not leave out."""


class ShippedGuidance(Guidance):
    """A file of `data/explained`.

    `term_note` says the term in words where the catalogue has none, several without their cases, or one that is not all
    the source says; `channels` the ways to file where the catalogue's list is shorter than the steps of the same
    source, or names the post that only brings the result.
    """

    term_note: Annotated[Words, Field(max_length=120)] = ""
    channels: tuple[Literal["online", "direct", "post"], ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """One explained procedure; texts are plain Vietnamese for citizens, lists one thing a line.

    ``rows``: for each paper the rows of the export that it stands for; ``skipped``: rows that none stands for, with why.
    """

    code: str
    short_name: str
    everyday: str
    summary: str
    facts: dict[str, Any]
    when_needed: str = ""
    where_guide: str = ""
    mistakes: str = ""
    english_name: str = ""
    english_also: str = ""
    english_summary: str = ""
    decision: str = ""
    month: str = ""
    term_note: str = ""
    channels: tuple[str, ...] = ()
    rows: tuple[tuple[int, ...], ...] = ()
    skipped: Mapping[int, str] = field(default_factory=dict)

    def onto(self, record: ProcedureRecord) -> ProcedureRecord:
        """Return *record* with these papers, steps and notes added to its facts."""
        return replace(
            self.completed(record),
            source=EXPLAINED_SOURCE,
            source_note=_("Phần hướng dẫn do cổng biên soạn từ thủ tục đã công bố"),
            text_source=EXPLAINED_SOURCE,
            text_decision=self.decision,
            text_month=self.month,
            **{"fees": record.fees or (), **self.facts},
        )

    def completed(self, record: ProcedureRecord) -> ProcedureRecord:
        """Return *record* with its term in words and its ways to file, which no draft of a province edits.

        Nothing computes a due day from a note: a term without a unit stays none.
        """
        term = Term(note=self.term_note) if self.term_note else record.term
        return replace(record, term=term, channels=self.channels or record.channels)


@cache
def load_explanations(folder: Path = EXPLAINED) -> dict[str, Explanation]:
    """Return the explanations by code.

    Raises :class:`CatalogueError` that names the file when one does not have the fields of an explanation.
    """
    explanations = [_read_explanation(path) for path in sorted(folder.glob("*.yaml"))]
    return {explanation.code: explanation for explanation in explanations}


def _read_explanation(path: Path) -> Explanation:
    try:
        fields = yaml.load(path.read_text(encoding="utf-8"), _LOADER)  # noqa: S506 -- both are safe loaders
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise _unreadable(path, error) from error
    said, faults = read(ShippedGuidance, fields)
    if said is None:
        raise _unreadable(path, "; ".join(str(one) for one in faults))
    missing = [name for name in _DEMANDED if name not in said.model_fields_set]
    if missing or said.code != path.stem:
        raise _unreadable(path, ", ".join(missing) or "code")
    return Explanation(
        code=said.code,
        facts=said.facts,
        **said.names,
        decision=said.source.decision,
        month=said.source.date,
        term_note=said.term_note,
        channels=said.channels,
        rows=tuple(paper.rows for paper in said.documents),
        skipped=said.skipped,
    )


def _unreadable(path: Path, why: object) -> CatalogueError:
    message = _("Không đọc được bản giải thích %(file)s: %(error)s.")
    return CatalogueError(message % {"file": path.name, "error": why})
