"""Placeholders of a profile: what they stand for, and putting it in its place."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote

NAMES = frozenset({"base", "account", "sender", "number", "number84", "text", "reference", "callback"})
# A question about a message is asked when its words are not at hand.
NAMES_IN_QUESTIONS = NAMES - {"number", "number84", "text"}
PLACEHOLDER = re.compile(r"\{(secret:)?([A-Za-z0-9_]+)\}")


class Unfilled(LookupError):
    """A placeholder that stands for nothing. Its name is the text."""


def fill(text: str, values: Mapping[str, str], escape: Callable[[str], str] = str) -> str:
    """`text` with its placeholders filled, each value escaped; raises Unfilled."""
    pieces = _pieces(text)
    if len(pieces) == 1:
        return text
    filled = list(pieces)
    for index in range(1, len(filled), 2):
        filled[index] = escape(_value(filled[index], values))
    return "".join(filled)


def fill_address(text: str, values: Mapping[str, str]) -> str:
    """An address; only {base} is an address itself, all else is put in as one harmless word."""
    pieces = list(_pieces(text))
    for index in range(1, len(pieces), 2):
        value = _value(pieces[index], values)
        pieces[index] = value if pieces[index] == "base" else quote(value, safe="")
    return "".join(pieces)


def fill_fields(fields: Any, values: Mapping[str, str]) -> Any:
    """Whatever JSON the profile has for a body, filled. A callback that there is none of is left out."""
    if isinstance(fields, str):
        return fill(fields, values)
    if isinstance(fields, Mapping):
        return {
            name: fill_fields(value, values)
            for name, value in fields.items()
            if not (value == "{callback}" and not values.get("callback"))
        }
    if isinstance(fields, list):
        return [fill_fields(value, values) for value in fields]
    return fields


def names_in(value: Any) -> list[tuple[bool, str]]:
    """All placeholders in a piece of a profile: whether each is a secret, and its name."""
    return [(bool(secret), name) for text in texts_in(value) for secret, name in PLACEHOLDER.findall(text)]


def texts_in(value: Any) -> list[str]:
    """All texts in a piece of a profile, however deep."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for each in value.values() for text in texts_in(each)]
    if isinstance(value, list):
        return [text for each in value for text in texts_in(each)]
    return []


@lru_cache(maxsize=1024)
def _pieces(text: str) -> tuple[str, ...]:
    """Text and names of placeholders by turns, text first."""
    pieces: list[str] = []
    end = 0
    for match in PLACEHOLDER.finditer(text):
        pieces += [text[end : match.start()], match[0][1:-1]]
        end = match.end()
    return (*pieces, text[end:])


def _value(name: str, values: Mapping[str, str]) -> str:
    try:
        return values[name]
    except KeyError:
        raise Unfilled(name) from None
