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
from messaging.inbound.chat.words import read_words
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

_SAID = read_words("dossiers")
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
        if spotted.key and _SAID.news.match(repair(heard.text[:LONGEST_READ])):
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
        say(heard, _with_example(_SAID.no_code_text), Kind.NOT_FOUND)
        return True
    return False


def private_number(heard: IncomingText) -> bool:
    """A telephone or identity number: nothing is looked up by it, and it should not be written here."""
    alone = heard.text.strip()
    if len(alone) > LONGEST_CODE or not _PRIVATE_NUMBER.fullmatch(alone):
        return False
    say(heard, _with_example(_SAID.number_text), Kind.NUMBER)
    return True


def words(heard: IncomingText) -> bool:
    """Answers about dossiers without a code."""
    asked = repair(heard.text[:LONGEST_READ])
    if len(asked) > LONGEST_ASKED:
        return False
    is_mine = _SAID.mine.fullmatch(asked)
    how_far = not is_mine and _asks_how_far(asked)
    if is_mine or how_far:
        rows = list(access_links.linked_to(heard.follower_id)[:MOST_LISTED])
        if how_far and not rows:
            say(heard, _with_example(_SAID.tracing_text), Kind.MENU, lookup_button())
        else:
            say(heard, own_dossiers_text(rows), Kind.MINE, *(() if rows else (lookup_button(),)))
    elif _SAID.news.fullmatch(asked):
        spotted = _asked_about(heard)
        if spotted is not None and spotted.key:
            return _bring_news(heard, spotted)
        say(heard, _SAID.news_text, Kind.LINK)
    elif _SAID.trace.fullmatch(asked):
        say(heard, _with_example(_SAID.tracing_text), Kind.MENU, lookup_button())
    else:
        return False
    return True


def going_on(heard: IncomingText) -> bool:
    """How to go on with a draft, with the way to the procedure that is named.

    The account knows no reader's number: who is linked to a dossier need not hold its number, so no draft is named.
    """
    asked = repair(heard.text[:LONGEST_READ])
    if len(asked) > LONGEST_ASKED or not _SAID.goes_on.search(asked):
        return False
    procedure = _meant(" ".join(_SAID.about_going_on.sub(" ", asked).split()))
    button = ("Tìm thủ tục", absolute(reverse("procedures")))
    if procedure is not None and forms.kind_offered(procedure):
        button = ("Điền tiếp", absolute(reverse("filing-start", args=[procedure.code])))
    say(heard, _SAID.going_on_text, Kind.MENU, button)
    return True


def filing(heard: IncomingText) -> bool:
    """Filing online: where the procedure that is named is filed, and whether online, or which ones are filed here."""
    typed = heard.text[:LONGEST_ASKED].split()
    # Word by word, so that what is left of the text is what was typed.
    plain = " ".join(repair(word).replace(" ", "") for word in typed)
    if len(heard.text) > LONGEST_ASKED:
        return False
    yes_or_no = bool(_SAID.says_online.search(plain) and catalogue_chat.YES_OR_NO.search(plain))
    if yes_or_no:
        errand = " ".join(_SAID.about_online.sub(" ", plain).split())
    elif (files := _SAID.files.match(f"{plain} ")) and not _SAID.asks_more.search(plain):
        begun = files[0].strip()
        if not (
            _SAID.says_online.search(plain) or begun.endswith((" ho so", " hs", " hso", " don", " to khai"))
        ):
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
    plain = all(word in _SAID.how_far_words or word.isdecimal() for word in asked.split())
    return plain and bool(_SAID.when.search(asked) and _SAID.done.search(asked))


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
        say(heard, _with_example(_SAID.no_code_text), Kind.NOT_FOUND)
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
    match limited_lookup.ask_as(_guesser(heard, spotted.text), spotted.text, spotted.key):
        case lookup.Details(dossier):
            link_key_holder(dossier.pk, heard)
            return True
        case _:
            return _look_up(heard, spotted.text, spotted.key)


def _asked_about(heard: IncomingText) -> codes.FoundCode | None:
    key = ""
    for text in [heard.text, *conversation.previous_texts(heard)]:
        spotted = codes.read(text, amid=True)
        if spotted is not None:
            return codes.FoundCode(spotted.text, spotted.key or key)
        key = key or codes.find_key(text)
    return None


def _limits(heard: IncomingText) -> dict[str, int]:
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
        hint = _SAID.locked_text
    elif wrong_key:
        hint = _SAID.wrong_key_text
    else:
        hint = _SAID.without_key_text
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
            text = _SAID.filed_here_text.format(name=name)
        case FilingDraft.Kind.PREPARE:
            lead, button = "Không, nhưng điền trước được. ", ("Điền trước hồ sơ", start)
            text = _SAID.prepared_here_text.format(name=name)
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
            f"xin nhắn mã ấy. {_SAID.news_text}"
        )
    rows = [
        f"{number}. {one.code} – {one.procedure.short_name}: {one.status_enum.short}"
        for number, one in enumerate(dossiers, start=1)
    ]
    return "\n".join(
        ["Hồ sơ đã nối với ông/bà tại đây:", *rows, "Ông/bà nhắn mã của một hồ sơ để xem chi tiết."]
    )


def _with_example(text: str) -> str:
    return text.format(example=example_code(current_province().agency_code))


def _headline(page: presentation.Context) -> str:
    asides = [str(page[name]) for name in ("subline", "subline_strong") if page.get(name)]
    return f"{page['lead']}: {page['headline']}{f' ({", ".join(asides)})' if asides else ''}."


def _sentence(title: str, text: str) -> str:
    return " ".join(part if part.endswith((".", "?", "!")) else f"{part}." for part in (title, text) if part)
