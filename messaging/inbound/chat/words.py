"""The words by which texts of the chat are understood, and those that answer them, kept in `words.yaml`."""

import re
from pathlib import Path
from types import SimpleNamespace

import yaml

_FILE = yaml.safe_load(Path(__file__).with_name("words.yaml").read_text(encoding="utf-8"))
_NAME = re.compile(r"\{([a-z_]+)\}")


def read_words(part: str) -> SimpleNamespace:
    """A part of the file by its names: compiled patterns, sets of words or, where they stand for others, a dict; texts."""
    patterns: dict[str, str] = {}
    for name, text in _FILE[part].get("patterns", {}).items():
        whole = text if isinstance(text, str) else "".join(text)
        patterns[name] = _NAME.sub(lambda found: patterns[found[1]], whole)
    words = {
        name: frozenset(text.split(", ")) if isinstance(text, str) else text
        for name, text in _FILE[part].get("words", {}).items()
    }
    compiled = {name: re.compile(text) for name, text in patterns.items()}
    return SimpleNamespace(**compiled, **words, **_FILE[part].get("texts", {}))
