"""What people type into the chat of the province's account: handlers of texts about dossiers, and their Vietnamese replies."""

import re
from collections.abc import Sequence

from django.urls import reverse

from dossiers.deadlines import wording
from dossiers.filing import forms
from dossiers.filing.models import FilingDraft, FilingFormVersion
from dossiers.lifecycle import access_links, notices
from dossiers.lifecycle.models import AccessToken, Dossier
from dossiers.lifecycle.rules import codes
from dossiers.lifecycle.rules.codes import CodeError, example_code
from dossiers.lookup import limited_lookup, lookup
from dossiers.lookup.words import dossier as presentation
from dossiers.workflow.rules.statuses import STAGES
from messaging.inbound.chat import conversation
from messaging.inbound.chat import procedures as catalogue_chat
from messaging.inbound.chat.conversation import Button, IncomingText, Kind, say
from messaging.inbound.chat.links import link_key_holder, link_reader
from procedures.catalogue.models import Channel, FilingMode, Procedure, ProcedureKind
from procedures.catalogue.search.telex_repair import repair
from tenants.isolation.context import current_province
from tenants.web import rate_limits
from tenants.web.absolute_urls import absolute

# Failures within a quarter of an hour. Twenty letters in six places are 64 million codes, of which a hundred wait at
# most: 200 guesses in each quarter of an hour find one of them in a month.
PER_READER = 8
# The limit of each reader while so many fail together that many accounts seem to guess. Readers without failures
# are still answered, and an honest slip may be corrected.
PER_READER_AMONG_MANY = 2
PER_ACCOUNT = 200
PER_PROVINCE = limited_lookup.PER_PROVINCE
MOST_LISTED = 10
LONGEST_READ = 300
# A longer text without a code is a story. The limit also bounds the cost of the patterns below.
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
# Filing online: “nộp hồ sơ khai sinh”, “nộp online …”. Where, when and for how much is asked of the procedure itself.
_ONLINE = r"(?:online|onl|truc tuyen|qua mang|tren mang|tu xa|qua zalo|tren zalo|tai day)"
_FILES = re.compile(
    r"(?:(?:cho|toi|em|minh|con|chau|muon|can|xin|dinh|dang|hoi|cach|giup|lam sao|de|ad|oi|a) )*"
    rf"nop(?: (?:ho so|hs|hso|don|to khai|giay to))?(?: {_ONLINE})?"
)
_SAYS_ONLINE = re.compile(rf"\b{_ONLINE}\b")
_ASKS_MORE = re.compile(
    r"\b(?:o dau|cho nao|bao nhieu|bao lau|bao gio|may|khi nao|hom nao|luc nao|le phi|phi|can gi|giay to gi|gom|nhung gi|chua|xong|roi"
    r"|ket qua|co duoc|duoc khong|ai)\b"
)
_ABOUT_ONLINE = re.compile(
    rf"\b(?:{_ONLINE}|nop(?: (?:ho so|hs|don))?|co the|co|duoc|khong|ko|k|hong|hem|chua|hay|phai|len|tren|dien thoai|o nha|a|vay|nhi|ad|thi)\b"
)
# Going on with what is half filled in. "Thuộc diện đó" has the same letters without marks.
_GOES_ON = re.compile(
    r"\b(?:dien tiep|tiep tuc dien|dang (?:dien|khai do|nop do)|(?<!thuoc )dien do|dien chua xong|ban nhap)\b"
)
_ABOUT_GOING_ON = re.compile(
    r"\b(?:dang(?! ky)|toi|em|minh|da|dien|do|tiep|tuc|nop|chua|xong|mo|lai|the|nao|nhu|lam|sao|cach|o|dau|ho|so|hs|ban|nhap|cua"
    r"|muon|can|xin|hoi|giup|de|thi|phai|duoc|khong|ko|bi|mat|thoat|ra|tim|gui|lien|a|ad|oi|vay|nhe)\b"
)
# A number of nine to twelve digits is a telephone or an identity card: nothing is looked up by it.
_PRIVATE_NUMBER = re.compile(r"\+?(?:[0-9][\s.\-]?){8,11}[0-9]")
# What an old system may have given as a code, typed alone.
_OLD_CODE = re.compile(r"(?=(?:\D*\d){4})(?=.*[A-Za-z/_-])[\w./-]{6,40}")
_PROCEDURE_CODE = re.compile(r"[0-9]\.?[0-9]{6}(?:\.\S*)?")


