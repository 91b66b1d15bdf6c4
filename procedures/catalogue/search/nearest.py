"""The procedures that come near a question which no name and no everyday word answers; better none than any.

Two statements: one asks which words are near and what the everyday words mean, one fetches the candidates.
:mod:`procedures.catalogue.search.fuzzy_ranking` then decides how near each is, and whether that is near enough to be shown.
"""

from collections.abc import Iterator
from typing import Any

from django.db import connection

from procedures.catalogue.search.fuzzy_ranking import Nearness
from procedures.catalogue.search.index import IN_EVERY
from procedures.catalogue.search.query_parser import WORDS, Condition, Question
from procedures.catalogue.search.spelling import Candidate, deletions, stem, tolerant

_SHORTEST_GLUED = 4
_GLUED_LESS = 0.1
_LEAST_SHARE = 0.3
_NEARLY_AS_GOOD = 0.15

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
    shares = dict[int, float]()
    for pk, candidate, similarity in _candidates(question, nearness, everyday, only_handled=only_handled):
        glued = similarity - _GLUED_LESS if nearness.reads_glued(candidate) else 0.0
        if glued > 0 or nearness.accepts(candidate):
            shares[pk] = max(nearness.share(candidate), glued, shares.get(pk, 0.0))
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
    nearness = Nearness(
        question.positions,
        often,
        procedures,
        meanings + question.abroad,
        question.all_positions,
        question.other_subjects,
        english=question.english,
    )
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
