"""The catalogue that every province starts from: `data/national.csv`, facts without long texts.

Written by `manage.py catalogue national FILE` from an export with full text, by the same rules as an
import: what the source leaves unclear is blank here. Terms that vary by case keep what the source said
in `term_note`.
"""

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from django.utils.translation import gettext as _

from procedures.formats import own_csv
from procedures.formats.base import ProcedureRecord, Reading

DATA = Path(__file__).parents[1] / "data"
NATIONAL = DATA / "national.csv"
SYNONYMS = DATA / "synonyms.csv"
SOURCE = "national"


def load() -> Reading:
    """Return the national catalogue that ships with the portal. Treat it as read-only: it is kept."""
    return _read(NATIONAL, NATIONAL.stat().st_mtime_ns, _("Danh mục quốc gia, bản tháng 7/2026"))


@lru_cache(maxsize=2)
def _read(path: Path, changed_at: int, note: str) -> Reading:
    return own_csv.read(path, SOURCE, note)


def load_synonyms() -> list[tuple[str, str]]:
    """Return (everyday word, official words) pairs that hold in every province."""
    text = own_csv.decode(SYNONYMS.read_bytes())
    rows = own_csv.table(text, ("everyday", "official"), ("everyday", "official"))
    return [(cells["everyday"], cells["official"]) for _row, cells in rows]


def write(records: Iterable[ProcedureRecord], target: Path = NATIONAL) -> int:
    """Write the facts of *records* to *target*, in order of their codes, and return how many."""
    ordered = sorted(records, key=lambda record: record.code)
    with target.open("w", encoding="utf-8", newline="") as stream:
        return own_csv.write(stream, (facts_row(record) for record in ordered))


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
