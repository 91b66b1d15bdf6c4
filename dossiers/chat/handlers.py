"""What people type into the chat of the province's account: each kind of text that the dossiers' room takes."""

import re

from django.db import transaction

from dossiers import services
from dossiers.chat import replies
from dossiers.lookup import limited_lookup, link_codes, lookup
from dossiers.notices import texts
from dossiers.rules import codes
from dossiers.rules.codes import CodeError
from messaging.conversations import conversation
from messaging.conversations.conversation import Heard, Kind, Turn
from procedures.search.telex_repair import said
from tenants import rate_limits

# Failures within a quarter of an hour. Twenty letters in six places are 64 million codes, of which a hundred wait at
# most: 200 guesses in each quarter of an hour find one of them in a month.
PER_READER = 8
# Where so many fail together that somebody guesses with many accounts, each has this many left. Who did not fail is
# answered: strangers shut nobody out, and an honest slip may be mended.
PER_READER_AMONG_MANY = 2
PER_ACCOUNT = 200
PER_PROVINCE = limited_lookup.PER_PROVINCE
MOST_LISTED = 10
LONGEST_READ = 300
# Who writes more without a code tells a story. It also bounds what the patterns below may cost.
LONGEST_ASKED, LONGEST_CODE = 100, 40

_MINE = re.compile(
    r"(?:#?hosocuatoi|(?:(?:cho|xem|tra cuu|kiem tra|hoi|toi|em|minh|muon|xin) )*(?:cac |nhung |danh sach )?"
    r"(?:ho so|hs|hso)(?: da noi| da nop)?(?: cua)? (?:toi|em|minh|chung toi|con|chau|nha toi|ba|ong|to)"
    r"(?: (?:dau|den dau|toi dau|ra sao|the nao|sao|xong|chua|da|roi|the|a|vay|nhe|nhi|voi))*)"
)
_NEWS = re.compile(
    r"(?:#?nhantin|(?:(?:toi|em|minh|muon|dang ky|xin|cho) )*(?:nhan tin(?: bao| zalo)?|theo doi(?: ho so)?|noi ho so)"
    r"(?: (?:ho so|nay|nhe|a|qua zalo|tai day))*)"
)
_TRACE = re.compile(
    r"(?:#?tracuu|(?:(?:toi|em|minh|muon|cho|hoi|xin|can|cach|lam sao|de) )*(?:tra cuu|kiem tra|xem|hoi)"
    r"(?: tinh trang| tien do)?(?: ho so| hs)?(?: (?:o dau|nhu the nao|the nao|lam sao|a|da nop))*"
    r"|(?:(?:toi|em|minh|con|chau|nha toi|lo|bi|da|lam) )*(?:mat|quen|roi|that lac|khong (?:co|con|nho))(?: mat)?"
    r" (?:giay hen|phieu hen|giay bien nhan|bien nhan|ma (?:so )?(?:ho so|hs|tra cuu))"
    r"(?: (?:roi|thi|sao|phai|lam|the nao|nhu the nao|lam sao|gi|bay gio|gio|tra|tra cuu|kiem tra|duoc|khong|a|vay|day|voi))*)"
)
# When it will be done, or how far it is, of a dossier that is not named: nothing but the words of such a question, which
# asks for a moment and for a result.
_WHEN = re.compile(
    r"\b(?:bao (?:gio|h|lau)|(?:khi|hom|ngay|luc) nao|chung nao|may (?:ngay|hom|tuan|thang) nua|den dau|toi dau|ra sao|chua)\b"
)
_DONE = re.compile(
    r"\bket qua\b|\b(?:ho so|hs|giay to)\b.*\b(?:xong|giai quyet|den dau|toi dau|ra sao|(?:duoc|co) chua|duoc tra|gio co)\b"
    r"|\b(?:xong|lay|tra|(?<!nop )duoc|(?:toi|em|minh|con|chau|duoc) nhan|nhan duoc) (?:duoc )?(?:ho so|hs|giay to)\b"
)
_HOW_FAR_WORDS = frozenset(
    {
        "bao", "gio", "h", "lau", "khi", "nao", "chung", "may", "ngay", "hom", "tuan", "thang", "nua", "luc",
        "den", "toi", "dau", "ra", "sao", "the", "chua", "ket", "qua", "ho", "so", "hs", "giay", "to", "cho",
        "em", "minh", "con", "chau", "hoi", "xin", "muon", "biet", "cua", "thi", "la", "co", "xong", "nhan",
        "lay", "tra", "duoc", "nop", "da", "roi", "moi", "se", "a", "vay", "nhi", "ad", "oi", "giai", "quyet",
        "truoc", "kia", "ca", "nay", "ma", "thay", "van",
    }
)  # fmt: skip
# A number of nine to twelve digits is a telephone or an identity card: nothing is looked up by it.
_PRIVATE_NUMBER = re.compile(r"\+?(?:[0-9][\s.\-]?){8,11}[0-9]")
# What an old system may have given as a code, typed alone.
_OLD_CODE = re.compile(r"(?=(?:\D*\d){4})(?=.*[A-Za-z/_-])[\w./-]{6,40}")
_PROCEDURE_CODE = re.compile(r"[0-9]\.?[0-9]{6}(?:\.\S*)?")


