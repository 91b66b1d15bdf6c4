"""Facts of a procedure on their way into and out of immutable version rows."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from typing import Any

from django.db import connection

from procedures.catalogue.formats.base import Document, FeeItem, LegalText, ProcedureRecord, Step, Term
from procedures.catalogue.models import Fee, Origin, Procedure, ProcedureVersion, RequiredDocument

# Rows are written in slices, so that one statement stays well below PostgreSQL's parameter limit.
BATCH = 1_000
NATIONAL_TEXT, EXPLAINED_TEXT = "national", "explained"
"""Sources of papers and steps that ship with the portal: the table of the national catalogue, our explanations."""
EDITED_TEXT = "edited"
"""Source of papers, steps and fees that the province wrote itself, approved by a second person."""
LONG_TEXTS = tuple(
    f"current_version__{name}"
    for name in ("official_name", "steps", "legal_basis", "result", "conditions", "subjects", "source_note")
)
"""What whoever reads every procedure with its version does not need of that."""
TEXT_ORIGIN = ("text_source", "text_decision", "text_month")
"""Where the papers and steps of a version come from: what kind of source, which decision, which month."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a version says. Two versions are the same exactly when their facts are equal."""

    official_name: str
    sector_name: str = ""
    issuer: str = ""
    performer: str = ""
    decision_number: str = ""
    kind: str = "normal"
    levels: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    term: Term = field(default_factory=Term)
    term_source: str = Origin.NATIONAL
    term_decision: str = ""
    subjects: str = ""
    result: str = ""
    conditions: str = ""
    steps: tuple[Step, ...] = ()
    legal_basis: tuple[LegalText, ...] = ()
    documents: tuple[Document, ...] = ()
    fees: tuple[FeeItem, ...] = ()
    fee_source: str = Origin.NATIONAL

    def checksum(self) -> str:
        """Return the SHA-256 of the facts in a canonical writing."""
        written = json.dumps(self, default=plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(written.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Current:
    """A procedure in the database, its current version, and what that says; an empty version where there is none."""

    procedure: Procedure
    version: ProcedureVersion
    facts: Facts


@dataclass(frozen=True, slots=True)
class Change:
    """A procedure to add (``current`` is None), or one whose facts differ in ``fields``."""

    record: ProcedureRecord
    facts: Facts
    current: Current | None
    fields: tuple[str, ...]

    @property
    def code(self) -> str:
        return self.record.code

    @property
    def text_origin(self) -> dict[str, str]:
        """Where the papers come from, by column of a version: the record if it has papers, else as before."""
        record = self.record
        if record.documents is not None:
            decision = record.text_decision or record.decision or ""
            said = (record.text_source or record.source, decision, record.text_month)
            return dict(zip(TEXT_ORIGIN, said, strict=True))
        return {name: getattr(self.current.version, name) for name in TEXT_ORIGIN} if self.current else {}


def plain(item: Any) -> dict[str, Any]:
    """Return the fields of a dataclass as they are; `asdict` would copy every text."""
    return {field.name: getattr(item, field.name) for field in fields(item)}


_PLAIN = (
    "official_name", "sector_name", "issuer", "performer", "decision_number", "kind", "term_source", "term_decision",
    "subjects", "result", "conditions", "fee_source",
)  # fmt: skip
_FROM_RECORD = {"official_name": "name", "sector_name": "sector", "decision_number": "decision"} | {
    field: field
    for field in (
        "issuer", "performer", "kind", "levels", "channels", "subjects", "result", "conditions", "steps",
        "legal_basis", "documents",
    )
}  # fmt: skip
"""By fact the field of a record."""
_PAPERS_AND_FEES = ("current_version__documents", "current_version__fees")


def merge(record: ProcedureRecord, current: Facts | None, *, authoritative: bool) -> Facts:
    """Return the facts after *record* was taken over onto *current*.

    What the record does not say stays. A term or fee that the province set by its own decision stays too,
    unless *authoritative*: then the record speaks for the province itself.
    """
    changes: dict[str, Any] = {
        field: value
        for field, source in _FROM_RECORD.items()
        if (value := getattr(record, source)) is not None
    }
    changes["kind"] = str(record.kind or (current.kind if current else "normal"))
    before = current or Facts(record.name)
    if record.term is not None and (authoritative or before.term_source == Origin.NATIONAL):
        changes |= {
            "term": record.term,
            "term_source": record.term_source,
            "term_decision": record.term_decision,
        }
    if record.fees is not None and (authoritative or before.fee_source == Origin.NATIONAL):
        changes |= {"fees": record.fees, "fee_source": record.fee_source}
    return replace(before, **changes)


def changed_fields(before: Facts, after: Facts) -> tuple[str, ...]:
    """Return the names of the facts that differ."""
    return tuple(
        field.name for field in fields(Facts) if getattr(before, field.name) != getattr(after, field.name)
    )


def load_current() -> dict[str, Current]:
    """Return the procedures of this province by code; three statements."""
    rows = Procedure.objects.select_related("current_version").order_by()
    return {row.code: current_of(row) for row in rows.prefetch_related(*_PAPERS_AND_FEES)}


def current_of(procedure: Procedure) -> Current:
    """Return one procedure with the facts of its current version; two statements where that is loaded."""
    version = procedure.current_version or ProcedureVersion(official_name=procedure.name, number=0)
    return Current(procedure, version, facts_of(version))


def facts_of(version: ProcedureVersion, *, papers: bool = True) -> Facts:
    """Return what any one version says, two statements where its papers and fees are not loaded; none without *papers*."""
    papers = papers and version.pk is not None
    return Facts(
        **{field: getattr(version, field) for field in _PLAIN},
        levels=tuple(version.levels),
        channels=tuple(version.channels),
        term=Term(version.term_value, version.term_unit, version.term_note),
        steps=tuple(Step(**step) for step in version.steps),
        legal_basis=tuple(LegalText(**text) for text in version.legal_basis),
        documents=tuple(_made(Document, row) for row in version.documents.all()) if papers else (),
        fees=tuple(_made(FeeItem, row) for row in version.fees.all()) if papers else (),
    )


def _made[Item](make: type[Item], row: RequiredDocument | Fee) -> Item:
    return make(**{field.name: getattr(row, field.name) for field in fields(make)})  # type: ignore[arg-type]


def rows_of(versions: Iterable[tuple[str, ProcedureVersion]]) -> Iterator[dict[str, str]]:
    """Yield a row of our CSV (`formats.tables.COLUMNS`) for each code and version; no statement."""
    return (row_of(code, facts_of(version, papers=False)) for code, version in versions)


def row_of(code: str, facts: Facts) -> dict[str, str]:
    """Return facts as a row of our CSV."""
    return {
        "code": code,
        "name": facts.official_name,
        "sector": facts.sector_name,
        "issuer": facts.issuer,
        "levels": "|".join(facts.levels),
        "kind": str(facts.kind),
        "decision": facts.decision_number,
        "term_value": str(facts.term.value or ""),
        "term_unit": facts.term.unit,
        "term_note": facts.term.note,
        "channels": "|".join(facts.channels),
    }


def reserve_versions(count: int) -> list[int]:
    """Return so many keys that versions of this province will have; no other version gets them.

    With them a procedure names its version before that is written, so that its row and its many indexes
    are written once. The database looks whether the version is there at the end of the transaction.
    """
    table = ProcedureVersion._meta.db_table
    with connection.cursor() as cursor:
        # A migration that adds a reference leaves it to be looked at immediately for the rest of its transaction.
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count]
        )
        return [key for (key,) in cursor.fetchall()]