def link_code(heard: IncomingText) -> bool:
    """A link code links its writer to the dossier. It was made for a machine: also while a person answers.

    What has the form of one may be the lookup key of the dossier that was just asked about, or an abbreviation
    with a number, which the others may understand; it counts as a guess all the same. Who guesses too often is
    answered once, and then not for a while. While a person answers, texts without a code are left to them.
    """
    code = access_links.read_code(heard.text)
    if code is None:
        return False
    limits, asked = _limits(heard), _asked_about(heard)
    if rate_limits.find_used_up(limits):
        if not heard.by_hand:
            _tell_once(heard, notices.chat("too_many_codes"))
    elif asked and access_links.dossier_of_code(code) is None:
        if not heard.by_hand:
            return _look_up(heard, asked.text, code, may_be_guess=True)
        rate_limits.charge(limits)
    elif not link_reader(code, heard):
        rate_limits.charge(limits)
        if access_links.may_be_something_else(heard.text):
            return False
        if not heard.by_hand:
            say(heard, notices.chat("wrong_code"), Kind.NOT_FOUND)
    return True


def dossier_code(heard: IncomingText) -> bool:
    """A dossier code anywhere in the text: how far it is; with its key, or for who is linked to it, the details."""
    spotted = codes.read(heard.text, amid=True)
    if spotted is not None:
        if spotted.key and _NEWS.match(repair(heard.text[:LONGEST_READ])):
            return _bring_news(heard, spotted)
        return _look_up(heard, spotted.text, spotted.key)
    alone = heard.text.strip()
    if len(alone) <= LONGEST_CODE:
        if _OLD_CODE.fullmatch(alone) and not _PROCEDURE_CODE.fullmatch(alone):
            return _look_up(heard, alone)
        # The key that was asked for, of letters that no key has: `link_code` reads the possible ones.
        if (key := codes.find_key(alone)) and (asked := _asked_about(heard)):
            return _look_up(heard, asked.text, key)
    if codes.looks_like_code(heard.text):
        say(heard, no_code_text(), Kind.NOT_FOUND)
        return True
    return False


def private_number(heard: IncomingText) -> bool:
    """A telephone or identity number: nothing is looked up by it, and it should not be written here."""
    alone = heard.text.strip()
    if len(alone) > LONGEST_CODE or not _PRIVATE_NUMBER.fullmatch(alone):
        return False
    text = (
        "Chúng tôi không tra cứu bằng số điện thoại hay số căn cước. Để giữ kín thông tin, xin ông/bà đừng nhắn các số "
        f"ấy vào đây. Ông/bà nhắn mã hồ sơ in trên giấy hẹn, ví dụ {_example()}."
    )
    say(heard, text, Kind.NUMBER)
    return True


def words(heard: IncomingText) -> bool:
    """Answers about dossiers without a code."""
    asked = repair(heard.text[:LONGEST_READ])
    if len(asked) > LONGEST_ASKED:
        return False
    is_mine = _MINE.fullmatch(asked)
    how_far = not is_mine and _asks_how_far(asked)
    if is_mine or how_far:
        rows = list(access_links.linked_to(heard.follower_id)[:MOST_LISTED])
        if how_far and not rows:
            say(heard, tracing_text(), Kind.MENU, lookup_button())
        else:
            say(heard, own_dossiers_text(rows), Kind.MINE, *(() if rows else (lookup_button(),)))
    elif _NEWS.fullmatch(asked):
        spotted = _asked_about(heard)
        if spotted is not None and spotted.key:
            return _bring_news(heard, spotted)
        say(heard, news_text(), Kind.LINK)
    elif _TRACE.fullmatch(asked):
        say(heard, tracing_text(), Kind.MENU, lookup_button())
    else:
        return False
    return True


def going_on(heard: IncomingText) -> bool:
    """How to go on with a draft, with the way to the procedure that is named.

    The account knows no reader's number: who is linked to a dossier need not hold its number, so no draft is named.
    """
    asked = repair(heard.text[:LONGEST_READ])
    if len(asked) > LONGEST_ASKED or not _GOES_ON.search(asked):
        return False
    procedure = _meant(" ".join(_ABOUT_GOING_ON.sub(" ", asked).split()))
    button = ("Tìm thủ tục", absolute(reverse("procedures")))
    if procedure is not None and forms.kind_offered(procedure):
        button = ("Điền tiếp", absolute(reverse("filing-start", args=[procedure.code])))
    say(heard, GOING_ON, Kind.MENU, button)
    return True


