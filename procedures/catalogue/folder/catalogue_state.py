"""What a province decided of its catalogue, apart from the national facts: for plans, exports and new releases."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from procedures.catalogue.contents import national
from procedures.catalogue.contents.filing_place import usual_place
from procedures.catalogue.contents.guidance import NAMES
from procedures.catalogue.contents.selection import NOT_PRESCRIBED, CatalogueSelection
from procedures.catalogue.contents.update import FILING_GROUNDS
from procedures.catalogue.models import Fee, FilingMode, Origin, Procedure, Synonym
from procedures.catalogue.versions import EDITED_TEXT, LONG_TEXTS
from tenants.folder.applied import Place, changed_by_hand, last_applied
from tenants.folder.steps import State
from tenants.text import fold

STEP = "catalogue"
HANDLED = "handled"
SYNONYMS = "synonyms.csv"
TERM = "term"
FEE = "fee"
YES = "có"
STATED_NAMES = tuple(name for name in NAMES if name != "where_guide")
"""Those that a folder may say otherwise; for `where_guide` it has a place of its own, `where`."""


@dataclass(frozen=True, slots=True)
class Local:
    """One procedure with what is the province's own: "" where it is what the country says.

    `term` and `fees` are the province's, with all that its folder can say of them.
    """

    procedure: Procedure
    own: dict[str, str]
    term: dict[str, str]
    fees: tuple[Fee, ...] = ()


def locals_of_the_province(codes: Iterable[str] | None = None) -> Iterator[Local]:
    """The procedures of the present province, or of these codes only, in order of their codes; two statements."""
    fees: dict[int | None, list[Fee]] = {}
    for fee in Fee.objects.filter(version__fee_source=Origin.PROVINCE).order_by("version", "order"):
        fees.setdefault(fee.version_id, []).append(fee)
    rows = Procedure.objects.select_related("sector", "agency", "current_version").defer(*LONG_TEXTS)
    if codes is not None:
        rows = rows.filter(code__in=list(codes))
    for row in rows.order_by("code"):
        mine, version, term = tuple(fees.get(row.current_version_id, ())), row.current_version, {}
        if version and version.term_source == Origin.PROVINCE:
            value = str(version.term_value or "")
            term = {"value": value, "unit": version.term_unit, "decision": version.term_decision}
        yield Local(row, _own(row, version.performer if version else "", term, mine), term, mine)


def _own(row: Procedure, performer: str, term: Mapping[str, str], fees: Iterable[Fee]) -> dict[str, str]:
    usual = {**national.usual_names(row.code, row.name), "filing_mode": str(FilingMode.NATIONAL_PORTAL)}
    del usual["where_guide"]
    own = {name: "" if getattr(row, name) == value else getattr(row, name) for name, value in usual.items()}
    own |= {name: getattr(row, name) for name in NOT_PRESCRIBED}
    own |= {name: str(getattr(row, name) or "") for name in FILING_GROUNDS}
    return own | {
        "where": "" if row.where_text == usual_place(row, performer) else row.where_text,
        HANDLED: YES if row.handled else "",
        "agency": row.agency.code if row.agency else "",
        TERM: " ".join(filter(None, term.values())),
        FEE: "; ".join(" ".join(filter(None, [fee.kind, str(fee.amount or ""), fee.note])) for fee in fees),
    }


def state_of(selection: CatalogueSelection) -> State:
    """Of each procedure whether it is handled and what the selection says of it."""
    found: dict[str, Mapping[str, str]] = {}
    before = previously_stated()
    for local in locals_of_the_province():
        code, sector = local.procedure.code, local.procedure.sector_name
        names = {HANDLED, *stated_fields(selection, code)}
        names |= {name for name in NOT_PRESCRIBED if (code, name) in before}
        if local.own[HANDLED]:
            names |= selection.not_prescribed(code, sector).keys()
            names |= {"agency"} if selection.agency_for(code, sector) else set()
        found[code] = {name: value for name, value in local.own.items() if name in names}
    known = set(Synonym.objects.values_list("folded", "official"))
    found[SYNONYMS] = {
        f"{everyday} → {official}": YES if (fold(everyday), official) in known else ""
        for everyday, official in (*national.load_synonyms(), *selection.synonyms)
    }
    return found


def previously_stated() -> frozenset[Place]:
    """Of which procedures the folder that was last applied said that something is not prescribed, and what."""
    left = last_applied(STEP) or {}
    return frozenset((code, name) for code, names in left.items() for name in NOT_PRESCRIBED if name in names)


def edited_codes() -> dict[str, str]:
    """The procedures whose papers, steps and words the province published itself, with the place that they say in short."""
    edited = Procedure.objects.filter(current_version__text_source=EDITED_TEXT)
    return dict(edited.order_by().values_list("code", "where_text"))


def stated_fields(selection: CatalogueSelection, code: str) -> set[str]:
    """The fields of a procedure of which the selection says something."""
    local = selection.local.get(code)
    said = {name for name, value in local or () if value and not name.startswith("fee_")} - {"code"}
    if local and local.fees:
        said.add(FEE)
    return said | ({TERM} if code in selection.terms else set())


DossierCounter = Callable[[Iterable[str]], Mapping[str, int]]
"""Counts the open dossiers of these procedures, by code."""


@dataclass(frozen=True, slots=True)
class ReleaseImpact:
    """A new release of the catalogue beside one procedure of the province.

    `own`: fields that the province decided; `by_hand`: those set since the folder was last applied; `running`: open
    dossiers, which keep the version that they were received under.
    """

    own: tuple[str, ...]
    by_hand: tuple[str, ...]
    running: int


def release_impacts(codes: Iterable[str], count_open: DossierCounter) -> dict[str, ReleaseImpact]:
    """The province's own decisions and open dossiers of these procedures; reads only."""
    wanted = set(codes)
    if not wanted:
        return {}
    rows = {row.procedure.code: row.own for row in locals_of_the_province(wanted)}
    left = last_applied(STEP)
    known = None if left is None else {code: left.get(code, {}) for code in wanted}
    changed = changed_by_hand(known, rows)
    running = count_open(wanted)
    return {
        code: ReleaseImpact(
            own=tuple(name for name, value in own.items() if value and name != HANDLED),
            by_hand=tuple(name for name in own if (code, name) in changed),
            running=running.get(code, 0),
        )
        for code, own in rows.items()
    }
