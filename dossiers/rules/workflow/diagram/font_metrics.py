"""How wide a line of text is in Arial and fonts like it, for drawings made without a browser."""

import unicodedata

_GROUPS = {
    "ijl.,:;|!'‘’": 0.28,
    "ft()/-I[]r ·“”": 0.36,
    "ckszvxyJ": 0.51,
    "abdeghnopquL0123456789đ?_+<>=": 0.57,
    "TFZ": 0.62,
    "ABEKPSVXYw": 0.69,
    "CDHNRUĐ": 0.74,
    "GOQ": 0.79,
    "mM": 0.86,
    "W%@–→": 0.97,
}
_WIDTHS = {char: width for chars, width in _GROUPS.items() for char in chars}
_BOLD = 1.07


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Width in the unit of `size`; a little more than the truth, since another font may be put in its place."""
    letters = (char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))
    return sum(_WIDTHS.get(char, 0.7) for char in letters) * size * (_BOLD if bold else 1)


def wrap(text: str, room: float, size: float, *, bold: bool = False) -> list[str]:
    """The lines of a text that each fit into the room; a word that is too long for one is cut."""
    lines: list[str] = []
    for word in text.split():
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and width(joined, size, bold=bold) <= room:
            lines[-1] = joined
            continue
        while width(word, size, bold=bold) > room and len(word) > 1:
            cut = next(
                n for n in range(len(word) - 1, 0, -1) if n == 1 or width(word[:n], size, bold=bold) <= room
            )
            lines.append(word[:cut])
            word = word[cut:]
        lines.append(word)
    return lines
