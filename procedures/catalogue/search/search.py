"""Finding a procedure as people type: without marks, with a wrong letter, by code, by everyday words.

The words searched are prepared by :mod:`procedures.catalogue.search.index`, what was typed by :mod:`procedures.catalogue.search.query_parser`.
One statement counts, one fetches a page; when nothing has all the words, one more asks which words are near,
and the two are sent again. Indexes answer each of them.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.db import connection
from django.urls import reverse

from procedures.catalogue.formats.base import LEVELS
from procedures.catalogue.models import Channel, Procedure
from procedures.catalogue.search.fuzzy_ranking import Nearness
from procedures.catalogue.search.index import IN_EVERY, everyday_words
from procedures.catalogue.search.query_parser import WORDS, Condition, Question, initials_condition, readings
from procedures.catalogue.search.spelling import Candidate, deletions, stem, tolerant
from tenants.english import in_language
from tenants.text import fold, words

MOST_FILED = Path(__file__).parents[1] / "data" / "most_filed.yaml"
PAGE_SIZE = 20
MAX_QUERY = 200
_MAX_PAGE = 1_000
_PHRASE, _ALL_WORDS = 4, 1


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A procedure in a result list, with what the list shows of it; fees are (kind, amount in đồng)."""

    code: str
    name: str
    short_name: str
    english_name: str
    everyday: str
    sector: str
    levels: Sequence[str]
    handled: bool
    where: str
    issuer: str
    term_value: int | None
    term_unit: str
    term_note: str
    channels: Sequence[str]
    fees: Sequence[tuple[str, int | None]]


@dataclass(frozen=True, slots=True)
class SearchResults:
    """A page of hits and how many there are in all.

    ``synonyms`` are the (everyday, official) words in the query; ``near`` says that nothing has all the words
    typed, and these are the nearest; ``unfiltered`` is how many there would be without filters; ``best`` is the rank
    of the first, below zero where all are only near. ``sectors``, as
    (folded name, name, count) in Vietnamese order, ``levels`` and ``channels`` say how many each choice of a filter
    would leave, the other filters kept; none has no entry.
    """

    query: str
    hits: tuple[SearchHit, ...] = ()
    handled: int = 0
    information_only: int = 0
    page: int = 1
    synonyms: Sequence[tuple[str, str]] = ()
    sectors: Sequence[tuple[str, str, int]] = ()
    levels: Mapping[str, int] = field(default_factory=dict)
    channels: Mapping[str, int] = field(default_factory=dict)
    near: bool = False
    unfiltered: int = 0
    best: float | None = None

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
    name of its own that is the query; an everyday word of several that is; names that begin with the phrase;
    the phrase; all words; each of these with the marks typed before those with others. Only when no name has
    the phrase, whatever the province filters, come those that are near (:func:`nearest`), and
    nothing where none is, nor for a question that the catalogue is known not to answer. No name that does the
    opposite of what is asked (OPPOSITES) comes, unless it is typed whole; abbreviations are also read written out. Within each, what the province handles comes first, then what is explained. Never
    raises for any text: NUL and surrogates count as spaces, what is longer than 200 characters is cut.
    """
    asked = readings(query[:MAX_QUERY])
    if asked[0].has_no_procedure:
        return SearchResults(query[:MAX_QUERY].strip())
    filters = {
        "sector": fold(sector[:MAX_QUERY]),
        "level": level if level in LEVELS else "",
        "channel": channel if channel in Channel.values else "",
    }
    read = [(one, condition := one.exactly(), _survey(condition, one, filters)) for one in asked]
    # The reading that the names have best, the last of equal ones.
    question, condition, found = max(reversed(read), key=lambda one: one[2]["best"] or 0)
    near = bool(condition) and (found["best"] or 0) < _ALL_WORDS
    if condition and _scattered(found["best"]) and (nearly := nearest(question)):
        condition, found = nearly, _survey(nearly, question, filters)
    count = found["handled"] + found["information_only"]
    page = min(max(page, 1), _MAX_PAGE, max(1, -(-count // PAGE_SIZE)))
    ordered = {**filters, "undone": question.undone}
    hits = _page(condition, ordered, PAGE_SIZE, (page - 1) * PAGE_SIZE)[1] if count else ()
    return SearchResults(query[:MAX_QUERY].strip(), hits, page=page, near=near and bool(count), **found)


def handled(query: str, *, limit: int = 10) -> tuple[SearchHit, ...]:
    """Return at most *limit* procedures that the province handles and that fit *query*, best first.

    For the counter's search-as-you-type; one statement when all words are found, and as tolerant as
    :func:`search`. What no name contains may be the first letters of one: “dkkh”.
    """
    question = Question(query[:MAX_QUERY])
    if question.has_no_procedure:
        return ()
    filters, limit = {**_HANDLED, "undone": question.undone}, max(0, limit)
    condition = question.exactly()
    best, hits = _page(condition, filters, limit, 0)
    if condition is None or not _scattered(best):
        return hits
    for other in (initials_condition(query[:MAX_QUERY]), nearest(question, only_handled=True)):
        if other and (instead := _page(other, filters, limit, 0)[1]):
            return instead
    return hits


def popular(limit: int = 6) -> tuple[dict[str, str], ...]:
    """Return name, everyday name and address of handled procedures that people file most, as the shipped list says."""
    codes = most_filed()
    found = Procedure.objects.filter(code__in=codes, handled=True, state=Procedure.State.ACTIVE)
    ordered = sorted(
        found.only("short_name", "english_name", "everyday", "code"), key=lambda one: codes.index(one.code)
    )
    return tuple(
        {
            **named(procedure),
            "everyday": ", ".join(everyday_words(procedure.everyday)[:1]),
            "url": reverse("procedure", args=[procedure.code]),
        }
        for procedure in ordered[:limit]
    )


def named(procedure: Procedure | SearchHit) -> dict[str, str]:
    """Its name in a list, with its language where that is not the reader's."""
    name, lang = in_language(procedure.short_name, procedure.english_name)
    return {"name": name, "lang": lang}


