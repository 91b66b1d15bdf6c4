"""Finding a procedure as people type: without marks, with a wrong letter, by code, by everyday words.

The words searched are prepared by :mod:`procedures.indexing`, what was typed by :mod:`procedures.question`.
One statement counts, one fetches a page; when nothing has all the words, one more asks which words are near,
and the two are sent again. Indexes answer each of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.urls import reverse

from procedures import initials
from procedures.formats.base import LEVELS
from procedures.indexing import IN_EVERY, everyday_words
from procedures.models import Channel, Procedure
from procedures.nearness import Nearness
from procedures.question import WORDS, Condition, Question
from procedures.typos import deletions, tolerant
from procedures.vietnamese import fold

PAGE_SIZE = 20
MAX_QUERY = 200
_MAX_PAGE = 1_000
_SHORTEST_GLUED = 4
_GLUED_LESS = 0.1
_LEAST_SHARE = 0.4
_NEARLY_AS_GOOD = 0.15
_PHRASE = 4


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
class Counts:
    """How many results each choice of a filter would leave, the other filters kept; none has no entry.

    ``sectors`` are (folded name, name, count) in Vietnamese order.
    """

    sectors: tuple[tuple[str, str, int], ...] = ()
    levels: Mapping[str, int] = field(default_factory=dict)
    channels: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SearchResults:
    """A page of hits and how many there are in all.

    ``synonyms`` are the (everyday, official) words in the query; ``near`` says that nothing has all the words
    typed, and these are the nearest; ``unfiltered`` is how many there would be without filters.
    """

    query: str
    hits: tuple[SearchHit, ...]
    handled: int
    information_only: int
    page: int
    synonyms: tuple[tuple[str, str], ...]
    counts: Counts
    near: bool = False
    unfiltered: int = 0

    @property
    def count(self) -> int:
        return self.handled + self.information_only

    @property
    def pages(self) -> int:
        return max(1, -(-self.count // PAGE_SIZE))


def search(
    query: str, *, sector: str = "", level: str = "", channel: str = "", page: int = 1
) -> SearchResults:
    """Return the procedures of the present province that fit *query*, best first.

    *sector* is a sector's folded name, *level* one of ministry, province, commune, other, *channel* one of
    online, direct, post; unknown ones are ignored. An empty query lists everything. Order: the code; an
    official, short or everyday name that is the query; the phrase with its marks; names that begin with the
    phrase; the phrase without marks; all words; and only when nothing has them all, whatever the province
    filters, the procedures that have the most of them, each with at most one wrong letter. Within each, what
    the province handles comes first, then what is explained. Never raises for any text: NUL and surrogates
    count as spaces, what is longer than 200 characters is cut.
    """
    question = Question(query[:MAX_QUERY])
    filters = {
        "sector": fold(sector[:MAX_QUERY]),
        "level": level if level in LEVELS else "",
        "channel": channel if channel in Channel.values else "",
    }
    condition, near = question.exactly(), False
    found = _survey(condition, question, filters)
    if condition and _scattered(found["best"]) and (nearly := _nearly(question)):
        nearest = _survey(nearly, question, filters)
        if nearest["unfiltered"]:
            condition, near, found = nearly, not found["unfiltered"], nearest
    count = found["handled"] + found["information_only"]
    page = min(max(page, 1), _MAX_PAGE, max(1, -(-count // PAGE_SIZE)))
    hits = _page(condition, filters, PAGE_SIZE, (page - 1) * PAGE_SIZE)[1] if count else ()
    return SearchResults(
        query[:MAX_QUERY].strip(),
        hits,
        found["handled"],
        found["information_only"],
        page,
        tuple((everyday, official) for everyday, official in found["synonyms"] or ()),
        Counts(
            tuple((folded, name, often) for folded, name, often in found["sectors"] or ()),
            found["levels"] or {},
            found["channels"] or {},
        ),
        near and bool(count),
        found["unfiltered"],
    )


def handled(query: str, *, limit: int = 10) -> tuple[SearchHit, ...]:
    """Return at most *limit* procedures that the province handles and that fit *query*, best first.

    For the counter's search-as-you-type; one statement when all words are found, and as tolerant as
    :func:`search`. What no name contains may be the first letters of one: “dkkh”.
    """
    question = Question(query[:MAX_QUERY])
    condition = question.exactly()
    best, hits = _page(condition, _HANDLED, max(0, limit), 0)
    if _scattered(best) and (letters := initials.condition(query[:MAX_QUERY])):
        _best, spelled_out = _page(letters, _HANDLED, max(0, limit), 0)
        if spelled_out:
            return spelled_out
    if condition and _scattered(best) and (nearly := _nearly(question, only_handled=True)):
        hits = _page(nearly, _HANDLED, max(0, limit), 0)[1] or hits
    return hits


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


_NO_FILTER = {"sector": "", "level": "", "channel": "", "only_handled": False}
_HANDLED = {**_NO_FILTER, "only_handled": True}

# Scattered words count only where nothing bears the very name that was typed (rank 7 and up), words with other
# marks only where no word has its own.
_HITS = """
WITH candidates AS MATERIALIZED (
  SELECT p.id, p.code, p.folded, p.spelled, p.initials, p.handled, p.state FROM procedures_procedure p
  WHERE /* candidates */
), ranked AS MATERIALIZED (
  SELECT p.id, /* rank */ AS rank FROM candidates p
  WHERE p.state = 'active' AND (NOT %(only_handled)s OR p.handled)
), hits AS (
  SELECT id, rank FROM (SELECT id, rank, max(rank) OVER () AS best FROM ranked) r
  WHERE CASE WHEN best >= 7 THEN rank > 1 WHEN best >= 1 THEN rank > 0.5
             ELSE true END
)"""
# Nothing asked is everything listed: read off indexes that hold what is counted, and the order shown.
_LISTED = "WITH hits AS (SELECT p.id FROM procedures_procedure p WHERE p.state = 'active')"
_COUNTED = "hits JOIN procedures_procedure p USING (id)"
_COUNTED_LISTED = "(SELECT * FROM procedures_procedure WHERE state = 'active') p"
_BEST = "(SELECT max(rank) FROM hits)"
_BEST_FIRST = """round(hits.rank::numeric, 2) DESC, p.handled DESC, p.summary <> '' DESC,
         length(p.short_name), p.sort_key, p.code"""
_IN_ORDER = "p.handled DESC, p.sort_key, p.code"

_SURVEY = """, found AS MATERIALIZED (
  SELECT p.handled, p.sector_id, p.levels, p.channels,
         %(sector)s = '' OR s.folded IS NOT DISTINCT FROM %(sector)s AS in_sector,
         %(level)s = '' OR %(level)s = ANY (p.levels) AS in_level,
         %(channel)s = '' OR %(channel)s = ANY (p.channels) AS in_channel
  FROM /* counted */ LEFT JOIN procedures_sector s ON s.id = p.sector_id
)
SELECT count(*) AS unfiltered, /* best */ AS best,
       count(*) FILTER (WHERE in_sector AND in_level AND in_channel AND handled) AS handled,
       count(*) FILTER (WHERE in_sector AND in_level AND in_channel AND NOT handled) AS information_only,
       (SELECT json_agg(json_build_array(s.folded, s.name, c.often) ORDER BY s.sort_key)
        FROM (SELECT sector_id, count(*) AS often FROM found WHERE in_level AND in_channel GROUP BY 1) c
        JOIN procedures_sector s ON s.id = c.sector_id) AS sectors,
       (SELECT json_object_agg(c.level, c.often) FROM (
          SELECT level, count(*) AS often FROM found, unnest(levels) level WHERE in_sector AND in_channel GROUP BY 1
        ) c) AS levels,
       (SELECT json_object_agg(c.channel, c.often) FROM (
          SELECT channel, count(*) AS often FROM found, unnest(channels) channel WHERE in_sector AND in_level GROUP BY 1
        ) c) AS channels,
       (SELECT json_agg(json_build_array(y.everyday, y.official) ORDER BY y.id) FROM procedures_synonym y
        WHERE y.folded = ANY (%(everyday)s) AND y.active) AS synonyms
