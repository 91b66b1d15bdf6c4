"""Everyday words: what one would do, before and after it is written."""

from dataclasses import dataclass

from procedures.models import Procedure, Synonym
from procedures.search import search
from procedures.search.index import meaning, stands_for
from tenants.text import fold

_MOST_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Preview:
    """What a word finds today, and the procedures that it stands for: the first ten, and how many there are."""

    found: tuple[search.SearchHit, ...]
    found_count: int
    meant: tuple[Procedure, ...]
    meant_count: int


def preview(everyday: str, official: str) -> Preview:
    """Return what citizens find with *everyday* today, and what *official* stands for; writes nothing."""
    results = search.search(everyday) if fold(everyday) else None
    meant = stood_for(official)
    return Preview(
        results.hits[:_MOST_SHOWN] if results else (),
        results.count if results else 0,
        tuple(meant[:_MOST_SHOWN]),
        len(meant),
    )


def stood_for(official: str) -> list[Procedure]:
    """Return the active procedures that *official* stands for, those that the province handles first."""
    meant = meaning(official)
    if not meant:
        return []
    active = Procedure.objects.filter(state=Procedure.State.ACTIVE).order_by("-handled", "sort_key", "code")
    # The stored columns hold more than the official name; they only narrow the choice.
    likely = active.filter(code=meant) | active.filter(folded__contains=f" {meant} ")
    return [procedure for procedure in likely if stands_for(meant, procedure)]


def is_known(everyday: str, official: str, *, but: int | None = None) -> bool:
    """Whether this word already stands for this, however both are written; *but* is a row not to count."""
    same = Synonym.objects.filter(folded=fold(everyday)).values_list("pk", "official")
    return any(meaning(other) == meaning(official) for pk, other in same if pk != but)
