"""The catalogue part of a province's folder: `catalogue.yaml`, `procedures.csv`, `terms.csv`, `synonyms.csv`.

Only the first is needed. All faults are collected and named as “file:row: sentence”, so that the province
gets one list to work through.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from procedures.catalogue import national, statements
from procedures.catalogue.local_selection import CatalogueSelection, LocalData, LocalTerm, apply_selection
from procedures.catalogue.update import CatalogueError
from procedures.formats.base import LEVELS, FeeItem, base_code
from procedures.formats.terms import read_term
from procedures.models import FeeKind, FilingMode
from procedures.province_folder import catalogue_export, catalogue_state
from procedures.search.index import MAX_SHORT_NAME
from tenants.folder.csv_reader import Column, Row, read_table
from tenants.folder.folder import Draft, Folder
from tenants.folder.problems import Problem, Refused, blocking
from tenants.folder.questionnaire import Answers
from tenants.folder.steps import Progress, State, Step, StepReport, steps
from tenants.folder.yaml_reader import Document, Section, read_document
from tenants.onboarding import dry_run
from tenants.organisation_folder.agencies import FILE as AGENCIES
from tenants.organisation_folder.agencies import agency_codes_in
from tenants.text import fold, grouped
from tenants.validation import shown

FILE, PROCEDURES, TERMS, SYNONYMS = "catalogue.yaml", "procedures.csv", "terms.csv", "synonyms.csv"
MOST_FEE = 1_000_000_000
"""In đồng. No fee of a procedure comes near; a slip of the hand does."""
KEEP, HIDE = "keep", "hide"
EXPLAINED = "explanations"
"""Under this name it is remembered what the explanations that ship with the portal left."""
SHOWN = 10
_PROCEDURES = (
    Column("code", required=True, most=60),
    Column("agency", most=35),
    Column("filing_mode", most=20),
    Column("short_name", most=MAX_SHORT_NAME),
    Column("everyday", most=300),
    Column("where", most=300),
    Column("fee_kind", most=10),
    Column("fee_amount", most=20),
    Column("fee_note", most=2_000),
    Column("fee_online_note", most=2_000),
)
_TERMS = (
    Column("code", required=True, most=60),
    Column("value", most=20),
    Column("unit", most=60),
    Column("decision", most=200),
)
_SYNONYMS = (Column("everyday", required=True, most=100), Column("official", most=300))
PROCEDURE_COLUMNS, TERM_COLUMNS, SYNONYM_COLUMNS = (
    tuple(column.name for column in columns) for columns in (_PROCEDURES, _TERMS, _SYNONYMS)
)


class SelectionError(CatalogueError):
    """The folder's catalogue files are faulty; ``faults`` are all that is wrong with them."""

    def __init__(self, faults: Iterable[Problem]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


def read_selection(folder: Path) -> CatalogueSelection:
    """Return the selection written in a province's folder; touches no database.

    Raises :class:`SelectionError` with every fault of every file.
    """
    return _Files(folder).selection()


def register() -> None:
    """Add the catalogue to the steps by which a province is brought to life."""
    steps.register(
        Step(
            code=catalogue_state.STEP,
            title=gettext_lazy("Danh mục thủ tục"),
            validate=_validate_step,
            apply=_apply_step,
            order=40,
            files=(FILE, PROCEDURES, TERMS, SYNONYMS),
            state=_state,
            export=catalogue_export.export,
            start=_start,
        )
    )


def _validate_step(folder: Folder) -> list[Problem]:
    files = _Files(folder.path)
    try:
        strange = list(_strange_codes(files.selection()))
    except SelectionError:
        strange = []
    said = [one for key in statements.KEYS for one in files.chosen.get(key, ())]
    sectors = [*files.chosen.get("sectors", ()), *files.chosen.get("excluded_sectors", ())]
    sectors += [name for one in said for name in one.sectors]
    agencies = [one.value for one in files.chosen.get("agencies", ()) if one.value]
    return [
        *files.problems,
        *strange,
        *_strange_sectors(dict.fromkeys(sectors)),
        *_strange_agencies(folder, agencies),
    ]


def _strange_codes(selection: CatalogueSelection) -> Iterator[Problem]:
    shipped = {record.code for record in national.load().records}
    text = _("%(code)s không có trong danh mục đi kèm; phải nhập danh mục có mã này trước.")
    # Only a remark: the province may have imported the code from an official file.
    for code in sorted(selection.named - shipped):
        yield Problem(FILE, 0, text % {"code": code}, blocks=False)


def _strange_sectors(names: Iterable[str]) -> Iterator[Problem]:
    """A misspelt sector would leave in what was to be left out. A remark: it may have been imported."""
    known = {fold(record.sector): record.sector for record in national.load().records if record.sector}
    for name in names:
        if fold(name) not in known:
            near = get_close_matches(fold(name), known, n=1, cutoff=0.8)
            text = (
                _("không có lĩnh vực “%(name)s” trong danh mục; có phải “%(near)s”?")
                if near
                else _("không có lĩnh vực “%(name)s” trong danh mục đi kèm; phải nhập danh mục có nó trước.")
            )
            words = {"name": shown(name), "near": known[near[0]] if near else ""}
            yield Problem(FILE, 0, text % words, blocks=False)


def _strange_agencies(folder: Folder, by_sector: Sequence[str]) -> Iterator[Problem]:
    """Agencies that the folder's own list does not have; nothing when that list cannot be read."""
    try:
        rows = [row for row in read_table(folder.path / PROCEDURES, _PROCEDURES).rows if row["agency"]]
    except Refused:
        rows = []
    if not rows and not by_sector:
        return
    try:
        known = agency_codes_in(folder)
    except Refused:
        return
    text = _("không có cơ quan đang hoạt động mã %(code)s trong %(file)s.")
    for code in by_sector:
        if code not in known:
            yield Problem(FILE, 0, text % {"code": shown(code), "file": AGENCIES})
    for row in rows:
        if row["agency"] not in known:
            yield row.problem(text % {"code": shown(row["agency"]), "file": AGENCIES}, "agency")


def _apply_step(folder: Folder, progress: Progress) -> StepReport:
    selection = read_selection(folder.path)
    unsaid = _set_by_hand_and_unsaid(selection)

    def keeps(thing: str, *names: str) -> bool:
        return folder.keeps(thing, *names) or any((thing, name) in unsaid for name in names)

    try:
        report = apply_selection(selection, keeps, progress.part, catalogue_state.previously_stated())
    except CatalogueError as error:
        raise Refused([Problem("catalogue.yaml", 0, str(error))]) from error
    dry_run.remember_applied(EXPLAINED, catalogue_state.explained_names(), unsaid)
    notes = [
        _("%(handled)d thủ tục tỉnh giải quyết, %(information)d thủ tục để tra cứu thông tin.")
        % {"handled": report.handled, "information": report.information_only},
        *report.notes,
    ]
    left = [gone.code for gone in report.missing if gone.code not in report.hidden]
    if left:
        text = _("%(n)d thủ tục không còn trong danh mục quốc gia: %(codes)s. Ghi on_missing: hide để ẩn.")
        shown_codes = ", ".join(left[:SHOWN]) + ("…" if len(left) > SHOWN else "")
        notes.append(text % {"n": len(left), "codes": shown_codes})
    notes += _awaiting(report.awaiting)
    if report.without_term:
        notes.append(_("%(n)d thủ tục chưa rõ thời hạn.") % {"n": len(report.without_term)})
    return StepReport(
        added=len(report.added),
        changed=len(report.changed) + report.local_changes,
        hidden=len(report.hidden),
        unchanged=report.unchanged,
        notes=notes,
    )


def _awaiting(sectors: Sequence[tuple[str, int]]) -> Iterator[str]:
    """The sectors that the province has to decide on, one a line."""
    if sectors:
        text = _(
            "%(n)d lĩnh vực chờ tỉnh quyết định, chưa nhận giải quyết: ghi vào sectors hoặc excluded_sectors."
        )
        yield text % {"n": len(sectors)}
    for name, count in sectors:
        words = {"name": name or _("(không ghi lĩnh vực)"), "count": count}
        yield _("chờ quyết định: “%(name)s”, %(count)d thủ tục") % words


def _start(draft: Draft, answers: Answers) -> None:
    """The sectors that provinces usually handle, and the tables with their headings alone."""
    draft.text(FILE, (national.DATA / "catalogue_start.yaml").read_text(encoding="utf-8"))
    notes = {
        PROCEDURES: (
            "Nơi giải quyết, cách nộp, tên gọn, phí của từng thủ tục; ô trống nghĩa là theo danh mục quốc gia.\n"
            f"filing_mode: {' | '.join(FilingMode.values)}. fee_kind: phi | le_phi; fee_amount là số đồng."
        ),
        TERMS: "Thời hạn do tỉnh quyết định, kèm số quyết định. unit: working_day | calendar_day | month | same_day.",
        SYNONYMS: "everyday: từ người dân dùng; official: chữ đứng liền nhau trong tên thủ tục, hoặc mã thủ tục.",
    }
    tables = {PROCEDURES: PROCEDURE_COLUMNS, TERMS: TERM_COLUMNS, SYNONYMS: SYNONYM_COLUMNS}
    for file, columns in tables.items():
        draft.table(file, columns, [], notes[file], empty=True)


def _state(folder: Folder) -> State:
    return catalogue_state.state_of(read_selection(folder.path))


def _set_by_hand_and_unsaid(selection: CatalogueSelection) -> frozenset[dry_run.Place]:
    """Names that people gave in admin and that the folder leaves open: an explanation that ships with the
    portal does not take their place. Names that were never recorded do not count."""
    left = dry_run.last_applied(EXPLAINED) or {}
    return frozenset(
        (code, name)
        for code, name in dry_run.changed_by_hand(left, catalogue_state.explained_names())
        if name in left.get(code, {}) and name not in catalogue_state.stated_fields(selection, code)
    )


class _Fault(Exception):
    """What is wrong with one row, in words, and in which column."""

    def __init__(self, text: str, column: str = "code") -> None:
        super().__init__(text)
        self.column = column


class _Files:
    """The catalogue files of a folder; all faults are collected in `problems`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[Problem] = []
        self.chosen: dict[str, Any] = {}

    def selection(self) -> CatalogueSelection:
        self.chosen = self._chosen()
        rows = self._rows(PROCEDURES, _PROCEDURES, _local_data)
        terms = self._rows(TERMS, _TERMS, _local_term)
        synonyms = self._rows(SYNONYMS, _SYNONYMS, _synonym)
        if blocking(self.problems):
            raise SelectionError(self.problems)
        local = {
            code: replace(rows.get(code, LocalData()), term=terms.get(code)) for code in {**rows, **terms}
        }
        return CatalogueSelection(**self.chosen, local=local, synonyms=tuple(synonyms))

    def _chosen(self) -> dict[str, Any]:
        try:
            document = read_document(self.folder / FILE)
        except Refused as refusal:
            self.problems += refusal.problems
            return {}
        top = Section(document, self.problems)
        top.text("version", most=10, required=False)
        chosen: dict[str, Any] = {}
        levels = top.texts("levels", most=20)
        for number, level in enumerate(levels):
            if level not in LEVELS:
                names = {"level": shown(level), "known": ", ".join(LEVELS)}
                top.report(_("cấp “%(level)s” phải là một trong: %(known)s.") % names, "levels", number)
        if levels:
            chosen["levels"] = tuple(levels)
        for key in ("sectors", "excluded_sectors"):
            chosen[key] = tuple(top.texts(key, most=500))
        self._refuse_undecided(document, top, chosen)
        for key, name in (("add", "added"), ("remove", "removed")):
            chosen[name] = frozenset(statements.valid_codes(top, key, top.texts(key, most=60)))
        for key in statements.KEYS:
            chosen[key] = statements.read(top, key)
        on_missing = top.choice("on_missing", (KEEP, HIDE), default=KEEP)
        chosen["hide_missing"] = on_missing == HIDE
        top.refuse_unknown()
        return chosen

    @staticmethod
    def _refuse_undecided(document: Document, top: Section, chosen: dict[str, Any]) -> None:
        if isinstance(document.data, dict) and document.data.get("sectors") is None:
            text = _(
                "thiếu mục “sectors”: ghi từng lĩnh vực tỉnh giải quyết; chưa chọn lĩnh vực nào thì ghi []."
            )
            top.report(text, "sectors")
        taken = set(map(fold, chosen["sectors"]))
        for number, name in enumerate(chosen["excluded_sectors"]):
            if fold(name) in taken:
                text = _("“%(name)s” vừa ở sectors vừa ở excluded_sectors; hãy bỏ một chỗ.")
                top.report(text % {"name": shown(name)}, "excluded_sectors", number)

    def _rows(
        self, name: str, columns: tuple[Column, ...], read: Callable[[Row], tuple[Any, Any]]
    ) -> dict[Any, Any]:
        if not (self.folder / name).exists():
            return {}
        found: dict[Any, Any] = {}
        try:
            table = read_table(self.folder / name, columns)
        except Refused as refusal:
            self.problems += refusal.problems
            return {}
        self.problems += table.problems
        for row in table.rows:
            try:
                key, value = read(row)
                if key in found:
                    words = key if isinstance(key, str) else " → ".join(key)
                    raise _Fault(_("%(key)s có hai dòng.") % {"key": words}, columns[0].name)
                found[key] = value
            except _Fault as fault:
                self.problems.append(row.problem(str(fault), fault.column))
        return found


def _code(row: Row) -> str:
    code = base_code(row["code"])
    if not code:
        raise _Fault(_("mã thủ tục “%(code)s” phải có dạng 1.000894.") % {"code": shown(row["code"])})
    return code


def _local_data(row: Row) -> tuple[str, LocalData]:
    code, mode = _code(row), row["filing_mode"]
    if mode and mode not in FilingMode.values:
        names = {"mode": shown(mode), "known": ", ".join(FilingMode.values)}
        raise _Fault(_("cách nộp “%(mode)s” phải là một trong: %(known)s.") % names, "filing_mode")
    return code, LocalData(
        agency=row["agency"],
        filing_mode=mode,
        short_name=row["short_name"],
        everyday=row["everyday"],
        where=row["where"],
        fees=_local_fee(row),
    )


def _local_fee(row: Row) -> tuple[FeeItem, ...]:
    kind, typed = row["fee_kind"], row["fee_amount"]
    amount = typed.replace(".", "")
    note, online_note = row["fee_note"], row["fee_online_note"]
    if not (kind or amount or note or online_note):
        return ()
    if not (amount or note):
        raise _Fault(_("thiếu mức thu: ghi fee_amount, hoặc cách tính vào fee_note."), "fee_amount")
    if kind and kind not in FeeKind.values:
        raise _Fault(_("loại phí “%(kind)s” phải là phi hoặc le_phi.") % {"kind": shown(kind)}, "fee_kind")
    if amount and not (amount.isascii() and amount.isdigit()):
        text = _("mức thu “%(amount)s” phải là số đồng, chỉ gồm chữ số, ví dụ 50.000.")
        raise _Fault(text % {"amount": shown(typed)}, "fee_amount")
    if amount and (len(amount) > 12 or int(amount) > MOST_FEE):
        text = _("mức thu “%(amount)s” lớn bất thường; nhiều nhất %(most)s đồng.")
        raise _Fault(text % {"amount": shown(typed), "most": grouped(MOST_FEE)}, "fee_amount")
    return (FeeItem(kind, int(amount) if amount else None, note, online_note),)


def _local_term(row: Row) -> tuple[str, LocalTerm]:
    code = _code(row)
    term, problems = read_term(row.line, code, ("value", "unit"), [(row["value"], row["unit"])])
    if problems or not term.unit:
        reason = problems[0].reason if problems else _("thiếu thời hạn")
        raise _Fault(_("%(code)s: %(reason)s.") % {"code": code, "reason": reason.split(";")[0]}, "value")
    if not row["decision"]:
        raise _Fault(_("%(code)s: thiếu số quyết định quy định thời hạn.") % {"code": code}, "decision")
    return code, LocalTerm(term, row["decision"])


def _synonym(row: Row) -> tuple[tuple[str, str], None]:
    if not row["official"]:
        text = _("cần từ thường dùng (tối đa 100 ký tự) và từ chính thức (tối đa 300).")
        raise _Fault(text, "official")
    return (row["everyday"], row["official"]), None