def register() -> None:
    """Called once, when Django is ready."""
    conversation.register(link_code, Turn.MACHINE)
    conversation.register(dossier_code, Turn.SUBJECT)
    conversation.register(private_number, Turn.SUBJECT)
    conversation.register(words, Turn.WORDS)


def link_code(heard: Heard) -> bool:
    """A link code ties who typed it to the dossier. It was made for a machine: also while a person answers.

    What has the form of one may be the lookup key of the dossier that was just asked about, or an abbreviation
    with a number, which the others may understand; it counts as a guess all the same. Who guesses too often is
    told so once, and then nothing for a while. While a person answers, what is no code is left to them.
    """
    code = link_codes.read(heard.text)
    if code is None:
        return False
    limits, asked = _limits(heard), _asked_about(heard)
    if rate_limits.used_up(limits):
        if not heard.by_hand:
            _tell_once(heard, texts.chat_too_many_codes())
    elif asked and link_codes.dossier_of(code) is None:
        if not heard.by_hand:
            return _look_up(heard, asked.code.text, code, may_be_guess=True)
        rate_limits.charge(limits)
    elif not services.link_reader(code, heard):
        rate_limits.charge(limits)
        if link_codes.may_be_something_else(heard.text):
            return False
        if not heard.by_hand:
            _say(heard, texts.chat_wrong_code(), Kind.NOT_FOUND)
    return True


def dossier_code(heard: Heard) -> bool:
    """A dossier code anywhere in the text: how far it is; with its key, or for who is linked to it, the details."""
    spotted = codes.find_code(heard.text)
    if spotted is not None:
        if spotted.key and _NEWS.match(said(heard.text[:LONGEST_READ])):
            return _bring_news(heard, spotted)
        return _look_up(heard, spotted.code.text, spotted.key)
    alone = heard.text.strip()
    if len(alone) <= LONGEST_CODE and _OLD_CODE.fullmatch(alone) and not _PROCEDURE_CODE.fullmatch(alone):
        return _look_up(heard, alone)
    if codes.looks_like_code(heard.text):
        _say(heard, replies.no_code(), Kind.NOT_FOUND)
        return True
    return False


def private_number(heard: Heard) -> bool:
    """A telephone or identity number: nothing is looked up by it, and it should not be written here."""
    alone = heard.text.strip()
    if len(alone) > LONGEST_CODE or not _PRIVATE_NUMBER.fullmatch(alone):
        return False
    _say(heard, replies.private_number(), Kind.NUMBER)
    return True


def words(heard: Heard) -> bool:
    """What can be said about dossiers without a code."""
    asked = said(heard.text[:LONGEST_READ])
    if len(asked) > LONGEST_ASKED:
        return False
    is_mine = _MINE.fullmatch(asked)
    how_far = not is_mine and _asks_how_far(asked)
    if is_mine or how_far:
        rows = list(link_codes.linked_to(heard.follower_id)[:MOST_LISTED])
        if how_far and not rows:
            _say(heard, replies.how_to_trace(), Kind.MENU, replies.lookup_page())
        else:
            _say(heard, replies.mine(rows), Kind.MINE)
    elif _NEWS.fullmatch(asked):
        spotted = _asked_about(heard)
        if spotted is not None and spotted.key:
            return _bring_news(heard, spotted)
        _say(heard, replies.how_to_get_news(), Kind.LINK)
    elif _TRACE.fullmatch(asked):
        _say(heard, replies.how_to_trace(), Kind.MENU, replies.lookup_page())
    else:
        return False
    return True


