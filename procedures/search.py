"""Finding a procedure as people type: without marks, with a wrong letter, by code, by everyday words.

Two statements at most: one counts, one fetches a page. The columns searched are prepared by
:mod:`procedures.indexing`, so nothing is folded in the database.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.urls import reverse

from procedures.formats.base import LEVELS
from procedures.indexing import everyday_words
from procedures.models import Procedure
from procedures.vietnamese import expand_query, fold, spell

PAGE_SIZE = 20
MAX_QUERY = 200
_MAX_WORDS = 12
_MAX_PAGE = 1_000
_SHORTEST_FUZZY = 4
# A shorter last word is taken as a whole: “so do” is not the beginning of “so doanh nghiep”.
_SHORTEST_BEGINNING = 3
_ALL_WORDS = 1

# Words around an errand, not of it: “tôi muốn làm thủ tục khai sinh”.
_FILLERS = frozenset({"toi", "muon", "can", "xin", "lam", "thu", "tuc", "ve"})
_CODE = re.compile(r"\s*(\d)[.\s]?(\d{6})(?:[.\s].*)?", re.DOTALL)
_CODE_BEGINNING = re.compile(r"\s*(\d\.\d{1,5})\s*")


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A procedure in a result list, with what the list shows of it; fees are (kind, amount in đồng)."""

    code: str
    name: str
    short_name: str
    everyday: str
    sector: str
    levels: tuple[str, ...]
    handled: bool
    where: str
    issuer: str
    term_value: int | None
    term_unit: str
    term_note: str
    channels: tuple[str, ...]
    fees: tuple[tuple[str, int | None], ...]