def filing(heard: IncomingText) -> bool:
    """Filing online: where the procedure that is named is filed, and whether online, or which ones are filed here."""
    typed = heard.text[:LONGEST_ASKED].split()
    # Word by word, so that what is left of the text is what was typed.
    plain = " ".join(repair(word).replace(" ", "") for word in typed)
    if len(heard.text) > LONGEST_ASKED:
        return False
    yes_or_no = bool(_SAYS_ONLINE.search(plain) and catalogue_chat.YES_OR_NO.search(plain))
    if yes_or_no:
        errand = " ".join(_ABOUT_ONLINE.sub(" ", plain).split())
    elif (files := _FILES.match(f"{plain} ")) and not _ASKS_MORE.search(plain):
        begun = files[0].strip()
        if not (_SAYS_ONLINE.search(plain) or begun.endswith((" ho so", " hs", " hso", " don", " to khai"))):
            return False
        errand = " ".join(typed[len(begun.split()) :])
    else:
        return False
    if not errand:
        say(heard, filed_here_text(), Kind.MENU, ("Tìm thủ tục", absolute(reverse("procedures"))))
        return True
    procedure = _meant(errand)
    if procedure is None:
        return False
    text, button = filing_answer(procedure, yes_or_no=yes_or_no)
    say(heard, text, Kind.PROCEDURE, button)
    return True


def _meant(errand: str) -> Procedure | None:
    """The procedure that these words name; None where they come near it alone."""
    found = catalogue_chat.answer(errand)
    return Procedure.objects.filter(code__in=found.codes[:1]).first() if found and not found.near else None


def _asks_how_far(asked: str) -> bool:
    plain = all(word in _HOW_FAR_WORDS or word.isdecimal() for word in asked.split())
    return plain and bool(_WHEN.search(asked) and _DONE.search(asked))


def _look_up(heard: IncomingText, code: str, key: str = "", *, may_be_guess: bool = False) -> bool:
    """Answer about this dossier. `may_be_guess`: the key might have been a link code, so it counts as a failure
    also where no key is looked at. Where many tried keys of this code, none is: the code alone still answers."""
    linked = access_links.linked_to(heard.follower_id).filter(code=code).first()
    if linked is not None:
        if may_be_guess:
            rate_limits.charge(_limits(heard))
        say(heard, details_text(linked), Kind.DETAILS, details_button(linked))
        return True
    guesser = _guesser(heard, code)
    locked = bool(key) and limited_lookup.key_is_locked(guesser)
    try:
        answer = limited_lookup.ask_as(guesser, code, "" if locked else key)
    except CodeError:
        say(heard, no_code_text(), Kind.NOT_FOUND)
        return True
    if locked and may_be_guess:
        rate_limits.charge(_limits(heard))
    match answer:
        case limited_lookup.TooManyTries():
            _tell_once(heard, notices.chat("too_many_dossiers"))
        case lookup.OtherProvince():
            if may_be_guess:
                rate_limits.charge(_limits(heard))
            where = f" Mời ông/bà tra cứu tại {answer.url}" if answer.url else ""
            say(heard, f"Mã này thuộc {answer.province_name}.{where}", Kind.NOT_FOUND)
        case lookup.Details(dossier):
            offers = access_links.is_open_to_chat(dossier)
            text = details_text(dossier, offers_news=offers)
            say(heard, text, Kind.DETAILS, details_button(dossier))
        case lookup.Progress(dossier):
            text = progress_text(dossier, wrong_key=answer.wrong_key, locked=locked)
            page = absolute(reverse("progress", args=[dossier.code]))
            say(heard, text, Kind.PROGRESS, ("Xem hồ sơ", page))
        case _:
            # One text for an unknown code, and for a complaint whatever key was typed but its own.
            hotline = current_province().hotline
            call = f", hoặc gọi {hotline}" if hotline else ""
            text = f"Không tìm thấy hồ sơ có mã này. Xin ông/bà xem lại mã in trên giấy hẹn{call}."
            say(heard, text, Kind.NOT_FOUND)
    return True


def _bring_news(heard: IncomingText, spotted: codes.FoundCode) -> bool:
    """Code and key with a request for news: link the writer to the dossier if the key is right."""
    match limited_lookup.ask_as(_guesser(heard, spotted.text), spotted.text, spotted.key):
        case lookup.Details(dossier):
            link_key_holder(dossier.pk, heard)
            return True
        case _:
            return _look_up(heard, spotted.text, spotted.key)


def _asked_about(heard: IncomingText) -> codes.FoundCode | None:
    """The dossier code of this or the last texts, with the key that came with it or after it."""
    key = ""
    for text in [heard.text, *conversation.previous_texts(heard)]:
        spotted = codes.read(text, amid=True)
        if spotted is not None:
            return codes.FoundCode(spotted.text, spotted.key or key)
        key = key or codes.find_key(text)
    return None


