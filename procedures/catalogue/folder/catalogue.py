"""The catalogue as a step that brings a province to life."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from difflib import get_close_matches

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from procedures.catalogue.contents import national
from procedures.catalogue.contents.guidance import NAMES
from procedures.catalogue.contents.local_selection import CatalogueSelection, apply_selection
from procedures.catalogue.folder import catalogue_export, catalogue_state
from procedures.catalogue.folder.catalogue_files import (
    FILE,
    PROCEDURES,
    SYNONYMS,
    TERMS,
    CatalogueFile,
    CatalogueFiles,
    ProcedureRow,
    SynonymRow,
    TermRow,
    read_files,
    read_selection,
)
from procedures.catalogue.folder.readiness import COLUMNS, answered
from procedures.catalogue.formats.base import CatalogueError
from procedures.catalogue.models import FilingMode
from tenants.folder.applied import Place, changed_by_hand, last_applied, remember_applied
from tenants.folder.folder import Draft, Folder
from tenants.folder.problems import Refused, ValidationProblem
from tenants.folder.questionnaire import Answers
from tenants.folder.steps import Progress, State, Step, StepReport
from tenants.organisation.folder.agencies import FILE as AGENCIES
from tenants.organisation.folder.agencies import agency_codes_in
from tenants.text import fold
from tenants.validation import shown

EXPLAINED = "explanations"
"""Under this name it is remembered what the explanations that ship with the portal left."""
_BY_HAND_ALONE = frozenset(NAMES) - {"short_name", "everyday", "summary"}
"""Names that nothing but an explanation, a folder and people write."""
SHOWN = 10


def _read(folder: Folder) -> tuple[CatalogueFiles, list[ValidationProblem]]:
    files = read_files(folder.path)
    return files, files.problems


def _check(folder: Folder, files: CatalogueFiles) -> list[ValidationProblem]:
    chosen = files.chosen
    statements = (*chosen.agencies, *chosen.no_terms, *chosen.no_fees)
    sectors = [*chosen.sectors, *chosen.excluded_sectors]
    sectors += [name for one in statements for name in one.sectors]
    return [
        *_strange_codes(files, {code for one in statements for code in one.codes}),
        *_strange_sectors(dict.fromkeys(sectors)),
        *_strange_agencies(folder, [one.value for one in chosen.agencies], files.procedures),
    ]


def _strange_codes(files: CatalogueFiles, named: set[str]) -> Iterator[ValidationProblem]:
    shipped = national.kinds()
    text = _("%(code)s không có trong danh mục đi kèm; phải nhập danh mục có mã này trước.")
    # Only a remark: the province may have imported the code from an official file.
    for row in files.procedures + files.terms:
        if row.code not in shipped:
            yield row.problem(text % {"code": row.code}, "code", blocks=False)
    for code in sorted({*named, *files.chosen.add, *files.chosen.remove} - shipped.keys()):
        yield ValidationProblem(FILE, 0, text % {"code": code}, blocks=False)


def _strange_sectors(names: Iterable[str]) -> Iterator[ValidationProblem]:
    """A misspelt sector would leave in what was to be left out. A remark: it may have been imported."""
    known = national.sectors()
    for name in names:
        if fold(name) not in known:
            near = get_close_matches(fold(name), known, n=1, cutoff=0.8)
            text = (
                _("không có lĩnh vực “%(name)s” trong danh mục; có phải “%(near)s”?")
                if near
                else _("không có lĩnh vực “%(name)s” trong danh mục đi kèm; phải nhập danh mục có nó trước.")
            )
            words = {"name": shown(name), "near": known[near[0]] if near else ""}
            yield ValidationProblem(FILE, 0, text % words, blocks=False)


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


def _write(folder: Folder, files: CatalogueFiles, progress: Progress) -> StepReport:
    selection = files.selection()
    edited = catalogue_state.edited_codes()
    unsaid = _set_by_hand_and_unsaid(selection, edited)

    def keeps(thing: str, *names: str) -> bool:
        return folder.keeps(thing, *names) or any((thing, name) in unsaid for name in names)

    try:
        report = apply_selection(selection, keeps, progress.part, catalogue_state.previously_stated())
    except CatalogueError as error:
        raise Refused([ValidationProblem("catalogue.yaml", 0, str(error))]) from error
    remember_applied(EXPLAINED, catalogue_state.explained_names(), unsaid)
    notes = [
        _("%(handled)d thủ tục tỉnh giải quyết, %(information)d thủ tục để tra cứu thông tin.")
        % {"handled": report.handled, "information": report.information_only},
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
    notes += _awaiting(report.awaiting)
    if report.without_term:
        notes.append(_("%(n)d thủ tục chưa rõ thời hạn.") % {"n": len(report.without_term)})
    return report.as_step(notes)


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


def _set_by_hand_and_unsaid(selection: CatalogueSelection, edited: Collection[str]) -> frozenset[Place]:
    """Names that people gave in admin and that the folder leaves open: an explanation that ships with the
    portal does not take their place. Names of before that were never recorded do not count, the official name gives
    some, but those of a version that the province published itself."""
    left = last_applied(EXPLAINED) or {}
    by_hand = {
        (code, name)
        for code, name in changed_by_hand(left, catalogue_state.explained_names())
        if name in left.get(code, {}) or name in _BY_HAND_ALONE
    }
    published = {(code, name) for code in edited for name in NAMES}
    published |= {(code, "where") for code in catalogue_state.placed_codes(edited)}
    return frozenset(
        (code, name)
        for code, name in by_hand | published
        if name not in catalogue_state.stated_fields(selection, code)
    )


STEP = Step(
    catalogue_state.STEP,
    gettext_lazy("Danh mục thủ tục"),
    _read,
    _write,
    {FILE: CatalogueFile, **dict.fromkeys((PROCEDURES, TERMS, SYNONYMS))},
    _state,
    catalogue_export.export,
    _start,
    check=_check,
)
