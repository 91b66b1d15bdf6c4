"""Which hits say what was typed, and which are only near it: what is near is never taken without a look."""

from collections.abc import Collection

from procedures.models import Procedure
from tenants.text import words

WORDS_ENOUGH = 3
"""So many words, each of them in one name, mean it in whatever order they are typed."""


def saying(typed: str, codes: Collection[str]) -> frozenset[str]:
    """The codes among these whose names, everyday names, synonyms or first letters have what was typed.

    Marks and case aside. The words stand in one name in a row, the last of them perhaps only begun; or there are
    at least WORDS_ENOUGH of them and each stands there whole.
    """
    asked = words(typed)
    if not asked:
        return frozenset()
    rows = Procedure.objects.filter(code__in=codes).values_list("code", "folded", "initials")
    return frozenset(code for code, folded, letters in rows if _says(asked, folded, letters))


def _says(asked: tuple[str, ...], folded: str, letters: str) -> bool:
    names = folded.splitlines()
    phrase = " " + " ".join(asked)
    if any(phrase in f" {name}" for name in names):
        return True
    if len(asked) == 1:
        return len(asked[0]) > 1 and asked[0] in letters
    return len(asked) >= WORDS_ENOUGH and any(set(asked) <= set(name.split()) for name in names)
