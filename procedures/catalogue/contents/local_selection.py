"""A province's catalogue: which of the national procedures it handles, and what it decides itself.

A selection names sectors, levels and single codes, and local data by code: competent agency, fee, term
with its decision, filing mode, short and everyday names. Applying it twice changes nothing the second
time. What staff changed by hand in admin is overwritten only where the selection says something.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from procedures.catalogue.contents import national, national_papers
from procedures.catalogue.contents.filing_place import usual_place
from procedures.catalogue.contents.guidance import NAMES
from procedures.catalogue.contents.statements import Statement, folded_names, value_for
from procedures.catalogue.contents.update import (
    FILING_GROUNDS,
    LOCAL_COLUMNS,
    Missing,
    Report,
    apply,
    diff,
    lock_catalogue,
)
from procedures.catalogue.formats.base import (
    CatalogueError,
    FeeItem,
    ProcedureRecord,
    Term,
    is_customs_at_commune,
)
from procedures.catalogue.models import FilingMode, Origin, Procedure, ProcedureKind, Synonym
from procedures.catalogue.search.index import SEARCH_COLUMNS, index, learn_words, load_synonyms, short_name
from procedures.catalogue.versions import EDITED_TEXT, Current, load_current, write_back
from tenants.organisation.models import Agency
from tenants.text import fold, sort_key

NOT_PRESCRIBED = ("no_term_source", "no_fee_source")


@dataclass(frozen=True, slots=True)
class LocalTerm:
    """A term that the province set, with the number of its decision."""

    term: Term
    decision: str


@dataclass(frozen=True, slots=True)
class LocalData:
    """What a province says of one procedure; an empty field says nothing."""

    agency: str = ""
    filing_mode: str = ""
    filing_reason: str = ""
    filing_decision: str = ""
    filing_decided_on: date | None = None
    short_name: str = ""
    everyday: str = ""
    summary: str = ""
    when_needed: str = ""
    mistakes: str = ""
    english_name: str = ""
    english_also: str = ""
    english_summary: str = ""
    where: str = ""
    fees: tuple[FeeItem, ...] = ()
    term: LocalTerm | None = None


@dataclass(frozen=True, slots=True)
class CatalogueSelection:
    """Which procedures a province handles. Sectors are compared without marks and case.

    A procedure is handled when its code is in ``added``, or its sector is in ``sectors`` and not excluded and one
    of its levels is in ``levels``; never when its code is in ``removed``. A sector named in neither list awaits the
    province's decision. ``sectors`` None takes all of them: a folder always names them. With ``hide_missing`` what
    the national catalogue no longer has is hidden. Customs procedures that the source sends to the commune need to
    be named in ``added``; denunciations are never handled here.
    """

    levels: tuple[str, ...] = ("province", "commune")
    sectors: tuple[str, ...] | None = None
    excluded_sectors: tuple[str, ...] = ()
    added: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()
    local: Mapping[str, LocalData] = field(default_factory=dict)
    synonyms: tuple[tuple[str, str], ...] = ()
    hide_missing: bool = False
    agencies: tuple[Statement, ...] = ()
    no_terms: tuple[Statement, ...] = ()
    no_fees: tuple[Statement, ...] = ()

    @property
    def named(self) -> set[str]:
        """Every code that is named."""
        statements = (*self.agencies, *self.no_terms, *self.no_fees)
        return {*self.added, *self.removed, *self.local, *(code for one in statements for code in one.codes)}

    def agency_for(self, code: str, sector: str) -> str:
        """The competent agency that is said of a procedure; "" for none."""
        local = self.local.get(code)
        return (local.agency if local else "") or value_for(self.agencies, code, sector)

    def not_prescribed(self, code: str, sector: str) -> dict[str, str]:
        """By column, the source that says that a procedure has no term, or no fee."""
        found = {
            "no_term_source": value_for(self.no_terms, code, sector),
            "no_fee_source": value_for(self.no_fees, code, sector),
        }
        return {name: source for name, source in found.items() if source}

    def handles(self, code: str, *, kind: str, sector: str, levels: Iterable[str]) -> bool:
        """Whether the province handles the procedure with these facts."""
        levels = set(levels)
        if kind == ProcedureKind.DENUNCIATION or code in self.removed:
            return False
        if code in self.added:
            return True
        if is_customs_at_commune(sector, levels) or not levels & set(self.levels):
            return False
        folded = fold(sector)
        if folded in folded_names(self.excluded_sectors):
            return False
        return self.sectors is None or folded in folded_names(self.sectors)

    def awaits(self, sector: str) -> bool:
        """Whether the province has not decided on this sector yet."""
        if self.sectors is None:
            return False
        return fold(sector) not in folded_names((*self.sectors, *self.excluded_sectors))


Keeps = Callable[..., bool]
"""Whether a field of a procedure, by code and name, was set by hand and is to stay so."""


def _nothing_kept(code: str, *names: str) -> bool:
    return False


def apply_selection(
    selection: CatalogueSelection,
    keeps: Keeps = _nothing_kept,
    part: Callable[[float], None] = lambda share: None,
    previously_stated: Collection[tuple[str, str]] = (),
) -> Report:
    """Make the present province's catalogue what *selection* says, all or nothing, and report it.

    What *keeps* names stays as it is; *part* receives the share that is done. *previously_stated*: what the folder said of
    NOT_PRESCRIBED when it was last applied, by code and name: where the selection says it no longer, it is emptied.

    The national catalogue and the explanations that ship with the portal come first; they never replace
    what was imported from an official file since. Raises :class:`CatalogueError` for unknown codes, for
    agencies that the province does not have, and for a denunciation that is to be handled.
    """
    # What is written (“nộp tại …”) is stored, so it is Vietnamese in every language of the caller.
    with translation.override(settings.LANGUAGE_CODE), transaction.atomic():
        lock_catalogue()
        reading = national.load()
        part(0.1)
        current = load_current()
        agencies = dict(Agency.objects.values_list("code", "pk"))
        _refuse_unknown(selection, reading.records, current, agencies)
        records = [_with_local_facts(record, selection, current, keeps) for record in reading.records]
        part(0.3)
        new_synonyms = _write_synonyms(selection.synonyms, keeps)
        change = diff(records, authoritative=True, current=current)
        local = LocalState(selection, agencies, keeps, previously_stated)
        report = apply(change, local=local)
        part(0.7)
        report.missing = _gone(reading.records, current)
        if selection.hide_missing:
            report.hidden = tuple(gone.code for gone in report.missing)
            Procedure.objects.filter(code__in=report.hidden).update(state=Procedure.State.HIDDEN)
        _write_local_state(local, (*report.added, *report.changed))
        report.local_changes = new_synonyms + len(local.changed)
        part(0.9)
        if report.local_changes or report.hidden:
            learn_words()
        _count(report)
        report.awaiting = _awaiting(selection)
    report.problems = reading.problems
    return report


def _gone(records: Iterable[ProcedureRecord], current: Mapping[str, Current]) -> tuple[Missing, ...]:
    """Procedures that came with the portal once and that its catalogue no longer has."""
    shipped = {record.code for record in records}
    return tuple(
        Missing(code, known.facts.official_name)
        for code, known in sorted(current.items())
        if code not in shipped
        and known.source in (national.SOURCE, national.EXPLAINED_SOURCE)
        and known.state == Procedure.State.ACTIVE
    )


def _refuse_unknown(
    selection: CatalogueSelection,
    records: Iterable[ProcedureRecord],
    current: Mapping[str, Current],
    agencies: Mapping[str, int],
) -> None:
    kinds = {code: str(known.facts.kind) for code, known in current.items()}
    kinds |= {record.code: str(record.kind) for record in records}
    faults = [
        _("Không có thủ tục mã %(code)s trong danh mục.") % {"code": code}
        for code in sorted(selection.named)
        if code not in kinds
    ]
    faults += [
        _("%(code)s: không có cơ quan mã %(agency)s.") % {"code": code, "agency": local.agency}
        for code, local in sorted(selection.local.items())
        if local.agency and local.agency not in agencies
    ]
    faults += [
        _("agencies: không có cơ quan mã %(agency)s.") % {"agency": one.value}
        for one in selection.agencies
        if one.value not in agencies
    ]
    faults += [
        _("%(code)s là thủ tục tố cáo: cổng này không nhận, để bảo vệ người tố cáo.") % {"code": code}
        for code in sorted(selection.added)
        if kinds.get(code) == ProcedureKind.DENUNCIATION
    ]
    if faults:
        raise CatalogueError(" ".join(faults))


def with_shipped_texts(record: ProcedureRecord) -> ProcedureRecord:
    """Return a shipped record with the papers, fees and explanation that ship with it."""
    record = national_papers.load().get(record.code, national_papers.TableFacts()).onto(record)
    explanation = national.load_explanations().get(record.code)
    return explanation.onto(record) if explanation else record


def _with_local_facts(
    record: ProcedureRecord, selection: CatalogueSelection, current: Mapping[str, Current], keeps: Keeps
) -> ProcedureRecord:
    """Return a shipped record with its papers, its explanation and the province's term and fee.

    Texts that the province edited stay as they are; so does its fee, unless its folder says another.

    What the province decided comes before an official full text, that before an explanation, that before the table.
    """
    known = current.get(record.code)
    local = selection.local.get(record.code, LocalData())
    if known is None or known.text.source in ("", national.SOURCE, national.EXPLAINED_SOURCE):
        record = with_shipped_texts(record)
    elif known.text.source == EDITED_TEXT and (explanation := national.load_explanations().get(record.code)):
        record = explanation.completed(record)
        # A term in words stands as it stood when the province published its own.
        if record.term and not record.term.unit and known.facts.term_source == Origin.NATIONAL:
            record = replace(record, term=None)
    if known and known.source not in ("", national.SOURCE, national.EXPLAINED_SOURCE):
        # An official file has been imported since: of ours, only a term that must come back counts.
        term = record.term if known.facts.term_source == Origin.PROVINCE else None
        record = replace(
            record,
            name=known.facts.official_name,
            source=known.source,
            source_note=known.source_note,
            sector=None,
            issuer=None,
            decision=None,
            levels=None,
            channels=None,
            performer=None,
            term=term,
        )
    if local.term:
        decision = local.term.decision
        record = replace(record, term=local.term.term, term_source=Origin.PROVINCE, term_decision=decision)
    is_edited = bool(known and known.text.source == EDITED_TEXT)
    if keeps(record.code, "fee"):
        record = replace(record, fees=None)
    elif local.fees:
        record = replace(record, fees=local.fees, fee_source=Origin.PROVINCE)
    elif record.fees is None and known and known.facts.fee_source == Origin.PROVINCE and not is_edited:
        record = replace(record, fees=())
    return record


def _write_synonyms(own: tuple[tuple[str, str], ...], keeps: Keeps) -> int:
    """Add the synonyms that are not there yet; the province's editor may add more in admin."""
    known = set(Synonym.objects.values_list("folded", "official"))
    missing = {
        (folded, official): Synonym(everyday=everyday, official=official, folded=folded)
        for everyday, official in (*national.load_synonyms(), *own)
        if (folded := fold(everyday))
        and (folded, official) not in known
        and fold(official)
        and not keeps("synonyms.csv", f"{everyday} → {official}")
    }
    Synonym.objects.bulk_create(missing.values())
    return len(missing)


