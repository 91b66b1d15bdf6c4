"""The chat answer to an errand: what was asked of it, the first procedures with term, fee and page, or a signpost.

Text in, text out: `portal` beside it makes conversations of it.
"""

import re
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import urlencode

from django.urls import reverse

from messaging.inbound.chat.words import read_words
from procedures.catalogue.contents.filing_place import shown_place
from procedures.catalogue.models import Procedure
from procedures.catalogue.search import search
from procedures.catalogue.search.query_parser import MAX_WORDS, Question, telling_places
from procedures.catalogue.search.signposts import Signpost, signpost
from procedures.catalogue.search.telex_repair import repair
from procedures.catalogue.wording import fee_line, fees_in_full, term_line
from tenants.text import fold, spell
from tenants.web.absolute_urls import absolute

SHOWN = 3
LONGEST = 500
_MOST_CLAUSES = 8
# So many words of a story weigh as much as that a part asks.
_ASKING = 3
_FEWEST_LETTERS = 2

_SAID = read_words("procedures")
# What is asked of the errand, and how its answer begins.
_ASKS = {
    "Lệ phí": "le phi(?! truoc ba)|chi phi|phi(?! truoc ba)|(?:mat|ton|bao nhieu|nhieu|nhiu|bn|may|het|dong|nop) tien|re hon|mac hon|dat hon|tien (?:bao nhieu|nop)|(?:het|ton|gia|mat) (?:bao nhieu|bn|nhiu)",
    "Thời hạn": "bao lau|may (?:ngay|hom|bua|tuan|thang)|bao nhieu (?:ngay|lau)|(?:khi nao|bao gio) (?:xong|co|lay)|thoi (?:han|gian)",
    "Giấy tờ": "giay to (?:gi|nao|can)|(?:can|mang|nop|chuan bi|gom) (?:nhung |cac )?(?:gi|giay to|giay gi|ho so gi)|ho so (?:gom|can)|nhung giay to",
    "Nơi nộp": "(?<!kham sk )(?<!suc khoe )o dau|cho nao|noi nao|den dau|tai dau",
}
_ASKED = re.compile("|".join(rf"\b({pattern})\b" for pattern in _ASKS.values()))
YES_OR_NO = re.compile(r"\b(?:khong|ko|k|hong|hem|hok)\b")
_FREE_OR_NOT = re.compile(rf"\b(?:{_ASKS['Lệ phí']})(?: \w+){{0,2}} {YES_OR_NO.pattern}")
_MOST_PAPERS = 8


@dataclass(frozen=True, slots=True)
class ChatAnswer:
    """What to answer. `near`: nothing has all the words, these come nearest; or the catalogue lacks what is asked for."""

    text: str
    button: tuple[str, str]
    near: bool
    codes: tuple[str, ...]


def answer(text: str) -> ChatAnswer | None:
    """The first three procedures for an errand, or where to go with it; None where nothing comes near enough."""
    if len(text) > LONGEST:
        return None
    asks = _pick_clause(text) if len(text.split()) > MAX_WORDS else text
    errand = "" if Question(text).has_no_procedure else _errand(asks)
    found = search.SearchResults(errand or asks)
    if fold(errand) not in _SAID.asks_nothing and len(re.findall(r"[^\W_]", errand)) >= _FEWEST_LETTERS:
        found = _searched(errand) or found
    post = signpost(asks, found.hits) or (
        signpost(repair(asks), found.hits) if spell(asks) == fold(asks) else None
    )
    if not found.hits and not post:
        return None
    return _said_in_english(found, post) if Question(text).english else _said(found, post, repair(text))


def _pick_clause(text: str) -> str:
    """Of a text that tells a story the clause, or two in a row, that says most of what one procedure is called."""
    clauses = [clause for clause in _SAID.clause.split(text) if len(clause.split()) > 1][:_MOST_CLAUSES]
    return max((*clauses, *map(" ".join, pairwise(clauses))), key=_weigh, default=text)


def _weigh(part: str) -> float:
    """How many words of this part one procedure, or a signpost, has; what asks counts more."""
    errand = _errand(part)
    found = search.search(errand)
    # What is only near ranks below zero.
    known = min(found.best + 2, 1.0) if found.best else 0.0
    asks = bool(_SAID.wants.search(repair(part))) + bool(signpost(part, found.hits))
    return known * len(errand.split()) + _ASKING * asks


def _searched(errand: str) -> search.SearchResults | None:
    """What is found for the errand as typed, as Telex meant it or without for whom; else what is near one of these.

    Without the age at its end where nothing is near with it: some names have one.
    """
    plain = repair(errand)
    near = None
    for query in _different(errand, plain, _SAID.for_whom.sub("", plain)):
        results = search.search(query)
        if results.hits and not results.near:
            return results
        near = near or (results if results.hits else None)
    if near or not _SAID.age.search(plain):
        return near
    results = search.search(_SAID.for_whom.sub("", _SAID.age.sub("", plain)))
    return results if results.hits and not results.near else None


