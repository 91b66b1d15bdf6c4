"""A form written as a spreadsheet with the columns of XLSForm: sheets `survey`, `choices` and `settings`.

A group of the survey is a section, a group in it a page with several questions; every other question is a page of its
own. The group `dieu_kien` holds the questions before the form. Faults stand at their row and column.

Of the expressions in `relevant` and `constraint` forms use `${name}`, `.`, `'text'`, numbers, `today()`, `true()`, `false()`;
`=`, `!=`, `>`, `>=`, `<`, `<=`; `selected(…, …)`, `not(…)`, `and`, `or`, parentheses. See xlsform.org for what they mean;
`under_years(${from}, ${to}, 12)` is our own. One constraint and one variant fit in a row.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

from dossiers.filing.rules.conditions import DEEPEST, TODAY, is_name
from dossiers.filing.rules.questions import ListName
from tenants.refusals import RuleError
from tenants.validation import Fault, Path, gettext_noop, shown

SURVEY, CHOICES, SETTINGS = SHEETS = ("survey", "choices", "settings")
COLUMNS: Mapping[str, tuple[str, ...]] = {
    SURVEY: (
        "type", "name", "label", "hint", "required", "relevant", "constraint", "constraint_message", "personal",
        "paper", "paper_en", "label_en", "hint_en", "constraint_message_en", "min_files", "max_files", "max_rows",
        "source", "same_as", "card", "copy_price", "variant_when", "variant_label", "variant_label_en",
    ),
    CHOICES: (
        "list_name", "name", "label", "hint", "label_en", "ends", "ends_sentence", "ends_sentence_en",
        "ends_procedure", "ends_url",
    ),
    SETTINGS: (
        "form_id", "form_title", "title_en", "minutes", "basis", "basis_day", "basis_url", "owner_name",
        "owner_id_number", "owner_phone", "owner_address", "filer", "desk",
    ),
}  # fmt: skip
NEEDED = {
    SURVEY: ("type", "name", "label", "personal"),
    CHOICES: (),
    SETTINGS: ("form_id", "form_title", "minutes"),
}
_SPELLED: Mapping[str, Mapping[str, str]] = {
    SURVEY: {"code": "name", "title": "label", "choices": "type", "answers": "type", "questions": "type",
             "parts": "type", "places": "type", "list": "type", "variants": "variant_label"},
    CHOICES: {"code": "name"},
    SETTINGS: {"procedure": "form_id", "title": "form_title", "name": "basis", "day": "basis_day", "url": "basis_url"},
}  # fmt: skip
"""The columns of keys that a form calls by another name."""
ELIGIBILITY_GROUP = "dieu_kien"
SAME = ("text", "long_text", "number", "date", "yes_no", "person", "address", "phone", "money", "paper")
XLSFORM = {"integer": "number", "decimal": "number", "image": "paper", "file": "paper"}
CHOOSING = {"select_one": "one_of", "select_multiple": "some_of", "one_of": "one_of", "some_of": "some_of"}
_TEXTS = (
    "label", "label_en", "hint", "hint_en", "personal", "paper", "paper_en", "constraint_message", "constraint_message_en",
    "source", "card",
)  # fmt: skip
_YES, _NO = (
    ("yes", "true", "true()", "1", "có", "co", "x"),
    ("no", "false", "false()", "0", "không", "khong", ""),
)

Row = Mapping[str, str]
"""The cells of a row by column, without the empty ones."""


@dataclass(frozen=True, slots=True)
class SheetFault:
    """A fault at a row (from 1, 0 for the sheet) and a column ("" for the row)."""

    sheet: str
    row: int
    column: str
    message: str
    params: Mapping[str, object] = field(default_factory=dict)


class Sheets:
    """The form that three sheets write. `data` is what could be read, `faults` what could not.

    Each sheet is a list of (row number, cells).
    """

    def __init__(self, sheets: Mapping[str, Sequence[tuple[int, Row]]]) -> None:
        self.faults: list[SheetFault] = []
        self.data: dict[str, Any] = {}
        self._places: dict[Path, tuple[str, int]] = {(): (SETTINGS, 0)}
        self._rows = {sheet: sheets.get(sheet, ()) for sheet in SHEETS}
        self._flags = {
            cells.get("name", "") for _number, cells in self._rows[SURVEY] if _word(cells)[0] == "yes_no"
        }
        self._settings()
        self._survey()

    def place(self, fault: Fault) -> SheetFault:
        """Where a fault of `data` stands in the sheets."""
        at = self.place_of(fault.path)
        return SheetFault(at.sheet, at.row, at.column, fault.message, fault.params)

    def place_of(self, path: Path) -> SheetFault:
        """Row and column of a path of `data`, or of what is nearest to it, as a fault without a message."""
        rest: list[str] = []
        while path not in self._places:
            rest.insert(0, str(path[-1]))
            path = path[:-1]
        sheet, row = self._places[path]
        spelled = (_SPELLED[sheet].get(part, part) for part in rest)
        column = next((part for part in spelled if part in COLUMNS[sheet]), "")
        return SheetFault(sheet, row, column, "")

    def _wrong(self, sheet: str, row: int, column: str, message: str, **params: object) -> None:
        self.faults.append(SheetFault(sheet, row, column, message, params))

    # --- choices and settings

    def _chosen(self, path: Path, name: str, row: int, *, may_end: bool = False) -> list[dict[str, Any]]:
        choices: list[dict[str, Any]] = []
        for number, cells in self._rows[CHOICES]:
            if cells.get("list_name", "") != name:
                continue
            self._places[(*path, len(choices))] = CHOICES, number
            choice = {"code": cells.get("name", ""), **_texts(cells, "label", "label_en", "hint")}
            if may_end and "ends" in cells:
                ends = {key: key.removeprefix("ends_") for key in COLUMNS[CHOICES] if key.startswith("ends_")}
                choice["ends"] = _texts(cells, ends="to", **ends)
            choices.append(choice)
        if not choices:
            message = gettext_noop("không có danh sách “%(name)s” ở trang tính choices.")
            self._wrong(SURVEY, row, "type", message, name=shown(name))
        return choices

    def _settings(self) -> None:
        rows = self._rows[SETTINGS]
        if not rows:
            self._wrong(SETTINGS, 0, "", gettext_noop("trang tính settings chưa có dòng nào."))
            return
        number, first = rows[0]
        self._places[()] = SETTINGS, number
        self.data = _texts(first, "title_en", "desk", form_id="procedure", form_title="title")
        if "minutes" in first:
            self.data["minutes"] = self._count(SETTINGS, number, "minutes", first["minutes"])
        if people := _texts(first, "owner_name", "owner_id_number", "owner_phone", "owner_address", "filer"):
            self.data["people"] = people
        self.data["basis"] = []
        for row, cells in rows:
            if "basis" in cells:
                self._places[("basis", len(self.data["basis"]))] = SETTINGS, row
                self.data["basis"].append(_texts(cells, basis="name", basis_day="day", basis_url="url"))

    def _count(self, sheet: str, row: int, column: str, text: str) -> int:
        if text.isascii() and text.isdigit() and len(text) < 10:
            return int(text)
        self._wrong(sheet, row, column, gettext_noop("“%(value)s” phải là số nguyên."), value=shown(text))
        return 1

    # --- survey

    def _survey(self) -> None:
        self.data["eligibility"], self.data["sections"] = [], []
        groups: list[str] = []
        repeat: dict[str, Any] | None = None
        of_repeat: Path = ()
        for row, cells in self._rows[SURVEY]:
            word, _rest = _word(cells)
            if word == "begin_group":
                groups.append(cells.get("name", ""))
                self._begin_group(groups, row, cells)
            elif word == "end_repeat" and repeat is not None:
                repeat = None
            elif word == "end_group" and groups and repeat is None:
                groups.pop()
            elif word in ("end_group", "end_repeat"):
                self._wrong(SURVEY, row, "type", gettext_noop("“%(word)s” không có phần mở đầu."), word=word)
            elif not groups:
                message = gettext_noop("câu hỏi phải nằm trong một nhóm, giữa begin_group và end_group.")
                self._wrong(SURVEY, row, "type", message)
            elif groups[0] == ELIGIBILITY_GROUP:
                self._eligibility(row, cells)
            elif repeat is not None:
                self._add_question(repeat["questions"], of_repeat, row, cells)
            else:
                section: Path = ("sections", len(self.data["sections"]) - 1, "pages")
                pages = self.data["sections"][-1]["pages"]
                if len(groups) == 1:
                    self._places[(*section, len(pages))] = SURVEY, row
                    pages.append({"code": _code(cells.get("name", "")), "questions": []})
                path = (*section, len(pages) - 1, "questions")
                question = self._add_question(pages[-1]["questions"], path, row, cells)
                if question.get("type") == "repeat":
                    repeat = question
                    of_repeat = (*path, len(pages[-1]["questions"]) - 1, "questions")
        if groups or repeat is not None:
            name = groups[-1] if groups else "repeat"
            self._wrong(SURVEY, 0, "type", gettext_noop("nhóm “%(name)s” chưa đóng."), name=shown(name))

    def _begin_group(self, groups: Sequence[str], row: int, cells: Row) -> None:
        """A section; in a section, a page. The group before the form is neither."""
        if len(groups) > (1 if groups[0] == ELIGIBILITY_GROUP else 2):
            self._wrong(SURVEY, row, "type", gettext_noop("nhóm lồng nhau quá hai tầng."))
            return
        if groups[0] == ELIGIBILITY_GROUP:
            return
        opened = {"code": _code(groups[-1]), **_texts(cells, label="title", label_en="title_en")}
        if "relevant" in cells:
            opened |= self._expression("relevant", row, cells)
        path: Path = ("sections",)
        into, inner = self.data["sections"], "pages"
        if len(groups) == 2:
            path = ("sections", len(into) - 1, "pages")
            into, inner = into[-1]["pages"], "questions"
        self._places[(*path, len(into))] = SURVEY, row
        into.append({**opened, inner: []})

    def _eligibility(self, row: int, cells: Row) -> None:
        path: Path = ("eligibility", len(self.data["eligibility"]))
        self._places[path] = SURVEY, row
        word, rest = _word(cells)
        if CHOOSING.get(word) != "one_of":
            self._wrong(SURVEY, row, "type", gettext_noop("câu hỏi điều kiện phải thuộc loại select_one."))
            return
        self.data["eligibility"].append(
            {
                "name": cells.get("name", ""),
                **_texts(cells, "label", "label_en", "hint", "hint_en", "source"),
                "answers": self._chosen((*path, "answers"), rest, row, may_end=True),
            }
        )

    def _add_question(self, into: list[Any], path: Path, row: int, cells: Row) -> dict[str, Any]:
        """The question of this row, added to those at `path`."""
        path = (*path, len(into))
        self._places[path] = SURVEY, row
        word, rest = _word(cells)
        question: dict[str, Any] = {"name": cells.get("name", ""), **_texts(cells, *_TEXTS)}
        required = cells.get("required", "").lower()
        if required not in (*_YES, *_NO):
            message = gettext_noop("“%(value)s” phải là yes hoặc no.")
            self._wrong(SURVEY, row, "required", message, value=shown(required))
        question["required"] = required in _YES
        for key in ("min_files", "max_files", "max_rows", "copy_price"):
            if key in cells:
                question[key] = self._count(SURVEY, row, key, cells[key])
        for key in ("relevant", "constraint"):
            if key in cells:
                question |= self._expression(key, row, cells)
        if "same_as" in cells:
            question["same_as"] = cells["same_as"].split()
        if "variant_label" in cells:
            words = _texts(cells, variant_label="label", variant_label_en="label_en")
            when = self._expression("variant_when", row, cells) if "variant_when" in cells else {}
            question["variants"] = [{"when": when.get("variant_when"), **words}]
        if word in CHOOSING:
            question["type"] = CHOOSING[word]
            if rest in get_args(ListName):
                question["list"] = rest
            else:
                question["choices"] = self._chosen((*path, "choices"), rest, row)
        elif word == "begin_repeat":
            question |= {"type": "repeat", "questions": [], "personal": cells.get("personal", "none")}
        elif word in SAME or word in XLSFORM:
            question["type"] = XLSFORM.get(word, word)
            question |= {"decimals": 2} if word == "decimal" else {}
            question |= {"parts": rest.split()} if word == "person" and rest else {}
            question |= {"places": rest} if word == "address" and rest else {}
        else:
            message = gettext_noop("không có loại câu hỏi “%(word)s”; các loại là: %(known)s.")
            known = ", ".join((*SAME, "select_one", "select_multiple", "begin_group", "begin_repeat"))
            self._wrong(SURVEY, row, "type", message, word=shown(word), known=known)
            question["type"] = "text"
        into.append(question)
        return question

    def _expression(self, key: str, row: int, cells: Row) -> dict[str, Any]:
        try:
            flags = {*self._flags, "."} if _word(cells)[0] == "yes_no" else self._flags
            return {key: read_expression(cells[key], flags)}
        except BadExpression as error:
            self._wrong(SURVEY, row, key, error.message, **error.params)
            return {}


def _word(cells: Row) -> tuple[str, str]:
    """The type of a row and what follows it; the two words of XLSForm's groups are one."""
    words = cells.get("type", "").split()
    if len(words) > 1 and words[0] in ("begin", "end"):
        words[:2] = [f"{words[0]}_{words[1]}"]
    return (words[0] if words else ""), " ".join(words[1:])


