"""What every catalogue format is read into: facts, and the problems met on the way.

A field that is ``None`` was not said by the file; an empty value was said to be empty. The difference
lets an official list (code, name, bodies, sector) refresh names without wiping papers and terms.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from procedures.catalogue.models import Channel, Level, ProcedureKind, TermUnit
from tenants.text import fold, tidy

LEVELS, CHANNELS, TERM_UNITS = (tuple(choices.values) for choices in (Level, Channel, TermUnit))

MAX_FILE_BYTES = 64 * 1024 * 1024
MAX_ROWS = 20_000
MAX_NAME = 2_000
MAX_TEXT = 200_000

# Spelled out: a range up to “ỹ” would hold capital letters as well.
SMALL_LETTERS = "a-zàáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ"
_CODE = re.compile(r"(\d\.\d{6})(?:\.[0-9A-Z]+)*")
_CONTROLS = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_BROKEN = re.compile("[\x00\ud800-\udfff]")

# The kind decides what a stranger may see: a complaint shows nothing without its lookup key (Luật Khiếu nại
# 02/2011/QH13), and a denunciation protects the denouncer (Luật Tố cáo 25/2018/QH14), so this portal never handles
# one. Known codes come first; an unknown code is recognised by its name: too private costs less than too open.
KINDS_BY_CODE = {
    **dict.fromkeys(("1.000178", "1.003504", "1.004335", "2.000592"), ProcedureKind.COMPLAINT),
    **dict.fromkeys(("1.003482", "1.003523", "1.004327"), ProcedureKind.DENUNCIATION),
    "1.012812": ProcedureKind.CONCILIATION,
}
_KINDS_BY_NAME = (
    ("giai quyet to cao", ProcedureKind.DENUNCIATION),
    ("giai quyet khieu nai", ProcedureKind.COMPLAINT),
    ("hoa giai tranh chap dat dai", ProcedureKind.CONCILIATION),
)


def kind_of(code: str, name: str) -> ProcedureKind:
    """Return the kind of the procedure with this national code and official name."""
    if code in KINDS_BY_CODE:
        return KINDS_BY_CODE[code]
    folded = fold(name)
    return next((kind for phrase, kind in _KINDS_BY_NAME if phrase in folded), ProcedureKind.NORMAL)


class CatalogueError(Exception):
    """The file or the change is refused as a whole; nothing was written.

    ``str(error)`` is a Vietnamese sentence for the person at the screen; ``problems`` names the rows.
    """

    def __init__(self, message: str, problems: Iterable["Problem"] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Problem:
    """One cell that was not taken over as it stands. ``row`` counts from 1 as the reader's editor does."""

    row: int
    column: str
    value: str
    reason: str
    code: str = ""
    fatal: bool = False

    def __str__(self) -> str:
        subject = f" ({self.code})" if self.code else ""
        value = f" “{self.value}”" if self.value else ""
        return _("dòng %(row)d%(subject)s, cột %(column)s%(value)s: %(reason)s") % {
            "row": self.row,
            "subject": subject,
            "column": self.column,
            "value": value,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Term:
    """How long settling takes. Blank value and unit: not known, and never guessed.

    ``note`` keeps what the source said when it gave several terms (“5 ngày làm việc; 11 ngày”).
    """

    value: int | None = None
    unit: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A paper to hand in. ``originals`` and ``copies`` are None where the source is unreadable.

    ``form`` names the form to fill in; ``english`` is a short name for people who read no Vietnamese.
    """

    name: str
    detail: str = ""
    originals: int | None = None
    copies: int | None = None
    case: str = ""
    required: bool = True
    form: str = ""
    english: str = ""


@dataclass(frozen=True, slots=True)
class FeeItem:
    """A fee in đồng; ``amount`` None means that the note says how it is set."""

    kind: str = ""
    amount: int | None = None
    note: str = ""
    online_note: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class LegalText:
    name: str
    number: str = ""


@dataclass(frozen=True, slots=True)
class ProcedureRecord:
    """One procedure as a file describes it.

    ``document_rows``: the papers' places in the file's list, from 1.

    ``text_source``, ``text_decision`` and ``text_month`` (“2026-07”) say where papers and steps come from.
    """

    row: int
    code: str
    name: str
    source: str
    source_note: str = ""
    sector: str | None = None
    issuer: str | None = None
    performer: str | None = None
    decision: str | None = None
    kind: ProcedureKind | None = None
    levels: tuple[str, ...] | None = None
    channels: tuple[str, ...] | None = None
    term: Term | None = None
    term_source: str = "national"
    term_decision: str = ""
    subjects: str | None = None
    result: str | None = None
    conditions: str | None = None
    steps: tuple[Step, ...] | None = None
    legal_basis: tuple[LegalText, ...] | None = None
    documents: tuple[Document, ...] | None = None
    document_rows: tuple[int, ...] = ()
    text_source: str = ""
    text_decision: str = ""
    text_month: str = ""
    fees: tuple[FeeItem, ...] | None = None
    fee_source: str = "national"
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file held: its procedures, and every cell that was reported instead of guessed."""

    records: tuple[ProcedureRecord, ...]
    problems: tuple[Problem, ...]


def clean(text: str) -> str:
    """Return *text* composed (NFC), without invisible characters, with plain spaces and line ends.

    Raises :class:`ValueError` for NUL and lone surrogates: a file that holds them is damaged.
    """
    if _BROKEN.search(text):
        raise ValueError(_("chứa ký tự hỏng (NUL hoặc nửa ký tự); hãy xuất lại tệp"))
    text = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "\n".join(map(tidy, text.split("\n"))).strip()


def one_line(text: str) -> str:
    """Return *text* cleaned and on one line; raises like :func:`clean`."""
    return " ".join(clean(text).split())


def lines(text: str) -> str:
    """Return the different lines of *text*, cleaned; raises like :func:`clean`."""
    return "\n".join(dict.fromkeys(filter(None, clean(text).split("\n"))))


def base_code(text: str) -> str:
    """Return the national code in *text*, dropping an agency suffix (``1.001612.000.00.00.H01``).

    Returns an empty string where there is none.
    """
    match = _CODE.fullmatch(text.strip().upper())
    return match.group(1) if match else ""


def is_customs_at_commune(sector: str, levels: Iterable[str]) -> bool:
    """Return whether a customs procedure is said to be the commune's; customs offices handle those."""
    return "commune" in levels and fold(sector) == "hai quan"


# As wide as the columns that hold them.
LONGEST = {"name": MAX_NAME, "sector": 500, "issuer": 300, "decision": 200}


class Unusable(Exception):
    """A row from which no procedure can be taken."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem


class RowReader:
    """One row on its way to a record; collects what it has to report."""

    def __init__(self, row: int) -> None:
        self.row, self.code = row, ""
        self.problems: list[Problem] = []

    def unusable(self, column: str, value: str, reason: str) -> Unusable:
        """The refusal of the row for one of its cells."""
        return Unusable(Problem(self.row, column, value[:80], reason, self.code, fatal=True))

    def report(self, column: str, value: str, reason: str) -> None:
        """Note a cell that is not taken over as it stands."""
        self.problems.append(Problem(self.row, column, value[:80], reason, self.code))

    def tidied(self, column: str, text: str, tidy: Callable[[str], str]) -> str:
        """The text of a cell as *tidy* makes it. Raises Unusable for a damaged one."""
        try:
            return tidy(text)
        except ValueError as error:
            raise self.unusable(column, "", str(error)) from error

    def identify(self, code_column: str, code: str, name_column: str, name: str) -> None:
        """Keep the code of the row. Raises Unusable without a code or a name."""
        self.code = base_code(code)
        if not self.code:
            raise self.unusable(code_column, code, _("mã thủ tục phải có dạng 1.000894"))
        if not name:
            raise self.unusable(name_column, "", _("thiếu tên thủ tục"))


def reading[Row](
    rows: Iterable[tuple[int, Row]], read: Callable[[int, Row], ProcedureRecord | None]
) -> Reading:
    """Make records of numbered rows, check what no single row can show, and refuse the file when one cannot be used.

    Fills in the kind, reports customs procedures sent to the commune, and raises
    :class:`CatalogueError` for unusable rows, duplicate codes, an empty file, and one that is longer than any catalogue.
    """
    kept: dict[str, ProcedureRecord] = {}
    found: list[Problem] = []
    for number, row in rows:
        if number > MAX_ROWS:
            text = _("Tệp có hơn %(limit)d dòng, không phải danh mục thủ tục.")
            raise CatalogueError(text % {"limit": MAX_ROWS})
        try:
            record = read(number, row)
        except Unusable as unusable:
            found.append(unusable.problem)
            continue
        if record is None:
            continue
        if first := kept.get(record.code):
            reason = _("trùng với dòng %(row)d") % {"row": first.row}
            found.append(Problem(number, _("mã"), record.code, reason, record.code, fatal=True))
            continue
        found += _of_record(record)
        kept[record.code] = replace(record, kind=record.kind or kind_of(record.code, record.name))
    fatal = [problem for problem in found if problem.fatal]
    if fatal:
        message = _("Không nhận tệp: %(count)d chỗ phải sửa. Chỗ đầu tiên: %(first)s.")
        raise CatalogueError(message % {"count": len(fatal), "first": fatal[0]}, found)
    if not kept:
        raise CatalogueError(_("Tệp không có thủ tục nào."))
    found.sort(key=lambda problem: problem.row)
    return Reading(tuple(kept.values()), tuple(found))


def _of_record(record: ProcedureRecord) -> Iterator[Problem]:
    for name, limit in LONGEST.items():
        if len(value := getattr(record, name) or "") > limit:
            reason = _("dài quá %(limit)d ký tự") % {"limit": limit}
            yield Problem(record.row, name, value[:60], reason, record.code, fatal=True)
    if is_customs_at_commune(record.sector or "", record.levels or ()):
        reason = _("thủ tục hải quan do cơ quan hải quan làm; giữ như nguồn, không tính là tỉnh giải quyết")
        yield Problem(record.row, _("cấp"), _("Cấp xã"), reason, record.code)
    yield from record.problems
