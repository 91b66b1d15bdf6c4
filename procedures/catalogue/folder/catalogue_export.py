"""The catalogue files of a province's folder, written from what the province handles and decided.

A folder says by sectors and levels what is handled; the database knows it procedure by procedure. The export
finds the sectors again, and names one by one only what does not go with its sector.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from procedures.catalogue.contents import national
from procedures.catalogue.contents.local_selection import CatalogueSelection
from procedures.catalogue.contents.update import FILING_GROUNDS
from procedures.catalogue.folder.catalogue_files import (
    FILE,
    PROCEDURES,
    SYNONYMS,
    TERMS,
    ProcedureRow,
    SynonymRow,
    TermRow,
    cell_of,
)
from procedures.catalogue.folder.catalogue_state import (
    HANDLED,
    STATED_NAMES,
    Local,
    edited_codes,
    locals_of_the_province,
)
from procedures.catalogue.models import Synonym
from tenants.folder.folder import Draft

_LEVELS = (("province", "commune"), ("province",), ("commune",), ("ministry", "province", "commune"))
SHOWN = 10
_NAMED = ("agency", "filing_mode", *FILING_GROUNDS, "where", *STATED_NAMES)
_IN_LINES = ("when_needed", "mistakes")
_FEE = ("kind", "amount", "note", "online_note")


@dataclass(frozen=True)
class _Choice:
    """A way of saying what is handled: the shorter the better."""

    levels: tuple[str, ...]
    sectors: tuple[str, ...]
    excluded: tuple[str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]

    @property
    def length(self) -> int:
        return len(self.sectors) + len(self.excluded) + len(self.added) + len(self.removed)


def export(draft: Draft) -> None:
    """`catalogue.yaml`, and what the province decided of single procedures. Applying them changes nothing."""
    rows = list(locals_of_the_province())
    choice = min((_choice(rows, levels) for levels in _LEVELS), key=lambda one: one.length)
    data: dict[str, Any] = {"version": 1, "levels": list(choice.levels), "sectors": list(choice.sectors)}
    names = {"excluded_sectors": choice.excluded, "add": choice.added, "remove": choice.removed}
    data |= {name: list(values) for name, values in names.items() if values}
    data |= {key: lines for key, lines in _not_prescribed(rows).items() if lines}
    draft.document(FILE, data, "Thủ tục tỉnh nhận và giải quyết, chọn từ danh mục quốc gia.")
    draft.table(PROCEDURES, tuple(ProcedureRow.model_fields), _procedure_rows(rows, draft))
    terms = [{"code": row.code, **row.term} for row in rows if row.term.get("decision")]
    draft.table(TERMS, tuple(TermRow.model_fields), terms)
    shipped = set(national.load_synonyms())
    own = Synonym.objects.order_by("everyday", "official").values_list("everyday", "official")
    columns = tuple(SynonymRow.model_fields)
    mine = [dict(zip(columns, one, strict=True)) for one in own if one not in shipped]
    draft.table(SYNONYMS, columns, mine)
    if edited := sorted(edited_codes()):
        text = _(
            "%(count)d thủ tục có giấy tờ, các bước do tỉnh sửa (%(codes)s): thư mục không ghi được; xuất bảng tính ở trang soạn."
        )
        draft.notes.append(text % {"count": len(edited), "codes": ", ".join(edited[:SHOWN])})
    known = national.kinds()
    strange = [row.code for row in rows if row.code not in known]
    if strange:
        text = _("%(count)d thủ tục nhập từ danh mục khác: ở nơi mới phải nhập lại bằng `catalogue import`.")
        draft.notes.append(text % {"count": len(strange)})


def _not_prescribed(rows: Iterable[Local]) -> dict[str, list[dict[str, Any]]]:
    """By key of the file, each source with the codes for which it says that nothing is prescribed."""
    found: dict[str, list[dict[str, Any]]] = {}
    for key, name in (("no_terms", "no_term_source"), ("no_fees", "no_fee_source")):
        codes: dict[str, list[str]] = defaultdict(list)
        for row in rows:
            if row.own[name] and row.own[HANDLED]:
                codes[row.own[name]].append(row.code)
        found[key] = [{"source": source, "codes": named} for source, named in sorted(codes.items())]
    return found


def _choice(rows: Sequence[Local], levels: tuple[str, ...]) -> _Choice:
    plain = CatalogueSelection(levels=levels)
    by_sector: dict[str, list[tuple[str, bool, bool]]] = defaultdict(list)
    for row in rows:
        fits = plain.handles(row.code, kind=row.kind, sector=row.sector, levels=row.levels)
        by_sector[row.sector].append((row.code, fits, bool(row.own[HANDLED])))
    sectors, excluded, added, removed = [], [], [], []
    for sector, members in sorted(by_sector.items()):
        left_out = [code for code, fits, handled in members if fits and not handled]
        besides = [code for code, fits, handled in members if handled and not fits]
        taken = [code for code, fits, handled in members if fits and handled]
        if sector and taken and len(left_out) <= 1 + len(taken):
            sectors.append(sector)
            removed += left_out
        else:
            added += taken
            if sector and left_out:
                excluded.append(sector)
        added += besides
    return _Choice(levels, tuple(sectors), tuple(excluded), tuple(sorted(added)), tuple(sorted(removed)))


def _procedure_rows(rows: Iterable[Local], draft: Draft) -> list[dict[str, str]]:
    found = []
    for row in rows:
        cells = {name: row.own[name] for name in _NAMED if row.own[name]}
        cells |= {name: cell_of(cells[name]) for name in _IN_LINES if name in cells}
        if row.fees:
            fee = ((f"fee_{name}", getattr(row.fees[0], name)) for name in _FEE)
            cells |= {name: str(value) for name, value in fee if value is not None}
        if len(row.fees) > 1:
            text = _("%(code)s: tỉnh có nhiều mức phí, procedures.csv chỉ ghi được mức đầu.")
            draft.notes.append(text % {"code": row.code})
        if cells:
            found.append({"code": row.code, **cells})
    return found
