"""How near a procedure comes to a question that no name and no everyday word answers.

No Django here. A word counts where it stands, less with other marks, less still when it is one slip of the
finger away: a wrong, a missing, a doubled or a swapped letter. Two that are neighbours in the question count once
more where they are neighbours in a name; rare words count more than common ones; words that the catalogue does not
know count nothing. A name or an everyday word that stands in the question as a whole counts most.

A share says what comes first, not whether anything should come at all: long official names hold some words of
any question. :meth:`Nearness.accepts` decides that.
"""

import math
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from operator import or_

from procedures.catalogue.search.query_parser import ENGLISH, JOINING, Question, any_of
from procedures.catalogue.search.spelling import (
    SHORTEST,
    Asked,
    Candidate,
    Part,
    Word,
    as_pair,
    as_part,
    as_word,
    english_forms,
    is_joining,
    is_word,
    runs_of,
    with_official_words,
)

_NAMED = 0.4


# A word in more than one of so many procedures does not say by itself what is meant,
_TELLING = 25
# and two neighbours say it when one of them is in no more than one of so many.
_TELLING_PAIR = 8
# A word in so few identifies in any catalogue, however small.
_FEW = 20
# An everyday name of so many words may have others of the question between its own.
_LONG_NAME = 3
# A line said amid circumstances: what it has of the question, how much of it is there and how long a run of its words
# make up for one another. A word that the question lacks counts as a rather rare one:
# a part of the weight of the rarest word, and so is the longest run that counts.
_AMID_OF_LINE = 0.4
_LEAST_AMID = 1.4
_AMID_LINE, _AMID_RUN, _AMID_LONGEST = 0.8, 0.6, 1.8
_LACKING = 0.39
_SMALL = ENGLISH | JOINING
_LEAST_NAMED = 0.5
# So many of the letters must be in words that the catalogue does not know.
_PUZZLING = 0.4


