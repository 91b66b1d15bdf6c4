"""Bringing a catalogue up to date: read a file, see what would change, apply all of it or nothing.

Nothing is deleted and no version is changed. A procedure that the file no longer names is reported, and
hidden only when asked; its dossiers keep the version they were received under.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from procedures.catalogue.contents import national
from procedures.catalogue.contents.filing_place import Bodies, usual_place
from procedures.catalogue.contents.guidance import NAMES
from procedures.catalogue.formats.base import CatalogueError, ProcedureRecord
from procedures.catalogue.formats.terms import term_text
from procedures.catalogue.models import Origin, Procedure, ProcedureKind, Sector
from procedures.catalogue.search.index import SEARCH_COLUMNS, index, learn_words, load_synonyms, short_name
from procedures.catalogue.versions import (
    BATCH,
    EDITED_TEXT,
    Change,
    Current,
    Facts,
    changed_fields,
    load_current,
    merge,
    reserve_versions,
    write_back,
    write_versions,
)
from tenants import clock
from tenants.folder.steps import StepReport
from tenants.isolation.context import current_province
from tenants.text import fold, sort_key

_FACT_COLUMNS = ("name", "sector", "levels", "channels", "issuer", "kind", "current_version")
FILING_GROUNDS = ("filing_reason", "filing_decision", "filing_decided_on")
"""Why a procedure is filed in its way, and the decision that allows filing here, with its day."""
LOCAL_COLUMNS = (
    "handled", "agency", "filing_mode", *FILING_GROUNDS, "where_text", "no_term_source", "no_fee_source", *NAMES,
)  # fmt: skip
"""What of a procedure the province says, beside any version."""


@dataclass(frozen=True, slots=True)
class CatalogueDiff:
    """What applying would do. ``notes`` are sentences on what the province decided differently."""

    added: tuple[Change, ...]
    changed: tuple[Change, ...]
    unchanged: tuple[str, ...]
    missing: tuple[Procedure, ...]
    notes: tuple[str, ...] = ()

    @property
    def written(self) -> tuple[Change, ...]:
        """Those of which applying writes a version."""
        return (*self.added, *self.changed)


@dataclass(slots=True)
class Report:
    """What was done, in numbers and in codes."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: int = 0
    missing: tuple[Procedure, ...] = ()
    hidden: tuple[str, ...] = ()
    local_changes: int = 0
    notes: list[str] = field(default_factory=list)

    def as_step(self, notes: list[str]) -> StepReport:
        """The counts as those of a step, with the notes for the operator."""
        changed = len(self.changed) + self.local_changes
        return StepReport(len(self.added), changed, len(self.hidden), self.unchanged, notes)


def diff(
    records: Sequence[ProcedureRecord],
    *,
    authoritative: bool = False,
    current: dict[str, Current] | None = None,
) -> CatalogueDiff:
    """Return what *records* would change in the present province; reads only.

    A procedure counts as missing when it is active, the records do not name it, and they do name at least
    half of what is known of its issuing body: a list of one ministry says nothing about the next. With *authoritative* the
    records may also replace terms and fees that the province decided (see :mod:`procedures.catalogue.contents.local_selection`).
    *current* is what :func:`load_current` says, where it was loaded already.
    """
    current = load_current() if current is None else current
    added, changed, unchanged, notes = [], [], [], []
    bodies = Bodies()
    for record in records:
        # One that names only bodies of other provinces says nothing of who performs.
        if (here := bodies.here(record.performer or "")) != (record.performer or ""):
            record = replace(record, performer=here or None)
        known = current.get(record.code)
        before = known.facts if known and known.version.pk else None
        if known and known.version.text_source == EDITED_TEXT:
            own = _without_edited(record, keep_fees=authoritative)
            said, kept = (merge(one, before, authoritative=authoritative) for one in (record, own))
            if not authoritative and said != kept:
                text = _(
                    "%(code)s: giữ giấy tờ, các bước, phí mà tỉnh đã sửa; khác tệp chỗ nào thì xem ở trang soạn thủ tục."
                )
                notes.append(text % {"code": record.code})
            record = own
        facts = merge(record, before, authoritative=authoritative)
        facts = replace(facts, performer=bodies.here(facts.performer))
        if before is None or known is None:
            added.append(Change(record, facts, known, ()))
            continue
        if not authoritative and (note := _kept_term(record, before)):
            notes.append(note)
        if fields := changed_fields(before, facts):
            changed.append(Change(record, facts, known, fields))
        else:
            unchanged.append(record.code)
    if unplaced := sum(1 for item in added if not item.facts.levels):
        note = _("%(count)d thủ tục mới chưa rõ cấp giải quyết: chỉ để xem đến khi tỉnh chọn theo mã.")
        notes.append(note % {"count": unplaced})
    missing = _missing(records, current)
    return CatalogueDiff(tuple(added), tuple(changed), tuple(unchanged), missing, tuple(notes))


def _without_edited(record: ProcedureRecord, *, keep_fees: bool) -> ProcedureRecord:
    """The record without what the province edits of a version; its folder may still say a fee."""
    edited = ("documents", "steps", "performer", "subjects", "result", "conditions", "legal_basis")
    unsaid: dict[str, Any] = dict.fromkeys(edited)
    return replace(record, fees=record.fees if keep_fees else None, **unsaid)


def _kept_term(record: ProcedureRecord, before: Facts) -> str:
    if before.term_source != Origin.PROVINCE or record.term is None or not record.term.unit:
        return ""
    if record.term == before.term:
        return ""
    return _("%(code)s: nguồn ghi %(source)s, giữ %(own)s theo %(decision)s.") % {
        "code": record.code,
        "source": term_text(record.term.value, record.term.unit),
        "own": term_text(before.term.value, before.term.unit),
        "decision": before.term_decision or _("quyết định của tỉnh"),
    }