@cache
def most_filed() -> tuple[str, ...]:
    """The codes of the procedures that people file most, the commonest first, as the shipped list says."""
    return tuple(yaml.safe_load(MOST_FILED.read_text(encoding="utf-8")))


_NO_FILTER = {"sector": "", "level": "", "channel": "", "only_handled": False}
_HANDLED = {**_NO_FILTER, "only_handled": True}

# Words apart count only where nothing bears the very name or code that was typed, words with other marks only
# where no word has its own.
_HITS = """
WITH candidates AS MATERIALIZED (
  SELECT p.id, p.code, p.folded, p.spelled, p.initials, p.handled, p.state FROM procedures_procedure p
  WHERE /* candidates */
), ranked AS MATERIALIZED (
  SELECT p.id, /* rank */ AS rank FROM candidates p
  WHERE p.state = 'active' AND (NOT %(only_handled)s OR p.handled)
), hits AS (
  SELECT id, rank FROM (SELECT id, rank, max(rank) OVER () AS best FROM ranked) r
  WHERE CASE WHEN best IN (5, 8, 9) THEN rank > 1 WHEN best >= 1 THEN rank > 0.5
             ELSE rank IS NOT NULL END
)"""
# Nothing asked is everything listed: read off indexes that hold what is counted, and the order shown.
_LISTED = "WITH hits AS (SELECT p.id FROM procedures_procedure p WHERE p.state = 'active')"
_COUNTED = "hits JOIN procedures_procedure p USING (id)"
_COUNTED_LISTED = "(SELECT * FROM procedures_procedure WHERE state = 'active') p"
_BEST = "(SELECT max(rank) FROM hits)"
_BEST_FIRST = """round(hits.rank::numeric, 2) DESC, p.handled DESC, p.folded ~ %(undone)s,
         p.summary <> '' DESC, length(p.short_name), p.sort_key, p.code"""
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
SELECT p.code, p.name, p.short_name, p.english_name, p.everyday, coalesce(s.name, '') AS sector,
       p.levels, p.handled, p.where_text AS where, p.issuer,
       v.term_value, coalesce(v.term_unit, '') AS term_unit, coalesce(v.term_note, '') AS term_note, p.channels,
       (SELECT coalesce(json_agg(json_build_array(f.kind, f.amount) ORDER BY f."order"), '[]')
        FROM procedures_fee f WHERE f.version_id = v.id) AS fees, /* rank */ AS rank
