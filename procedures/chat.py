"""What a chat answers to somebody who names an errand: the first procedures, each with term, fee and page.

This room knows no chat: it gets a text and gives one; a room above brings the two together.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from procedures import initials, search
from procedures.keystrokes import said
from procedures.question import Question
from procedures.typos import one_slip_apart, tolerant
from procedures.vietnamese import expand_query, fold
from procedures.wording import fee_line, term_line
from tenants.addresses import absolute

SHOWN = 3
LONGEST = 120
_LEAST_KNOWN = 0.6
_FEWEST_LETTERS = 2

# Around an errand, not of it. What stands at the end asks for what the answer says anyway.
_BEFORE = re.compile(
    r"(?:(?:da|vang|thua|chao|xin chao|xin|cho|ad|admin|em|toi|minh|con|chau|ban|anh|chi|co|chu|oi|a|hoi|hoi ve|cho hoi|"
    r"hoi cho|muon|can|dinh|dang|di|lam|thi|la|ve|thu tuc|tt|gio|bay gio|nay|nha toi|gia dinh toi|huong dan|tu van|"
    r"giup|tim|ve viec|viec)(?: |$))+"
)
_AFTER = re.compile(
    r"(?: (?:a|ah|nhe|nhi|vay|the|voi|oi|ad|ban|em|anh|chi|thi|la|can|phai|nhung|giay to|ho so|giay|to|thu tuc|gi|nao|"
    r"mang theo|chuan bi|nop|o dau|tai dau|cho nao|lam|lam sao|nhu the nao|the nao|nhu nao|ra sao|sao|bao lau|bao nhieu|"
    r"het|mat|may ngay|may hom|ton|tien|le phi|phi|bao gio|khi nao|duoc|khong|ko|k|hay khong|dc|roi|online|xin))+$"
)
_ABBREVIATIONS = {
    "gks": "giấy khai sinh",
    "ks": "khai sinh",
    "gkh": "giấy chứng nhận kết hôn",
    "dkkh": "đăng ký kết hôn",
    "dkks": "đăng ký khai sinh",
    "kh": "kết hôn",
    "kd": "kinh doanh",
    "hkd": "hộ kinh doanh",
    "dkkd": "đăng ký kinh doanh",
    "dk": "đăng ký",
    "gp": "giấy phép",
    "gpxd": "giấy phép xây dựng",
    "xd": "xây dựng",
    "gplx": "giấy phép lái xe",
    "cccd": "căn cước",
    "cmnd": "căn cước",
    "ttdl": "tình trạng độc thân",
    "tthn": "tình trạng hôn nhân",
    "xntthn": "xác nhận tình trạng hôn nhân",
    "bhyt": "bảo hiểm y tế",
    "bhxh": "bảo hiểm xã hội",
    "attp": "an toàn thực phẩm",
    "vsattp": "an toàn thực phẩm",
    "dn": "doanh nghiệp",
    "cty": "công ty",
    "gt": "giấy tờ",
    "cn": "chứng nhận",
    "qsdd": "quyền sử dụng đất",
    "gcn": "giấy chứng nhận",
    "ct": "chứng thực",
    "nkt": "người khuyết tật",
    "ncc": "người có công",
    "htx": "hợp tác xã",
    "llltp": "lý lịch tư pháp",
    "lltp": "lý lịch tư pháp",
}
_ASKS_NOTHING = frozenset(
    {"", "gi", "sao", "the nao", "thu tuc", "ho so", "giay to", "tim thu tuc", "thutuc"}
)


@dataclass(frozen=True, slots=True)
class Found:
    """What to answer. `near`: nothing has all the words, these come nearest."""

    text: str
    label: str
    url: str
    near: bool
    codes: tuple[str, ...]


def answer(text: str) -> Found | None:
    """The first three procedures for an errand that somebody names; None where nothing comes near enough."""
    if len(text) > LONGEST:
        return None
    errand = _errand(text)
    if fold(errand) in _ASKS_NOTHING or len(re.findall(r"[^\W_]", errand)) < _FEWEST_LETTERS:
        return None
    for query in dict.fromkeys((errand, said(errand))):
        found = _find(query)
        if found is not None:
            return found
    return None


def _find(query: str) -> Found | None:
    results = search.search(query)
    hits, near = results.hits[:SHOWN], results.near
    if (near or not hits) and initials.condition(query):
        spelled_out = search.handled(query, limit=SHOWN)
        if spelled_out and any(fold(query) in _letters(hit) for hit in spelled_out):
            hits, near = spelled_out, False
    if near:
        hits = tuple(hit for hit in hits if _known(query, hit) >= _LEAST_KNOWN)
    if not hits:
        return None
    lead = "Thủ tục gần giống nhất với điều ông/bà hỏi:" if near else "Thủ tục ông/bà có thể cần:"
    more = results.count - len(hits)
    return Found(
        "\n".join([lead, *(_row(number, hit) for number, hit in enumerate(hits, start=1))]),
        f"Xem thêm {more} thủ tục" if more > 0 and not near else "Tìm thủ tục khác",
        absolute(f"{reverse('procedures')}?{urlencode({'q': query}, errors='replace')}"),
        near,
        tuple(hit.code for hit in hits),
    )


def _row(number: int, hit: search.SearchHit) -> str:
    facts = [f"Thời hạn: {term_line(hit.term_value, hit.term_unit, hit.term_note)}"]
    if fee := fee_line(hit.fees):
        facts.append(f"Lệ phí: {fee}")
    if not hit.handled:
        facts = [hit.where or "Không nộp tại cổng này"]
    return (
        f"{number}. {hit.short_name}\n{'. '.join(facts)}.\n{absolute(reverse('procedure', args=[hit.code]))}"
    )


def _errand(text: str) -> str:
    """The text without what is said around the errand, its abbreviations written out, marks as typed."""
    words = re.sub(r"[?!.,;:“”\"'()]+(?=\s|$)|[“”\"'()#]", " ", text).split()
    words = [word for word in words if fold(word)]
    plain = [said(word).replace(" ", "") for word in words]
    if before := _BEFORE.match(" ".join(plain)):
        count = len(before[0].split())
        words, plain = words[count:], plain[count:]
    if after := _AFTER.search(" ".join(plain)):
        count = len(after[0].split())
        words, plain = words[:-count], plain[:-count]
    return " ".join(_ABBREVIATIONS.get(bare, word) for word, bare in zip(words, plain, strict=True))


def _letters(hit: search.SearchHit) -> str:
    return initials.initials(hit.short_name) + " " + initials.initials(hit.name)


def _known(query: str, hit: search.SearchHit) -> float:
    """Which part of the words asked for stands in what the hit is called, one slip of the finger forgiven."""
    asked = Question(query).words
    called = fold(f"{hit.name} {hit.short_name} {hit.everyday} {hit.sector}").split()
    spellings = [{word, *(way for way in expand_query(word))} for word in asked]
    found = sum(any(_is(way, other) for way in ways for other in called) for ways in spellings)
    glued = fold(query).replace(" ", "") in "".join(called)
    return 1.0 if glued else found / max(len(asked), 1)


def _is(word: str, other: str) -> bool:
    return word == other or (tolerant(word) and tolerant(other) and one_slip_apart(word, other))
