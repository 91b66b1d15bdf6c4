"""What ships with the portal: the national catalogue, everyday words, procedures in plain language.

`data/national.csv` has facts without long texts. `manage.py catalogue national FILE` writes it from an export with
full text, by the same rules as an import: unclear facts are blank, and terms that vary by case stand in `term_note`.

`data/explained/<code>.yaml` gives a procedure papers and steps in plain language until the province imports official
full texts. From then on the official papers stand; only the plain words beside them (:data:`NAMES`) stay ours.
"""

from collections.abc import Iterable
from dataclasses import replace
from difflib import get_close_matches
from functools import cache, lru_cache
from pathlib import Path
from typing import Annotated, Literal

import yaml
from django.utils.translation import gettext as _
from pydantic import Field

from procedures.catalogue.contents.guidance import NAMES, Guidance, Words
from procedures.catalogue.formats import tables
from procedures.catalogue.formats.base import CatalogueError, ProcedureRecord, Reading, Term
from procedures.catalogue.search.index import short_name
from procedures.catalogue.versions import EXPLAINED_TEXT, NATIONAL_TEXT, merge, row_of
from tenants.folder.readers.spreadsheets import write_csv
from tenants.text import fold
from tenants.validation import read, shown

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
    return tables.read_csv(path, SOURCE, note)


def kinds() -> dict[str, str]:
    """Return by code the kind of each procedure that ships with the portal."""
    return {record.code: str(record.kind) for record in load().records}


def sectors() -> dict[str, str]:
    """Return by folded name the sectors that ship with the portal."""
    names = dict.fromkeys(record.sector for record in load().records)
    return {fold(name): name for name in names if name}


def remark_on_sector(name: str) -> tuple[str, bool] | None:
    """What is wrong with a sector that does not ship, and whether it is nearly the name of one; None for one that ships."""
    known = sectors()
    if fold(name) in known:
        return None
    near = get_close_matches(fold(name), known, n=1, cutoff=0.85)
    text = _("không có lĩnh vực “%(name)s” trong danh mục đi kèm; phải nhập danh mục có nó trước.")
    if near:
        text = _("không có lĩnh vực “%(name)s” trong danh mục; có phải “%(near)s”?")
    return text % {"name": shown(name), "near": known[near[0]] if near else ""}, bool(near)


@cache
def load_synonyms() -> tuple[tuple[str, str], ...]:
    """Return (everyday word, official words) pairs that hold in every province."""
    rows = tables.table(SYNONYMS, ("everyday", "official"), ("everyday", "official"))
    return tuple((cells["everyday"], cells["official"]) for _row, cells in rows)


@cache
def load_short_names() -> dict[str, str]:
    """Return by code the plain names of common procedures whose official name is long and that no file explains."""
    rows = tables.table(SHORT_NAMES, ("code", "short_name"), ("code", "short_name"))
    return {cells["code"]: cells["short_name"] for _row, cells in rows}


def usual_short_name(code: str, name: str) -> str:
    """Return the short name of a procedure of which neither the province nor an explanation says one."""
    return load_short_names().get(code) or short_name(name)


def write(records: Iterable[ProcedureRecord], target: Path = NATIONAL) -> int:
    """Write the facts of *records* to *target*, in order of their codes, and return how many."""
    ordered = sorted(records, key=lambda record: record.code)
    with target.open("w", encoding="utf-8", newline="") as stream:
        rows = (row_of(record.code, merge(record, None, authoritative=True)) for record in ordered)
        return write_csv(stream, tuple(tables.COLUMNS), rows)


_DEMANDED = ("everyday", "summary", "documents", "steps", "result", "legal_basis")
"""What the file of an explanation may not leave out."""


class Explanation(Guidance):
    """A file of `data/explained`: one procedure in plain Vietnamese for citizens.

    `term_note` says the term in words where the catalogue has none, several without their cases, or one that is not all
    the source says; `channels` the ways to file where the catalogue's list is shorter than the steps of the same
    source, or names the post that only brings the result. `skipped`: rows of the export that no paper stands for, with why.
    """

    term_note: Annotated[Words, Field(max_length=120)] = ""
    channels: tuple[Literal["online", "direct", "post"], ...] = ()

    def onto(self, record: ProcedureRecord) -> ProcedureRecord:
        """Return *record* with these papers, steps and notes added to its facts."""
        return replace(
            self.completed(record),
            source=EXPLAINED_SOURCE,
            source_note=_("Phần hướng dẫn do cổng biên soạn từ thủ tục đã công bố"),
            text_source=EXPLAINED_SOURCE,
            text_decision=self.source.decision,
            text_month=self.source.date,
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
    return {path.stem: _read_explanation(path) for path in sorted(folder.glob("*.yaml"))}


def usual_names(code: str, official_name: str) -> dict[str, str]:
    """Return what is said of a procedure beside its versions, by :data:`NAMES`, where the province says nothing."""
    explanation = load_explanations().get(code)
    names = explanation.names if explanation else dict.fromkeys(NAMES, "")
    return {**names, "short_name": names["short_name"] or usual_short_name(code, official_name)}


def _read_explanation(path: Path) -> Explanation:
    said, faults = read(Explanation, yaml.load(path.read_text(encoding="utf-8"), _LOADER))  # noqa: S506 -- both are safe
    wrong = list(map(str, faults))
    if said:
        wrong = [name for name in _DEMANDED if name not in said.model_fields_set]
        wrong += ["code"] if said.code != path.stem else []
    if said is None or wrong:
        message = _("Không đọc được bản giải thích %(file)s: %(error)s.")
        raise CatalogueError(message % {"file": path.name, "error": "; ".join(wrong)})
    return said