def _code(name: str) -> str:
    """The code of a page or section from a name of XLSForm."""
    return name.replace("_", "-")


def _texts(cells: Row, *same: str, **renamed: str) -> dict[str, Any]:
    """The cells of some columns, by the names of the columns or by other ones."""
    keys = {**{column: column for column in same}, **renamed}
    return {key: cells[column] for column, key in keys.items() if column in cells}


# --- Expressions


LONGEST_EXPRESSION = 1000
_TOKEN = re.compile(
    r"\s*(?:(?P<name>\$\{[^}]*\}|\.(?:born|sex)?(?![0-9]))|(?P<text>'[^']*'|\"[^\"]*\"|‘[^’]*’|“[^”]*”)"
    r"|(?P<number>-?[0-9]+(?:\.[0-9]+)?)|(?P<word>[a-z_-]+)|(?P<sign>!=|>=|<=|[=<>(),]))"
)
_REVERSED = {">": ">", "<": ">", ">=": ">=", "<=": ">="}


class BadExpression(RuleError):
    """An expression that is no condition of this language."""


def read_expression(expression: str, flags: Collection[str] = ()) -> dict[str, Any]:
    """The data of the condition that an expression says; `flags` are the names of yes/no questions.

    Raises BadExpression.
    """
    if len(expression) > LONGEST_EXPRESSION:
        raise BadExpression(gettext_noop("biểu thức dài quá %(most)d ký tự."), most=LONGEST_EXPRESSION)
    reader = _Reader(_tokens(expression), flags)
    condition = reader.any_of(DEEPEST)
    if reader.at < len(reader.tokens):
        raise _unexpected(reader.tokens[reader.at][1])
    return condition


