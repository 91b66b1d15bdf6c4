"""The catalogue as a section of the province's folder: `catalogue.yaml`, `procedures.csv`, `terms.csv`, `synonyms.csv`.

Only the first is needed. All faults are collected with file and line, so that the province gets one list to work
through.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from procedures.catalogue.contents import national
from procedures.catalogue.contents.guidance import NAMES
from procedures.catalogue.contents.local_selection import apply_selection
from procedures.catalogue.contents.selection import (
    CatalogueFile,
    CatalogueSelection,
    ProcedureRow,
    SynonymRow,
    TermRow,
)
from procedures.catalogue.contents.update import FILING_GROUNDS
from procedures.catalogue.folder import catalogue_state
from procedures.catalogue.folder.catalogue_state import STATED_NAMES, Local, locals_of_the_province
from procedures.catalogue.folder.readiness import COLUMNS, answered
from procedures.catalogue.formats.base import CatalogueError
from procedures.catalogue.models import FilingMode, Level, Procedure, Synonym
from tenants.folder.applied import Place
from tenants.folder.file_schema import load
from tenants.folder.folder import Draft, Folder
from tenants.folder.problems import Refused, ValidationProblem, blocking
from tenants.folder.questionnaire import Answers
from tenants.folder.readers.csv_reader import TableRow, read_table
from tenants.folder.readers.yaml_reader import Document, read_document
from tenants.folder.steps import Progress, State, Step, StepReport
from tenants.organisation.folder.agencies import FILE as AGENCIES
from tenants.organisation.folder.agencies import agency_codes_in
from tenants.text import fold, sort_key
from tenants.validation import shown

FILE, PROCEDURES, TERMS, SYNONYMS = "catalogue.yaml", "procedures.csv", "terms.csv", "synonyms.csv"
_LEVELS = ("province commune", "province", "commune", "ministry province commune")
_NAMED = ("agency", "filing_mode", *FILING_GROUNDS, "where", *STATED_NAMES)
_IN_LINES = ("when_needed", "mistakes")
_FEE = ("kind", "amount", "note", "online_note")
SHOWN = 10


def read_files(folder: Path) -> tuple[CatalogueSelection, list[ValidationProblem]]:
    """What could be read of the catalogue files in a province's folder, and all that is wrong with them.

    Touches no database.
    """
    chosen, problems = CatalogueFile(sectors=()), list[ValidationProblem]()
    try:
        document = read_document(folder / FILE)
        sound, found = load(CatalogueFile, document, instead={"sectors": []})
        chosen = sound or chosen
        problems += [*found, *_taken_twice(chosen, document)]
    except Refused as refusal:
        problems += refusal.problems

    def rows[Row: TableRow](file: str, model: type[Row], *key: str) -> tuple[Row, ...]:
        if not (folder / file).exists():
            return ()
        try:
            table = read_table(folder / file, model, key=key)
        except Refused as refusal:
            problems.extend(refusal.problems)
            return ()
        problems.extend(table.problems)
        return table.rows

    selection = CatalogueSelection(
        **dict(chosen),
        local={row.code: row for row in rows(PROCEDURES, ProcedureRow, "code")},
        terms={row.code: row for row in rows(TERMS, TermRow, "code")},
        synonyms=tuple(
            (row.everyday, row.official) for row in rows(SYNONYMS, SynonymRow, "everyday", "official")
        ),
    )
    return selection, problems


def read_selection(folder: Path) -> CatalogueSelection:
    """The selection written in a province's folder. Raises Refused with every fault of every file."""
    selection, problems = read_files(folder)
    if blocking(problems):
        raise Refused(problems)
    return selection


def _taken_twice(chosen: CatalogueFile, document: Document) -> Iterator[ValidationProblem]:
    taken = set(map(fold, chosen.sectors))
    for number, name in enumerate(chosen.excluded_sectors):
        if fold(name) in taken:
            text = _("“%(name)s” vừa ở sectors vừa ở excluded_sectors; hãy bỏ một chỗ.")
            yield document.problem(text % {"name": shown(name)}, "excluded_sectors", number)


def _check(folder: Folder, chosen: CatalogueSelection) -> list[ValidationProblem]:
    sectors = [*(chosen.sectors or ()), *chosen.excluded_sectors]
    sectors += [name for one in chosen.statements for name in one.sectors]
    return [
        *_strange_codes(chosen),
        *_strange_sectors(dict.fromkeys(sectors)),
        *_strange_agencies(folder, [one.value for one in chosen.agencies], chosen.local.values()),
    ]


def _strange_codes(chosen: CatalogueSelection) -> Iterator[ValidationProblem]:
    shipped = national.kinds()
    text = _("%(code)s không có trong danh mục đi kèm; phải nhập danh mục có mã này trước.")
    # Only a remark: the province may have imported the code from an official file.
    rows: tuple[ProcedureRow | TermRow, ...] = (*chosen.local.values(), *chosen.terms.values())
    for row in rows:
        if row.code not in shipped:
            yield row.problem(text % {"code": row.code}, "code", blocks=False)
    for code in sorted(chosen.named - shipped.keys() - {row.code for row in rows}):
        yield ValidationProblem(FILE, 0, text % {"code": code}, blocks=False)


