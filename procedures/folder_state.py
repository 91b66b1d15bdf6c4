"""What a province decided of its catalogue, told from the facts of the whole country: for plans and exports."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from procedures import explained, national
from procedures.indexing import short_name
from procedures.models import Fee, FilingMode, Origin, Procedure, Synonym
from procedures.selection import CatalogueSelection, elsewhere
from procedures.vietnamese import fold
from tenants.onboarding.registry import State

HANDLED = "handled"
SYNONYMS = "synonyms.csv"
TERM = "term"
FEE = "fee"
YES = "có"
NAMES = ("short_name", "everyday", "summary")
"""What an explanation that ships with the portal says as well."""


@dataclass(frozen=True, slots=True)
class Local:
    """One procedure with what is the province's own: "" where it is what the country says."""

    procedure: Procedure
    own: dict[str, str]
    fees: tuple[Fee, ...] = field(default=())

    @property
    def code(self) -> str:
        return self.procedure.code


def locals_of_the_province(codes: Iterable[str] | None = None) -> Iterator[Local]:
    """The procedures of the present province, or of these codes only, in order of their codes; two statements."""
    explanations = explained.load()
    fees: dict[int, list[Fee]] = {}
    for fee in Fee.objects.filter(version__fee_source=Origin.PROVINCE).order_by("version", "order"):
        fees.setdefault(fee.version_id, []).append(fee)
    rows = Procedure.objects.select_related("sector", "agency", "current_version").defer(
        "folded", "spelled", "sort_key", "initials", "current_version__steps", "current_version__legal_basis"
    )
    if codes is not None:
        rows = rows.filter(code__in=list(codes))
    for procedure in rows.order_by("code"):
        mine = fees.get(procedure.current_version_id or 0, [])
        yield Local(procedure, _own(procedure, explanations.get(procedure.code), mine), tuple(mine))


def _own(
    procedure: Procedure, explanation: explained.Explanation | None, fees: Iterable[Fee]
) -> dict[str, str]:
    usual = {
        "short_name": (explanation.short_name if explanation else "") or short_name(procedure.name),
        "everyday": explanation.everyday if explanation else "",
        "summary": explanation.summary if explanation else "",
        "filing_mode": str(FilingMode.NATIONAL_PORTAL),
        "where": "" if procedure.handled else elsewhere(procedure),
    }
    now = {name: getattr(procedure, name) for name in ("short_name", "everyday", "summary", "filing_mode")}
    now["where"] = procedure.where_text
    version = procedure.current_version
    own = {name: "" if value == usual[name] else str(value) for name, value in now.items()}
    own |= {
        HANDLED: YES if procedure.handled else "",
        "agency": procedure.agency.code if procedure.agency else "",
        TERM: "",
        FEE: "; ".join(" ".join(filter(None, [fee.kind, str(fee.amount or ""), fee.note])) for fee in fees),
    }
    if version is not None and version.term_source == Origin.PROVINCE:
        own[TERM] = f"{version.term_value or ''} {version.term_unit} ({version.term_decision})".strip()
    return own


def state_of(selection: CatalogueSelection) -> State:
    """Of each procedure whether it is handled and what the selection or a shipped explanation says of it."""
    explanations = explained.load()
    found: dict[str, Mapping[str, str]] = {}
    for local in locals_of_the_province():
        names = {HANDLED, *said(selection, local.code)}
        if local.code in explanations:
            names |= set(NAMES)
        found[local.code] = {name: value for name, value in local.own.items() if name in names}
    known = set(Synonym.objects.values_list("folded", "official"))
    found[SYNONYMS] = {
        synonym_title(everyday, official): YES
        for everyday, official in (*national.load_synonyms(), *selection.synonyms)
        if (fold(everyday), official) in known
    }
    return found


def synonym_title(everyday: str, official: str) -> str:
    """What stands for a synonym in a plan."""
    return f"{everyday} → {official}"


def said(selection: CatalogueSelection, code: str) -> set[str]:
    """The fields of a procedure of which the selection says something."""
    local = selection.local.get(code)
    if local is None:
        return set()
    values = {
        "agency": local.agency,
        "filing_mode": local.filing_mode,
        "short_name": local.short_name,
        "everyday": local.everyday,
        "where": local.where,
        TERM: local.term,
        FEE: local.fees,
    }
    return {name for name, value in values.items() if value}
