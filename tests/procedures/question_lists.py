"""The lists of questions by which the search is measured, the golden one among them, and their scores.

The others were collected before the search was tuned to them. `everyday_search.csv` has the queries that a try-out
of the pages put down word for word. `public_search.csv` and `public_unseen_search.csv` are sixty questions of
citizens from public pages (newspapers, forums, lawyers' sites, question sets of portals), shortened to what is typed
into a search box, each with its address. `public_more_search.csv` has further ones of the same kind, put down
later, also before the search was tuned to them. `catalogue_search.csv` and `catalogue_unseen_search.csv` go the other
way: from the catalogue, sector by sector, to how people ask for it in the north and in the south, short and long, with
and without marks. Those that a public page asks so have its address; the others were put into words by us.

The unseen half of both was drawn by SEED, evenly from each language and from those with and without a procedure. It is
for scoring alone: who tunes ranks, words or data of the search reads neither that file nor which questions missed.

Codes are separated by "|" and any of them answers; without codes the catalogue has no procedure, and nothing may come.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import mean

from tests.procedures import golden
from tests.procedures.golden import GoldenQuestion

SEED = 20261129
FILES = {
    "everyday": "everyday_search.csv",
    "public": "public_search.csv",
    "public, unseen": "public_unseen_search.csv",
    "public, more": "public_more_search.csv",
    "catalogue": "catalogue_search.csv",
    "catalogue, unseen": "catalogue_unseen_search.csv",
}
UNSEEN = {"public": "public, unseen", "catalogue": "catalogue, unseen"}
"""The unseen half of each list that has one."""


@dataclass(frozen=True)
class ListedQuestion(GoldenQuestion):
    """A question that any one of its codes answers; ``source`` is its address, if it has one, or the note of an everyday
    one.
    """

    language: str = ""
    source: str = ""

    def is_answered_by(self, answers: list[str]) -> bool:
        return not self.codes.isdisjoint(answers) if self.codes else not answers


@dataclass(frozen=True)
class Score:
    """The shares answered rightly, of the questions with a procedure and of those without, and what was missed."""

    found: float
    nothing: float
    misses: tuple[str, ...]


def questions(name: str) -> list[ListedQuestion]:
    with golden.QUESTIONS.with_name(FILES[name]).open(encoding="utf-8", newline="") as stream:
        return [
            ListedQuestion(
                row["question"],
                frozenset(row["codes"].split("|")) - {""},
                row.get("language", ""),
                row.get("address") or row.get("note", ""),
            )
            for row in csv.DictReader(stream)
        ]


def lists() -> dict[str, list[GoldenQuestion]]:
    """All lists by their names, the golden one first."""
    return {"golden": list(golden.questions()), **{name: [*questions(name)] for name in FILES}}


def score(asked: Iterable[GoldenQuestion]) -> Score:
    """Ask these questions of the search of the present province; some of them have a procedure and some have none."""
    rightly: dict[bool, list[bool]] = {True: [], False: []}
    misses = []
    for question in asked:
        miss = question.miss()
        rightly[bool(question.codes)].append(not miss)
        if miss:
            misses.append(miss)
    return Score(mean(rightly[True]), mean(rightly[False]), tuple(misses))