class LocalState:
    """What a province says of its procedures beside any version: handled or not, agency, names, filing.

    What *keeps* names stays as it is. `changed` has the codes of those that were not so before.
    """

    def __init__(
        self,
        selection: CatalogueSelection,
        agencies: Mapping[str, int],
        keeps: Keeps,
        previously_stated: Collection[tuple[str, str]],
    ) -> None:
        self._selection, self._agencies, self._keeps = selection, agencies, keeps
        self._previously_stated = previously_stated
        self._explanations = national.load_explanations()
        self.changed: set[str] = set()

    def __call__(self, procedure: Procedure, performer: str) -> bool:
        """Set it, unsaved; whether anything was different. *performer* is who the version says performs it."""
        before = self._columns(procedure)
        local = self._selection.local.get(procedure.code, LocalData())
        sector = procedure.sector.name if procedure.sector else ""
        if not self._keeps(procedure.code, "handled"):
            procedure.handled = self._selection.handles(
                procedure.code, kind=procedure.kind, sector=sector, levels=procedure.levels
            )
        self._answer_for(procedure, local, sector)
        if local.filing_mode and not self._keeps(procedure.code, "filing_mode"):
            procedure.filing_mode = FilingMode(local.filing_mode)
        for name in FILING_GROUNDS:
            if (value := getattr(local, name)) and not self._keeps(procedure.code, name):
                setattr(procedure, name, value)
        self._name(procedure, local)
        if not self._keeps(procedure.code, "where"):
            usual = usual_place(procedure, performer)
            if local.where or not procedure.handled:
                procedure.where_text = local.where or usual
            elif procedure.where_text == usual:
                procedure.where_text = ""
        differs = before != self._columns(procedure)
        if differs:
            self.changed.add(procedure.code)
        return differs

    def _answer_for(self, procedure: Procedure, local: LocalData, sector: str) -> None:
        """Set the competent agency and what is not prescribed; by sector only for handled procedures."""
        code = procedure.code
        agency = self._selection.agency_for(code, sector) if procedure.handled else local.agency
        if agency and not self._keeps(code, "agency"):
            procedure.agency_id = self._agencies[agency]
        sources = self._selection.not_prescribed(code, sector) if procedure.handled else {}
        for name in NOT_PRESCRIBED:
            if (name in sources or (code, name) in self._previously_stated) and not self._keeps(code, name):
                setattr(procedure, name, sources.get(name, ""))

    def _name(self, procedure: Procedure, local: LocalData) -> None:
        explanation = self._explanations.get(procedure.code)
        for name in NAMES:
            text = getattr(local, name, "") or getattr(explanation, name, "")
            if name == "short_name":
                is_chosen = procedure.short_name not in ("", short_name(procedure.name))
                usual = national.usual_short_name(procedure.code, procedure.name)
                text = text or (procedure.short_name if is_chosen else usual)
            # An explanation may take a text back; a selection that says nothing leaves it.
            if (text or explanation) and not self._keeps(procedure.code, name):
                setattr(procedure, name, text)

    @staticmethod
    def _columns(procedure: Procedure) -> list[object]:
        return [
            procedure.agency_id if name == "agency" else getattr(procedure, name) for name in LOCAL_COLUMNS
        ]