def _strange_sectors(names: Iterable[str]) -> Iterator[ValidationProblem]:
    """A misspelt sector would leave in what was to be left out. A remark: it may have been imported."""
    for name in names:
        if remark := national.remark_on_sector(name):
            yield ValidationProblem(FILE, 0, remark[0], blocks=False)


def _strange_agencies(
    folder: Folder, by_sector: Sequence[str], procedures: Iterable[ProcedureRow]
) -> Iterator[ValidationProblem]:
    """Agencies that the folder's own list does not have; nothing when that list cannot be read."""
    rows = [row for row in procedures if row.agency]
    if not rows and not by_sector:
        return
    try:
        known = agency_codes_in(folder)
    except Refused:
        return
    text = _("không có cơ quan đang hoạt động mã %(code)s trong %(file)s.")
    for code in by_sector:
        if code not in known:
            yield ValidationProblem(FILE, 0, text % {"code": shown(code), "file": AGENCIES})
    for row in rows:
        if row.agency not in known:
            yield row.problem(text % {"code": shown(row.agency), "file": AGENCIES}, "agency")


def _write(folder: Folder, selection: CatalogueSelection, progress: Progress) -> StepReport:
    edited = catalogue_state.edited_codes()
    unsaid = _published_and_unsaid(selection, edited)

    def keeps(thing: str, *names: str) -> bool:
        return folder.keeps(thing, *names) or any((thing, name) in unsaid for name in names)

    try:
        report = apply_selection(selection, keeps, progress, catalogue_state.previously_stated())
    except CatalogueError as error:
        raise Refused([ValidationProblem(FILE, 0, str(error))]) from error
    active = Procedure.objects.filter(state=Procedure.State.ACTIVE)
    handled = active.filter(handled=True)
    notes = [
        _("%(handled)d thủ tục tỉnh giải quyết, %(information)d thủ tục để tra cứu thông tin.")
        % {"handled": handled.count(), "information": active.filter(handled=False).count()},
        *report.notes,
        *(text for column in COLUMNS for text in answered(column)),
    ]
    if edited:
        notes.append(
            _("%(n)d thủ tục có nội dung tỉnh tự soạn và đã duyệt; giữ nguyên.") % {"n": len(edited)}
        )
    left = [gone.code for gone in report.missing if gone.code not in report.hidden]
    if left:
        text = _("%(n)d thủ tục không còn trong danh mục quốc gia: %(codes)s. Ghi on_missing: hide để ẩn.")
        shown_codes = ", ".join(left[:SHOWN]) + ("…" if len(left) > SHOWN else "")
        notes.append(text % {"n": len(left), "codes": shown_codes})
    notes += _awaiting(selection)
    if without_term := handled.filter(current_version__term_unit="").count():
        notes.append(_("%(n)d thủ tục chưa rõ thời hạn.") % {"n": without_term})
    return report.as_step(notes)


def _awaiting(selection: CatalogueSelection) -> Iterator[str]:
    """The sectors that await a decision, by name, with how many procedures would be handled with them."""
    whole = selection.model_copy(update={"sectors": None})
    rows = Procedure.objects.filter(state=Procedure.State.ACTIVE, handled=False)
    sectors = Counter(
        sector or ""
        for code, kind, sector, levels in rows.values_list("code", "kind", "sector__name", "levels")
        if selection.awaits(sector or "")
        and whole.handles(code, kind=kind, sector=sector or "", levels=levels)
    )
    if sectors:
        text = _(
            "%(n)d lĩnh vực chờ tỉnh quyết định, chưa nhận giải quyết: ghi vào sectors hoặc excluded_sectors."
        )
        yield text % {"n": len(sectors)}
    for name, count in sorted(sectors.items(), key=lambda item: sort_key(item[0])):
        words = {"name": name or _("(không ghi lĩnh vực)"), "count": count}
        yield _("chờ quyết định: “%(name)s”, %(count)d thủ tục") % words


def _export(draft: Draft) -> None:
    """Write `catalogue.yaml`, and what the province decided of single procedures; applying them changes nothing.

    A folder says by sectors and levels what is handled; the database knows it procedure by procedure. The export
    finds the sectors again, and names one by one only what does not go with its sector.
    """
    rows = list(locals_of_the_province())
    choices = {levels: _choice(rows, levels) for levels in _LEVELS}
    levels, choice = min(choices.items(), key=lambda one: sum(map(len, one[1].values())))
    data: dict[str, Any] = {"version": 1, "levels": levels.split(), **choice}
    data |= {key: lines for key, lines in _not_prescribed(rows).items() if lines}
    draft.document(FILE, data, "Thủ tục tỉnh nhận và giải quyết, chọn từ danh mục quốc gia.")
    draft.table(PROCEDURES, tuple(ProcedureRow.model_fields), _procedure_rows(rows, draft))
    terms = [{"code": row.procedure.code, **row.term} for row in rows if row.term.get("decision")]
    draft.table(TERMS, tuple(TermRow.model_fields), terms)
    shipped = set(national.load_synonyms())
    own = Synonym.objects.order_by("everyday", "official").values_list("everyday", "official")
    columns = tuple(SynonymRow.model_fields)
    mine = [dict(zip(columns, one, strict=True)) for one in own if one not in shipped]
    draft.table(SYNONYMS, columns, mine)
    if edited := sorted(catalogue_state.edited_codes()):
        text = _(
            "%(count)d thủ tục có giấy tờ, các bước do tỉnh sửa (%(codes)s): thư mục không ghi được; xuất bảng tính ở trang soạn."
        )
        draft.notes.append(text % {"count": len(edited), "codes": ", ".join(edited[:SHOWN])})
    known = national.kinds()
    strange = [row.procedure.code for row in rows if row.procedure.code not in known]
    if strange:
        text = _("%(count)d thủ tục nhập từ danh mục khác: ở nơi mới phải nhập lại bằng `catalogue import`.")
        draft.notes.append(text % {"count": len(strange)})


