"""Questions as citizens type them, and the procedures that must be in the first three; none: nothing may come.

The first hundred were written before the search was tuned to them; the others are everyday questions that it
once answered with something else. Only procedures of the catalogue that ships with the portal are asked for.
The file's last column says what each question tries.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from procedures.catalogue.contents.selection import CatalogueSelection
from procedures.catalogue.folder.catalogue import read_selection
from procedures.catalogue.search import search

QUESTIONS = Path(__file__).with_name("golden_search.csv")
FIRST = 3


@dataclass(frozen=True)
class GoldenQuestion:
    """A question and the codes that must all be among the first three answers; without codes nothing may be found."""

    text: str
    codes: frozenset[str]

    def is_answered_by(self, answers: list[str]) -> bool:
        return self.codes <= set(answers) if self.codes else not answers

    def answers(self) -> list[str]:
        """The codes of the first three answers of the present province."""
        return [hit.code for hit in search.search(self.text).hits[:FIRST]]

    def miss(self) -> str:
        """What came instead of what should; "" when the first three answers are right."""
        answers = self.answers()
        if self.is_answered_by(answers):
            return ""
        return f"{self.text}: {', '.join(sorted(self.codes)) or 'nothing'}, not {', '.join(answers) or 'nothing'}"


def questions() -> Iterator[GoldenQuestion]:
    with QUESTIONS.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            yield GoldenQuestion(row["question"], frozenset(row["codes"].split()))


def selection() -> CatalogueSelection:
    """What a province handles: the sectors that Đắk Lắk chose, without its own names and words."""
    chosen = read_selection(settings.BASE_DIR / "provinces" / "daklak")
    return chosen.model_copy(update={"local": {}, "terms": {}, "synonyms": ()})


def misses() -> list[str]:
    """The questions whose procedures are not in the first three, each with what came instead."""
    return [miss for question in questions() if (miss := question.miss())]
