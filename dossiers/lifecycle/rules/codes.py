"""Codes that people read, type and scan: of dossiers, lookups, procedures, feedback, and on identity cards.

What arrives here was typed on a phone, or "typed" by a bar-code scanner through Vietnamese input software,
so everything is folded to plain capital letters before it is compared. A code inside a longer text may be
glued to a word, or copied off a photograph with O for 0; it is read by its form alone.

What the QR code of a chip identity card (thẻ căn cước) reads stands in `CARD`. Scanners often cannot type Vietnamese letters, so only the digits are trusted always, and words only when they
look like Vietnamese ones.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from tenants.agency_codes import LONGEST, NEW_FORM, OLD_FORM, is_agency_code
from tenants.refusals import RuleError
from tenants.validation import gettext_noop

LOOKUP_ALPHABET = "BCGHKLMNPQTV23456789"
"""No vowel and none of D F J R S W X Z: letters that Telex or VNI would turn into marks; no 0/O and 1/I."""

LOOKUP_KEY_LENGTH = 6
LARGEST_NUMBER = 9_999_999
LARGEST_TAKEN_OVER = 999_999
"""The largest number that another system's dossier may bring: the desk counts on from it, and needs room."""

_TYPED_LIMIT = 100


_LETTERS = str.maketrans("đĐðÐ", "dDdD")  # the last two look alike and are mistyped for the first
_DOTS = ",·•。"
_DASHES = "−_~"


_OLD_AGENCY_WITHOUT_DOTS = re.compile(r"([0-9]{3})([0-9]{2})([0-9]{2})([A-Y][0-9]{2})")
_NEW_AGENCY_WITHOUT_DOTS = re.compile(r"([A-Y][0-9]{2})((?:[0-9]{2}){1,6})")
_DOSSIER = re.compile(
    rf"(?P<agency>{OLD_FORM.pattern}|{NEW_FORM.pattern})-(?P<day>[0-9]{{6}})-(?P<number>[0-9]{{4,7}})"
)
_PROCEDURE = re.compile(
    r"([0-9])\.?([0-9]{6})(?:\.[0-9]{3}\.[0-9]{2}\.[0-9]{2}\.[A-Y][0-9]{2}|\.[A-Y][0-9]{2})?"
)
_FEEDBACK = re.compile(r"PA([0-9]{6})([0-9]{4,7})")

# What papers and people write before a code.
_LABEL = re.compile(r"\A(?:(?:MA|SO|HO|GIAY|BIEN|NHAN|HEN|DOSSIER|CODE|NUMBER|NO)[\s.:]+)+")

LONGEST_READ = 300

# Letters that stand for digits in what was copied off a picture.
_LOOK_ALIKES = str.maketrans("OIL|", "0111")
_DIGIT, _GAP = "[0-9OIL|]", r"[-.,\s]{0,3}"
# A level-1 agency, alone or after the three groups of the old form; the digits and separators that follow.
_CODE = re.compile(
    rf"(?:[0-9]{{3}}{_GAP}[0-9]{{2}}{_GAP}[0-9]{{2}}{_GAP})?"
    r"(?:[A-Y]|(?<![A-Z])[A-Y][-.,\s])[0-9][-.,\s0-9]+"
)
_MISREAD = re.compile(rf"[A-Y]{_DIGIT}{{2}}[-.,\s][-.,\s0-9OIL|]{{8,40}}")
_MISREAD_OLD = re.compile(rf"{_DIGIT}{{3}}{_GAP}{_DIGIT}{{2}}{_GAP}{_DIGIT}{{2}}{_GAP}{_MISREAD.pattern}")
_LETTER_APART = re.compile(r"([A-Y])[-.,\s]+(?=[0-9])")
_END_OF_DIGITS = re.compile(rf"{_DIGIT}(?!{_DIGIT})")
# Meant as a code, whatever is wrong with it.
_MEANT = re.compile(r"(?<![A-Z])[A-Y][-.\s]?[0-9]{2}[-.,\s0-9]{6,}|(?<![0-9])[0-9]{6}-[0-9]{4,7}(?![0-9])")
_KEY = re.compile(rf"(?<![0-9A-Z])[{LOOKUP_ALPHABET}]{{3}}[-\s]?[{LOOKUP_ALPHABET}]{{3}}(?![0-9A-Z])")
_NAMED_KEY = re.compile(
    r"(?:MA TRA CUU|MA TC|MTC|TRA CUU|KHOA|KEY|MA KHOA)\s*(?:LA|SO)?\s*[:=\s]\s*([0-9A-Z]{4,8})(?![0-9A-Z])"
)
# Alone, five letters of keys and one that none has, or one sign six times: no word is spelled so.
_LONE_KEY = re.compile(
    rf"(?=[0-9A-Z]{{3}}[-\s]?[0-9A-Z]{{3}}\Z)(?:.*?[{LOOKUP_ALPHABET}]){{5}}.*|([0-9A-Z])\1{{5}}"
)