def _not_prescribed(rows: Iterable[Local]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for key, name in (("no_terms", "no_term_source"), ("no_fees", "no_fee_source")):
        codes: dict[str, list[str]] = defaultdict(list)
        for row in rows:
            if row.own[name] and row.procedure.handled:
                codes[row.own[name]].append(row.procedure.code)
        found[key] = [{"source": source, "codes": named} for source, named in sorted(codes.items())]
    return found


def _choice(rows: Sequence[Local], levels: str) -> dict[str, list[str]]:
    """One way of saying in `catalogue.yaml` what is handled: the shorter the better."""
    plain = CatalogueSelection(levels=tuple(map(Level, levels.split())))
    by_sector: dict[str, list[tuple[str, bool, bool]]] = defaultdict(list)
    for row in rows:
        one = row.procedure
        fits = plain.handles(one.code, kind=one.kind, sector=one.sector_name, levels=one.levels)
        by_sector[one.sector_name].append((one.code, fits, one.handled))
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
    lists = {"excluded_sectors": excluded, "add": sorted(added), "remove": sorted(removed)}
    return {"sectors": sectors} | {name: values for name, values in lists.items() if values}


def _procedure_rows(rows: Iterable[Local], draft: Draft) -> list[dict[str, str]]:
    found = []
    for row in rows:
        cells = {name: row.own[name] for name in _NAMED if row.own[name]}
        cells |= {name: cells[name].replace("\n", " | ") for name in _IN_LINES if name in cells}
        if row.fees:
            fee = ((f"fee_{name}", getattr(row.fees[0], name)) for name in _FEE)
            cells |= {name: str(value) for name, value in fee if value is not None}
        if len(row.fees) > 1:
            text = _("%(code)s: tỉnh có nhiều mức phí, procedures.csv chỉ ghi được mức đầu.")
            draft.notes.append(text % {"code": row.procedure.code})
        if cells:
            found.append({"code": row.procedure.code, **cells})
    return found


def _start(draft: Draft, answers: Answers) -> None:
    """The sectors that provinces usually handle, and the tables with their headings alone."""
    draft.files[FILE] = (national.DATA / "catalogue_start.yaml").read_text(encoding="utf-8")
    notes = {
        PROCEDURES: (
            "Nơi giải quyết, cách nộp, tên gọn, phí của từng thủ tục; ô trống nghĩa là theo danh mục quốc gia.\n"
            f"filing_mode: {' | '.join(FilingMode.values)}; local thì ghi filing_decision (số văn bản) và\n"
            "filing_decided_on (ngày, dạng 2026-11-24); filing_reason: lý do, hiện trên trang thủ tục.\n"
            f"fee_kind: phi | le_phi; fee_amount là số đồng.\n"
            "when_needed (khi nào cần), mistakes (lỗi thường gặp): nhiều ý cách nhau bằng dấu |."
        ),
        TERMS: "Thời hạn do tỉnh quyết định, kèm số quyết định. unit: working_day | calendar_day | month | same_day.",
        SYNONYMS: "everyday: từ người dân dùng; official: chữ đứng liền nhau trong tên thủ tục, hoặc mã thủ tục.",
    }
    for file, model in ((PROCEDURES, ProcedureRow), (TERMS, TermRow), (SYNONYMS, SynonymRow)):
        draft.table(file, tuple(model.model_fields), [], notes[file], empty=True)


def _state(folder: Folder) -> State:
    return catalogue_state.state_of(read_selection(folder.path))


def _published_and_unsaid(selection: CatalogueSelection, edited: Mapping[str, str]) -> frozenset[Place]:
    """Names of a version that the province published itself and that the folder leaves open: an explanation that
    ships with the portal does not take their place."""
    return frozenset(
        (code, name)
        for code, place in edited.items()
        for name in {*NAMES, *(["where"] if place else [])} - catalogue_state.stated_fields(selection, code)
    )


STEP = Step(
    catalogue_state.STEP,
    gettext_lazy("Danh mục thủ tục"),
    lambda folder: read_files(folder.path),
    _write,
    {FILE: CatalogueFile, **dict.fromkeys((PROCEDURES, TERMS, SYNONYMS))},
    _state,
    _export,
    _start,
    check=_check,
)
