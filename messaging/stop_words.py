"""What a person means who answers a message with a word or two: to stop, or something to be asked about.

Most people type without marks, so the words are compared without them. A word that without marks may mean
something else ("dung": dừng, đúng, dùng) is asked about, not obeyed; so is HỦY, which people write to take
back a dossier as well.
"""

import re
import unicodedata
from enum import StrEnum

LONGEST = 60


class Meaning(StrEnum):
    STOP = "stop"
    ASK_BACK = "ask_back"
    NOTHING = "nothing"


# Whole messages, without marks.
_STOP = frozenset(
    {
        "tat tin", "tat tin nhan", "tat tin bao", "tat thong bao", "ngung nhan tin", "ngung gui tin", "dung gui tin",
        "dung nhan tin", "dung nhan tin nua", "dung gui tin nua", "thoi nhan tin", "khong nhan tin", "khong nhan tin nua",
        "huy nhan tin", "tu choi nhan tin", "tc", "stop", "stop all", "unsubscribe",
        # Typed with the input method off, as Telex and VNI leave it.
        "tawts tin", "tawst tin", "tatws tin", "ta81t tin", "ta8t1 tin", "tat81 tin",
    }
)  # fmt: skip
# Whole messages as written with their marks: without them they may mean something else.
_STOP_WITH_MARKS = frozenset({"dừng", "dừng lại", "ngừng", "ngưng", "tắt", "thôi", "thôi nhận", "từ chối"})
_ASK_BACK = frozenset(
    {
        "huy", "huy bo", "huy dang ky", "dung", "dung lai", "ngung", "tat", "thoi", "thoi nhan", "tu choi", "end",
        "quit", "cancel",
    }
)  # fmt: skip
# With other marks the same letters are other words.
_OTHER_WORDS = frozenset({"đúng", "dùng", "đừng", "dụng", "tất", "tạt", "thời", "đúng lại", "thổi"})


def meaning(text: str) -> Meaning:
    """What these words ask for. A longer text means nothing here: a person reads it."""
    if len(text) > LONGEST:
        return Meaning.NOTHING
    written = _words(unicodedata.normalize("NFC", text))
    plain = _words(_without_marks(text))
    if plain in _STOP or written in _STOP_WITH_MARKS:
        return Meaning.STOP
    if plain in _ASK_BACK and written not in _OTHER_WORDS:
        return Meaning.ASK_BACK
    return Meaning.NOTHING


def _words(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text).casefold()))


def _without_marks(text: str) -> str:
    split = unicodedata.normalize("NFD", text)
    bare = "".join(character for character in split if not unicodedata.combining(character))
    return bare.replace("đ", "d").replace("Đ", "D")
