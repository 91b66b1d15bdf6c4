"""The chat answer to an errand: the first procedures, each with term, fee and page.

Text in, text out: `portal` beside it makes conversations of it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from messaging.inbound.chat.words import read_words
from procedures.catalogue.search import query_parser, search
from procedures.catalogue.search.query_parser import Question, telling_places
from procedures.catalogue.search.telex_repair import repair
from procedures.catalogue.wording import fee_line, term_line
from tenants.text import fold, spell
from tenants.web.absolute_urls import absolute

SHOWN = 3
LONGEST = 120
_FEWEST_LETTERS = 2

_SAID = read_words("procedures")


@dataclass(frozen=True, slots=True)
class ChatAnswer:
    """What to answer. `near`: nothing has all the words, these come nearest."""

    text: str
    button: tuple[str, str]
    near: bool
    codes: tuple[str, ...]


def answer(text: str) -> ChatAnswer | None:
    """The first three procedures for an errand; None where nothing comes near enough."""
    if len(text) > LONGEST or Question(text).has_no_procedure:
        return None
    errand = _errand(text)
    if fold(errand) in _SAID.asks_nothing or len(re.findall(r"[^\W_]", errand)) < _FEWEST_LETTERS:
        return None
    written = " ".join(_SAID.abbreviations.get(fold(word), word) for word in errand.split())
    plain = repair(written)
    asked: dict[str, search.SearchResults] = {}
    for query in _different(errand, written, plain, _SAID.for_whom.sub("", plain)):
        results = asked[query] = search.search(query)
        if results.hits and not results.near:
            return _answer_with(query, results.hits[:SHOWN], results.count - SHOWN)
    return _spelled_out(errand) or _nearest(asked) or _ageless(plain)


def _ageless(query: str) -> ChatAnswer | None:
    """Without the age that stands at its end: some names have one, so only where nothing comes near with it."""
    shorter = _SAID.for_whom.sub("", _SAID.age.sub("", query))
    results = search.search(shorter) if _SAID.age.search(query) else None
    if results is None or not results.hits or results.near:
        return None
    return _answer_with(shorter, results.hits[:SHOWN], results.count - SHOWN)


def _different(*queries: str) -> list[str]:
    """Those that differ in more than marks, which change the order of what is found and not whether anything is."""
    return list({fold(query): query for query in reversed(queries)}.values())[::-1]


def _spelled_out(query: str) -> ChatAnswer | None:
    """First letters of a name: “dkkh”."""
    letters = fold(query)
    if not query_parser.initials_condition(query):
        return None
    hits = search.handled(query, limit=SHOWN)
    own = tuple(hit for hit in hits if query_parser.initials(hit.short_name).startswith(letters))
    return _answer_with(query, own) if own else None


def _nearest(asked: Mapping[str, search.SearchResults]) -> ChatAnswer | None:
    for query, results in asked.items():
        if results.hits:
            return _answer_with(query, results.hits[:SHOWN], near=True)
    return None


def _answer_with(
    query: str, hits: tuple[search.SearchHit, ...], more: int = 0, *, near: bool = False
) -> ChatAnswer:
    lead = "Thủ tục gần giống nhất với điều ông/bà hỏi:" if near else "Thủ tục ông/bà có thể cần:"
    return ChatAnswer(
        "\n".join([lead, *(_row(number, hit) for number, hit in enumerate(hits, start=1))]),
        (
            f"Xem thêm {more} thủ tục" if more > 0 else "Tìm thủ tục khác",
            absolute(f"{reverse('procedures')}?{urlencode({'q': query}, errors='replace')}"),
        ),
        near,
        tuple(hit.code for hit in hits),
    )


def _row(number: int, hit: search.SearchHit) -> str:
    facts = [f"Thời hạn: {term_line(hit.term_value, hit.term_unit, hit.term_note)}"]
    if fee := fee_line(hit.fees):
        facts.append(f"Lệ phí: {fee}")
    if not hit.handled:
        facts = [hit.where or "Không nộp tại cổng này"]
    return (
        f"{number}. {hit.short_name}\n{'. '.join(facts)}.\n{absolute(reverse('procedure', args=[hit.code]))}"
    )


def _errand(text: str) -> str:
    words = re.sub(r"[?!.,;:“”\"'()]+(?=\s|$)|[“”\"'()#]", " ", text).split()
    words = [word for word in words if fold(word)]
    plain = [repair(word).replace(" ", "") for word in words]
    marked = [spell(word).replace(" ", "") for word in words]
    return " ".join(words[place] for place in telling_places(plain, marked))