FROM found
"""
_PAGE = """
SELECT p.code, p.name, p.short_name, p.everyday, coalesce(s.name, ''),
       p.levels, p.handled, p.where_text, p.issuer,
       v.term_value, coalesce(v.term_unit, ''), coalesce(v.term_note, ''), p.channels,
       (SELECT array_agg(f.kind || ':' || coalesce(f.amount::text, '') ORDER BY f."order")
        FROM procedures_fee f WHERE f.version_id = v.id), /* rank */
FROM hits JOIN procedures_procedure p USING (id)
LEFT JOIN procedures_sector s ON s.id = p.sector_id
LEFT JOIN procedures_procedureversion v ON v.id = p.current_version_id
WHERE (%(sector)s = '' OR s.folded = %(sector)s) AND (%(level)s = '' OR %(level)s = ANY (p.levels))
  AND (%(channel)s = '' OR %(channel)s = ANY (p.channels))
ORDER BY /* order */
LIMIT %(limit)s OFFSET %(offset)s
"""
_NEAR_WORDS = """
SELECT w.text, w.procedures FROM procedures_searchword w
WHERE w.text = ANY (%(words)s) OR w.deletions && %(deletions)s::varchar[]
"""


# Words glued together, or with more than one slip, are found by their triples of letters alone.
_GLUED = """
SELECT p.id, p.folded, p.spelled, p.state, p.handled, word_similarity(%(phrase)s, p.folded) AS similarity
FROM procedures_procedure p WHERE p.folded %%> %(phrase)s
"""
_LIKELY = """
SELECT p.id, p.folded, p.spelled, p.state, p.handled, 0 AS similarity
FROM procedures_procedure p WHERE /* words */ @@ to_tsquery('simple', %(likely)s)
""".replace("/* words */", WORDS)
# Materialized, so that the state is asked of what the words found, and not the words of every active one.
_NEAR = """
WITH candidates AS MATERIALIZED (/* likely */)
SELECT p.id, p.folded, p.spelled, p.similarity FROM candidates p
WHERE p.state = 'active' AND (NOT %(only_handled)s OR p.handled)
"""


def _survey(condition: Condition | None, question: Question, filters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the counts of what fits, with and without the filters, and the synonyms in the question."""
    everyday = {"everyday": question.phrases}
    statement = _SURVEY.replace("/* counted */", _COUNTED if condition else _COUNTED_LISTED)
    statement = statement.replace("/* best */", _BEST if condition else "NULL")
    with connection.cursor() as cursor:
        cursor.execute(*_asked(condition, statement, {**filters, **everyday}))
        (row,) = cursor.fetchall()
        columns = [column.name for column in cursor.description]
    return dict(zip(columns, row, strict=True))


