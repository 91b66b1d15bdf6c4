"""Papers of an export in a few words: which rows are papers, and the first clause of their names.

The export's texts run on for paragraphs, with bullets, names of attached files and remarks among the papers. What
is cut off ends in “…”, so that a reader sees that the official wording goes on.
"""

import re
from collections.abc import Collection
from dataclasses import replace

from django.utils.translation import gettext_noop

from procedures.catalogue.blank_forms.names import ANNEX
from procedures.catalogue.formats.base import SMALL_LETTERS, Document
from tenants.text import fold

LONGEST_NAME, LONGEST_CASE = 160, 100
IF_THERE_IS_ONE = "(nếu có)"
_BEGINS_A_CASE = ("Trường hợp", "Đối với", "Nếu ")

NOTHING = gettext_noop("không có chữ nào")
REST = gettext_noop("phần còn lại của giấy tờ ở dòng trên")
NOTE = gettext_noop("lưu ý, không phải giấy tờ")
HEADING = gettext_noop("lời dẫn, không phải giấy tờ")
REMARK = gettext_noop("không ghi số bản và không phải tên giấy tờ")

_FEWEST_LETTERS = 3
_SMALL, _CAPITAL = f"[{SMALL_LETTERS}]", f"[{SMALL_LETTERS.upper()}]"
_BULLET = re.compile(
    r"(?:[\s\-+*•–—.,;:…!]+"
    rf"|\);?\s+(?=(?-i:{_CAPITAL}))"
    r"|\(?(?:[a-zđ](?:\.\d)?|[ivx]{1,4}|\d{1,2}(?:\.[a-z\d]{1,2}){0,4})[.)/]\)?(?=[\s.!]|[^\W\d_])\s*)",
    re.IGNORECASE,
)
_FILE = re.compile(r"\.(?:docx?|pdf|xlsx?|rar|zip)(?![a-z])", re.IGNORECASE)
# The name of an attached file stands glued to the text: “…luật sưMẫu số 01.docx”, “…;Mẫu 8.docx”.
_GLUED = re.compile(
    rf"(?<={_SMALL})(?={_CAPITAL}|\d{{1,2}}[.\s])|(?:(?<={_CAPITAL})|(?<=\d))(?={_CAPITAL}{_SMALL}{{2}})"
    rf"|(?<=[;.)”])(?=(?:{_CAPITAL}|{_SMALL}){_SMALL}|\d{{1,2}}[.\s]|MẪU|PHỤ|BẢN|P[CL]|T[PK]|NA)"
)
_FILE_WORD = re.compile(r"\s(?:mẫu|mau|phụ lục|phu luc|tờ khai)\b", re.IGNORECASE)
_LONGEST_FILE = 80
_LIST_FOLLOWS = re.compile(r"\b(?:gom|sau|sau day|noi dung|tai lieu|giay to|tro len|so luong)$")
_COPIES_FOLLOW = re.compile(r"\s*\d{1,2}\s*\(?\s*(?:bản|bộ|tờ|cái)", re.IGNORECASE)
_INTRODUCES = re.compile(
    r"[\s,]*(?:thì hồ sơ|(?:\bhồ sơ (?:đăng ký |đề nghị )?)?\b(?:bao )?gồm|\bnhư sau|\bsau đây|\bcụ thể|kèm theo hồ sơ)"
    r"(?:,? cụ thể| có| phải kèm theo.*| các (?:giấy tờ|tài liệu))?(?: như)?(?: sau(?: đây)?)?$"
    r"|,\s*hồ sơ(?: đăng ký| đề nghị)?$",
    re.IGNORECASE,
)
# By which decree a form was issued is in the legal basis; the form's own number stands before it.
_ISSUED = re.compile(
    r",?\s*\(?(?:được )?(?:ban hành (?:kèm theo|theo|tại|kèm)|kèm theo (?:Thông tư|Nghị định)"
    r"|theo quy định (?:của|tại)|quy định tại|dẫn trên)\b.*"
)
_FEWEST_KEPT = 20
_PER = re.compile(r"^(?:đồng)?/\s*", re.IGNORECASE)
_IF_ANY = re.compile(r"[\s,]*\(\s*nếu\s+có\s*\)?$", re.IGNORECASE)