def _missing(records: Sequence[ProcedureRecord], current: dict[str, Current]) -> tuple[Procedure, ...]:
    named = {record.code for record in records}
    known = Counter(fold(item.facts.issuer) for item in current.values())
    met = Counter(fold(item.facts.issuer) for code, item in current.items() if code in named)
    return tuple(
        item.procedure
        for code, item in sorted(current.items())
        if code not in named
        and item.procedure.state == Procedure.State.ACTIVE
        and 2 * met[fold(item.facts.issuer)] >= known[fold(item.facts.issuer)]
    )


def apply(
    change: CatalogueDiff,
    *,
    hide_missing: bool = False,
    local: Callable[[Procedure, str], object] | None = None,
    effective_from: date | None = None,
) -> Report:
    """Write what *change* says into the present province, in one transaction, and report it.

    New versions take effect today (Viet Nam), or on *effective_from*. *local* sets what the province itself says of each procedure that
    is written, unsaved; it gets the performing body. Raises :class:`CatalogueError`, with nothing written, when
    the catalogue was changed since *change* was computed.
    """
    report = Report(unchanged=len(change.unchanged), missing=change.missing, notes=list(change.notes))
    with transaction.atomic():
        lock_catalogue()
        _refuse_stale(change)
        sectors = _ensure_sectors(item.facts.sector_name for item in change.written)
        written = _write_procedures(change, sectors, local)
        write_versions(
            ((*written[item.code], item) for item in change.written),
            moment=clock.now(),
            effective_from=effective_from,
        )
        report.added = tuple(item.code for item in change.added)
        report.changed = tuple(item.code for item in change.changed)
        if hide_missing:
            report.hidden = tuple(item.code for item in change.missing)
            Procedure.objects.filter(code__in=report.hidden).update(state=Procedure.State.HIDDEN)
        if change.written or report.hidden:
            learn_words()
    return report


def what_follows(report: Report) -> str:
    """The sentence that says which command has to follow an import; empty where none has to."""
    if not report.added and not report.changed:
        return ""
    text = _(
        "Thủ tục nào tỉnh giải quyết thì chưa đổi: người vận hành xem `province plan %(slug)s`, rồi chạy `province apply %(slug)s`."
    )
    return text % {"slug": current_province().slug}


def lock_catalogue() -> None:
    """Wait until no other transaction changes this province's catalogue; held to the end of the transaction."""
    with connection.cursor() as cursor:
        key = f"catalogue:{current_province().uuid}"
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])


def _refuse_stale(change: CatalogueDiff) -> None:
    seen = {item.code: item.current.version.pk if item.current else None for item in change.written}
    stored = dict(Procedure.objects.filter(code__in=seen).order_by().values_list("code", "current_version"))
    if any(stored.get(code) != version for code, version in seen.items()):
        raise CatalogueError(_("Danh mục vừa được người khác thay đổi; xin chạy lại."))


def _ensure_sectors(names: Iterable[str]) -> dict[str, Sector]:
    wanted = {fold(name): name for name in names if fold(name)}
    known = {sector.folded: sector for sector in Sector.objects.filter(folded__in=wanted)}
    new = [
        Sector(name=name, folded=folded, sort_key=sort_key(name))
        for folded, name in wanted.items()
        if folded not in known
    ]
    for sector in Sector.objects.bulk_create(new):
        known[sector.folded] = sector
    return known


def _write_procedures(
    change: CatalogueDiff, sectors: dict[str, Sector], local: Callable[[Procedure, str], object] | None
) -> dict[str, tuple[int, int]]:
    """Write the current facts of added and changed procedures; return by code their versions' keys and their ids."""
    synonyms = load_synonyms()
    items = {item.code: item for item in change.written}
    stored_now = Procedure.objects.filter(code__in=items).select_related("sector")
    known = {procedure.code: procedure for procedure in stored_now}
    versions = reserve_versions(len(items))
    for (code, item), version in zip(items.items(), versions, strict=True):
        procedure = known.get(code) or Procedure(code=code)
        known[code] = procedure
        usual = usual_place(procedure, item.current.facts.performer if item.current else "")
        # A chosen short name survives a new official name.
        if not procedure.short_name or procedure.short_name == short_name(procedure.name):
            procedure.short_name = national.usual_short_name(code, item.facts.official_name)
        procedure.name = item.facts.official_name
        procedure.sector = sectors.get(fold(item.facts.sector_name))
        procedure.levels = list(item.facts.levels)
        procedure.channels = list(item.facts.channels)
        procedure.issuer = item.facts.issuer
        procedure.kind = item.facts.kind
        procedure.handled = procedure.handled and procedure.kind != ProcedureKind.DENUNCIATION
        # The place follows the source until another one is written.
        if not procedure.handled and procedure.where_text == usual:
            procedure.where_text = usual_place(procedure, item.facts.performer)
        procedure.current_version_id = version
        if local:
            local(procedure, item.facts.performer)
        index(procedure, synonyms)
    stored = [procedure for procedure in known.values() if procedure.pk]
    Procedure.objects.bulk_create([procedure for procedure in known.values() if not procedure.pk], BATCH)
    write_back(stored, (*_FACT_COLUMNS, *LOCAL_COLUMNS, *SEARCH_COLUMNS))
    return {code: (version, known[code].pk) for code, version in zip(items, versions, strict=True)}