def _page(
    condition: Condition | None, filters: Mapping[str, Any], limit: int, offset: int
) -> tuple[float | None, tuple[SearchHit, ...]]:
    """Return the rank of the first hit of a page, and its hits."""
    statement = _PAGE.replace("/* order */", _BEST_FIRST if condition else _IN_ORDER)
    statement = statement.replace("/* rank */", "hits.rank" if condition else "NULL")
    limits = {"limit": limit, "offset": offset}
    with connection.cursor() as cursor:
        cursor.execute(*_asked(condition, statement, {**filters, **limits}))
        rows = cursor.fetchall()
    return (rows[0][-1] if rows else None), tuple(_hit(row[:-1]) for row in rows)


def _scattered(best: float | None) -> bool:
    """Whether no name and no everyday word has what was typed: at most its words, here and there."""
    return best is None or best < _PHRASE


def _asked(
    condition: Condition | None, statement: str, parameters: Mapping[str, Any]
) -> tuple[str, dict[str, Any]]:
    """Return the SQL of *statement* over what fits *condition*, and all its parameters."""
    hits, values = _LISTED, {**_NO_FILTER, **parameters}
    if condition:
        hits = _HITS.replace("/* rank */", condition.rank)
        hits = hits.replace("/* candidates */", condition.candidates)
        values |= condition.parameters
    elif values["only_handled"]:
        hits = f"{_LISTED[:-1]} AND p.handled)"
    return hits + statement, values


def _nearly(question: Question, *, only_handled: bool = False) -> Condition | None:
    """Return the condition for what comes nearest to the question, None where nothing comes near."""
    typed = list(dict.fromkeys(word for spellings, _marked in question.positions for word in spellings))
    keys = sorted({key for word in typed if tolerant(word) for key in deletions(word)})
    with connection.cursor() as cursor:
        cursor.execute(_NEAR_WORDS, {"words": [*typed, IN_EVERY], "deletions": keys})
        often = dict(cursor.fetchall())
        nearness = Nearness(question.positions, often, often.pop(IN_EVERY, 1))
        phrase = " ".join(question.words)
        glued = len(phrase) >= _SHORTEST_GLUED and nearness.puzzling
        if not nearness.likely and not glued:
            return None
        cursor.execute(
            _NEAR.replace("/* likely */", f"{_GLUED} UNION ALL {_LIKELY}" if glued else _LIKELY),
            {"likely": nearness.likely, "phrase": phrase, "only_handled": only_handled},
        )
        shares = dict[int, float]()
        for pk, folded, spelled, similarity in cursor.fetchall():
            share = max(nearness.share(folded, spelled), similarity - _GLUED_LESS)
            shares[pk] = max(share, shares.get(pk, 0.0))
    least = max(_LEAST_SHARE, max(shares.values(), default=0) - _NEARLY_AS_GOOD)
    near = {pk: share for pk, share in shares.items() if share >= least}
    if not near:
        return None
    # Below every rank of what was found exactly.
    ranks = [share - 2 for share in near.values()]
    return Condition(
        "p.id = ANY (%(near)s)",
        "(%(ranks)s::float8[])[array_position(%(near)s::bigint[], p.id)]",
        {"near": list(near), "ranks": ranks},
    )


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