_SAYS_NOTHING = re.compile(r"(?:hoac|va|gom|bao gom|co chung thuc|khong co|neu co|nop)(?: hoac)?")
# What stands in brackets, or closes some that the row above opened: “có chứng thực) (khoản 2 Điều 27 …”.
_BEGINS_WITHIN = re.compile(r"[()]|[^()]*?\b(?![ivx]+\))[^\W\d_]{2,}\)")
_NOTE = re.compile(r"(?:luu y|ghi chu|chu y|so luong ho so)\b")
_SAYS_NO_CASE = re.compile(
    r"(?:|(?:cac )?thanh phan(?:,? so luong)? ho so|thanh phan|ho so|cac giay to|giay to(?: phai)? nop)"
)
_NAMES_A_PAPER = re.compile(
    r"(?:\d{1,2} )?(?:cac |mot trong cac )?(?:to khai|to trinh|don|ban|giay|van ban|van bang|van don|phieu|ho chieu|the|can cuoc|hop dong|quyet dinh|"
    r"bien ban|bien lai|bao cao|tai lieu|anh|danh sach|danh muc|cong van|cong ham|chung|bang|so|hoa don|du thao|phuong an|ke hoach|ho so|thong bao|"
    r"de an|phu luc|mau|ly lich|nghi quyet|dieu le|thu|tep|file|hinh|van tai don|ban ve|thuyet minh|khai bao|luoc khai|visa|thi thuc)\b"
)
_IS_A_SENTENCE = re.compile(
    r"\b(?:phai|thi|chiu trach nhiem|se|chi nhan|hoan tra|khong can|duoc mien|thuc hien theo)\b"
)

_FORM = re.compile(
    r"\bmẫu(?:\s+số)?\s+(?P<code>(?-i:[A-ZĐ]){0,6}[.-]?\d(?:[\w./-]*\w)?)(?![\w/])(?!\s*\(?(?:bản|bộ|tờ|cái)\b)",
    re.IGNORECASE,
)
_TEXT = re.compile(
    r"(?P<kind>Thông tư|Nghị định|Quyết định|Nghị quyết)(?:\s+số)?:?\s*(?P<number>\d+/\d{4}/(?P<issuer>[A-ZĐ]+-[A-ZĐ]+g?))(?![\w-])"
)
NUMBER = re.compile(r"\d+/\d{4}/[A-ZĐ]+-[A-ZĐ]+g?(?![\w-])")
"""Of a legal text, such as “33/2026/NĐ-CP”."""
_MINISTRIES = (
    "BCA", "BCT", "BDTTG", "BGDĐT", "BGTVT", "BKHCN", "BKHĐT", "BLĐTBXH", "BNG", "BNNMT", "BNNPTNT", "BNV", "BQP", "BTC",
    "BTNMT", "BTP", "BTTTT", "BVHTTDL", "BXD", "BYT", "NHNN", "TTCP", "VPCP",
)  # fmt: skip
_ISSUERS = {
    "Nghị định": ("NĐ-CP",), "Nghị quyết": ("NQ-CP",), "Quyết định": ("QĐ-TTg",),
    "Thông tư": tuple(f"TT-{ministry}" for ministry in _MINISTRIES),
}  # fmt: skip
"""How numbers of legal texts end; any other ending is a slip of the export."""


def left_out(document: Document) -> str:
    """Why a row of the export's list of papers is no paper, as a message to translate; "" for a paper."""
    folded, short = fold(_unmarked(document.name)), short_name(document.name)
    kept = fold(short.removesuffix(IF_THERE_IS_ONE))
    if len(kept.replace(" ", "")) < _FEWEST_LETTERS or _SAYS_NOTHING.fullmatch(kept):
        return NOTHING
    if _BEGINS_WITHIN.match(short):
        return REST
    if _NOTE.match(folded) or kept.startswith("trong do ") or _NOTE.match(fold(_unmarked(document.case))):
        return NOTE
    if (document.originals, document.copies) != (0, 0):
        return ""
    if document.name.rstrip().endswith(":"):
        return HEADING
    return "" if _NAMES_A_PAPER.match(folded) and not _IS_A_SENTENCE.search(folded) else REMARK


def with_need(document: Document) -> Document:
    """A shortened *document* that says whether everybody needs it.

    Not what its name calls “(nếu có)” or begins with a case, nor what the source gives no number of copies for.
    """
    name = document.name.removesuffix(f" {IF_THERE_IS_ONE}")
    needed = name == document.name and (document.originals, document.copies) != (0, 0)
    return replace(document, name=name, required=needed and not name.startswith(_BEGINS_A_CASE))