def _limits(heard: IncomingText) -> dict[str, int]:
    """The limits of this reader now, {name: size}; the others are counted only."""
    many = {
        f"guess:account:{heard.channel}:{heard.account}": PER_ACCOUNT,
        limited_lookup.PROVINCE: PER_PROVINCE,
    }
    mine = PER_READER_AMONG_MANY if rate_limits.find_used_up(many) else PER_READER
    return {f"guess:reader:{heard.follower_id}": mine, **dict.fromkeys(many, limited_lookup.ONLY_COUNTED)}


def _guesser(heard: IncomingText, code: str) -> limited_lookup.Guesser:
    return limited_lookup.Guesser.sharing(f"reader:{heard.follower_id}", _limits(heard), code)


def _tell_once(heard: IncomingText, text: str) -> None:
    if rate_limits.take({f"chat:guess:told:{heard.follower_id}": 1}):
        say(heard, text, Kind.LIMITED)


def progress_text(dossier: Dossier, *, wrong_key: bool, locked: bool = False) -> str:
    """By the code alone: state and step, no date, place, name or paper (TT 01/2018/TT-VPCP Đ.16.2.d). `locked`: a key
    was typed, and none is compared for a while."""
    stage = presentation.progress(dossier)["stage"]
    step = f" (bước {stage} trên 4: {STAGES[stage - 1]})" if stage else ""
    if locked:
        hint = (
            "Mã tra cứu của hồ sơ này bị thử sai nhiều lần nên tạm khóa, ở đây chỉ có tình trạng chung. Xin nhắn lại "
            "sau 15 phút, hoặc quét mã QR trên giấy hẹn."
        )
    elif wrong_key:
        hint = "Mã tra cứu chưa đúng, nên ở đây chỉ có tình trạng chung."
    else:
        hint = "Muốn xem ngày hẹn và việc cần làm, ông/bà nhắn thêm mã tra cứu (6 ký tự in dưới mã QR trên giấy hẹn)."
    return f"Hồ sơ {dossier.code}: {dossier.status_enum.short}{step}.\n{hint}"


def details_text(dossier: Dossier, *, offers_news: bool = False) -> str:
    """For a reader with the key or a link: the first sentences of the page. No number, address or name of a person."""
    events = list(dossier.events.select_related("note", "agency").order_by("sequence"))
    page = presentation.answer(dossier, events, online=access_links.takes_supplements(dossier))
    lines = [
        str(page["title"]),
        f"Hồ sơ {dossier.code}: {page['status_short']}.",
        _headline(page),
        _sentence(page.get("action_title", ""), page.get("action_text", "")),
        *(f"– {item['name']}" for item in page.get("action_items", ())),
        str(page.get("after_text") or ""),
        str(page.get("action_online", "")),
    ]
    if offers_news:
        lines.append("Muốn nhận tin báo hồ sơ này tại đây, ông/bà nhắn NHẬN TIN.")
    return "\n".join(line for line in lines if line).replace(wording.NO_BREAK, " ")


def filing_answer(procedure: Procedure, *, yes_or_no: bool = False) -> tuple[str, Button]:
    """Where this procedure is filed, and the button that leads there: our form, or else its page.

    `yes_or_no`: it was asked whether that can be online, and the text begins with the answer.
    """
    name = procedure.short_name
    start = absolute(reverse("filing-start", args=[procedure.code]))
    button = ("Xem cách nộp", absolute(reverse("procedure", args=[procedure.code])))
    lead = ""
    nationally = (
        procedure.kind == ProcedureKind.NORMAL and procedure.filing_mode == FilingMode.NATIONAL_PORTAL
    )
    match forms.kind_offered(procedure):
        case FilingDraft.Kind.FILE:
            lead, button = "Có. ", ("Nộp hồ sơ", start)
            text = (
                f"“{name}” nộp được ngay tại đây. Bấm nút dưới để điền từng câu; cổng gửi mã xác nhận đến số điện thoại "
                "của ông/bà. Điền dở thì được giữ 30 ngày, nhắn ĐIỀN TIẾP để biết cách mở lại."
            )
        case FilingDraft.Kind.PREPARE:
            lead, button = "Không, nhưng điền trước được. ", ("Điền trước hồ sơ", start)
            text = f"“{name}” nộp tại quầy. Ông/bà điền trước ở đây, đến quầy chỉ còn đưa mã QR và ký."
        case _ if not procedure.handled:
            where = procedure.where_text
            text = f"Tỉnh không giải quyết thủ tục “{name}”.{f' {where[:1].upper()}{where[1:]}.' if where else ''}"
        case _ if nationally and (not procedure.channels or Channel.ONLINE in procedure.channels):
            lead = "Có. "
            text = f"“{name}” nộp trên Cổng Dịch vụ công quốc gia (tìm mã {procedure.code}), hoặc tại quầy."
        case _:
            lead = "Không. "
            text = f"“{name}” nộp trực tiếp tại quầy hoặc gửi qua bưu điện."
    return f"{lead if yes_or_no else ''}{text}", button