def write_versions(
    news: Iterable[tuple[int, int, Change]], *, moment: datetime, effective_from: date | None = None
) -> None:
    """Write one version for each (its key, that of its procedure, what changes).

    The versions take effect on the day of *moment*, or on *effective_from*; their procedures name them already.
    Bulk: the number of statements grows with :data:`BATCH`, not with the procedures.
    """
    rows = [make_rows(*one, moment=moment, effective_from=effective_from) for one in news]
    ProcedureVersion.objects.bulk_create([version for version, _documents, _fees in rows], BATCH)
    RequiredDocument.objects.bulk_create(
        [one for _version, documents, _fees in rows for one in documents], BATCH * 3
    )
    Fee.objects.bulk_create([one for _version, _documents, fees in rows for one in fees], BATCH * 3)


def make_rows(
    key: int, procedure_id: int, change: Change, *, moment: datetime, effective_from: date | None = None
) -> tuple[ProcedureVersion, list[RequiredDocument], list[Fee]]:
    """Return a version with its papers and fees, unsaved."""
    facts = change.facts
    version = ProcedureVersion(
        pk=key,
        procedure_id=procedure_id,
        number=(change.current.version.number if change.current else 0) + 1,
        effective_from=effective_from or moment.date(),
        recorded_at=moment,
        **{field: getattr(facts, field) for field in _PLAIN},
        levels=list(facts.levels),
        channels=list(facts.channels),
        term_value=facts.term.value,
        term_unit=facts.term.unit,
        term_note=facts.term.note,
        steps=[plain(step) for step in facts.steps],
        legal_basis=[plain(text) for text in facts.legal_basis],
        source=change.record.source,
        source_note=change.record.source_note,
        **change.text_origin,
        checksum=facts.checksum(),
    )
    documents = [
        RequiredDocument(version=version, order=order, **plain(document))
        for order, document in enumerate(facts.documents, start=1)
    ]
    fees = [Fee(version=version, order=order, **plain(fee)) for order, fee in enumerate(facts.fees, start=1)]
    return version, documents, fees


def write_back(procedures: Sequence[Procedure], columns: Iterable[str]) -> None:
    """Save *columns* of procedures that are in the database, a thousand rows a statement.

    An upsert by code that never inserts: a bulk UPDATE would send one CASE for each row and column.
    """
    Procedure.objects.bulk_create(
        procedures, BATCH, update_conflicts=True, update_fields=list(columns), unique_fields=["code"]
    )