def short_name(text: str) -> str:
    """The first clause of a paper's name, at most :data:`LONGEST_NAME` characters."""
    clause, cut = _first_clause(_unmarked(_without_files(text)))
    optional = _IF_ANY.search(clause)
    if optional:
        clause = clause[: optional.start()]
    for ending in (_ISSUED, _INTRODUCES):
        found = ending.search(clause)
        if found and found.start() >= _FEWEST_KEPT:
            clause, cut = clause[: found.start()], True
    room = LONGEST_NAME - (len(IF_THERE_IS_ONE) + 1 if optional else 0)
    clause = _limited(clause, room, cut=cut)
    return _capital(f"{clause} {IF_THERE_IS_ONE}" if optional else clause)


def short_case(text: str) -> str:
    """The first clause of a case, at most :data:`LONGEST_CASE` characters; "" where it names no case."""
    clause, cut = _first_clause(_unmarked(text))
    introducing = _INTRODUCES.search(clause)
    if introducing:
        clause, cut = clause[: introducing.start()], False
    if _SAYS_NO_CASE.fullmatch(fold(clause)):
        return ""
    return _capital(_limited(clause, LONGEST_CASE, cut=cut))


def form_of(document: Document, known: Collection[str]) -> str:
    """The form that a row of the export asks for, as “Mẫu số 10, Phụ lục III, Nghị định 33/2026/NĐ-CP”.

    Empty unless the row names one number of a form, one legal text, and at most one annex: then it is certain. Texts
    that are not *known* by their numbers are slips of the export.
    """
    text = _without_files(document.name)
    codes = {found["code"] for found in _FORM.finditer(text)}
    annexes = set(ANNEX.findall(text))
    issued = {found.group("kind", "number", "issuer") for found in _TEXT.finditer(text)}
    if len(codes) != 1 or len(issued) != 1 or len(annexes) > 1:
        return ""
    (code,), ((kind, number, issuer),) = codes, issued
    if issuer not in _ISSUERS[kind] or number not in known:
        return ""
    form = f"Mẫu số {code}" if code[0].isdigit() else f"Mẫu {code}"
    return ", ".join([form, *annexes, f"{kind} {number}"])


def _unmarked(text: str) -> str:
    text = text.strip(" “”")
    while (bullet := _BULLET.match(text)) and bullet.end():
        text = text[bullet.end() :]
    if text.startswith("(") and text.endswith(")") and text.count("(") == 1:
        text = text[1:-1]
    return text


def _without_files(text: str) -> str:
    first = _FILE.search(text)
    if not first:
        return text
    before = text[: first.start()]
    places = [found.start() for found in _GLUED.finditer(before)]
    near = [place for place in places if place > _FEWEST_LETTERS and len(before) - place <= _LONGEST_FILE]
    worded = [found.start() for found in _FILE_WORD.finditer(before)][-1:]
    place = min(near) if near else max(worded, default=0)
    return before[:place] if place > _FEWEST_LETTERS else before


def _first_clause(text: str) -> tuple[str, bool]:
    """The text up to where its first clause ends, and whether anything that says something follows."""
    depth = 0
    for place, character in enumerate(text):
        depth = max(0, depth + (character == "(") - (character == ")"))
        if character == "\n" or (not depth and _ends_clause(text, place)):
            return text[:place], bool(fold(text[place:]))
    return text, False


def _ends_clause(text: str, place: int) -> bool:
    character, before, after = text[place], text[:place], text[place + 1 :]
    if character == ";":
        return True
    if character == ".":
        return (
            len(before) > 12
            and bool(re.match(rf"\s+(?:[-+*(]|{_CAPITAL})", after))
            and not re.search(r"\b[A-ZĐ][a-z]{0,2}$", before)
        )
    return character == ":" and (
        not after.strip() or bool(_LIST_FOLLOWS.search(fold(before))) or bool(_COPIES_FOLLOW.match(after))
    )


def _limited(text: str, longest: int, *, cut: bool) -> str:
    text = " ".join(text.split()).rstrip(" .,;:-–")
    if len(text) > longest - cut:
        text, cut = text[: longest - 1], True
        text = text[: text.rfind(" ")] if " " in text else text
    if text.count("(") > text.count(")"):
        text, cut = text[: text.rfind("(")], True
    if text.endswith(")") and text.count(")") > text.count("("):
        text = text[:-1]
    text = text.rstrip(" .,;:-–(")
    return f"{text}…" if cut else text


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def short_note(text: str) -> str:
    """The first clause of a note on a fee, at most :data:`LONGEST_NAME` characters."""
    clause, cut = _first_clause(_PER.sub("mỗi ", _unmarked(text)))
    return _capital(_limited(clause, LONGEST_NAME, cut=cut))