class CodeError(RuleError):
    """A code cannot be read or made; the message is fit for a citizen."""


@dataclass(frozen=True, slots=True)
class FoundCode:
    """A dossier code that was read, as it is stored and printed, and the key that stands beside it; "" when there is
    none."""

    text: str
    key: str = ""

    @property
    def province_code(self) -> str:
        """The level-1 agency code (H15), leftmost in the new form and rightmost in the old; a ministry's (G09) as well."""
        agency = self.text.partition("-")[0]
        return agency[:3] if agency[0].isalpha() else agency[-3:]


def format_dossier_code(agency_code: str, day: date, number: int) -> str:
    """The code of the `number`-th dossier that an agency receives on a day: H15.50.05.13-261125-0001.

    The number has four digits and grows to seven; it never wraps, so a code is never given twice. Raises
    CodeError for an agency code in the old form or none, a year outside 2000–2099 (the code has two
    digits for it), or a number outside 1–9,999,999.
    """
    if len(agency_code) > LONGEST or not NEW_FORM.fullmatch(agency_code):
        raise CodeError(
            gettext_noop("Mã cơ quan “%(code)s” không đúng dạng, ví dụ H15.50.05.13."), code=agency_code[:40]
        )
    if not 2000 <= day.year <= 2099:
        raise CodeError(gettext_noop("Không cấp được mã hồ sơ cho năm %(year)s."), year=day.year)
    if not 1 <= number <= LARGEST_NUMBER:
        raise CodeError(gettext_noop("Không cấp được mã hồ sơ cho số thứ tự %(number)s."), number=number)
    return f"{agency_code}-{day:%y%m%d}-{number:04d}"


def read(text: str, *, amid: bool = False) -> FoundCode | None:
    """The dossier code that was typed, scanned or copied, new form or old; None when there is none. Never raises.

    Undoes marks of Vietnamese input software, full-width and look-alike characters, and separators of every kind,
    and puts missing ones where only one reading gives a real date. O is read for 0, I and L for 1, where it is no
    code as it stands. `amid`: also the first code inside a sentence, and the key if one is beside it.
    """
    with suppress(CodeError):
        if code := _read_whole(_LABEL.sub("", _fold(text))):
            return FoundCode(code)
    if not amid:
        return None
    plain = _plain(text[:LONGEST_READ])
    for pattern in (_CODE, _MISREAD_OLD, _MISREAD):
        for run in pattern.finditer(plain):
            for end in reversed([stop.end() for stop in _END_OF_DIGITS.finditer(run[0])]):
                if code := _read_whole(run[0][:end]):
                    beside = f"{plain[: run.start()]} | {plain[run.start() + end :]}"
                    return FoundCode(code, find_key(beside))
    return None


def refusal(text: str) -> CodeError:
    """Why `read` finds no code in this text, in a polite Vietnamese sentence."""
    try:
        plain = _LABEL.sub("", _fold(text))
    except CodeError as error:
        return error
    shown = re.sub(r"\s*([-.])\s*|\s+", lambda gap: gap[1] or "-", plain).strip("-.")
    parts = _DOSSIER.fullmatch(shown)
    if parts and is_agency_code(parts["agency"]):
        return CodeError(
            gettext_noop(
                "Phần ngày “%(day)s” trong mã hồ sơ chưa đúng. "
                "Xin ông/bà xem lại sáu chữ số ở giữa mã in trên giấy hẹn (năm, tháng, ngày)."
            ),
            day=parts["day"],
        )
    return CodeError(
        gettext_noop(
            "Chúng tôi đọc được “%(read)s”, chưa đúng dạng mã hồ sơ. Xin ông/bà gõ như in trên giấy hẹn."
        ),
        read=shown,
    )


def example_code(agency: str) -> str:
    """An example of this province's codes, to be printed beside a field; no dossier has it."""
    return f"{agency}.08-261125-0042"


def make_lookup_key(randbelow: Callable[[int], int]) -> str:
    """A new key of six characters; `randbelow` must be a secure source such as `secrets.randbelow`."""
    return "".join(LOOKUP_ALPHABET[randbelow(len(LOOKUP_ALPHABET))] for _ in range(LOOKUP_KEY_LENGTH))


