"""What a text asks for that is about no dossier and no procedure. Pure."""

import re
from enum import StrEnum

# Who writes more tells a story. It also bounds what the patterns below may cost.
LONGEST = 100


class Asked(StrEnum):
    DESKS = "desks"
    PERSON = "person"
    PROCEDURES = "procedures"
    HELP = "help"
    THANKS = "thanks"


# Said of nothing else. Without marks many short words are several ("le": lễ, lệ; "toi": tối, tôi), so all else that
# asks for hours or a place must consist of the words of such questions, beside the name of a place.
_HOURS = re.compile(
    r"\b(?:gio (?:lam viec|mo cua(?! hang)|tiep dan|tiep nhan|hanh chinh|giac)|lich lam viec|giolamviec)\b"
    r"|\b(?:thu (?:7|bay)|t7|chu nhat|cuoi tuan|ngay le)\b.*\b(?:co|con) (?:lam|mo|nghi|tiep)\b"
)
_WHEN = re.compile(
    r"\b(?:may gio|gio|luc nao|khi nao|bao gio|hom nay|ngay mai|mai|trua|chieu|toi nay|buoi toi|sang|thu \w+|t7|chu nhat|cn"
    r"|cuoi tuan|le|tet)\b"
)
_OPEN = re.compile(
    r"\b(?:mo cua|dong cua|lam viec|nghi|tiep dan|(?:co|con) (?:lam|mo|tiep|nhan)|(?:lam|mo|tiep) (?:khong|ko|k|hong|luc|may|den))\b"
)
_WHERE = re.compile(r"\b(?:dia chi|dc|o dau|cho nao|duong nao|duong di|nam o|tai dau)\b")
_OFFICE = re.compile(
    r"\b(?:mot cua|1 cua|trung tam|hanh chinh cong|hcc|ubnd|uy ban|noi nop|noi nhan|tiep nhan"
    r"|co quan|phuong|xa|(?:nop|nhan|tra|lay) (?:ho so|ket qua|giay to))\b"
)
_PLAIN_WORDS = frozenset(
    {
        "a", "ad", "admin", "oi", "vay", "the", "nhe", "nhi", "ha", "ko", "k", "khong", "hong", "dc", "duoc",
        "cho", "toi", "em", "minh", "hoi", "biet", "xin", "muon", "can", "co", "con", "la", "thi", "o", "tai",
        "cua", "den", "tu", "luc", "may", "gio", "nao", "khi", "bao", "bay", "hom", "nay", "mai", "ngay",
        "buoi", "trua", "chieu", "sang", "thu", "hai", "ba", "nam", "sau", "2", "3", "4", "5", "6", "7", "t7",
        "chu", "nhat", "cn", "cuoi", "tuan", "le", "tet", "nghi", "lam", "viec", "mo", "dong", "tiep", "dan",
        "nhan", "nop", "tra", "lay", "dia", "chi", "dau", "duong", "di", "gan", "mot", "1", "bo", "phan",
        "trung", "tam", "hanh", "chinh", "cong", "hcc", "ubnd", "uy", "ban", "noi", "quan", "chua", "roi",
        "nua", "ai", "khoang", "gi", "cac", "ca", "hay", "anh", "chau", "ong", "da",
    }
)  # fmt: skip
_PAPERS = re.compile(r"\b(?:ho so|giay to|ket qua)\b")
# The name of a place has up to four words. It begins with none of these words.
_PLACE = re.compile(
    r"\b(?:phuong|xa|thi tran|dac khu|tinh|thanh pho|tp|hanh chinh cong|hcc|mot cua|1 cua|ubnd|uy ban nhan dan|uy ban)\b"
    r"(?: (?!(?:lam|xin|cap|giay|dang|xac|chung|khai|khac|de|muon|thay|doi|hoi|nop|co|o|nam|mo|nghi|tai|thi|may|hom|ngay|chieu|sang|"
    r"thu|dia|phuong|xa|tinh|thanh|tp|chua|khong|ko|k|dau)\b)[^\W\d]\w*(?: (?!(?:o|co|nam|mo|may|lam|tai|ko|k)\b)\w+){0,3})?"
)
_PERSON = re.compile(
    r"(?:(?:cho|toi|em|minh|muon|can|xin|hoi|lam on|vui long) )*(?:gap|noi chuyen voi|lien he|goi|ket noi voi|chat voi)"
    r"(?: (?:can bo|nguoi|nhan vien|tu van vien|tu van|tong dai|ai do|chuyen vien|lanh dao|that|truc))+(?: .{0,20})?"
    r"|(?:(?:cho|toi|em|minh|xin|hoi) )*(?:so )?(?:tong dai|hotline|duong day nong|so dien thoai|sdt|dien thoai|so may|dt)(?: .{0,40})?"
    r"|#?gapcanbo|tu van vien|goi cho ai|lien he(?: .{0,20})?|phai goi so nao|goi so nao|goi dau"
)
_PROCEDURES = re.compile(
    r"#?timthutuc|(?:(?:toi|em|muon|cho|hoi|xin|can) )*(?:tim|hoi|xem|tra cuu|danh sach|cac)? ?(?:thu tuc|tthc|thu tuc hanh chinh)(?: a| gi)?"
)
_HELP = re.compile(
    r"(?:xin |em |toi |da |kinh )*(?:chao|hello|helo|hi|hey|halo|alo|a lo)(?: (?:ad|admin|ban|em|anh|chi|can bo|shop|oi|a|minh|tat ca|moi nguoi|quy co quan))*"
    r"|#?menu|#?batdau|bat dau|start|tro giup|#?trogiup|giup(?: (?:toi|em|minh|do))*(?: voi)?|help|huong dan(?: (?:su dung|toi|em|voi))*|(?:ad|em|anh|chi|ban|co ai|ai) (?:oi|do khong|khong|a)+"
    r"|(?:cho (?:toi|em|minh) )?hoi(?: (?:chut|ti|cai|voi|a|the))*|[?!. ]+|lam duoc gi|ban la ai|day la gi|hoi gi duoc"
)
_THANKS = re.compile(
    r"(?:(?:da|vang|ok|okay|oke|uh|u|uhm|um|roi|duoc|duoc roi|vay|the|tot|hay|tks|thks|thanks|thank you|thank|cam on|cam on nhieu|"
    r"cam on ad|ban|ad|em|anh|chi|can bo|nhieu|rat|xin|chan thanh|nhe|nha|a|toi|biet|hieu)(?: |$))+"
)


def asked_in(words: str) -> Asked | None:
    """What these words, without marks and case, ask for; None for anything else."""
    if not words:
        return Asked.HELP
    if len(words) > LONGEST:
        return None
    if _is_about_desks(words):
        return Asked.DESKS
    for asked, pattern in (
        (Asked.PERSON, _PERSON),
        (Asked.PROCEDURES, _PROCEDURES),
        (Asked.HELP, _HELP),
        (Asked.THANKS, _THANKS),
    ):
        if pattern.fullmatch(words):
            return asked
    return None


def _is_about_desks(words: str) -> bool:
    """Whether hours or an address of those who take in dossiers are asked for."""
    if _HOURS.search(words):
        return True
    if not all(word in _PLAIN_WORDS for word in _PAPERS.sub(" ", _PLACE.sub(" ", words)).split()):
        return False
    if _WHEN.search(words) and _OPEN.search(words):
        return True
    return bool(_WHERE.search(words)) and (bool(_OFFICE.search(words)) or not _PAPERS.search(words))
