"""A typed query on its way to SQL: which rows to look at, and how well each fits.

No statement is sent from here. Every typed word travels as a parameter; the SQL text depends only on the
number of words.
"""

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from procedures.catalogue.search.telex_repair import is_syllable
from tenants.text import expand_query, fold, spell, words

MAX_WORDS = 16
# So many words at the end are asked whether they are said around the errand: each two may be cut in two ways.
_MOST_AFTER = 16
# A shorter last word is taken as a whole: “so do” is not the beginning of “so doanh nghiep”.
_SHORTEST_BEGINNING = 3
# The longest everyday word of a synonym, in words.
_LONGEST_SYNONYM = 6

# The words of a procedure, as its index holds them.
WORDS = "to_tsvector('simple'::regconfig, COALESCE(p.folded, ''))"

# Said around an errand, not of it: “dạ em muốn làm thủ tục khai sinh ở đâu ạ”. The only list of it, for chats too.
# A word typed with other marks is another word: see _plain. What asks how, how much and where is answered anyway.
_SPEAKER = "cô|chú|bác|anh|chị|bạn|con|cháu|ad|admin"
_BEFORE_WORDS = (
    "dạ|vâng|thưa|alo|xin chào|chào|ơi|ạ|a|à|em|tôi|mình|"
    f"(?:{_SPEAKER})(?= (?:{_SPEAKER}|ơi|muốn|cho|xin|hỏi|chào|đang|cần|có|thì|định|làm))|"
    "cho(?: tôi| em| mình| con| cháu)?(?: hỏi| biết)(?: về| là)?|hỏi(?: về| cho)?|xin|muốn|cần(?! cước| hộ)|định(?! danh|cư)|"
    "đang(?! ký| kiểm)|đi|làm(?: sao| thế nào| như thế nào)?(?: để)?|thì|là|về(?: việc)?|việc(?! làm)|(?:các |những )?thủ tục|tt|"
    "quy trình|trình tự|cách|hồ sơ|giấy tờ(?= để| khi)|để|điều kiện(?: để)?|mẫu đơn|giờ|bây giờ|nay|nhà tôi|gia đình tôi|hướng dẫn|"
    "tư vấn|giúp|tìm|(?:mức )?(?:lệ|chi) phí(?! trước bạ)|phí(?= .*bao nhiêu| làm| cấp| đăng ký)|tiền(?= trợ cấp| phụ cấp| hỗ trợ)|"
    "thời (?:hạn|gian)(?: giải quyết)?|nộp hồ sơ|bao giờ|khi nào|xong|(?:lên|xuống|ra|ở|tại) (?:xã|phường|ubnd|ủy ban|một cửa)(?! hội)"
)
_AFTER_WORDS = (
    "(?:thì )?(?:em |tôi |mình )?(?:có )?(?:phải |cần )*(?:làm |nộp |xin |nhận |đi |mang |theo |chuẩn bị |gồm |có |mất |hết |tốn )*"
    "(?:(?:những |các )?(?:giấy tờ |hồ sơ |thủ tục |giấy phép )*(?:là )?(?:gì|nào)(?: theo)?|sao|thế nào|như thế nào|ntn|ra sao|"
    "(?:ở |tại )?(?:đâu|chỗ nào)|(?:phí |lệ phí )?bao nhiêu(?: tiền| ngày)?|bao lâu|mấy ngày|mấy hôm)(?: vậy)?|xin hướng dẫn|"
    "(?:có )?(?:phải )?(?:mất|tốn|đóng|nộp|trả) (?:tiền|phí|lệ phí)(?: hk)?|lệ phí|thời hạn|khi nào|bao giờ|online|qua mạng|trực tuyến|(?:có )?(?:được )?(?:hay )?(?:không|ko|k)|(?:được|dc)(?: hk)?|rồi|a|ạ|ah|nhé|nhỉ|"
    "vậy|thế|với|ơi|ad|em"
)
# Without what is acted on they say nothing.
_ACT_WORDS = "làm|xin|cấp|đổi|sửa|gia hạn|lại|mới|cái|khác|nộp|hủy|bỏ|trả|dẹp|đóng|nghỉ|đi|luôn|cho xong|đăng ký|đăng kí|ghi chú|gộp|kiện|nhập khẩu|sang tên"
_WITHIN_WORDS = "có cần|có phải|có được|có thể|cần phải"
# The same in English. Many of them are Vietnamese syllables too: they count in an English question alone.
ENGLISH = frozenset({
    "a", "an", "and", "apply", "application", "at", "be", "being", "by", "can", "do", "does", "for", "from", "get", "getting",
    "given", "how", "i", "in", "into", "is", "it", "me", "my", "need", "obtain", "of", "on", "or", "our", "procedure",
    "procedures", "process", "the", "their", "to", "vietnam", "vietnamese", "want", "what", "when", "where", "with", "your",
})  # fmt: skip
# They join words of a question and ask for nothing themselves. Without marks only those that are no other words.
_JOINING = (
    "cho của tại trong với vào trên theo bị được phải thì khi hoặc những",
    "ở và có là mà sau để nếu vì hay các này đã đang sẽ rồi chưa từ mình em tôi",
)
JOINING = frozenset([*fold(_JOINING[0]).split(), *spell(" ".join(_JOINING)).split()])
_VOWELS = frozenset("aeiou")
# What people say instead of “nước ngoài”. Words of one syllable only with their marks.
_ABROAD = ("nước ngoài", (
    "Mỹ", "Hàn", "Nhật", "Úc", "Đức", "Tây", "Hoa Kỳ", "Hàn Quốc", "Nhật Bản", "Đài Loan", "Trung Quốc", "Thái Lan",
    "Campuchia", "Canada", "Singapore", "Malaysia", "Philippines", "Ấn Độ", "Ba Lan", "châu Âu", "nước Anh", "nước Pháp",
    "nước Nga", "nước Đức", "ngoại quốc", "hải ngoại",
))  # fmt: skip
_DATA = Path(__file__).parents[1] / "data"
NO_PROCEDURE = _DATA / "no_procedure.csv"
"""Questions whose letters stand by chance in names of procedures that would offend who asks."""
OTHER_SUBJECTS = _DATA / "other_subjects.csv"
"""What a question asks about elsewhere: of procedures that come near it only those that name it answer."""
ABBREVIATIONS = _DATA / "abbreviations.csv"
"""What people shorten, without marks, and what it stands for."""
OPPOSITES = _DATA / "opposites.yaml"
"""Errands that are each other's opposite: what a name may not begin with for some words of a question."""


