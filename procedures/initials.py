"""First letters of a procedure's name, as clerks type them at the counter: “dkkh” for “Đăng ký kết hôn”."""

import re

from procedures.question import Condition
from procedures.vietnamese import words

LONGEST = 24
_TYPED = re.compile(r"[a-z]{2,24}")
_WORD = re.compile(r"[a-z]+")


def initials(name: str) -> str:
    """The folded first letters of the words of a name, without what is a number; at most 24."""
    return "".join(word[0] for word in words(name) if _WORD.fullmatch(word))[:LONGEST]


def condition(query: str) -> Condition | None:
    """Which procedures have names that begin with these letters; None when the query is not one short word.

    The whole name ranks above those it begins.
    """
    typed = words(query)
    if len(typed) != 1 or not _TYPED.fullmatch(typed[0]):
        return None
    return Condition(
        "p.initials LIKE %(initials_beginning)s",
        "CASE WHEN p.initials = %(initials)s THEN 2.0 ELSE 1.0 END",
        {"initials": typed[0], "initials_beginning": f"{typed[0]}%"},
    )
