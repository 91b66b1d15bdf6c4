"""Stop words in answers to a message, and the replies to them.

Most people type without marks, so the words are compared without them. A word that without marks may mean
something else ("dung": dừng, đúng, dùng) is asked about, not obeyed; so is HỦY, which people write to take
back a dossier as well, "thôi", which also says never mind, and other texts that only begin like a wish to stop.
"""

import re
import unicodedata
from enum import StrEnum

from messaging.inbound.chat import conversation
from messaging.inbound.chat.words import read_words
from tenants.text import fold

LONGEST = 60


class Meaning(StrEnum):
    STOP = "stop"
    ASK_BACK = "ask_back"
    NOTHING = "nothing"


_SAID = read_words("stop_words")


def meaning(text: str) -> Meaning:
    """What these words ask for. A longer text means nothing here: a person reads it."""
    if len(text) > LONGEST:
        return Meaning.NOTHING
    written, plain = _wanted(unicodedata.normalize("NFC", text))
    if written and written[0] in _SAID.other_words:
        return Meaning.NOTHING
    wanted = " ".join(plain)
    if _SAID.stop.fullmatch(wanted) or " ".join(written) in _SAID.stop_with_marks:
        return Meaning.ASK_BACK if _is_doubtful(text, written) else Meaning.STOP
    if _SAID.ask_back.fullmatch(wanted) and " ".join(written) != "đừng":
        return Meaning.ASK_BACK
    return Meaning.NOTHING


def _wanted(text: str) -> tuple[list[str], list[str]]:
    """The words without those around them, as written and without marks."""
    written, plain = _words(text).split(), fold(_words(text)).split()
    if len(written) != len(plain):
        written = plain
    begin, end = 0, len(plain)
    while end - begin > 1 and plain[end - 1] in _SAID.after and " ".join(plain[begin:end]) != "dung lai":
        end -= 1
    while plain[begin : end - 1] and plain[begin] in _SAID.before:
        if _SAID.stop.fullmatch(" ".join(plain[begin:end])):
            break
        begin += 1
    return written[begin:end], plain[begin:end]


def _is_doubtful(text: str, written: list[str]) -> bool:
    """Whether this may ask, complain or agree: "tắt tin à?", "đừng tin", "dung nhan tin" (đúng, nhận tin)."""
    asks = "?" in text or "à" in _words(text).split()
    return asks or (
        written[0] in ("dung", "đừng") and written[1:2] in (["nhan"], ["tin"]) and "nua" not in written
    )


def _words(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text).casefold()))


# To citizens it writes Vietnamese, whatever they read. Whose telephone number it is, nobody knows who did not link a
# dossier: no silence is promised there.
_ANSWERS = {Meaning.STOP: _SAID.stopped_text, Meaning.ASK_BACK: _SAID.asked_back_text}


def reply_to_stop(heard: conversation.IncomingText) -> bool:
    """What agreements ended was ended when the text was heard; here it is only said. While a person answers,
    they ask back."""
    meant = meaning(heard.text)
    text = _ANSWERS.get(meant)
    if text is None or (meant is Meaning.ASK_BACK and heard.by_hand):
        return False
    conversation.say(heard, text, conversation.Kind.STOP)
    return True
