"""Where to go with what the catalogue lacks: signposts as data, shown beside what the search finds."""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from procedures.catalogue.search.query_parser import readings
from procedures.catalogue.search.search import MAX_QUERY, SearchHit
from tenants.text import fold

SIGNPOSTS = Path(__file__).parents[1] / "data" / "signposts.yaml"
Signpost = Mapping[str, Any]
"""What people ask for (`name`), who handles it (`at`), both in English (`_en`), and its national `code` where known."""


@cache
def signposts() -> list[Signpost]:
    """All that ship, in the order of the file."""
    return list(yaml.safe_load(SIGNPOSTS.read_text(encoding="utf-8")))


def signpost(query: str, hits: Iterable[SearchHit]) -> Signpost | None:
    """The signpost most of whose words are asked for; None without one, or where the name of a hit begins with them.

    Such a hit is the procedure itself, which a province has added to its catalogue.
    """
    asked, most = readings(query[:MAX_QUERY]), 0
    best: Signpost | None = None
    for post in signposts():
        said = max(
            (len(words.split()) for words in post["asked"] if any(one.says(words) for one in asked)),
            default=0,
        )
        if said > most and not any(one.says(words) for words in post.get("unless", ()) for one in asked):
            best, most = post, said
    return None if best and any(_is_of(best, hit) for hit in hits) else best


def _is_of(post: Signpost, hit: SearchHit) -> bool:
    name = fold(hit.name).removeprefix("thu tuc ")
    begins = tuple(map(fold, (post["name"], *post["asked"])))
    return name.startswith(begins) and not any(fold(words) in name for words in post.get("unless", ()))
