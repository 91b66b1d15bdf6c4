"""How near a procedure comes to a question that no name and no everyday word answers.

No Django here. A word counts where it stands, less with other marks, less still when it is one slip of the
finger away (:mod:`procedures.typos`); two that are neighbours in the question count once more where they are
neighbours in a name; rare words count more than common ones; words that the catalogue does not know count
nothing. A name or an everyday word that stands in the question as a whole counts most.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from procedures.typos import one_slip_apart, tolerant

_OTHER_MARKS = 0.75
_SLIPPED = 0.6
_NAMED = 0.4
# A slip usually makes a word that nobody knows; one that makes a known word makes a rare one.
_MOST_SLIPS = 12
_MOST_SLIPS_OF_KNOWN = 5
_RARE = 200
# A word in more than one of so many procedures does not say by itself what is meant,
_TELLING = 25
# and two neighbours say it when one of them is in no more than one of so many.
_TELLING_PAIR = 8
# A word in so few tells in any catalogue, however small.
_FEW = 20


@dataclass(frozen=True, slots=True)
class _Word:
    """A typed word: its spellings that the catalogue has, words a slip away, itself with its marks if any."""

    own: list[str]
    slips: list[str]
    marked: str
    often: int

    @property
    def known(self) -> bool:
        return bool(self.own or self.slips)


@dataclass(frozen=True, slots=True)
class _Part:
    """A word or a pair of neighbours: the writings looked for, best first, as (marked?, texts, share)."""

    weight: float
    writings: tuple[tuple[bool, tuple[str, ...], float], ...]

    def counted(self, folded: str, spelled: str) -> float:
        for marked, texts, share in self.writings:
            within = spelled if marked else folded
            if any(text in within for text in texts):
                return self.weight * share
        return 0.0


class Nearness:
    """A question measured against the words of a catalogue.

    *positions* are the words of the question as (spellings, itself with its marks or ""); *often* tells of
    each word, and of each that may be meant, in how many of all *procedures* it stands.
    """

    def __init__(
        self, positions: Sequence[tuple[list[str], str]], often: Mapping[str, int], procedures: int
    ) -> None:
        self._procedures = max(procedures, 1)
        self._words = [_word(spellings, marked, often, procedures) for spellings, marked in positions]
        self._parts = [self._part(word) for word in self._words if word.known]
        for one, other in self._neighbours():
            self._parts.append(self._pair(one, other))
        self._total = sum(part.weight for part in self._parts)
        self._runs = _runs([spellings[0] for spellings, _marked in positions])

    @property
    def puzzling(self) -> bool:
        """Whether a word is neither known nor one slip away from one that is."""
        return not all(word.known for word in self._words)

    @property
    def likely(self) -> str:
        """The text query that finds the candidates: rare words, and neighbours that are not both common."""
        rare = [_any_of(word.own) for word in self._words if word.own and self._telling(word, _TELLING)]
        pairs = [
            (self._telling(one, _TELLING_PAIR) or self._telling(other, _TELLING_PAIR), _both(one, other))
            for one, other in self._neighbours()
        ]
        telling = [query for tells, query in pairs if tells and query]
        single = [_any_of([*word.own, *word.slips]) for word in self._words if word.known]
        alternatives = rare + (telling or ([] if rare else [query for _tells, query in pairs if query]))
        return " | ".join(dict.fromkeys(alternatives or (single if len(single) == 1 else [])))

    def share(self, folded: str, spelled: str) -> float:
        """How much of the question a procedure has, from 0 to 1, by its two search columns."""
        if not self._total:
            return 0.0
        counted = sum(part.counted(folded, spelled) for part in self._parts) / self._total
        named = any(run in folded for run in self._runs)
        return min(1.0, counted + _NAMED * named)

    def _neighbours(self) -> list[tuple[_Word, _Word]]:
        pairs = zip(self._words, self._words[1:], strict=False)
        return [(one, other) for one, other in pairs if one.known and other.known]

    def _telling(self, word: _Word, least: int) -> bool:
        return word.often <= max(self._procedures / least, _FEW)

    def _weight(self, word: _Word) -> float:
        return math.log(1 + self._procedures / word.often)

    def _part(self, word: _Word) -> _Part:
        return _part(
            self._weight(word),
            [word.marked] if word.marked else [],
            word.own,
            word.slips,
        )

    def _pair(self, one: _Word, other: _Word) -> _Part:
        slips = [f"{first} {second}" for first in one.own for second in other.slips]
        slips += [f"{first} {second}" for first in one.slips for second in other.own]
        return _part(
            (self._weight(one) + self._weight(other)) / 2,
            [f"{one.marked} {other.marked}"] if one.marked and other.marked else [],
            [f"{first} {second}" for first in one.own for second in other.own],
            slips,
        )


def _runs(words: list[str]) -> list[str]:
    """Return each run of words as the end of a line of the search columns."""
    places = range(len(words) + 1)
    runs = [" ".join(words[start:end]) for start in places for end in places[start + 1 : start + 7]]
    return [f"{start} {run} \n" for run in runs for start in ("\n", "\t")]


def _word(spellings: list[str], marked: str, often: Mapping[str, int], procedures: int) -> _Word:
    own = [word for word in spellings if often.get(word)]
    count = sum(often[word] for word in own)
    slips: list[str] = []
    if count * _RARE <= procedures:
        slips = [slip for word in spellings for slip in _slips(word, often) if slip not in own]
        slips = list(dict.fromkeys(slips))[: _MOST_SLIPS_OF_KNOWN if own else _MOST_SLIPS]
    count = count or min((often[word] for word in slips), default=1)
    return _Word(own, slips, marked, max(count, 1))


def _slips(word: str, often: Mapping[str, int]) -> list[str]:
    """Return the words one slip away from *word*, the commonest first."""
    if not tolerant(word):
        return []
    near = [other for other in often if tolerant(other) and one_slip_apart(word, other)]
    return sorted(near, key=lambda other: (-often[other], other))


def _part(weight: float, marked: list[str], own: list[str], slips: list[str]) -> _Part:
    writings = ((True, marked, 1.0), (False, own, _OTHER_MARKS if marked else 1.0), (False, slips, _SLIPPED))
    return _Part(
        weight,
        tuple((of, tuple(f" {text} " for text in texts), share) for of, texts, share in writings if texts),
    )


def _any_of(words: Iterable[str]) -> str:
    return f"({' | '.join(f"'{word}'" for word in words)})"


def _both(one: _Word, other: _Word) -> str:
    """Return the text query “these two, at most one of them with a slip”."""
    ways = []
    if one.own and other.own + other.slips:
        ways.append(f"({_any_of(one.own)} & {_any_of([*other.own, *other.slips])})")
    if one.slips and other.own:
        ways.append(f"({_any_of(one.slips)} & {_any_of(other.own)})")
    return " | ".join(ways)
