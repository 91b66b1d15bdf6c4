"""Taking apart the running text of the national portal's pages: fees, steps, legal texts.

The export flattens tables into text. What can be told apart for certain is split; the rest stays one
entry, so that no word is lost.
"""

import re

from django.utils.translation import gettext as _

from procedures.formats.base import FeeItem, LegalText, Problem, Step
from tenants.text import fold

_MONEY = re.compile(r"(\d{1,3}(?:,\d{3})*) (?:Việt Nam Đồng|VNĐ|VND)")
_GLUED_MONEY = re.compile(r"(?:VNĐ|VND|Việt Nam Đồng)")
# “Miễn phí” is also what the portal prints where no amount was entered; a note that speaks of a fee says so.
_SPEAKS_OF_FEE = re.compile(r"\b(phi|muc thu|theo quy dinh)\b")
_SAYS_FREE = ("khong", "mien", "chua quy dinh")
_NOTHING_SAID = "Không có thông tin"
_FREE = "Miễn phí"

_NUMBER = r"\d{1,4}(?:\.\d+)?/\d{4}/(?:QH\d{2}|N[ĐQ]-CP|QĐ-TTg|[A-ZĐƯ][A-ZĐƯ\-]*?)"
# Spelled out: a range up to “ỹ” would hold capital letters as well.
_SMALL = "a-zàáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ"
_OPENING = "Nghị|Thông|Luật|Bộ|Quyết|Pháp|Sửa|Hướng|Quy|Ban|Văn|Thực"
# A number ends an entry when the next entry's capital letter, or the end, follows it at once.
_LEGAL_NUMBER = re.compile(rf"{_NUMBER}(?=[A-ZĐÂÔƯĂÊ]?[{_SMALL}]|\s(?:{_OPENING})\b|\n|$)")
# “QH13” + “52/2014/QH13”, and a year + a number, stand glued together.
_GLUED_NUMBERS = re.compile(r"(/QH\d{2}|(?:19|20)\d{2})(?=\d{1,3}/\d{4}/)")
_LEGAL_HEADING = "Tên văn bản pháp lýMã văn bản"

_BULLET = re.compile(r"^\s*(?:[-+*•–]|\d{1,2}[.)])\s+")
_STEP_HEADING = re.compile(r"^\s*(Bước\s+\d+)\s*[:.]\s*", re.IGNORECASE)


def read_fees(row: int, code: str, cells: list[tuple[str, str]]) -> tuple[tuple[FeeItem, ...], list[Problem]]:
    """Return the different fees in the (channel, text) cells; what is unclear is reported, amount blank."""
    channels: dict[tuple[int | None, str], set[str]] = {}
    problems: dict[str, Problem] = {}
    for channel, text in cells:
        for amount, note, reason in _fees_in(text):
            if reason and reason not in problems:
                problems[reason] = Problem(row, "cach_thuc.mo_ta", text[:80], reason, code)
            channels.setdefault((amount, note), set()).add(channel)
    everywhere = {channel for channel, _text in cells}
    fees = []
    for (amount, note), where in channels.items():
        only_online = where == {"online"} and everywhere != {"online"}
        online_note = _("áp dụng mức này") if only_online else ""
        fees.append(FeeItem(amount=amount, note=note, online_note=online_note))
    return tuple(fees), list(problems.values())


def _fees_in(text: str) -> list[tuple[int | None, str, str]]:
    text = text.strip().removeprefix(_NOTHING_SAID)
    if text.startswith(_FREE):
        note = _in_brackets(text[len(_FREE) :])
        folded = fold(note)
        if _SPEAKS_OF_FEE.search(folded) and not folded.startswith(_SAYS_FREE):
            return [(None, note, _("ghi “Miễn phí” nhưng chú thích nói có thu phí; để trống mức"))]
        return [(0, note, "")]
    fees: list[tuple[int | None, str, str]] = []
    end = 0
    while match := _MONEY.match(text, end):
        end = _end_of_brackets(text, match.end())
        note = _in_brackets(text[match.end() : end])
        fees.append((int(match.group(1).replace(",", "")), note, ""))
    if not fees and _GLUED_MONEY.match(text):
        note = _in_brackets(_GLUED_MONEY.sub("", text, count=1))
        return [(None, note, _("mức phí bị dính vào cột thời hạn; để trống mức"))]
    return fees


def _end_of_brackets(text: str, start: int) -> int:
    """Return where the bracketed note that begins at *start* ends, *start* itself without one."""
    depth = 0
    for position in range(start, len(text)):
        depth += (text[position] == "(") - (text[position] == ")")
        if depth <= 0:
            return position + 1 if text[start] == "(" else start
    return len(text)


def _in_brackets(text: str) -> str:
    start, end = 0, _end_of_brackets(text, 0)
    # Without a copy for each pair: a text may be nothing but brackets.
    while start < end and text[start] == "(" and text[end - 1] == ")":
        start, end = start + 1, end - 1
        while start < end and text[start].isspace():
            start += 1
        while start < end and text[end - 1].isspace():
            end -= 1
    return text[start:end].lstrip("(").strip()


def read_steps(text: str) -> tuple[Step, ...]:
    """Return one step for each numbered step, or one for each line where the text numbers none."""
    steps: list[tuple[str, list[str]]] = []
    lines = text.split("\n")
    numbered = any(map(_STEP_HEADING.match, lines))
    for line in lines:
        heading = _STEP_HEADING.match(line)
        if heading:
            steps.append((heading.group(1), [line[heading.end() :].strip()]))
        elif not (plain := _BULLET.sub("", line).strip()):
            continue
        elif numbered and steps:
            steps[-1][1].append(plain)
        else:
            steps.append(("", [plain]))
    return tuple(Step(name, "\n".join(details).strip()) for name, details in steps)


def read_legal_basis(text: str) -> tuple[LegalText, ...]:
    """Return the legal texts named in *text*; what follows no number stays as a last entry."""
    text = _GLUED_NUMBERS.sub(r"\1\n", text.removeprefix(_LEGAL_HEADING).strip())
    entries: list[LegalText] = []
    end = 0
    for match in _LEGAL_NUMBER.finditer(text):
        name, number = " ".join(text[end : match.start()].split()), match.group()
        if not name and entries and number in (entries[-1].number, entries[-1].name):
            # The name itself ended in its number; the second one is the table's column.
            end = match.end()
            continue
        entries.append(LegalText(name or number, number))
        end = match.end()
    rest = " ".join(text[end:].split())
    if rest and not (entries and rest == entries[-1].number):
        entries.append(LegalText(rest))
    return tuple(entries)
