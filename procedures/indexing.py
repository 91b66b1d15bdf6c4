"""The search columns of a procedure: names, everyday words and synonyms, folded and spelled.

They are stored so that one statement can search them. Each name stands on a line of its own between
spaces, so that a phrase matches whole words and never runs from one name into the next.
"""

from collections.abc import Iterable, Sequence

from procedures.models import Procedure, Synonym
from procedures.versions import write_back
from procedures.vietnamese import fold, sort_key, spell

MAX_SHORT_NAME = 90
SEARCH_COLUMNS = ("folded", "spelled", "sort_key")
_NEEDLESS = "thủ tục "


def short_name(name: str) -> str:
    """Return *name* without a leading “Thủ tục”, cut at a word to 90 characters with “…”."""
    text = name.strip().rstrip(".").strip()
    if text.lower().startswith(_NEEDLESS) and len(text) > len(_NEEDLESS):
        text = text[len(_NEEDLESS) :].lstrip()
        text = text[:1].upper() + text[1:]
    if len(text) <= MAX_SHORT_NAME:
        return text
    cut = text[: MAX_SHORT_NAME - 1]
    return cut[: cut.rfind(" ")].rstrip(" ,;(-") + "…" if " " in cut else cut + "…"


def everyday_words(everyday: str) -> list[str]:
    """Return the everyday names written in one field, separated by semicolons."""
    return [word.strip() for word in everyday.split(";") if word.strip()]


def index(procedure: Procedure, synonyms: Sequence[tuple[str, str]]) -> bool:
    """Set the search columns of *procedure*, unsaved; return whether they changed.

    *synonyms* are (everyday word, folded official words), see :func:`load_synonyms`.
    """
    before = [getattr(procedure, column) for column in SEARCH_COLUMNS]
    own = f" {fold(procedure.name)} "
    lines = [procedure.name, procedure.short_name, *everyday_words(procedure.everyday)]
    lines += [word for word, official in synonyms if f" {official} " in own]
    lines = list(dict.fromkeys(line.removesuffix("…") for line in lines if line))
    procedure.folded = _lined(map(fold, lines))
    procedure.spelled = _lined(map(spell, lines))
    procedure.sort_key = sort_key(procedure.short_name)
    return before != [getattr(procedure, column) for column in SEARCH_COLUMNS]


def _lined(lines: Iterable[str]) -> str:
    return "".join(f"\n {line} " for line in lines if line) + "\n"


def load_synonyms() -> list[tuple[str, str]]:
    """Return this province's synonyms as (everyday word, folded official words)."""
    rows = Synonym.objects.order_by("pk").values_list("everyday", "official")
    return [(everyday, fold(official)) for everyday, official in rows if fold(official)]


def reindex(procedures: Iterable[Procedure] | None = None) -> int:
    """Bring the search columns up to date and return how many procedures changed.

    Call it after names, everyday words or synonyms changed; without an argument for all procedures.
    """
    synonyms = load_synonyms()
    everything = Procedure.objects.all() if procedures is None else procedures
    changed = [procedure for procedure in everything if index(procedure, synonyms)]
    write_back(changed, SEARCH_COLUMNS)
    return len(changed)