def normalise_lookup_key(text: str) -> str:
    """A typed key in plain capitals, without marks, spaces and dashes. It need not be a possible key.

    Raises CodeError only for text that cannot be read at all.
    """
    return re.sub(r"[-.\s]+", "", _fold(text))


def normalise_procedure_code(text: str) -> str:
    """The national code of a procedure, 1.000894, typed with or without its dot.

    The tail with an agency that old portals append (1.001612.000.00.00.H01) is dropped. Raises CodeError
    for anything else.
    """
    code = re.sub(r"[-.\s]+", ".", _fold(text)).strip(".")
    parts = _PROCEDURE.fullmatch(code)
    if not parts:
        raise CodeError(gettext_noop("“%(read)s” chưa đúng dạng mã thủ tục, ví dụ 1.000894."), read=code)
    return f"{parts[1]}.{parts[2]}"


def _fold(text: str) -> str:
    """Plain capitals, digits, `-`, `.` and single spaces out of whatever was typed."""
    if len(text) > _TYPED_LIMIT:
        raise CodeError(gettext_noop("Mã ông/bà nhập dài quá. Xin xem lại mã in trên giấy hẹn."))
    plain = "".join(_unmarked(text.strip()))
    if any(unicodedata.category(char)[0] == "C" and not char.isspace() for char in plain):
        raise CodeError(gettext_noop("Mã ông/bà nhập có ký tự không đọc được. Xin xóa đi và gõ lại."))
    return re.sub(r"\s+", " ", plain.upper()).strip()


def _unmarked(text: str) -> Iterator[str]:
    """The signs of a text without marks, every dash as `-` and every point as `.`."""
    for char in unicodedata.normalize("NFKD", text).translate(_LETTERS):
        category = unicodedata.category(char)
        if category in ("Mn", "Me", "Cf"):  # tone marks; invisible joiners and direction signs
            continue
        is_dash = category == "Pd" or char in _DASHES
        yield "-" if is_dash else "." if char in _DOTS else char


def _is_day(digits: str) -> bool:
    try:
        return bool(date(2000 + int(digits[:2]), int(digits[2:4]), int(digits[4:])))
    except ValueError:
        return False


def _read_whole(plain: str) -> str | None:
    """The one code that all of a folded text can be read as; None when it is none, or more than one."""
    for spelled in (plain, plain[:1] + plain[1:].translate(_LOOK_ALIKES), plain.translate(_LOOK_ALIKES)):
        pieces = re.split(r"[^\w|]+", _LETTER_APART.sub(r"\1", spelled))
        if readings := _readings([piece for piece in pieces if piece]):
            return readings.pop() if len(readings) == 1 else None
    return None


def _readings(pieces: list[str]) -> set[str]:
    """Every dossier code these pieces can mean: as separated, or else with separators put in."""
    if len(pieces) >= 3 and len(pieces[-2]) == 6 and 4 <= len(pieces[-1]) <= 7:
        splits = [(pieces[:-2], pieces[-2], pieces[-1])]
    else:
        splits = list(_splits(pieces))
    return {
        f"{agency}-{digits}-{number}"
        for head, digits, number in splits
        if (agency := _agency(head)) and re.fullmatch(r"[0-9]{10,13}", digits + number) and _is_day(digits)
    }


def _splits(pieces: list[str]) -> Iterator[tuple[list[str], str, str]]:
    """Cut agency, date and number out of pieces that run together; a gap typed by hand is kept as a gap."""
    joined = "".join(pieces)
    gaps = {len("".join(pieces[:count])) for count in range(1, len(pieces))}
    for length in range(4, 8):
        number_at = len(joined) - length
        day_at = number_at - 6
        inside = set(range(day_at + 1, len(joined))) - {number_at}
        if day_at < 3 or gaps & inside:
            continue
        cuts = [0, *sorted(gap for gap in gaps if gap < day_at), day_at]
        head = [joined[start:end] for start, end in pairwise(cuts)]
        yield head, joined[day_at:number_at], joined[number_at:]


def _agency(head: list[str]) -> str | None:
    """The agency code that the pieces before the date spell, dots added where they were left out."""
    dotted = ".".join(head)
    if is_agency_code(dotted):
        return dotted
    joined = "".join(head)
    if old := _OLD_AGENCY_WITHOUT_DOTS.fullmatch(joined):
        return ".".join(old.groups())
    if len(head) == 1 and (new := _NEW_AGENCY_WITHOUT_DOTS.fullmatch(joined)):
        return ".".join([new[1], *re.findall("..", new[2])])
    return None


