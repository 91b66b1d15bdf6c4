"""What was told, byte for byte, as text that can be stored."""

_BYTES = "\0"


def as_text(raw: bytes) -> str:
    """`raw` as text that can be stored, whatever it is; `as_bytes` gives it back byte for byte."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return _BYTES + raw.decode("latin-1")
    return _BYTES + raw.decode("latin-1") if text.startswith(_BYTES) else text


def as_bytes(text: str) -> bytes:
    """The bytes of which `as_text` made this text."""
    return text[1:].encode("latin-1") if text.startswith(_BYTES) else text.encode()
