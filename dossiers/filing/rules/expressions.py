"""Expressions of XLSForm (`relevant`, `constraint`) as conditions: the part of the language that forms use.

`${name}`, `.`, `'text'`, numbers, `today()`, `true()`, `false()`; `=`, `!=`, `>`, `>=`, `<`, `<=`; `selected(…, …)`,
`not(…)`, `and`, `or`, parentheses. See xlsform.org for what they mean.
"""

import re
from collections.abc import Collection
from typing import Any

from dossiers.filing.rules.conditions import DEEPEST, OWN, TODAY, is_name
from tenants.refusals import RuleError
from tenants.validation import gettext_noop, shown

LONGEST = 1000
_TOKEN = re.compile(
    r"\s*(?:(?P<name>\$\{[^}]*\}|\.(?![0-9]))|(?P<text>'[^']*'|\"[^\"]*\"|‘[^’]*’|“[^”]*”)"
    r"|(?P<number>-?[0-9]+(?:\.[0-9]+)?)|(?P<word>[a-z_-]+)|(?P<sign>!=|>=|<=|[=<>(),]))"
)
_REVERSED = {">": ">", "<": ">", ">=": ">=", "<=": ">="}


class BadExpression(RuleError):
    """An expression that is no condition of this language."""


def read(expression: str, flags: Collection[str] = ()) -> dict[str, Any]:
    """The data of the condition that an expression says; `flags` are the names of yes/no questions.

    Raises BadExpression.
    """
    if len(expression) > LONGEST:
        raise BadExpression(gettext_noop("biểu thức dài quá %(most)d ký tự."), most=LONGEST)
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
        left = self._operand()
        sign = self._take("=", "!=", ">", "<", ">=", "<=")
        right = self._operand()
        if sign in ("=", "!="):
            same = self._equal(left, right)
            return same if sign == "=" else {"not": same}
        if sign in ("<", "<="):
            left, right = right, left
        return self._ordered(_REVERSED[sign], left, right)

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
            name = text[2:-1].strip() if text != OWN else OWN
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
