"""A province's catalogue: which of the national procedures it handles, and what it decides itself.

Applying a selection twice changes nothing the second time. What staff changed by hand in admin is overwritten only
where the selection says something.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from procedures.catalogue.contents import national, national_papers
from procedures.catalogue.contents.filing_place import usual_place
from procedures.catalogue.contents.selection import NOT_PRESCRIBED, CatalogueSelection, ProcedureRow
from procedures.catalogue.contents.update import (
    FILING_GROUNDS,
    LOCAL_COLUMNS,
    Report,
    apply,
    diff,
    lock_catalogue,
)
from procedures.catalogue.formats.base import CatalogueError, ProcedureRecord
from procedures.catalogue.models import Origin, Procedure, ProcedureKind, Synonym
from procedures.catalogue.search.index import SEARCH_COLUMNS, index, learn_words, load_synonyms, short_name
from procedures.catalogue.versions import EDITED_TEXT, LONG_TEXTS, Current, load_current, write_back
from tenants.organisation.models import Agency
from tenants.text import fold

Keeps = Callable[..., bool]
"""Whether a field of a procedure, by code and name, was set by hand and is to stay so."""


def apply_selection(
    selection: CatalogueSelection,
    keeps: Keeps = lambda code, *names: False,
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
        if selection.on_missing == "hide":
            report.hidden = tuple(gone.code for gone in report.missing)
            Procedure.objects.filter(code__in=report.hidden).update(state=Procedure.State.HIDDEN)
        _write_local_state(local, (*report.added, *report.changed))
        report.local_changes = new_synonyms + len(local.changed)
        part(0.9)
        if report.local_changes or report.hidden:
            learn_words()
    return report


def _gone(records: Iterable[ProcedureRecord], current: Mapping[str, Current]) -> tuple[Procedure, ...]:
    shipped = {record.code for record in records}
    return tuple(
        known.procedure
        for code, known in sorted(current.items())
        if code not in shipped
        and known.version.source in (national.SOURCE, national.EXPLAINED_SOURCE)
        and known.procedure.state == Procedure.State.ACTIVE
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
        for code in sorted(selection.add)
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
    fees = local.fees if (local := selection.local.get(record.code)) else ()
    if known is None or known.version.text_source in ("", national.SOURCE, national.EXPLAINED_SOURCE):
        record = with_shipped_texts(record)
    elif known.version.text_source == EDITED_TEXT and (
        explanation := national.load_explanations().get(record.code)
    ):
        record = explanation.completed(record)
        # A term in words stands as it stood when the province published its own.
        if record.term and not record.term.unit and known.facts.term_source == Origin.NATIONAL:
            record = replace(record, term=None)
    if known and known.version.source not in ("", national.SOURCE, national.EXPLAINED_SOURCE):
        # An official file has been imported since: of ours, only a term that must come back counts.
        term = record.term if known.facts.term_source == Origin.PROVINCE else None
        listed = ("sector", "issuer", "decision", "levels", "channels", "performer")
        unsaid: dict[str, Any] = dict.fromkeys(listed)
        record = replace(
            record,
            name=known.facts.official_name,
            source=known.version.source,
            source_note=known.version.source_note,
            term=term,
            **unsaid,
        )
    if own := selection.terms.get(record.code):
        record = replace(record, term=own.term, term_source=Origin.PROVINCE, term_decision=own.decision)
    is_edited = bool(known and known.version.text_source == EDITED_TEXT)
    if keeps(record.code, "fee"):
        record = replace(record, fees=None)
    elif fees:
        record = replace(record, fees=fees, fee_source=Origin.PROVINCE)
    elif record.fees is None and known and known.facts.fee_source == Origin.PROVINCE and not is_edited:
        record = replace(record, fees=())
    return record


def _write_synonyms(own: tuple[tuple[str, str], ...], keeps: Keeps) -> int:
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


_NOTHING_SAID = ProcedureRow.model_construct()


@dataclass(frozen=True, slots=True)
class LocalState:
    """What a province says of its procedures beside any version: handled or not, agency, names, filing.

    What *keeps* names stays as it is. `changed` has the codes of those that were not so before.
    """

    selection: CatalogueSelection
    agencies: Mapping[str, int]
    keeps: Keeps
    previously_stated: Collection[tuple[str, str]]
    changed: set[str] = field(default_factory=set)

    def __call__(self, procedure: Procedure, performer: str) -> bool:
        """Set it, unsaved; whether anything was different. *performer* is who the version says performs it."""
        before, code, sector = self._columns(procedure), procedure.code, procedure.sector_name
        local = self.selection.local.get(code) or _NOTHING_SAID

        def put(column: str, value: object, name: str = "") -> None:
            if not self.keeps(code, name or column):
                setattr(procedure, column, value)

        kind, levels = procedure.kind, procedure.levels
        put("handled", self.selection.handles(code, kind=kind, sector=sector, levels=levels))
        # By sector only what is handled has an agency, and is not prescribed.
        if agency := self.selection.agency_for(code, sector) if procedure.handled else local.agency:
            put("agency_id", self.agencies[agency], "agency")
        sources = self.selection.not_prescribed(code, sector) if procedure.handled else {}
        for name in NOT_PRESCRIBED:
            if name in sources or (code, name) in self.previously_stated:
                put(name, sources.get(name, ""))
        for name in ("filing_mode", *FILING_GROUNDS):
            if value := getattr(local, name):
                put(name, value)
        is_explained = code in national.load_explanations()
        is_chosen = not is_explained and procedure.short_name not in ("", short_name(procedure.name))
        for name, text in national.usual_names(code, procedure.name).items():
            own = getattr(local, name, "")
            # An explanation may take a text back; a selection that says nothing leaves it.
            if own or is_explained or (name == "short_name" and not is_chosen):
                put(name, own or text)
        usual = usual_place(procedure, performer)
        if local.where or not procedure.handled or procedure.where_text == usual:
            put("where_text", local.where or ("" if procedure.handled else usual), "where")
        differs = before != self._columns(procedure)
        if differs:
            self.changed.add(code)
        return differs

    @staticmethod
    def _columns(procedure: Procedure) -> list[object]:
        return [
            procedure.agency_id if name == "agency" else getattr(procedure, name) for name in LOCAL_COLUMNS
        ]


def _write_local_state(local: LocalState, written: Iterable[str]) -> None:
    """Write what *local* says of every procedure but those that were *written* with it just now."""
    synonyms = load_synonyms()
    changed = []
    rows = Procedure.objects.exclude(code__in=written).select_related("sector", "current_version")
    for procedure in rows.defer(*LONG_TEXTS):
        version = procedure.current_version
        differs = local(procedure, version.performer if version else "")
        if index(procedure, synonyms):
            local.changed.add(procedure.code)
            differs = True
        if differs:
            changed.append(procedure)
    write_back(changed, (*LOCAL_COLUMNS, *SEARCH_COLUMNS))
