"""Words as people type them: without marks, with a slip, in English forms, and everyday for official ones."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from procedures.catalogue.search.query_parser import JOINING, any_of
from procedures.catalogue.search.telex_repair import is_syllable
from tenants.text import fold, spell

# The forms of a longer English word begin with the same letters.
_STEM = 5
# In a shorter word one letter more or less makes nearly every other word.
SHORTEST = 3
# No Vietnamese syllable is longer than seven letters; longer words are names, codes and noise.
LONGEST = 16
OTHER_MARKS = 0.75
SLIPPED = 0.6


# A typed word: its spellings, and itself with its marks or "".
Asked = tuple[list[str], str]
MOST_SLIPS = 12
# A slip usually makes an unknown word; one that makes a known word makes a rare one.
RARE = 200


@dataclass(frozen=True, slots=True)
class Candidate:
    """A procedure as it is measured: its two search columns."""

    folded: str
    spelled: str


@dataclass(frozen=True, slots=True)
class Word:
    """A typed word: its spellings that the catalogue has, words a slip away, itself with its marks if any."""

    own: list[str]
    slips: list[str]
    marked: str
    often: int
    joins: bool = False

    @property
    def known(self) -> bool:
        return bool(self.own or self.slips)


@dataclass(frozen=True, slots=True)
class Part:
    """A word or a pair of neighbours: the writings looked for, best first, as (marked?, texts, share)."""

    weight: float
    writings: tuple[tuple[bool, tuple[str, ...], float], ...]

    def counted(self, candidate: Candidate) -> float:
        for marked, texts, share in self.writings:
            within = candidate.spelled if marked else candidate.folded
            if any(text in within for text in texts):
                return self.weight * share
        return 0.0

    def stands(self, candidate: Candidate) -> bool:
        """Whether it stands there as typed or with a slip; other marks make other words: “đình công”, “định công”."""
        return self.counted(candidate) not in (0, self.weight * OTHER_MARKS)

    def stands_as_typed(self, candidate: Candidate) -> bool:
        if not self.weight:
            return True
        marked, texts, share = self.writings[0] if self.writings else (False, (), 0.0)
        within = candidate.spelled if marked else candidate.folded
        return share == 1 and any(text in within for text in texts)


def with_official_words(asked: Sequence[Asked], meanings: Iterable[tuple[str, str]]) -> list[Asked]:
    """The question with official words for its everyday words, the longest of these first."""
    result = list(asked)
    for everyday, official in sorted(meanings, key=lambda both: -len(both[0])):
        words = everyday.split()
        for start in range(len(result) - len(words) + 1):
            if [spellings[0] for spellings, _marked in result[start : start + len(words)]] == words:
                instead = [([fold(word)], word) for word in spell(official).split()]
                result[start : start + len(words)] = instead
                break
    return result


def is_joining(asked: Asked) -> bool:
    spellings, marked = asked
    return (marked or spellings[0]) in JOINING


def is_word(asked: Asked, word: tuple[str, str]) -> bool:
    """A word typed with marks is one with these marks; hook and tilde are one tone, as in the speech of the south."""
    (spellings, marked), (plain, written) = asked, word
    return plain in spellings and (not marked or marked.replace("~", "?") == written.replace("~", "?"))


def runs_of(words: Sequence[str]) -> list[str]:
    """Return each run of at most six words."""
    places = range(len(words) + 1)
    return [" ".join(words[start:end]) for start in places for end in places[start + 1 : start + 7]]


def as_word(spellings: list[str], marked: str, often: Mapping[str, int], procedures: int) -> Word:
    own = [word for word in spellings if often.get(word)]
    count = sum(often[word] for word in own)
    slips: list[str] = []
    if count * RARE <= procedures:
        slips = [slip for word in spellings for slip in _slips(word, often) if slip not in own]
        slips = list(dict.fromkeys(slips))[:MOST_SLIPS]
    count = count or min((often[word] for word in slips), default=1)
    return Word(own, slips, marked, max(count, 1), is_joining((spellings, marked)))


def stem(word: str) -> str:
    """Return what the forms of an English word begin with; "" for a word too short to tell."""
    return word[:_STEM] if len(word) >= _STEM and word.isalpha() else ""


def english_forms(word: str, often: Mapping[str, int]) -> list[str]:
    begins = stem(word)
    if not begins:
        return []
    return [other for other in often if other.startswith(begins) and other != word and not is_syllable(other)]


def _slips(word: str, often: Mapping[str, int]) -> list[str]:
    if not tolerant(word):
        return []
    near = [other for other in often if tolerant(other) and one_slip_apart(word, other)]
    return sorted(near, key=lambda other: (-often[other], other))


def as_part(weight: float, marked: list[str], own: list[str], slips: list[str]) -> Part:
    writings = ((True, marked, 1.0), (False, own, OTHER_MARKS if marked else 1.0), (False, slips, SLIPPED))
    return Part(
        weight,
        tuple((of, tuple(f" {text} " for text in texts), share) for of, texts, share in writings if texts),
    )


def as_pair(one: Word, other: Word) -> str:
    """Return the text query “these two, at most one of them with a slip”."""
    ways = []
    if one.own and other.own + other.slips:
        ways.append(f"({any_of(one.own)} & {any_of([*other.own, *other.slips])})")
    if one.slips and other.own:
        ways.append(f"({any_of(one.slips)} & {any_of(other.own)})")
    return " | ".join(ways)


def tolerant(word: str) -> bool:
    """Whether a slip in this folded word is forgiven: long enough, and no number."""
    return SHORTEST <= len(word) <= LONGEST and not any(map(str.isdigit, word))


def deletions(word: str) -> list[str]:
    """Return *word* and what remains of it when any one letter is left out, each once, in order."""
    return sorted({word, *(word[:place] + word[place + 1 :] for place in range(len(word)))})


def one_slip_apart(one: str, other: str) -> bool:
    """Whether one letter changed, left out, put in, or swapped with its neighbour makes one the other."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    short, long = sorted((one, other), key=len)
    same = 0
    while same < len(short) and short[same] == long[same]:
        same += 1
    if len(short) < len(long):
        return short[same:] == long[same + 1 :]
    if short[same + 1 :] == long[same + 1 :]:
        return True
    swapped = short[same : same + 2][::-1] == long[same : same + 2]
    return swapped and short[same + 2 :] == long[same + 2 :]
