"""The search columns of a procedure: names, English ones too, everyday words and synonyms, folded and spelled; initials.

They are stored so that one statement can search them. Each name stands on a line of its own between
spaces, so that a phrase matches whole words and never runs from one name into the next. An everyday word
that stands for words of many official names begins its line with a tab: what is called just so comes first.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from procedures.catalogue.formats.base import base_code
from procedures.catalogue.models import Procedure, SearchWord, Synonym
from procedures.catalogue.search.query_parser import initials
from procedures.catalogue.search.spelling import deletions, tolerant
from procedures.catalogue.versions import BATCH, write_back
from tenants.text import fold, sort_key, spell

MAX_SHORT_NAME = 90
MAX_WORD = 100
# The word that stands in every procedure: it says how many there are.
IN_EVERY = ""
SEARCH_COLUMNS = ("folded", "spelled", "sort_key", "initials")
_NEEDLESS = "thủ tục "
# Errors of the source, mended in the short name alone: the official name stays as it was published.
_SOURCE_ERRORS = (("Việt nam", "Việt Nam"), ("Cấp đối ", "Cấp đổi "))
_CODE_BEHIND = re.compile(r"\s*\(\s*\d\.\d{6}\s*\)\s*\Z")

# (place in the order of writing, everyday word, code or folded official words), by the first word of the last.
type Synonyms = Mapping[str, Sequence[tuple[int, str, str]]]


def short_name(name: str) -> str:
    """Return *name* without a leading “Thủ tục” and a code behind it, cut at a word to 90 characters with “…”."""
    text = _CODE_BEHIND.sub("", name.strip().rstrip(".").strip())
    for wrong, right in _SOURCE_ERRORS:
        text = text.replace(wrong, right)
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


def index(procedure: Procedure, synonyms: Synonyms) -> bool:
    """Set the search columns of *procedure*, unsaved; return whether they changed.

    *synonyms* are those of :func:`load_synonyms`.
    """
    before = [getattr(procedure, column) for column in SEARCH_COLUMNS]
    official = f" {fold(procedure.name)} "
    own = [procedure.name, procedure.short_name, *everyday_words(procedure.everyday)]
    own += [procedure.english_name, *everyday_words(procedure.english_also)]
    own += [word for _place, word, meant in synonyms.get(procedure.code, ()) if meant == procedure.code]
    # A province has thousands of them, and thousands of procedures: only those that begin with a word of the name.
    candidates = (one for first in {*official.split()} for one in synonyms.get(first, ()))
    shared = [word for _place, word, meant in sorted(candidates) if f" {meant} " in official]
    procedure.folded = _lined(own, shared, fold)
    procedure.spelled = _lined(own, shared, spell)
    procedure.sort_key = sort_key(procedure.short_name)
    procedure.initials = initials(procedure.short_name)
    return before != [getattr(procedure, column) for column in SEARCH_COLUMNS]


def _lined(own: Iterable[str], shared: Iterable[str], written: Callable[[str], str]) -> str:
    lines = dict.fromkeys(f"\n {written(line.removesuffix('…'))} " for line in own if line)
    lines |= dict.fromkeys(f"\n\t {written(word)} " for word in shared)
    return "".join(lines) + "\n"


def meaning(official: str) -> str:
    """Return what a synonym's official side is compared by: a code, or folded words."""
    return base_code(official) or fold(official)


def load_synonyms() -> Synonyms:
    """Return the synonyms that this province uses."""
    rows = Synonym.objects.filter(active=True).order_by("pk").values_list("everyday", "official")
    found: dict[str, list[tuple[int, str, str]]] = defaultdict(list)
    for place, (everyday, official) in enumerate(rows):
        if meant := meaning(official):
            found[meant.partition(" ")[0]].append((place, everyday, meant))
    return found


def reindex() -> int:
    """Bring the search columns up to date and return how many procedures changed.

    Call it after names, everyday words or synonyms changed.
    """
    synonyms = load_synonyms()
    changed = [procedure for procedure in Procedure.objects.all() if index(procedure, synonyms)]
    write_back(changed, SEARCH_COLUMNS)
    if changed:
        learn_words()
    return len(changed)


def learn_words() -> None:
    """Make the known words those of the procedures as they are indexed now."""
    counted: Counter[str] = Counter()
    active = Procedure.objects.filter(state=Procedure.State.ACTIVE).order_by()
    for folded in active.values_list("folded", flat=True).iterator(chunk_size=BATCH):
        counted.update({IN_EVERY, *(word for word in folded.split() if len(word) <= MAX_WORD)})
    known = dict(SearchWord.objects.values_list("text", "procedures"))
    SearchWord.objects.filter(text__in=known.keys() - counted.keys()).delete()
    SearchWord.objects.bulk_create(
        [
            SearchWord(text=word, procedures=often, deletions=deletions(word) if tolerant(word) else [])
            for word, often in counted.items()
            if known.get(word) != often
        ],
        BATCH,
        update_conflicts=True,
        update_fields=["procedures"],
        unique_fields=["text"],
    )
