"""Names, numbers and words of people as they are typed: what can be stored, and how it is tidied."""

import re
import unicodedata

LANDLINE = re.compile(r"\A02[0-9]{8,9}\Z")
ID_NUMBER = re.compile(r"\A(?:[0-9]{12}|[0-9]{10}(?:-[0-9]{3})?|[0-9]{9})\Z")
"""A personal identification number, a tax number, or the number of an old identity card."""


def is_plain_text(text: str) -> bool:
    """False for text that a database or a page cannot hold: NUL, other controls, lone surrogates."""
    return not any(
        (ord(character) < 32 and character not in "\n\r\t") or 0xD800 <= ord(character) <= 0xDFFF
        for character in text
    )


def visible(text: str) -> str:
    """Without characters that have no shape: zero-width ones, and those that turn the reading direction."""
    return "".join(character for character in text if unicodedata.category(character) != "Cf")