def _asks_how_far(asked: str) -> bool:
    plain = all(word in _HOW_FAR_WORDS or word.isdecimal() for word in asked.split())
    return plain and bool(_WHEN.search(asked) and _DONE.search(asked))


def _look_up(heard: Heard, code: str, key: str = "", *, may_be_guess: bool = False) -> bool:
    """Answer about this dossier. `may_be_guess`: the key might have been a link code, so it counts as a failure
    also where no key is looked at. Where many tried keys of this code, none is: the code alone still answers."""
    linked = link_codes.linked_to(heard.follower_id).filter(code=code).first()
    if linked is not None:
        if may_be_guess:
            rate_limits.charge(_limits(heard))
        _say(heard, replies.details(linked), Kind.DETAILS, replies.details_page(linked))
        return True
    guesser = _guesser(heard, code)
    locked = bool(key) and limited_lookup.key_is_locked(guesser)
    try:
        answer = limited_lookup.ask_as(guesser, code, "" if locked else key)
    except CodeError:
        _say(heard, replies.no_code(), Kind.NOT_FOUND)
        return True
    if locked and may_be_guess:
        rate_limits.charge(_limits(heard))
    match answer:
        case limited_lookup.TooManyTries():
            _tell_once(heard, texts.chat_too_many_dossiers())
        case lookup.OtherProvince():
            if may_be_guess:
                rate_limits.charge(_limits(heard))
            _say(heard, replies.other_province(answer), Kind.NOT_FOUND)
        case lookup.Details(dossier):
            offers = link_codes.is_open_to(dossier)
            text = replies.details(dossier, offers_news=offers)
            _say(heard, text, Kind.DETAILS, replies.details_page(dossier))
        case lookup.Progress(dossier):
            text = replies.progress(dossier, wrong_key=answer.wrong_key, locked=locked)
            _say(heard, text, Kind.PROGRESS, replies.progress_page(dossier))
        case _:
            _say(heard, replies.not_found(), Kind.NOT_FOUND)
    return True


def _bring_news(heard: Heard, spotted: codes.FoundCode) -> bool:
    """Code and key were typed, and news is asked for: tie who wrote to the dossier if the key is right."""
    match limited_lookup.ask_as(_guesser(heard, spotted.code.text), spotted.code.text, spotted.key):
        case lookup.Details(dossier):
            services.link_key_holder(dossier.pk, heard)
            return True
        case _:
            return _look_up(heard, spotted.code.text, spotted.key)


def _asked_about(heard: Heard) -> codes.FoundCode | None:
    """The dossier code of this or the last texts, with the key that came with it or after it."""
    key = ""
    for text in [heard.text, *conversation.before(heard)]:
        spotted = codes.find_code(text)
        if spotted is not None:
            return codes.FoundCode(spotted.code, spotted.key or key)
        key = key or codes.find_key(text)
    return None


def _limits(heard: Heard) -> dict[str, int]:
    """What bounds this reader now, {name: size}; the others are counted only."""
    many = {
        f"guess:account:{heard.channel}:{heard.account}": PER_ACCOUNT,
        limited_lookup.PROVINCE: PER_PROVINCE,
    }
    mine = PER_READER_AMONG_MANY if rate_limits.used_up(many) else PER_READER
    return {f"guess:reader:{heard.follower_id}": mine, **dict.fromkeys(many, limited_lookup.ONLY_COUNTED)}


def _guesser(heard: Heard, code: str) -> limited_lookup.Guesser:
    return limited_lookup.Guesser.sharing(f"reader:{heard.follower_id}", _limits(heard), code)


def _tell_once(heard: Heard, text: str) -> None:
    limits = {f"chat:guess:told:{heard.follower_id}": 1}
    if not rate_limits.used_up(limits):
        rate_limits.charge(limits)
        _say(heard, text, Kind.LIMITED)


def _say(heard: Heard, text: str, kind: Kind, button: tuple[str, str] = ("", "")) -> None:
    label, url = button
    with transaction.atomic(durable=True):
        conversation.answer(heard, text, kind, label=label, url=url)