@dataclass(frozen=True, slots=True)
class SearchResults:
    """A page of hits and how many there are in all; ``synonyms`` are (everyday, official) in the query."""

    query: str
    hits: tuple[SearchHit, ...]
    handled: int
    information_only: int
    page: int
    synonyms: tuple[tuple[str, str], ...]

    @property
    def count(self) -> int:
        return self.handled + self.information_only

    @property
    def pages(self) -> int:
        return max(1, -(-self.count // PAGE_SIZE))


def search(query: str, *, sector: str = "", level: str = "", page: int = 1) -> SearchResults:
    """Return the procedures of the present province that fit *query*, best first.

    *sector* is a sector's folded name, *level* one of ministry, province, commune, other; unknown ones are
    ignored. An empty query lists everything. Order: the code; an official, short or everyday name that is
    the query; the phrase with its marks; names that begin with the phrase; the phrase without marks; all
    words; and only when none of these is found, words with a wrong letter. Within each, what the province
    handles comes first, then what is explained. Never raises for any text: NUL and surrogates count as
    spaces, what is longer than 200 characters is cut.
    """
    typed = _Typed(query[:MAX_QUERY])
    level = level if level in LEVELS else ""
    filters = {"sector": fold(sector[:MAX_QUERY]), "level": level, "everywhere": True}
    counted = _rows(_COUNT, typed, filters)[0]
    handled, information_only, synonyms = counted
    page = min(max(page, 1), _MAX_PAGE, max(1, -(-(handled + information_only) // PAGE_SIZE)))
    hits: tuple[SearchHit, ...] = ()
    if handled + information_only:
        limits = {"limit": PAGE_SIZE, "offset": (page - 1) * PAGE_SIZE}
        hits = tuple(_hit(row) for row in _rows(_PAGE, typed, {**filters, **limits}))
    pairs = tuple((everyday, official) for everyday, official in synonyms or ())
    return SearchResults(query[:MAX_QUERY].strip(), hits, handled, information_only, page, pairs)


def handled(query: str, *, limit: int = 10) -> tuple[SearchHit, ...]:
    """Return at most *limit* procedures that the province handles and that fit *query*, best first.

    For the counter's search-as-you-type; one statement, and as tolerant as :func:`search`.
    """
    filters = {"sector": "", "level": "", "everywhere": False, "limit": max(0, limit), "offset": 0}
    return tuple(_hit(row) for row in _rows(_PAGE, _Typed(query[:MAX_QUERY]), filters))


def popular(limit: int = 6) -> tuple[dict[str, str], ...]:
    """Return name, everyday name and address of handled procedures that are explained in plain words."""
    explained = Procedure.objects.filter(handled=True, state=Procedure.State.ACTIVE).exclude(summary="")
    return tuple(
        {
            "name": procedure.short_name,
            "everyday": ", ".join(everyday_words(procedure.everyday)[:1]),
            "url": reverse("procedure", args=[procedure.code]),
        }
        for procedure in explained.only("short_name", "everyday", "code", "sort_key")[:limit]
    )


@dataclass(slots=True)
class _Typed:
    """A query on its way to SQL: one condition for each rank it can reach, with its parameters."""

    query: str
    parameters: dict[str, Any] = field(default_factory=dict)
    ranks: list[tuple[int, str]] = field(default_factory=list)
    fuzzy: bool = False

    def __post_init__(self) -> None:
        self._by_code()
        phrases = expand_query(self.query)
        if phrases:
            self._by_words(phrases)
        self.parameters.setdefault("typed", phrases[0] if phrases else "")

    def _by_code(self) -> None:
        whole, beginning = _CODE.fullmatch(self.query), _CODE_BEGINNING.fullmatch(self.query)
        if whole:
            self.parameters["code"] = f"{whole[1]}.{whole[2]}"
            self.ranks.append((9, "p.code = %(code)s"))
        elif beginning:
            self.parameters["code"] = f"{beginning[1]}%"
            self.ranks.append((9, "p.code LIKE %(code)s"))

    def _by_words(self, phrases: tuple[str, ...]) -> None:
        spelled = spell(self.query).split()[:_MAX_WORDS]
        variants = [phrase.split()[:_MAX_WORDS] for phrase in phrases]
        skip = _fillers(variants[0])
        spelled, variants = spelled[skip:], [variant[skip:] for variant in variants]
        joined = [" ".join(variant) for variant in variants]
        marked = " ".join(spelled)
        self.parameters |= {
            "typed": joined[0],
            "lines": [f"%\n {phrase} \n%" for phrase in joined],
            "beginnings": [f"%\n {phrase}{_end(phrase)}" for phrase in joined],
            "phrases": [f"% {phrase}{_end(phrase)}" for phrase in joined],
            "marked_line": f"%\n {marked} \n%",
            "marked": f"% {marked} %",
        }
        if marked != joined[0]:
            self.ranks.append((8, "p.spelled LIKE %(marked_line)s"))
        self.ranks.append((7, "p.folded LIKE ANY (%(lines)s)"))
        if marked != joined[0]:
            self.ranks.append((6, "p.spelled LIKE %(marked)s"))
        self.ranks.append((5, "p.folded LIKE ANY (%(beginnings)s)"))
        self.ranks.append((4, "p.folded LIKE ANY (%(phrases)s)"))
        for number, variant in enumerate(variants):
            self._all_words(number, variant, spelled)
        self.fuzzy = len(joined[0]) >= _SHORTEST_FUZZY

    def _all_words(self, number: int, variant: list[str], spelled: list[str]) -> None:
        """Every word somewhere; one that was typed with marks must be there with its marks."""
        plain = [word for word, mark in zip(variant, spelled, strict=False) if word == mark or number]
        exact = [mark for word, mark in zip(variant, spelled, strict=False) if word != mark and not number]
        self.parameters[f"plain{number}"] = [f"% {word}{_end(word)}" for word in plain]
        self.parameters[f"exact{number}"] = [f"% {word} %" for word in exact]
        condition = f"p.folded LIKE ALL (%(plain{number})s) AND p.spelled LIKE ALL (%(exact{number})s)"
        self.ranks.append((_ALL_WORDS, condition))

    def hits(self) -> str:
        """Return the SQL of the common tables that end in `hits` (id, rank); every value is a parameter."""
        if not self.ranks:
            # Signs that hold no letter and no digit ask for nothing; so does an empty box.
            return _EVERYTHING
        when = " ".join(f"WHEN {condition} THEN {rank}" for rank, condition in self.ranks)
        strict = _STRICT.replace("/* ranks */", when)
        return strict + (_FUZZY if self.fuzzy else _ONLY_STRICT)


def _end(phrase: str) -> str:
    last = phrase.rpartition(" ")[2]
    return "%" if len(last) >= _SHORTEST_BEGINNING else " %"


def _fillers(words: list[str]) -> int:
    """Return how many words at the beginning say nothing; at least one word always stays."""
    count = 0
    while count < len(words) - 1 and words[count] in _FILLERS:
        count += 1
    return count


_SEARCHED = """
FROM procedures_procedure p LEFT JOIN procedures_sector s ON s.id = p.sector_id
WHERE p.state = 'active' AND (%(everywhere)s OR p.handled)
  AND (%(sector)s = '' OR s.folded = %(sector)s) AND (%(level)s = '' OR %(level)s = ANY (p.levels))
"""
_EVERYTHING = "hits AS (SELECT p.id, 0::float8 AS rank /* searched */)".replace("/* searched */", _SEARCHED)
# Scattered words count only where nothing bears the very name that was typed (rank 7 and up).
_STRICT = """
ranked AS (SELECT p.id, CASE /* ranks */ END::float8 AS rank /* searched */),
strict AS (
  SELECT id, rank FROM (SELECT id, rank, max(rank) OVER () AS best FROM ranked WHERE rank > 0) r
  WHERE rank > 1 OR best < 7
)""".replace("/* searched */", _SEARCHED)
_ONLY_STRICT = ", hits AS (SELECT id, rank FROM strict)"
# Six in ten letter triples in common (pg_trgm's default), and nearly as many as the best has. The rank is
# the similarity minus one: below every strict one. The planner tries NOT EXISTS once, before any row.
_FUZZY = """, likely AS (
  SELECT p.id, word_similarity(%(typed)s, p.folded) - 1 AS rank /* searched */
    AND NOT EXISTS (SELECT FROM strict) AND p.folded %%> %(typed)s
), hits AS (
  SELECT id, rank FROM strict
  UNION ALL SELECT id, rank FROM likely WHERE rank > (SELECT max(rank) FROM likely) - 0.1
)
""".replace("/* searched */", _SEARCHED)

_COUNT = """
SELECT count(*) FILTER (WHERE p.handled), count(*) FILTER (WHERE NOT p.handled),
       (SELECT array_agg(ARRAY[y.everyday, y.official] ORDER BY y.id) FROM procedures_synonym y
        WHERE position(' ' || y.folded || ' ' IN ' ' || %(typed)s || ' ') > 0)
FROM hits JOIN procedures_procedure p USING (id)
"""
_PAGE = """
SELECT p.code, p.name, p.short_name, p.everyday, coalesce(s.name, ''),
       p.levels, p.handled, p.where_text, p.issuer,
       v.term_value, coalesce(v.term_unit, ''), coalesce(v.term_note, ''), coalesce(v.channels, '{}'),
       (SELECT array_agg(f.kind || ':' || coalesce(f.amount::text, '') ORDER BY f."order")
        FROM procedures_fee f WHERE f.version_id = v.id)
FROM hits JOIN procedures_procedure p USING (id)
LEFT JOIN procedures_sector s ON s.id = p.sector_id
LEFT JOIN procedures_procedureversion v ON v.id = p.current_version_id
ORDER BY hits.rank DESC, p.handled DESC, (hits.rank <> 0 AND p.summary <> '') DESC,
         length(p.short_name) * (hits.rank <> 0)::int, p.sort_key, p.code
LIMIT %(limit)s OFFSET %(offset)s
"""


def _rows(statement: str, typed: _Typed, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute("WITH " + typed.hits() + statement, {**typed.parameters, **parameters})
        return list(cursor.fetchall())


def _hit(row: tuple[Any, ...]) -> SearchHit:
    *plain, levels, handled, where, issuer, value, unit, note, channels, fees = row
    code, name, short_name, everyday, sector = plain
    pairs = [fee.partition(":") for fee in fees or ()]
    return SearchHit(
        code,
        name,
        short_name,
        everyday,
        sector,
        tuple(levels),
        handled,
        where,
        issuer,
        value,
        unit,
        note,
        tuple(channels),
        tuple((kind, int(amount) if amount else None) for kind, _colon, amount in pairs),
    )