def _rows(table: Path) -> list[dict[str, str]]:
    with table.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@cache
def _other_subjects() -> tuple[tuple[str, bool], ...]:
    """Each subject, and whether even a name in the question does not answer it."""
    return tuple((row["subject"], row["always"] == "yes") for row in _rows(OTHER_SUBJECTS))


@cache
def _without_procedure() -> frozenset[str]:
    return frozenset(spell(row["question"]) for row in _rows(NO_PROCEDURE))


@cache
def _abbreviations() -> dict[str, str]:
    return {row["typed"]: row["meant"] for row in _rows(ABBREVIATIONS)}


@cache
def _opposites() -> tuple[tuple[list[str], list[str], str], ...]:
    """The words that ask, those that say it is meant otherwise, and the pattern of names that are the opposite."""
    rules = yaml.safe_load(OPPOSITES.read_text(encoding="utf-8"))
    return tuple((rule["asked"], rule["unless"], _opposite_names(rule)) for rule in rules)


def _opposite_names(rule: Mapping[str, list[str]]) -> str:
    """Of an index, as `re` and PostgreSQL both read it: the official name or the short one behind it begins so."""
    never, but = ("|".join(map(fold, rule[key])) for key in ("never", "but"))
    unless = rf"(?!\n[^\n]* ({but}) )" if but else ""
    return rf"^{unless}(\n [^\n]*)?\n (thu tuc )?({never}) "


@cache
def _written(phrase: str) -> tuple[str, tuple[tuple[str, ...], ...]]:
    """A phrase without marks, and the ways to write each of its words: with its marks, amid others also without."""
    plain, marked = fold(phrase), spell(phrase).split()
    ways = zip(marked, plain.split(), strict=True) if len(marked) > 1 else ((word,) for word in marked)
    return f" {plain} ", tuple(ways)


def _bare(pattern: str) -> str:
    return "".join(
        fold(letter) if letter.isalpha() else letter for letter in unicodedata.normalize("NFC", pattern)
    )