def _tokens(expression: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at, text = 0, expression.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise _unexpected(text[at:])
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found


def _unexpected(text: str) -> BadExpression:
    if not text:
        return BadExpression(gettext_noop("biểu thức còn thiếu vế cuối."))
    return BadExpression(gettext_noop("không hiểu “%(text)s” trong biểu thức."), text=shown(text))


class _Reader:
    """Reads the tokens from left to right; `or` binds less than `and`, and that less than a comparison."""

    def __init__(self, tokens: list[tuple[str, str]], flags: Collection[str]) -> None:
        self.tokens, self.flags, self.at = tokens, flags, 0

    def any_of(self, depth: int) -> dict[str, Any]:
        return self._joined("or", "any", lambda: self._joined("and", "all", lambda: self._one(depth)))

    def _joined(self, word: str, key: str, read_part: Any) -> dict[str, Any]:
        parts = [read_part()]
        while self._next() == word:
            self.at += 1
            parts.append(read_part())
        return {key: parts} if len(parts) > 1 else parts[0]

    def _one(self, depth: int) -> dict[str, Any]:
        if depth == 0:
            raise BadExpression(gettext_noop("biểu thức lồng nhau quá %(most)d tầng."), most=DEEPEST)
        word = self._next()
        if word in ("not", "("):
            self.at += 1
            if word == "not":
                self._take("(")
            inner = self.any_of(depth - 1)
            self._take(")")
            return {"not": inner} if word == "not" else inner
        if word == "selected":
            self.at += 1
            self._take("(")
            name = self._operand()
            self._take(",")
            value = self._operand()
            self._take(")")
            return self._equal(name, value)
        if word == "under_years":
            self.at += 1
            sides = [self._after(sign) for sign in "(,,"]
            self._take(")")
            return {word: [side[1] if _is_variable(side) else side for side in sides]}
        left = self._operand()
        sign = self._take("=", "!=", ">", "<", ">=", "<=")
        right = self._operand()
        if sign in ("=", "!="):
            same = self._equal(left, right)
            return same if sign == "=" else {"not": same}
        if sign in ("<", "<="):
            left, right = right, left
        return self._ordered(_REVERSED[sign], left, right)

    def _after(self, sign: str) -> Any:
        self._take(sign)
        return self._operand()

    def _equal(self, left: Any, right: Any) -> dict[str, Any]:
        if not _is_variable(left):
            left, right = right, left
        if not _is_variable(left) or _is_variable(right) or left[1] == TODAY:
            raise BadExpression(gettext_noop("dấu = và selected() so một câu hỏi với một giá trị."))
        name, value = left[1], right
        if value == "":
            raise BadExpression(gettext_noop("chưa hỏi được câu trả lời có trống không."))
        if name in self.flags and value in ("yes", "no", "true", "false"):
            value = value in ("yes", "true")
        return {"is": [name, value]}

    def _ordered(self, sign: str, left: Any, right: Any) -> dict[str, Any]:
        """`left` is more than `right`, or for ">=" as much."""
        sides = [side[1] if _is_variable(side) else side for side in (left, right)]
        more = {"more_than": sides}
        if sign == ">":
            return more
        if _is_variable(left) and _is_variable(right):
            return {"not": {"more_than": sides[::-1]}}
        return {"any": [more, self._equal(left, right)]}

    def _operand(self) -> Any:
        """A value, or a name as a pair with the word `name`."""
        kind, text = self._token()
        if kind == "name":
            name = text[2:-1].strip() if text.startswith("$") else text
            if not is_name(name) or name == TODAY:
                raise BadExpression(gettext_noop("“%(text)s” không phải tên câu hỏi."), text=shown(text))
            return "name", name
        if kind == "text":
            # A text that is written like a name of the language would be taken for one.
            return text[1:-1]
        if kind == "number":
            return int(text) if "." not in text else text
        if kind == "word" and text in ("today", "true", "false"):
            self._take("(")
            self._take(")")
            return ("name", TODAY) if text == "today" else text == "true"
        raise _unexpected(text)

    def _token(self) -> tuple[str, str]:
        if self.at >= len(self.tokens):
            raise _unexpected("")
        self.at += 1
        return self.tokens[self.at - 1]

    def _next(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def _take(self, *wanted: str) -> str:
        _kind, text = self._token()
        if text not in wanted:
            raise _unexpected(text)
        return text


def _is_variable(side: Any) -> bool:
    return isinstance(side, tuple)
