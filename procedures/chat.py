"""The chat answer to an errand: the first procedures, each with term, fee and page.

This room knows no chat: text in, text out; a room above connects it to conversations.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from procedures.models import Synonym
from procedures.search import initials, search
from procedures.search.telex_repair import repair
from procedures.wording import fee_line, term_line
from tenants.text import fold
from tenants.web.absolute_urls import absolute

SHOWN = 3
LONGEST = 120
_FEWEST_LETTERS = 2

# Around an errand, not of it. What stands at the end asks for what the answer says anyway.
_BEFORE = re.compile(
    r"(?:.{1,60} muon (?=\S))?(?:(?:da|vang|thua|chao|xin chao|xin|cho|ad|admin|em|toi|minh|con|chau|ban|anh|chi|co|chu|oi|a|hoi|hoi ve|cho hoi|"
    r"hoi cho|muon|can|dinh|dang|di|lam|thi|la|ve|thu tuc|tt|gio|bay gio|nay|nha toi|gia dinh toi|huong dan|tu van|"
    r"giup|tim|ve viec|viec|(?:muc |cho biet )?(?:le|chi) phi|phi(?= \u2060?(?:lam|cap|dang ky))|tien(?= (?:tro cap|phu cap|ho tro))|thoi han|nop ho so|bao gio|khi nao|"
    r"xong|(?:len|xuong|ra|o|tai) (?:xa|phuong|ubnd|uy ban|mot cua)(?! hoi))(?: |$))*"
)
_AFTER = re.compile(
    r"(?: (?:a|ah|nhe|nhi|vay|the|voi|oi|ad|em|dc|roi|duoc|ko|k|khong|hay khong|duoc khong|gi|gi vay|xin huong dan|"
    r"(?:thi )?(?:em |toi |minh )?(?:phai |can )?(?:lam (?:sao|the nao|nhu the nao|o dau|gi)|di dau)|nhu the nao|the nao|ra sao|"
    r"thi sao|(?:thi )?(?:can|phai co|phai mang|mang theo|chuan bi|gom)(?: theo| co)?(?: nhung| cac)?(?: giay to| ho so| gi)?(?: gi| nao)?|(?:giay phep|thu tuc) (?:gi|nao)|"
    r"(?:nop |lam |nhan |xin )?(?:o|tai) (?:dau|cho nao)|(?:thi )?(?:mat |het |trong )?(?:bao lau|may ngay|may hom)|"
    r"(?:het |mat |ton |phi |le phi )*(?:bao nhieu)(?: tien| ngay)?|le phi|thoi han|thu tuc|ho so|giay to|khi nao|bao gio|online))+$"
)
# Without marks these are also other words, which an errand may begin with: bán, căn, đăng. Written with marks
# they are said around it only like this.
_SAID_AROUND = {"ban": "bạn", "can": "cần", "dang": "đang"}
_SHIELD = "\N{WORD JOINER}"
_FOR_WHOM = re.compile(
    r" cho (?:be|con|chau|ong|ba|bo|me|cha|vo|chong|em|anh|chi|co|chu|bac|toi|minh|nguoi than|nguoi nha|tre|tre em)"
    r"(?: (?:noi|ngoai|toi|em|minh|trai|gai|nho|moi sinh|so sinh|nha|cua|be|ruot|ho|(?:moi|vua|da)(?: bi)? (?:mat|chet|qua doi|sinh|de)))*$"
)
_AGE = re.compile(r"(?: (?:tu|tren|hon|du))? [0-9]{1,3} tuoi(?: tro len)?$")
_ABBREVIATIONS = {
    "gks": "giấy khai sinh", "ks": "khai sinh", "gkh": "giấy chứng nhận kết hôn",
    "dkkh": "đăng ký kết hôn", "dkks": "đăng ký khai sinh", "kh": "kết hôn", "kd": "kinh doanh",
    "hkd": "hộ kinh doanh", "dkkd": "đăng ký kinh doanh", "dk": "đăng ký", "gp": "giấy phép",
    "gpxd": "giấy phép xây dựng", "xd": "xây dựng", "xn": "xác nhận", "gplx": "giấy phép lái xe",
    "cccd": "căn cước", "cmnd": "căn cước", "ttdl": "tình trạng độc thân", "tthn": "tình trạng hôn nhân",
    "xntthn": "xác nhận tình trạng hôn nhân", "bhyt": "bảo hiểm y tế", "bhxh": "bảo hiểm xã hội",
    "attp": "an toàn thực phẩm", "vsattp": "an toàn thực phẩm", "dn": "doanh nghiệp", "cty": "công ty",
    "gt": "giấy tờ", "cn": "chứng nhận", "qsdd": "quyền sử dụng đất", "gcn": "giấy chứng nhận",
    "ct": "chứng thực", "nkt": "người khuyết tật", "ncc": "người có công", "htx": "hợp tác xã",
    "llltp": "lý lịch tư pháp", "lltp": "lý lịch tư pháp",
}  # fmt: skip
_ASKS_NOTHING = frozenset(
    {"", "gi", "sao", "the nao", "thu tuc", "ho so", "giay to", "tim thu tuc", "thutuc"}
)


@dataclass(frozen=True, slots=True)
class ChatAnswer:
    """What to answer. `near`: nothing has all the words, these come nearest."""

    text: str
    label: str
    url: str
    near: bool
    codes: tuple[str, ...]


def answer(text: str) -> ChatAnswer | None:
    """The first three procedures for an errand; None where nothing comes near enough."""
    if len(text) > LONGEST:
        return None
    errand = _errand(text)
    if fold(errand) in _ASKS_NOTHING or len(re.findall(r"[^\W_]", errand)) < _FEWEST_LETTERS:
        return None
    written = " ".join(_ABBREVIATIONS.get(fold(word), word) for word in errand.split())
    plain = repair(written)
    asked: dict[str, search.SearchResults] = {}
    for query in _different(errand, written, plain, _FOR_WHOM.sub("", plain)):
        results = asked[query] = search.search(query)
        if results.hits and not results.near:
            return _answer_with(query, results.hits[:SHOWN], results.count - SHOWN)
    return _spelled_out(errand) or _nearest(asked) or _ageless(plain)


def _ageless(query: str) -> ChatAnswer | None:
    """Without the age that stands at its end: some names have one, so only where nothing comes near with it."""
    shorter = _FOR_WHOM.sub("", _AGE.sub("", query))
    results = search.search(shorter) if _AGE.search(query) else None
    if results is None or not results.hits or results.near:
        return None
    return _answer_with(shorter, results.hits[:SHOWN], results.count - SHOWN)


def _different(*queries: str) -> list[str]:
    """Those that differ in more than marks, which change the order of what is found and not whether anything is."""
    return list({fold(query): query for query in reversed(queries)}.values())[::-1]


def _spelled_out(query: str) -> ChatAnswer | None:
    """First letters of a name: “dkkh”."""
    letters = fold(query)
    if not initials.initials_condition(query):
        return None
    hits = search.handled(query, limit=SHOWN)
    own = tuple(hit for hit in hits if initials.initials(hit.short_name).startswith(letters))
    return _answer_with(query, own) if own else None


def _nearest(asked: Mapping[str, search.SearchResults]) -> ChatAnswer | None:
    for query, results in asked.items():
        if results.hits:
            return _answer_with(query, results.hits[:SHOWN], near=True)
    return None


def _answer_with(
    query: str, hits: tuple[search.SearchHit, ...], more: int = 0, *, near: bool = False
) -> ChatAnswer:
    lead = "Thủ tục gần giống nhất với điều ông/bà hỏi:" if near else "Thủ tục ông/bà có thể cần:"
    return ChatAnswer(
        "\n".join([lead, *(_row(number, hit) for number, hit in enumerate(hits, start=1))]),
        f"Xem thêm {more} thủ tục" if more > 0 else "Tìm thủ tục khác",
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
    """The text without what is said around the errand, marks as typed."""
    words = re.sub(r"[?!.,;:“”\"'()]+(?=\s|$)|[“”\"'()#]", " ", text).split()
    words = [word for word in words if fold(word)]
    plain = [_SHIELD * _is_of_errand(word) + repair(word).replace(" ", "") for word in words]
    if before := _BEFORE.match(" ".join(plain)):
        count = len(before[0].split())
        words, plain = words[count:], plain[count:]
    if after := _AFTER.search(" ".join(plain)):
        count = len(after[0].split())
        words, behind = words[:-count], words[-count:]
        if "bao nhieu" in after[0] and len(words) > 1 and fold(words[0]) == "phi":
            # The fee of it, and not an errand about fees.
            words = words[1:]
        return _everyday_name(words, behind) or " ".join(words)
    return " ".join(words)


def _everyday_name(words: Sequence[str], behind: Sequence[str]) -> str:
    """The longest everyday name of which a part stands behind the errand, like a question: “công chứng giấy tờ”."""
    longer = [" ".join([*words, *behind[:count]]) for count in range(len(behind), 0, -1)]
    known = set(
        Synonym.objects.filter(active=True, folded__in=map(fold, longer)).values_list("folded", flat=True)
    )
    return next((name for name in longer if fold(name) in known), "")


def _is_of_errand(word: str) -> bool:
    """Whether the marks of this word say that it is not the one that is said around an errand."""
    written = unicodedata.normalize("NFC", word).lower()
    bare = repair(written)
    return written != bare and bare in _SAID_AROUND and written != _SAID_AROUND[bare]