def format_feedback_code(day: date, number: int) -> str:
    """The code of the `number`-th piece of feedback of a day; four digits, more when a day needs them."""
    return f"PA-{day:%y%m%d}-{number:04d}"


def read_feedback_code(typed: str) -> str:
    """The code as it is stored, however it was typed. Raises CodeError with a sentence for the citizen."""
    found = _FEEDBACK.fullmatch(normalise_lookup_key(typed))
    if found is None:
        raise CodeError(gettext_noop("Mã phản ánh chưa đúng dạng, ví dụ PA-261125-0001."))
    return f"PA-{found[1]}-{found[2]}"


def find_key(text: str) -> str:
    """A lookup key in a text, possible or not: "" when there is none.

    Six letters that keys have, letters named as a key, or alone what is nearly a key.
    """
    plain = _plain(text[:LONGEST_READ])
    if found := _KEY.search(plain) or _LONE_KEY.fullmatch(plain.strip(" .-|")):
        return re.sub(r"[-\s]", "", found[0])
    called = _NAMED_KEY.search(plain)
    return called[1] if called else ""


def looks_like_code(text: str) -> bool:
    """Whether a text in which no code can be read was meant to hold one."""
    return bool(_MEANT.search(_plain(text[:LONGEST_READ])))


def _plain(text: str) -> str:
    """Capitals without marks, dashes as `-`, everything that is neither letter nor digit nor separator a space
    of its own width."""
    kept = (char if char.isalnum() or char in "-.|:=" else " " for char in _unmarked(text))
    return "".join(kept).upper()


ID_NUMBER = re.compile(r"\A(?:[0-9]{12}|[0-9]{10}(?:-[0-9]{3})?|[0-9]{9})\Z")
"""A personal identification number, a tax number, or the number of an old identity card."""
_PERSONAL = re.compile(r"[0-9]{3}([0-9])([0-9]{2})[0-9]{6}")
SEPARATOR = "|"
CARD = "number|old_number|name|born|sex|address|issued"
"""What the QR code of an identity card holds, in order; days as ddmmyyyy, sex as Nam or Nữ."""
LONGEST_CARD = 500
_NUMBER = re.compile(r"[0-9]{12}")
# Not in the Vietnamese alphabet, and the keys by which Telex and VNI put marks on letters.
_NOT_VIETNAMESE = re.compile(r"[0-9fjwz?�]|(?:aa|ee|oo|dd|[aeiouy][rsx](?:\s|\Z))", re.IGNORECASE)
_WORDS = re.compile(r"[^\W\d_]+(?:[ '-][^\W\d_]+)+")


def facts_in_number(number: object) -> dict[str, str]:
    """What a personal identification number says: `sex` ("nam", "nu") and the first day of the year, as `born`.

    Nothing for any other number. After three digits for a place the next one is for century and sex, 0 and 1 for men
    and women of the twentieth, and two are for the year (NĐ 137/2015/NĐ-CP, Điều 13).
    """
    found = _PERSONAL.fullmatch(number) if isinstance(number, str) else None
    if found is None:
        return {}
    century, is_woman = divmod(int(found[1]), 2)
    return {"sex": "nu" if is_woman else "nam", "born": f"{1900 + 100 * century + int(found[2])}-01-01"}


class CardError(RuleError):
    """The scan is no identity card."""


@dataclass(frozen=True)
class Card:
    """The data taken over from a card; a name or address that was garbled on its way is empty."""

    number: str
    name: str
    address: str


def is_card(text: str) -> bool:
    """Whether this looks like a scanned card and not like a typed number."""
    return SEPARATOR in text


def read_card(text: str) -> Card:
    """The number, name and address out of a scan; CardError when there is no number of twelve digits."""
    texts = unicodedata.normalize("NFC", text[:LONGEST_CARD]).split(SEPARATOR)
    parts = {part: found.strip() for part, found in zip(CARD.split(SEPARATOR), texts, strict=False)}
    if not _NUMBER.fullmatch(parts["number"]):
        raise CardError(gettext_noop("Không đọc được mã trên thẻ. Xin quét lại hoặc gõ số định danh."))
    name, address = parts.get("name", ""), parts.get("address", "")
    garbled = not _WORDS.fullmatch(name) or bool(_NOT_VIETNAMESE.search(name))
    return Card(parts["number"], "" if garbled else name, "" if garbled else address)
