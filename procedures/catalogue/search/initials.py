"""Finding a procedure by the first letters of its words, as clerks type them."""

import re

from procedures.catalogue.search.query_parser import Condition
from tenants.text import words

_MOST_INITIALS = 24
# One letter alone begins a word of nearly every name.
_SHORTEST_ROW = 2
_TYPED_INITIALS = re.compile(r"[a-z]{2,24}")
_WORD = re.compile(r"[a-z]+")


def initials(name: str) -> str:
    """The folded first letters of a name's words, without numbers: clerks type “dkkh” for “Đăng ký kết hôn”."""
    return "".join(word[0] for word in words(name) if _WORD.fullmatch(word))[:_MOST_INITIALS]


def initials_condition(query: str) -> Condition | None:
    """Which procedures have names with these letters in a row, or in two rows; None for more than one short word.

    The whole name ranks first, then those that begin so, then one row, then two: “xnhn” for “Xác nhận tình
    trạng hôn nhân”.
    """
    typed = words(query)
    if len(typed) != 1 or not _TYPED_INITIALS.fullmatch(typed[0]):
        return None
    (letters,) = typed
    cuts = range(_SHORTEST_ROW, len(letters) - _SHORTEST_ROW + 1)
    return Condition(
        "p.initials LIKE ANY (%(initials_rows)s)",
        "CASE WHEN p.initials = %(initials)s THEN 3.0 WHEN p.initials LIKE %(initials_beginning)s THEN 2.5 "
        "WHEN p.initials LIKE %(initials_row)s THEN 2.0 ELSE 1.0 END",
        {
            "initials": letters,
            "initials_beginning": f"{letters}%",
            "initials_row": f"%{letters}%",
            "initials_rows": [f"%{letters}%", *(f"%{letters[:cut]}%{letters[cut:]}%" for cut in cuts)],
        },
    )
