"""A typed query on its way to SQL: which rows to look at, and how well each fits.

No statement is sent from here. Every typed word travels as a parameter; the SQL text depends only on the
number of words.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tenants.text import expand_query, spell

MAX_WORDS = 12
# A shorter last word is taken as a whole: “so do” is not the beginning of “so doanh nghiep”.
_SHORTEST_BEGINNING = 3
# The longest everyday word of a synonym, in words.
_LONGEST_SYNONYM = 6

# The words of a procedure, as its index holds them.
WORDS = "to_tsvector('simple'::regconfig, COALESCE(p.folded, ''))"

# Words around an errand, not of it: “tôi muốn làm thủ tục khai sinh”.
_FILLERS = frozenset(
    {"toi", "em", "minh", "muon", "can", "xin", "hoi", "lam", "di", "thu", "tuc", "ve", "viec"}
)
# A name that begins so undoes what the rest of it names.
_UNDOING = ("xoa", "huy", "thu hoi", "cham dut")
_CODE = re.compile(r"(?<!\d)(\d)[.\s-]?(\d{3})[.\s-]?(\d{3})(?!\d)")
_CODE_BEGINNING = re.compile(r"\s*(\d)(?:\.(\d{1,5})|(\d{3,5}))\s*")


@dataclass(frozen=True, slots=True)
class Condition:
    """SQL over procedures `p`: `candidates` is answered by indexes alone, `rank` is NULL or how well a row fits."""

    candidates: str
    rank: str
    parameters: Mapping[str, Any]


@dataclass(slots=True)
class Question:
    """A typed query, cut into words. ``words`` are folded and without the fillers at the beginning."""

    query: str
    code: str = ""
    code_beginning: str = ""
    words: list[str] = field(default_factory=list)
    _fillers: int = 0
    _marked: list[str] = field(default_factory=list)
    _variants: list[list[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        if whole := _CODE.search(self.query):
            self.code = f"{whole[1]}.{whole[2]}{whole[3]}"
        elif beginning := _CODE_BEGINNING.fullmatch(self.query):
            self.code_beginning = f"{beginning[1]}.{beginning[2] or beginning[3]}"
        phrases = expand_query(self.query)
        if phrases:
            variants = [phrase.split()[:MAX_WORDS] for phrase in phrases]
            self._fillers = _fillers(variants[0])
            self._variants = variants
            self._marked = spell(self.query).split()[:MAX_WORDS]
            self.words = variants[0][self._fillers :]

    @property
    def positions(self) -> list[tuple[list[str], str]]:
        """For each word its spellings, the typed one first, and itself with its marks if it has any."""
        spelled = list(zip(zip(*self._variants, strict=True), self._marked, strict=False))[self._fillers :]
        return [(list(dict.fromkeys(ways)), mark if mark != ways[0] else "") for ways, mark in spelled]

    @property
    def phrases(self) -> list[str]:
        """Every run of words that could be an everyday word of the synonyms."""
        count = len(self.words)
        return [
            " ".join(self.words[start:end])
            for start in range(count)
            for end in range(start + 1, min(count, start + _LONGEST_SYNONYM) + 1)
        ]

    @property
    def undone(self) -> str:
        """The pattern of names that undo what is asked for; one that matches nothing where undoing is asked for."""
        typed = f" {' '.join(self.words)} "
        if any(f" {word} " in typed for word in _UNDOING):
            return "$a"
        return rf"^\n (thu tuc )?({'|'.join(_UNDOING)}) "

    def exactly(self) -> Condition | None:
        """The condition for what was typed: the code, or all the words. None where nothing is asked.

        Ranks: 9 code; 8 a name with its marks; 7 the phrase with its marks; 5 a name; 4 the phrase; 1 all
        words, each beside its neighbour in the question, those typed with marks with theirs; 0.5 the same
        with other marks. Words strewn over a long name have no rank: they stand there by chance.
        """
        candidates, ranks, parameters = [], [], dict[str, Any]()
        if self.code:
            candidates.append("p.code = %(code)s")
            parameters["code"] = self.code
        elif self.code_beginning:
            candidates.append("p.code LIKE %(code)s")
            parameters["code"] = f"{self.code_beginning}%"
        ranks += [(9.0, condition) for condition in candidates]
        if self.words:
            candidates.append(f"{WORDS} @@ to_tsquery('simple', %(all_words)s)")
            parameters["all_words"] = self._all_words()
            ranks += self._phrase_ranks(parameters)
        # Signs that hold no letter and no digit ask for nothing; so does an empty box.
        return Condition(_either(candidates), _case(ranks), parameters) if candidates else None

    def _all_words(self) -> str:
        """The text query “all of these words”; the end of the last one may be missing."""
        *whole, last = [spellings for spellings, _marked in self.positions]
        asked = [any_of(spellings) for spellings in whole]
        return " & ".join([*asked, any_of(last, beginnings=True)])

    def _phrase_ranks(self, parameters: dict[str, Any]) -> list[tuple[float, str]]:
        whole = [" ".join(variant) for variant in self._variants]
        bare = [" ".join(variant[self._fillers :]) for variant in self._variants]
        marked, bare_marked = " ".join(self._marked), " ".join(self._marked[self._fillers :])
        parameters |= _patterns("", [*whole, *bare], [f"{phrase}{_end(phrase)}" for phrase in bare])
        parameters["own_marks"] = [f"% {mark} %" for _spellings, mark in self.positions if mark]
        ranks = _tiers("", "p.folded", above=0)
        if bare_marked != bare[0]:
            parameters |= _patterns("marked_", [marked, bare_marked], [f"{bare_marked} %"])
            ranks = [*_tiers("marked_", "p.spelled", above=3), *ranks]
        beside = self._beside(parameters)
        return [*ranks, (1.0, f"p.spelled LIKE ALL (%(own_marks)s) AND {beside}"), (0.5, beside)]

    def _beside(self, parameters: dict[str, Any]) -> str:
        """SQL: each word stands beside its neighbour of the question, the one before it or the one after."""
        variants = [variant[self._fillers :] for variant in self._variants]
        last = len(self.words) - 1
        if last < 1:
            return "true"
        for place in range(last):
            pairs = [" ".join(variant[place : place + 2]) for variant in variants]
            ends = [_end(pair) if place + 1 == last else " %" for pair in pairs]
            parameters[f"pair_{place}"] = [f"% {pair}{end}" for pair, end in zip(pairs, ends, strict=True)]
        held = [
            [f"p.folded LIKE ANY (%(pair_{pair})s)" for pair in (word - 1, word) if 0 <= pair < last]
            for word in range(last + 1)
        ]
        return " AND ".join(dict.fromkeys(_either(ways) for ways in held))


def _patterns(prefix: str, lines: Iterable[str], phrases: Sequence[str]) -> dict[str, list[str]]:
    """What :func:`_tiers` looks for. Lines with the fillers too: “làm sổ đỏ” may be an everyday name itself."""
    whole = dict.fromkeys(lines)
    return {
        f"{prefix}names": [f"%\n {phrase} \n%" for phrase in whole],
        f"{prefix}phrases": [f"% {phrase}" for phrase in phrases],
    }


def _tiers(prefix: str, column: str, *, above: float) -> list[tuple[float, str]]:
    """The same order with marks and without: what is typed without marks must not change what comes first."""
    tiers = ((5.0, "names"), (4.0, "phrases"))
    return [(rank + above, f"{column} LIKE ANY (%({prefix}{name})s)") for rank, name in tiers]


def any_of(words: Iterable[str], *, beginnings: bool = False) -> str:
    """Return the text query “one of these”; with `beginnings` the end of a longer word may be missing."""
    quoted = [
        f"'{word}'" + (":*" if beginnings and len(word) >= _SHORTEST_BEGINNING else "") for word in words
    ]
    return f"({' | '.join(quoted)})"


def _either(conditions: Sequence[str]) -> str:
    return f"({' OR '.join(conditions)})"


def _case(ranks: Sequence[tuple[float, str]]) -> str:
    return f"CASE {' '.join(f'WHEN {condition} THEN {rank}' for rank, condition in ranks)} END::float8"


def _end(phrase: str) -> str:
    last = phrase.rpartition(" ")[2]
    return "%" if len(last) >= _SHORTEST_BEGINNING else " %"


def _fillers(words: list[str]) -> int:
    """Return how many words at the beginning say nothing; none where no other word is left."""
    count = 0
    while count < len(words) and words[count] in _FILLERS:
        count += 1
    return count if count < len(words) else 0