# What one wants stands behind “muốn”: “tôi làm ở công ty muốn đăng ký tạm trú”; not where that is an act alone: “căn cước
# bị mờ muốn làm lại”.
_WANTS = rf"(?:.{{1,60}} muon (?!(?:(?:{_bare(_ACT_WORDS)}) )*(?:(?:{_bare(_AFTER_WORDS)}) )*$)(?=\S))?"
_BEFORE = re.compile(rf"{_WANTS}(?:(?:{_bare(_BEFORE_WORDS)}) )*")
_AFTER = re.compile(f"(?: (?:{_bare(_AFTER_WORDS)}))+$")
_WITHIN = re.compile(rf"\b(?:{_bare(_WITHIN_WORDS)})\b")
_SAID = frozenset(
    spell(
        " ".join(re.findall(r"[^\W\d_]+", "|".join((_BEFORE_WORDS, _AFTER_WORDS, _WITHIN_WORDS, _ACT_WORDS))))
    ).split()
)
_OTHER_WORD = "\N{WORD JOINER}"
# A name that begins so undoes what the rest of it names.
_UNDOING = ("xoa", "huy", "thu hoi", "cham dut")
_CODE = re.compile(r"(?<!\d)(\d)[.\s-]?(\d{3})[.\s-]?(\d{3})(?!\d)")
# Typed for digits of a code.
_DIGITS = str.maketrans("OoIl", "0011")
_CODE_BEGINNING = re.compile(r"\s*(\d)(?:\.(\d{1,5})|(\d{3,5}))\s*")


@dataclass(frozen=True, slots=True)
class Condition:
    """SQL over procedures `p`: `candidates` is answered by indexes alone, `rank` is NULL or how well a row fits."""

    candidates: str
    rank: str
    parameters: Mapping[str, Any]