class Nearness:
    """A question measured against the words of a catalogue.

    *often* says of each word, and of each that may be meant, in how many of all *procedures* it stands; *meanings* are
    everyday words of the question (folded) and the official ones that they stand for. In an English question a word
    has other forms: “register”, “registration”.
    """

    def __init__(
        self, question: Question, often: Mapping[str, int], procedures: int, meanings: list[tuple[str, str]]
    ) -> None:
        positions = question.positions
        self._procedures = max(procedures, 1)
        self._typed = [spellings[0] for spellings, _marked in positions]
        self._words = []
        for spellings, marked in positions:
            forms = english_forms(spellings[0], often) if question.english else []
            self._words.append(as_word(spellings + forms, marked, often, procedures))
        self._single = [self._part(word) for word in self._words]
        self._pairs = [self._pair(one, other) for one, other in pairwise(self._words)]
        self._parts = [part for part, word in zip(self._single, self._words, strict=True) if word.known]
        self._parts += [self._pair(one, other) for one, other in self._neighbours()]
        self._total = sum(part.weight for part in self._parts)
        self._runs = runs_of(self._typed)
        self._short = [
            word.joins or (not word.known and len(typed) < SHORTEST)
            for word, typed in zip(self._words, self._typed, strict=True)
        ]
        self._content = [word for word in self._words if not word.joins]
        self._written = [frozenset([word.marked] if word.marked else word.own) for word in self._content]
        # Retail and wholesale are named where people only say that something is sold: “bán rượu”, “bán lẻ rượu”.
        between = r" (?:(?:le|le\?|buon|buôn) )?"
        self._subjects = [
            (re.compile(f" {between.join(map(re.escape, subject.split()))} "), always)
            for subject, always in question.other_subjects
        ]
        self._has_marks = any(word.marked for word in self._words)
        self._rarest = math.log(1 + self._procedures)
        self._weights: dict[str, float] = {}
        for word, ways in zip(self._content, self._written, strict=True):
            self._weights |= dict.fromkeys(ways, self._weight(word))
        self._whole_weight = sum(map(self._weight, self._words))
        self._telling_count = max([*map(is_joining, positions)].count(False), 1)
        asked = question.all_positions
        self._asked = [
            (way, {spelling for spellings, _marked in way for spelling in spellings})
            for way in (asked, with_official_words(asked, meanings))
        ]
        self._asked_words = set[str]().union(*(known for _way, known in self._asked))

    @property
    def puzzling(self) -> bool:
        """Whether much of it is words neither known nor one slip away, such as two that are written together."""
        unknown = "".join(word for word, one in zip(self._typed, self._words, strict=True) if not one.known)
        return len(unknown) >= _PUZZLING * len("".join(self._typed))

    @property
    def likely(self) -> str:
        """The text query that finds the candidates: rare words, and neighbours that are not both common."""
        rare = [any_of(word.own) for word in self._words if word.own and self._telling(word, _TELLING)]
        pairs = [
            (self._telling(one, _TELLING_PAIR) or self._telling(other, _TELLING_PAIR), as_pair(one, other))
            for one, other in self._neighbours()
        ]
        telling = [query for tells, query in pairs if tells and query]
        single = [any_of([*word.own, *word.slips]) for word in self._words if word.known]
        alternatives = rare + (telling or ([] if rare else [query for _tells, query in pairs if query]))
        return " | ".join(dict.fromkeys(alternatives or (single if len(single) == 1 else [])))

    def share(self, candidate: Candidate) -> float:
        """How much of the question a procedure has, from 0 to 1."""
        if not self._total:
            return 0.0
        counted = sum(part.counted(candidate) for part in self._parts) / self._total
        named = any(f"{start} {run} \n" in candidate.folded for run in self._runs for start in "\n\t")
        own = self._own_name(candidate)
        return max(counted + (1 - counted) * _NAMED * max(named, own), own)

    def accepts(self, candidate: Candidate) -> bool:
        """Whether a procedure is near enough to be shown as what the question may mean.

        It is where one of its own names is in the question, with official words for everyday ones; where all words
        of the question stand in it, and not by chance; or where one of its lines is nearly whole in the question, amid
        what else the asker tells.
        """
        texts = (candidate.spelled, candidate.folded)
        missing = [always for subject, always in self._subjects if not any(map(subject.search, texts))]
        if missing:
            return not any(missing) and self._own_name(candidate) > 0
        ways = (self._own_name, self._holds_all, self._said_amid)
        return any(way(candidate) > 0 for way in ways)

    def overlap(self, candidate: Candidate) -> float:
        """How much of the question one of its lines has, by how much of that line the question has: from 0 to 2."""
        texts = (candidate.spelled, candidate.folded)
        if not self._whole_weight or any(not any(map(one.search, texts)) for one, _always in self._subjects):
            return 0.0
        return max(map(self._line_overlap, self._text_of(candidate).split("\n"))) / self._whole_weight

    def _line_overlap(self, text: str) -> float:
        line = text.split()
        held = {word for word in line if word in self._weights}
        if not held:
            return 0.0
        known = sum(self._weights[word] for word in held)
        lacking = sum(word not in self._weights for word in set(line) - _SMALL)
        pairs = set(pairwise(line))
        beside = (
            (self._weight(one) + self._weight(other)) / 2
            for (before, one), (after, other) in pairwise(zip(self._written, self._content, strict=True))
            if any((first, second) in pairs for first in before for second in after)
        )
        return (known + sum(beside)) * known / (known + self._rarest * _LACKING * lacking)

    def reads_glued(self, candidate: Candidate) -> bool:
        """Whether all words that the catalogue does not know are words of it written together: “khaisinh”."""
        glued = candidate.folded.replace(" ", "")
        unknown = (word for word, one in zip(self._typed, self._words, strict=True) if not one.known)
        return all(word in glued for word in unknown)

    def _own_name(self, candidate: Candidate) -> float:
        """How much of the question one of its own names is, when the whole name stands there.

        A name of a word or two must be half of the question or its beginning: it may be what the errand is about,
        and not the errand.
        """
        lines = zip(candidate.folded.split("\n"), candidate.spelled.split("\n"), strict=True)
        longest = 0
        for folded, spelled in lines:
            words = [] if folded[:1] == "\t" else folded.split()
            # Most are sorted out by their words alone.
            if len(words) > longest and self._asked_words.issuperset(words):
                name = list(zip(words, spelled.split(), strict=True))
                if any(known.issuperset(words) and self._names(way, name) for way, known in self._asked):
                    longest = len(words)
        return min(longest / self._telling_count, 1.0)

    def _names(self, asked: Sequence[Asked], name: Sequence[tuple[str, str]]) -> bool:
        if len(name) < _LONG_NAME:
            half = len(name) >= _LEAST_NAMED * self._telling_count
            starts = range(len(asked) - len(name) + 1 if half else 1)
            runs = (asked[start : start + len(name)] for start in starts)
            return any(len(run) == len(name) and all(map(is_word, run, name)) for run in runs)
        # In order; the last word or two may belong to the front: “giấy tờ xe bị mất”, “mất giấy tờ xe”.
        turned = [
            [*asked[-count:], *asked[:-count]]
            for count in (1, 2)
            if count < len(asked) and not is_joining(asked[-count])
        ]
        return any(
            all(any(is_word(word, one) for word in rest) for one in name)
            for rest in map(iter, [asked, *turned])
        )

    def _text_of(self, candidate: Candidate) -> str:
        """With its marks where marks were typed."""
        return candidate.spelled if self._has_marks else candidate.folded

    def _said_amid(self, candidate: Candidate) -> bool:
        text = self._text_of(candidate)
        # Most are sorted out by what all lines together have of the question.
        held = sum(weight for word, weight in self._weights.items() if f" {word} " in text)
        return self._fits_amid(held, 1.0, held) and any(map(self._line_amid, text.split("\n")))

    def _line_amid(self, text: str) -> bool:
        words = text.split()
        held = sum(self._weights[word] for word in self._weights.keys() & words)
        if not self._fits_amid(held, 1.0, held):
            return False
        line = [word for word in words if word not in _SMALL]
        whole = sum(self._weights.get(word, 0.0) for word in line)
        whole += self._rarest * _LACKING * sum(word not in self._weights for word in line)
        of_line = held / whole
        return of_line >= _AMID_OF_LINE and self._fits_amid(held, of_line, self._longest_run(line))

    def _longest_run(self, line: Sequence[str]) -> float:
        """The weight of the longest run of words, two at least, that stand in the line as in the question."""
        pairs = set(pairwise(line))
        longest = run = 0.0
        for (before, one), (after, other) in pairwise(zip(self._written, self._content, strict=True)):
            beside = any((first, second) in pairs for first in before for second in after)
            run = (run or self._weight(one)) + self._weight(other) if beside else 0.0
            longest = max(longest, run)
        return longest

    def _fits_amid(self, held: float, of_line: float, run: float) -> bool:
        if not run:
            return False
        longest = min(run / (_AMID_LONGEST * self._rarest), 1)
        return held / self._whole_weight + _AMID_LINE * of_line + _AMID_RUN * longest >= _LEAST_AMID

    def _holds_all(self, candidate: Candidate) -> bool:
        """A word counts as typed, or beside one that does.

        A word too short to be forgiven a slip may be one that misses letters: it is not asked for.
        """
        if len(self._single) == 1:
            return self._single[0].counted(candidate) > 0
        stands = [part.stands_as_typed(candidate) for part in self._single]
        # A pair counts only with a word that stands: most are sorted out here.
        around = zip(self._short, [False, *stands], stands, [*stands[1:], False], strict=False)
        if not all(map(any, around)):
            return False
        pairs = [
            (any(both) and pair.stands(candidate)) or (all(both) and self._nearly_beside(candidate))
            for pair, both in zip(self._pairs, pairwise(stands), strict=True)
        ]
        beside = [one or other for one, other in pairwise([False, *pairs, False])]
        return any(pairs) and all(map(or_, self._short, map(or_, stands, beside)))

    def _nearly_beside(self, candidate: Candidate) -> bool:
        """Whether one word stands between two that are all that was typed: “bán rượu” in “bán lẻ rượu”. One is rare."""
        if len(self._words) > 2 or not any(self._telling(word, _TELLING) for word in self._words):
            return False
        one, other = self._words
        return any(
            re.search(rf" {first} \S+ {second} ", candidate.folded)
            for first in one.own
            for second in other.own
        )

    def _neighbours(self) -> list[tuple[Word, Word]]:
        return [(one, other) for one, other in pairwise(self._words) if one.known and other.known]

    def _telling(self, word: Word, least: int) -> bool:
        return word.often <= max(self._procedures / least, _FEW)

    def _weight(self, word: Word) -> float:
        return 0.0 if word.joins else math.log(1 + self._procedures / word.often)

    def _part(self, word: Word) -> Part:
        return as_part(self._weight(word), [word.marked] if word.marked else [], word.own, word.slips)

    def _pair(self, one: Word, other: Word) -> Part:
        slips = [f"{first} {second}" for first in one.own for second in other.slips]
        slips += [f"{first} {second}" for first in one.slips for second in other.own]
        return as_part(
            (self._weight(one) + self._weight(other)) / 2,
            [f"{one.marked} {other.marked}"] if one.marked and other.marked else [],
            [f"{first} {second}" for first in one.own for second in other.own],
            slips,
        )
