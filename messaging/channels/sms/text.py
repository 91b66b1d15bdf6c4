"""The words of a text message, in the letters that a telephone counts."""

import unicodedata

from tenants.text import ELLIPSIS, fit

# What stands in the alphabet of GSM 03.38 and is no plain ASCII letter or sign is not needed here.
_SIGNS = str.maketrans(
    {"đ": "d", "Đ": "D", "“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "−": "-", "…": "...", "•": "-",
     "·": "-", "→": "->", "×": "x", "½": "1/2", "\u00a0": " ", "\u202f": " ", "\t": " ", "`": "'"}
)  # fmt: skip
# These take the room of two letters.
_WIDE = frozenset("[]{}^~|\\€")


def compose(body: str, link: str, *, limit: int, plain: bool) -> str:
    """`body` and the link within `limit` letters, as a telephone counts them: the body is cut, at a word."""
    words = (without_marks(body) if plain else unicodedata.normalize("NFC", body)).strip()
    room = limit - length(link, plain=plain) - 1 if link else limit
    return "\n".join(filter(None, (_cut(words, room, plain=plain), link)))


def without_marks(text: str) -> str:
    """The text in letters that every telephone and gateway has: "Đã tiếp nhận" → "Da tiep nhan"."""
    text = text.translate(_SIGNS)
    bare = (letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return "".join(letter if letter.isascii() else "?" for letter in bare)


def length(text: str, *, plain: bool) -> int:
    """Letters as they are counted for the parts of a message.

    With marks each is two bytes and a picture counts twice; plain, some signs count twice.
    """
    if plain:
        return len(text) + sum(letter in _WIDE for letter in text)
    return len(text.encode("utf-16-le")) // 2


def _cut(text: str, limit: int, *, plain: bool) -> str:
    mark, letters = "..." if plain else ELLIPSIS, limit
    while letters > len(mark):
        cut = fit(text, letters, mark)
        over = length(cut, plain=plain) - limit
        if over <= 0:
            return cut
        letters = min(letters, len(cut)) - over
    return ""