FROM hits JOIN procedures_procedure p USING (id)
LEFT JOIN procedures_sector s ON s.id = p.sector_id
LEFT JOIN procedures_procedureversion v ON v.id = p.current_version_id
WHERE (%(sector)s = '' OR s.folded = %(sector)s) AND (%(level)s = '' OR %(level)s = ANY (p.levels))
  AND (%(channel)s = '' OR %(channel)s = ANY (p.channels))
ORDER BY /* order */
LIMIT %(limit)s OFFSET %(offset)s
"""


def _survey(condition: Condition | None, question: Question, filters: Mapping[str, Any]) -> dict[str, Any]:
    statement = _SURVEY.replace("/* counted */", _COUNTED if condition else _COUNTED_LISTED)
    statement = statement.replace("/* best */", _BEST if condition else "NULL")
    (row,) = _rows(condition, statement, {**filters, "everyday": question.phrases})
    pairs = {name: [tuple(one) for one in row[name] or ()] for name in ("synonyms", "sectors")}
    return {**row, **pairs, "levels": row["levels"] or {}, "channels": row["channels"] or {}}


def _page(
    condition: Condition | None, filters: Mapping[str, Any], limit: int, offset: int
) -> tuple[float | None, tuple[SearchHit, ...]]:
    """Return the rank of the first hit of a page, and its hits."""
    statement = _PAGE.replace("/* order */", _BEST_FIRST if condition else _IN_ORDER)
    statement = statement.replace("/* rank */", "hits.rank" if condition else "NULL")
    rows = _rows(condition, statement, {**filters, "limit": limit, "offset": offset})
    ranks = [row.pop("rank") for row in rows]
    return next(iter(ranks), None), tuple(SearchHit(**row) for row in rows)


def _scattered(best: float | None) -> bool:
    """Whether no name and no everyday word has what was typed: at most its words, here and there."""
    return best is None or best < _PHRASE


def _rows(condition: Condition | None, statement: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what *statement* says of all that fits *condition*, each row by its columns."""
    hits, values = _LISTED, {**_NO_FILTER, **parameters}
    if condition:
        hits = _HITS.replace("/* rank */", condition.rank)
        hits = hits.replace("/* candidates */", condition.candidates)
        values |= condition.parameters
    elif values["only_handled"]:
        hits = f"{_LISTED[:-1]} AND p.handled)"
    with connection.cursor() as cursor:
        cursor.execute(hits + statement, values)
        columns = [column.name for column in cursor.description]
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


WORDS_ENOUGH = 3
"""So many words, each of them in one name, mean it in whatever order they are typed."""


def codes_named_by(typed: str, codes: Collection[str]) -> frozenset[str]:
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


# What comes near to a question that no name and no everyday word answers; better none than any. One statement asks which
# words are near and what the everyday words mean, one fetches the candidates.
_SHORTEST_GLUED = 4
_GLUED_LESS = 0.1
_LEAST_SHARE = 0.3
_NEARLY_AS_GOOD = 0.15
# Where nothing is near to a question of so many words, what has a line most like it may be meant: “Có phải …”.
_STORY_WORDS = 9
_LEAST_OVERLAP = 0.12
_OVERLAP_NEARLY_AS_GOOD = 0.6

_NEAR_WORDS = """
SELECT w.text, w.procedures, NULL FROM procedures_searchword w
WHERE w.text = ANY (%(words)s) OR w.deletions && %(deletions)s::varchar[] /* forms */
UNION ALL
SELECT y.folded, NULL, y.official FROM procedures_synonym y WHERE y.folded = ANY (%(everyday)s) AND y.active
"""
# Words written together are found by their triples of letters alone.
_GLUED = """
SELECT p.id, p.folded, p.spelled, p.state, p.handled,
       word_similarity(%(phrase)s, p.folded) AS similarity
FROM procedures_procedure p WHERE p.folded %%> %(phrase)s
"""
_LIKELY = """
SELECT p.id, p.folded, p.spelled, p.state, p.handled, 0 AS similarity
FROM procedures_procedure p WHERE /* words */ @@ to_tsquery('simple', %(likely)s)
UNION
SELECT p.id, p.folded, p.spelled, p.state, p.handled, 0 AS similarity
FROM procedures_procedure p WHERE p.folded LIKE ANY (%(everyday)s)
""".replace("/* words */", WORDS)
# Materialized, so that the state is asked of what the words found, and not the words of every active one.
_NEAR = """
WITH candidates AS MATERIALIZED (/* likely */)
SELECT p.id, p.folded, p.spelled, p.similarity FROM candidates p
WHERE p.state = 'active' AND (NOT %(only_handled)s OR p.handled)
"""