def _write_local_state(local: LocalState, written: Iterable[str]) -> None:
    """Write what *local* says of every procedure but those that were *written* with it just now."""
    synonyms = load_synonyms()
    changed = []
    # Of the version only who performs it is asked; its texts are long.
    texts = ("official_name", "steps", "legal_basis", "result", "conditions", "subjects", "source_note")
    rows = Procedure.objects.exclude(code__in=written).select_related("sector", "current_version")
    for procedure in rows.defer(*(f"current_version__{name}" for name in texts)):
        version = procedure.current_version
        differs = local(procedure, version.performer if version else "")
        if index(procedure, synonyms):
            local.changed.add(procedure.code)
            differs = True
        if differs:
            changed.append(procedure)
    write_back(changed, (*LOCAL_COLUMNS, *SEARCH_COLUMNS))


def _awaiting(selection: CatalogueSelection) -> tuple[tuple[str, int], ...]:
    """Sectors that await a decision, by name, with how many procedures would be handled with them."""
    whole = replace(selection, sectors=None)
    rows = Procedure.objects.filter(state=Procedure.State.ACTIVE, handled=False)
    found = Counter(
        sector or ""
        for code, kind, sector, levels in rows.values_list("code", "kind", "sector__name", "levels")
        if selection.awaits(sector or "")
        and whole.handles(code, kind=kind, sector=sector or "", levels=levels)
    )
    return tuple(sorted(found.items(), key=lambda item: sort_key(item[0])))


def _count(report: Report) -> None:
    active = Procedure.objects.filter(state=Procedure.State.ACTIVE)
    report.handled = active.filter(handled=True).count()
    report.information_only = active.filter(handled=False).count()
    without = active.filter(handled=True, current_version__term_unit="").order_by("code")
    report.without_term = tuple(without.values_list("code", flat=True))
