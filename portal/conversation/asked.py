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


_DESKS = (
    re.compile(r"gio (?:lam viec|mo cua|tiep dan|tiep nhan|hanh chinh|giac|lam)|lich lam viec|#?giolamviec"),
    re.compile(
        r"(?:may gio|luc nao|khi nao|bao gio|hom nay|ngay mai|mai|trua|chieu|toi|sang).*(?:mo cua|dong cua|lam viec|nghi khong|co lam|con lam)"
    ),
    re.compile(
        r"(?:thu (?:7|bay)|t7|chu nhat|cn|cuoi tuan|ngay le|le).*(?:lam|mo|nghi|tiep)|(?:lam|mo cua|nghi|tiep).*(?:thu (?:7|bay)|t7|chu nhat|cuoi tuan|ngay le)"
    ),
    re.compile(
        r"(?:dia chi|o dau|cho nao|duong nao|duong di|nam o|tai dau).*(?:mot cua|1 cua|trung tam|hanh chinh cong|hcc|ubnd|uy ban|noi nop|noi nhan|tiep nhan|co quan|phuong|xa)"
        r"|(?:mot cua|1 cua|trung tam|hanh chinh cong|hcc|ubnd|uy ban|noi nop ho so|nop ho so|noi nhan|tiep nhan).*(?:dia chi|o dau|cho nao|duong nao|tai dau)"
    ),
    re.compile(r"(?:cho (?:toi |em |hoi )?)?(?:xin )?(?:dia chi|dc|o dau)(?: a| ad| oi| vay)*"),
    re.compile(
        r"(?:nop|nhan|tra|lay) (?:ho so|ket qua|giay to)(?: thi)? (?:o|tai) (?:dau|cho nao)(?: a| vay)*"
    ),
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
    if any(pattern.search(words) for pattern in _DESKS[:4]) or any(
        one.fullmatch(words) for one in _DESKS[4:]
    ):
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