def _different(*queries: str) -> list[str]:
    """Those that differ in more than marks, which change the order of what is found and not whether anything is."""
    return list({fold(query): query for query in reversed(queries)}.values())[::-1]


def _said(found: search.SearchResults, post: Signpost | None, asked: str) -> ChatAnswer:
    """The answer: where to go with what the catalogue lacks, or what was asked of the first procedure; then the list."""
    hits, lines = found.hits[:SHOWN], []
    if post:
        code = f" Mã trên Cổng Dịch vụ công quốc gia: {post['code']}." if "code" in post else ""
        lines.append(f"Cổng này chưa có thủ tục “{post['name']}”. Nơi giải quyết: {post['at']}.{code}")
    else:
        lines += _asked_of(hits[0], asked)
    if hits:
        lines.append("Có phải ông/bà tìm:" if found.near or post else "Thủ tục ông/bà có thể cần:")
    lines += [_row(number, hit) for number, hit in enumerate(hits, start=1)]
    more = 0 if found.near else found.count - SHOWN
    label = f"Xem thêm {more} thủ tục" if more > 0 else "Tìm thủ tục khác"
    query = urlencode({"q": found.query}, errors="replace")
    button = (label, absolute(f"{reverse('procedures')}?{query}"))
    return ChatAnswer("\n".join(lines), button, found.near or bool(post), tuple(hit.code for hit in hits))


def _said_in_english(found: search.SearchResults, post: Signpost | None) -> ChatAnswer:
    """To who writes English: where to go, and the pages in English."""
    hits = found.hits[:SHOWN]
    lines = [f"{post['name_en']}: {post['at_en']}."] if post else []
    lines += [_SAID.english_text] if hits else []
    for number, hit in enumerate(hits, start=1):
        page = absolute(reverse("procedure", args=[hit.code]))
        lines.append(f"{number}. {hit.english_name or hit.short_name}\n{page}?lang=en")
    query = urlencode({"q": found.query, "lang": "en"}, errors="replace")
    button = ("Search in English", absolute(f"{reverse('procedures')}?{query}"))
    return ChatAnswer("\n".join(lines), button, found.near or bool(post), tuple(hit.code for hit in hits))


def _asked_of(hit: search.SearchHit, asked: str) -> list[str]:
    """What is asked of this procedure, answered as its page does, in the order of the question."""
    kinds = dict.fromkeys(list(_ASKS)[(found.lastindex or 1) - 1] for found in _ASKED.finditer(asked))
    procedure = (
        Procedure.objects.select_related("current_version").filter(code=hit.code).first() if kinds else None
    )
    if procedure is None or (version := procedure.current_version) is None:
        return []
    lines = []
    for kind in kinds:
        lead = ""
        match kind:
            case "Lệ phí":
                said = fees_in_full(version.fees.all()) or "nguồn chưa ghi, nơi nộp cho biết khi nhận hồ sơ"
                amounts = {amount for _kind, amount in hit.fees}
                # A yes would not say which of several questions it answers.
                if len(YES_OR_NO.findall(asked)) == len(kinds) == len(_FREE_OR_NOT.findall(asked)) == 1:
                    lead = "Không. " if amounts == {0} else "Có. " if any(amounts) else ""
            case "Thời hạn":
                said = term_line(hit.term_value, hit.term_unit, hit.term_note)
            case "Giấy tờ":
                papers = version.documents.filter(required=True, case="").values_list("name", flat=True)
                said = "; ".join(papers[:_MOST_PAPERS])
            case _:
                said = shown_place(procedure, version.performer)[0]
        lines += [f"{lead}{kind} “{hit.short_name}”: {said}."] if said else []
    return lines


def _row(number: int, hit: search.SearchHit) -> str:
    facts = [f"Thời hạn: {term_line(hit.term_value, hit.term_unit, hit.term_note)}"]
    amounts = {amount for _kind, amount in hit.fees}
    if any(amounts) or amounts == {0}:
        facts.append(f"Lệ phí: {fee_line(hit.fees)}")
    if not hit.handled:
        facts = [hit.where or "Không nộp tại cổng này"]
    return (
        f"{number}. {hit.short_name}\n{'. '.join(facts)}.\n{absolute(reverse('procedure', args=[hit.code]))}"
    )


def _errand(text: str) -> str:
    """The text without what is said around the errand, marks as typed."""
    words = re.sub(r"[?!.,;:“”\"'()]+(?=\s|$)|[“”\"'()#]", " ", text).split()
    words = [word for word in words if fold(word)]
    plain = [repair(word).replace(" ", "") for word in words]
    marked = [spell(word).replace(" ", "") for word in words]
    return " ".join(words[place] for place in telling_places(plain, marked))
