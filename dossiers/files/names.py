"""What a file is called: by people, and when it is sent to one."""

import unicodedata

LONGEST = 120
EXTENSIONS = {
    "application/pdf": ("pdf",),
    "image/jpeg": ("jpg", "jpeg", "jpe", "jfif"),
    "image/png": ("png",),
}
_FORBIDDEN = frozenset('<>:"/\\|?*')
_NAMELESS = "tệp"


def extension(name: str) -> str:
    """What stands after the last dot, small; "" without one."""
    return name.rpartition(".")[2].strip().lower() if "." in name else ""


def clean(name: str, content_type: str) -> str:
    """A name that can be shown, and saved on any system: at most 120 characters, with the extension of its type.

    Folders, control characters, characters without shape or that turn the direction of reading, and those
    that a file system refuses are left out. Vietnamese letters stay, composed (NFC).
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    stem = last.rpartition(".")[0] if extension(last) in EXTENSIONS[content_type] else last
    visible = "".join(
        " " if character in _FORBIDDEN or character.isspace() else character
        for character in unicodedata.normalize("NFC", stem)
        if character.isspace() or unicodedata.category(character)[0] != "C"
    )
    ending = EXTENSIONS[content_type][0]
    short = " ".join(visible.split()).strip(". ")[: LONGEST - len(ending) - 1].strip(". ")
    return f"{short or _NAMELESS}.{ending}"


def shown(name: str) -> str:
    """A name as typed, fit to be quoted in a sentence of refusal."""
    visible = "".join(c for c in name[:LONGEST] if c.isspace() or unicodedata.category(c)[0] != "C")
    return " ".join(visible.split()) or _NAMELESS