GOING_ON = (
    "Muốn điền tiếp, ông/bà mở lại đúng thủ tục ấy trên cổng, bấm nộp hồ sơ, nhập số điện thoại lần trước và mã xác nhận: "
    "hồ sơ đang điền hiện ra. Chuẩn bị để nộp tại quầy thì mở bằng mã QR hoặc liên kết đã lưu. Những gì đã điền được "
    "giữ 30 ngày."
)


def filed_here_text() -> str:
    """The procedures that are filed or prepared here, the first ten by name."""
    modes = (FilingMode.LOCAL, FilingMode.COUNTER)
    filed = Procedure.objects.filter(
        handled=True, filing_mode__in=modes, code__in=FilingFormVersion.objects.values("code")
    ).order_by("short_name")
    names = [one.short_name for one in filed if forms.in_force(one.code) is not None][:MOST_LISTED]
    if not names:
        return "Ông/bà nhắn NỘP HỒ SƠ kèm tên việc, ví dụ “nộp hồ sơ khai sinh”, để biết nộp ở đâu."
    rows = [f"{number}. {name}" for number, name in enumerate(names, start=1)]
    return "\n".join(
        [
            "Điền và nộp được tại đây:",
            *rows,
            "Ông/bà nhắn NỘP HỒ SƠ kèm tên việc, ví dụ “nộp hồ sơ khai sinh”.",
        ]
    )


def details_button(dossier: Dossier) -> Button:
    """Good for half an hour, like the page behind the look-up form."""
    label = "Gửi bổ sung" if access_links.takes_supplements(dossier) else "Xem hồ sơ"
    return label, access_links.url(access_links.issue(dossier, AccessToken.Purpose.LOOKUP))


def lookup_button() -> Button:
    return "Tra cứu hồ sơ", absolute(reverse("lookup"))


def own_dossiers_text(dossiers: Sequence[Dossier]) -> str:
    """The dossiers linked to the writer."""
    if not dossiers:
        return (
            "Chưa có hồ sơ nào nối với ông/bà tại đây. Tin báo gửi theo số điện thoại thì chưa nối; trong tin có mã hồ sơ, "
            f"xin nhắn mã ấy. {news_text()}"
        )
    rows = [
        f"{number}. {one.code} – {one.procedure.short_name}: {one.status_enum.short}"
        for number, one in enumerate(dossiers, start=1)
    ]
    return "\n".join(
        ["Hồ sơ đã nối với ông/bà tại đây:", *rows, "Ông/bà nhắn mã của một hồ sơ để xem chi tiết."]
    )


def no_code_text() -> str:
    """Meant as a code, and none."""
    return (
        f"Mã ông/bà nhắn chưa đúng dạng mã hồ sơ. Xin ông/bà gõ như in trên giấy hẹn, ví dụ {_example()}. Gõ có hay không "
        "có dấu chấm, dấu gạch đều được."
    )


def tracing_text() -> str:
    return (
        f"Ông/bà nhắn mã hồ sơ in trên giấy hẹn, ví dụ {_example()}. Nhắn thêm mã tra cứu (6 ký tự in dưới mã QR) thì xem "
        "được ngày hẹn và việc cần làm. Mất giấy hẹn: mở trang tra cứu, mục “Mất giấy hẹn”, hoặc hỏi nơi đã nộp."
    )


def news_text() -> str:
    return (
        "Để nhận tin báo hồ sơ tại đây, ông/bà nhắn mã hồ sơ kèm mã tra cứu in trên giấy hẹn rồi nhắn NHẬN TIN; hoặc mở "
        "trang hồ sơ, lấy mã liên kết rồi nhắn vào đây."
    )


def _example() -> str:
    return example_code(current_province().agency_code)


def _headline(page: presentation.Context) -> str:
    asides = [str(page[name]) for name in ("subline", "subline_strong") if page.get(name)]
    return f"{page['lead']}: {page['headline']}{f' ({", ".join(asides)})' if asides else ''}."


def _sentence(title: str, text: str) -> str:
    return " ".join(part if part.endswith((".", "?", "!")) else f"{part}." for part in (title, text) if part)