def nearest(question: Question, *, only_handled: bool = False) -> Condition | None:
    """Return the condition for what comes nearest to the question, None where nothing comes near."""
    nearness, everyday = _measure(question)
    shares, others = dict[int, float](), list[tuple[int, Candidate]]()
    is_story = len(words(question.query)) >= _STORY_WORDS
    opposite = re.compile(question.opposite or "(?!)")
    for pk, candidate, similarity in _candidates(question, nearness, everyday, only_handled=only_handled):
        if opposite.match(candidate.folded):
            continue
        glued = similarity - _GLUED_LESS if nearness.reads_glued(candidate) else 0.0
        if glued > 0 or nearness.accepts(candidate):
            shares[pk] = max(nearness.share(candidate), glued, shares.get(pk, 0.0))
        elif is_story:
            others.append((pk, candidate))
    least = max(_LEAST_SHARE, max(shares.values(), default=0) - _NEARLY_AS_GOOD)
    near = {pk: share for pk, share in shares.items() if share >= least}
    if not near:
        overlaps = {pk: nearness.overlap(candidate) for pk, candidate in others}
        least = max(_LEAST_OVERLAP, max(overlaps.values(), default=0) * _OVERLAP_NEARLY_AS_GOOD)
        near = {pk: share for pk, share in overlaps.items() if share >= least}
    if not near:
        return None
    # Below every rank of what was found exactly.
    ranks = [share - 2 for share in near.values()]
    return Condition(
        "p.id = ANY (%(near)s)",
        "(%(ranks)s::float8[])[array_position(%(near)s::bigint[], p.id)]",
        {"near": list(near), "ranks": ranks},
    )


def _measure(question: Question) -> tuple[Nearness, list[str]]:
    """Return the measure for the question, and the everyday words that stand in it."""
    typed = list(dict.fromkeys(word for spellings, _marked in question.positions for word in spellings))
    keys = sorted({key for word in typed if tolerant(word) for key in deletions(word)})
    stems = sorted({begins for word in typed if (begins := stem(word))}) if question.english else []
    # One condition each, so that the index answers them.
    forms = {f"form_{place}": f"{begins}%" for place, begins in enumerate(stems)}
    statement = _NEAR_WORDS.replace("/* forms */", "".join(f" OR w.text LIKE %({form})s" for form in forms))
    asked: dict[str, Any] = {
        "words": [*typed, IN_EVERY],
        "deletions": keys,
        "everyday": question.phrases,
        **forms,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        rows = cursor.fetchall()
    often = {text: count for text, count, meant in rows if meant is None}
    meanings = [(text, meant) for text, _count, meant in rows if meant is not None]
    procedures = often.pop(IN_EVERY, 1)
    nearness = Nearness(question, often, procedures, meanings + question.abroad)
    return nearness, [text for text, _official in meanings]


def _candidates(
    question: Question, nearness: Nearness, everyday: list[str], *, only_handled: bool
) -> Iterator[tuple[int, Candidate, float]]:
    phrase = " ".join(question.words)
    glued = len(phrase) >= _SHORTEST_GLUED and nearness.puzzling
    if not (nearness.likely or everyday or glued):
        return
    statement = _NEAR.replace("/* likely */", f"{_GLUED} UNION ALL {_LIKELY}" if glued else _LIKELY)
    asked: dict[str, Any] = {
        "likely": nearness.likely,
        "everyday": [f"% {word} \n%" for word in everyday],
        "phrase": phrase,
        "only_handled": only_handled,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        for pk, folded, spelled, similarity in cursor.fetchall():
            yield pk, Candidate(folded, spelled), similarity