@dataclass(slots=True)
class Question:
    """A typed query, cut into words. ``words`` are folded and without what is said around the errand."""

    query: str
    code: str = ""
    code_beginning: str = ""
    words: list[str] = field(default_factory=list)
    english: bool = False
    _whole: list[list[str]] = field(default_factory=list)
    _whole_marked: list[str] = field(default_factory=list)
    _variants: list[list[str]] = field(default_factory=list)
    _marked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        if whole := _CODE.search(self.query.translate(_DIGITS)):
            self.code = f"{whole[1]}.{whole[2]}{whole[3]}"
        elif beginning := _CODE_BEGINNING.fullmatch(self.query):
            self.code_beginning = f"{beginning[1]}.{beginning[2] or beginning[3]}"
        phrases = expand_query(self.query)
        if phrases:
            typed, marked = [phrase.split() for phrase in phrases], spell(self.query).split()
            # A stray mark alone is a word without letters, which spells nothing.
            marked = marked if len(marked) == len(typed[0]) else typed[0]
            self.english = is_english(marked)
            telling = [place for place, word in enumerate(marked) if word not in ENGLISH]
            telling = telling if self.english else telling_places(typed[0], marked)
            self._whole, self._whole_marked = [words[:MAX_WORDS] for words in typed], marked[:MAX_WORDS]
            self._variants = [[words[place] for place in telling[:MAX_WORDS]] for words in typed]
            self._marked = [marked[place] for place in telling[:MAX_WORDS]]
            self.words = self._variants[0]

    @property
    def positions(self) -> list[tuple[list[str], str]]:
        """For each word its spellings, the typed one first, and itself with its marks if it has any."""
        return _positions(self._variants, self._marked)

    @property
    def all_positions(self) -> list[tuple[list[str], str]]:
        """The same with the words that are said around the errand: “làm sổ đỏ” may be an everyday name itself."""
        return _positions(self._whole, self._whole_marked)

    @property
    def has_no_procedure(self) -> bool:
        """Whether this is a question of NO_PROCEDURE, with or without what is said around it."""
        whole, telling = " ".join(self._whole_marked), " ".join(self._marked)
        return any(
            telling == known or (f" {known} " in f" {whole} " and f" {known}".endswith(f" {telling}"))
            for known in _without_procedure()
        )

    @property
    def other_subjects(self) -> list[tuple[str, bool]]:
        """The subjects of OTHER_SUBJECTS in it, as typed, and whether even a name in it does not answer them."""
        write = fold if self._whole[:1] == [self._whole_marked] else spell
        return [(write(subject), always) for subject, always in _other_subjects() if self.says(subject)]

    @property
    def abroad(self) -> list[tuple[str, str]]:
        """The names of countries in it (folded), each with the official words for it."""
        official, names = _ABROAD
        return [(fold(name), official) for name in names if self.says(name)]

    @property
    def opposite(self) -> str:
        """The pattern of the folded names that do the opposite of what is asked; "" where there are none."""
        says = self.says
        rules = (
            names
            for asked, unless, names in _opposites()
            if any(map(says, asked)) and not any(map(says, unless))
        )
        return "|".join(rules)

    def says(self, phrase: str) -> bool:
        """Whether these words stand in it in a row (“…”: with others between), each with its marks or without any.

        One word alone counts as it is written only: “duoc” is “được” or “dược”.
        """
        if "…" in phrase:
            return all(map(self.says, phrase.split("…")))
        plain, ways = _written(phrase)
        if plain not in f" {' '.join(self._whole[0] if self._whole else ())} ":
            return False
        asked = self._whole_marked
        runs = (asked[start : start + len(ways)] for start in range(len(asked) - len(ways) + 1))
        return any(all(word in way for word, way in zip(run, ways, strict=True)) for run in runs)

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
        with other marks. An opposite has no rank but by the very name. Words strewn over a long name have none either:
        they stand there by chance.
        """
        candidates, parameters = list[str](), dict[str, Any]()
        ranks = list[tuple[float | str, str]]()
        if self.code:
            candidates.append("p.code = %(code)s")
            parameters["code"] = self.code
        elif self.code_beginning:
            candidates.append("p.code LIKE %(code)s")
            parameters["code"] = f"{self.code_beginning}%"
        ranks += [(9.0, condition) for condition in candidates]
        if self.words:
            candidates.append(f"{WORDS} @@ to_tsquery('simple', %(all_words)s)")
            *whole, last = [spellings for spellings, _marked in self.positions]
            asked = [*map(any_of, whole), any_of(last, beginnings=True)]
            parameters["all_words"] = " & ".join(asked)
            ranks += self._phrase_ranks(parameters)
        # Signs that hold no letter and no digit ask for nothing; so does an empty box.
        if not candidates:
            return None
        cases = " ".join(f"WHEN {condition} THEN {rank}" for rank, condition in ranks)
        return Condition(_either(candidates), f"CASE {cases} END::float8", parameters)

    def _phrase_ranks(self, parameters: dict[str, Any]) -> list[tuple[float | str, str]]:
        whole = [" ".join(variant) for variant in self._whole]
        bare = [" ".join(variant) for variant in self._variants]
        marked, bare_marked = " ".join(self._whole_marked), " ".join(self._marked)
        parameters |= _patterns("", [*whole, *bare], [f"{phrase}{_end(phrase)}" for phrase in bare])
        parameters["own_marks"] = [f"% {mark} %" for _spellings, mark in self.positions if mark]
        ranks: list[tuple[float | str, str]] = [*_tiers("", "p.folded", above=0)]
        if bare_marked != bare[0]:
            parameters |= _patterns("marked_", [marked, bare_marked], [f"{bare_marked} %"])
            ranks = [*_tiers("marked_", "p.spelled", above=3), *ranks]
        beside = self._beside(parameters)
        if opposite := self.opposite:
            parameters["opposite"] = opposite
            ranks.insert(0, ("NULL", "p.folded ~ %(opposite)s AND NOT p.folded LIKE ANY (%(names)s)"))
        return [*ranks, (1.0, f"p.spelled LIKE ALL (%(own_marks)s) AND {beside}"), (0.5, beside)]

    def _beside(self, parameters: dict[str, Any]) -> str:
        """SQL: each word stands beside its neighbour of the question, the one before it or the one after."""
        last = len(self.words) - 1
        if last < 1:
            return "true"
        for place in range(last):
            pairs = [" ".join(variant[place : place + 2]) for variant in self._variants]
            ends = [_end(pair) if place + 1 == last else " %" for pair in pairs]
            parameters[f"pair_{place}"] = [f"% {pair}{end}" for pair, end in zip(pairs, ends, strict=True)]
        held = [
            [f"p.folded LIKE ANY (%(pair_{pair})s)" for pair in (word - 1, word) if 0 <= pair < last]
            for word in range(last + 1)
        ]
        return " AND ".join(dict.fromkeys(_either(ways) for ways in held))


def _positions(variants: list[list[str]], marked: list[str]) -> list[tuple[list[str], str]]:
    spelled = zip(zip(*variants, strict=True), marked, strict=True)
    return [(list(dict.fromkeys(ways)), mark if mark != ways[0] else "") for ways, mark in spelled]


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


def _end(phrase: str) -> str:
    last = phrase.rpartition(" ")[2]
    return "%" if len(last) >= _SHORTEST_BEGINNING else " %"


def readings(query: str) -> list[Question]:
    """The query as it is typed, and with its abbreviations written out, without marks where it has none."""
    bare = spell(query) == fold(query)
    said = [_abbreviations().get(fold(word), "") for word in query.split()]
    words = zip(said, query.split(), strict=True)
    written = " ".join((fold(meant) if bare else meant) or word for meant, word in words)
    return [Question(query), Question(written)] if any(said) else [Question(query)]


def telling_places(plain: list[str], marked: list[str]) -> list[int]:
    """Return the places of the words that say what is asked for; all where none does.

    *plain* are the words without marks, *marked* the same with theirs (:func:`tenants.text.spell`).
    """
    words = [_plain(*both) for both in zip(plain, marked, strict=True)]
    start = len(_BEFORE.match(" ".join([*words, ""]))[0].split())  # type: ignore[index]
    after = _AFTER.search(" ".join(["", *words[start:][-_MOST_AFTER:]]))
    end = len(words) - len(after[0].split() if after else [])
    within = _WITHIN.sub(lambda found: " ".join("" for _word in found[0].split()), " ".join(words[start:end]))
    telling = [start + place for place, word in enumerate(within.split(" ")) if word]
    return telling or list(range(len(words)))


def _plain(plain: str, marked: str) -> str:
    """A word that its marks make another than those that are said around an errand does not match one of them."""
    return plain if marked == fold(marked) or marked in _SAID else _OTHER_WORD + plain


def is_english(words: list[str]) -> bool:
    """Whether at least half of these words, small ones aside, cannot be Vietnamese syllables, yet have a vowel."""
    telling = [word for word in words if word not in ENGLISH]
    foreign = [word for word in telling if not is_syllable(word) and not _VOWELS.isdisjoint(word)]
    return words == [fold(word) for word in words] and bool(foreign) and 2 * len(foreign) >= len(telling)


_MOST_INITIALS = 24
# One letter alone begins a word of nearly every name.
_SHORTEST_ROW = 2
_TYPED_INITIALS = re.compile(r"[a-z]{2,24}")
_WORD = re.compile(r"[a-z]+")


def initials(name: str) -> str:
    """The folded first letters of a name's words, without numbers: clerks type “dkkh” for “Đăng ký kết hôn”."""
    return "".join(word[0] for word in words(name) if _WORD.fullmatch(word))[:_MOST_INITIALS]


def initials_condition(query: str) -> Condition | None:
    """Which procedures have names with these letters in a row, or in two rows; None for more than one short word.

    The whole name ranks first, then those that begin so, then one row, then two: “xnhn” for “Xác nhận tình
    trạng hôn nhân”.
    """
    typed = words(query)
    if len(typed) != 1 or not _TYPED_INITIALS.fullmatch(typed[0]):
        return None
    (letters,) = typed
    cuts = range(_SHORTEST_ROW, len(letters) - _SHORTEST_ROW + 1)
    return Condition(
        "p.initials LIKE ANY (%(initials_rows)s)",
        "CASE WHEN p.initials = %(initials)s THEN 3.0 WHEN p.initials LIKE %(initials_beginning)s THEN 2.5 "
        "WHEN p.initials LIKE %(initials_row)s THEN 2.0 ELSE 1.0 END",
        {
            "initials": letters,
            "initials_beginning": f"{letters}%",
            "initials_row": f"%{letters}%",
            "initials_rows": [f"%{letters}%", *(f"%{letters[:cut]}%{letters[cut:]}%" for cut in cuts)],
        },
    )
