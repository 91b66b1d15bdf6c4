"""The conversation of the province's account as a whole: what no room answers alone, and in which order.

Handlers answer hours and addresses, a person to talk to, procedures, and everything else. To citizens the account
writes Vietnamese, whatever they read. The menu of the account comes as files to paste from.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from django.urls import reverse

from dossiers.deadlines.models import CalendarVersion
from dossiers.deadlines.rules.calendar import WEEKDAYS
from dossiers.lifecycle.rules_in_force import calendar_in_force
from dossiers.lookup.words.desks import follows
from messaging.inbound.chat import conversation
from messaging.inbound.chat import procedures as catalogue
from messaging.inbound.chat.conversation import IncomingText, Kind
from messaging.inbound.chat.words import read_words
from procedures.catalogue.search.telex_repair import repair
from tenants import clock
from tenants.isolation.context import current_province
from tenants.organisation.models import Agency, working_desks
from tenants.text import fold
from tenants.web import qr
from tenants.web.absolute_urls import absolute

MOST_DESKS = 3
LONGEST_READ = 300
# The part of a name that names the place: “UBND phường Buôn Ma Thuột” → “phường Buôn Ma Thuột”.
_DESK_PLACE = re.compile(r"\b(?:xã|phường|đặc khu|thị trấn)\s+(?P<name>.+)$", re.IGNORECASE)
# A longer text is no question. This also bounds the cost of the patterns below.
LONGEST_INTENT = 100
# As providers name them: the telephone sends the text for the person, opens a page, or calls.
SAYS, OPENS, CALLS = "oa.query.show", "oa.open.url", "oa.open.phone"
MOST_LETTERS = 25
_SAID, _ASKED_OFTEN = read_words("portal"), read_words("questions")


def answer_service_question(heard: IncomingText) -> bool:
    """What is asked of any dossier, hours, addresses, a person to talk to, the menu."""
    plain = repair(heard.text[:LONGEST_READ])
    if often := common_answer(plain):
        conversation.say(heard, f"{often}{_hotline_text()}", Kind.MENU)
        return True
    match intent_of(plain):
        case Intent.DESKS:
            conversation.say(heard, _desks_reply(plain), Kind.DESKS)
        case Intent.PERSON:
            conversation.say(heard, _person_text(), Kind.PERSON)
        case Intent.PROCEDURES:
            conversation.say(
                heard, _SAID.errand_text, Kind.MENU, ("Tìm thủ tục", absolute(reverse("procedures")))
            )
        case Intent.HELP:
            conversation.say(heard, f"Ông/bà có thể:\n{_SAID.can_text}{_hotline_text()}", Kind.MENU)
        case Intent.THANKS:
            conversation.say(heard, "Cảm ơn ông/bà. Cần gì thêm, xin ông/bà cứ nhắn.", Kind.MENU)
        case _:
            return False
    return True


def common_answer(words: str) -> str:
    """The answer to what is asked of any dossier or procedure, in these words without marks and case; "" to others."""
    texts = (
        text
        for name, pattern in vars(_ASKED_OFTEN).items()
        if (text := getattr(_ASKED_OFTEN, f"{name}_text", "")) and pattern.search(words)
    )
    return next(texts, "")


def answer_procedure_question(heard: IncomingText) -> bool:
    """An errand: the first three procedures."""
    found = catalogue.answer(heard.text)
    if found is None:
        return False
    conversation.say(heard, found.text, Kind.NEAR if found.near else Kind.PROCEDURE, found.button)
    return True


def answer_anything(heard: IncomingText) -> bool:
    """Anything else: possible questions, and the hotline."""
    text = f"Chúng tôi chưa hiểu câu hỏi này. Ông/bà có thể:\n{_SAID.can_text}{_hotline_text()}"
    conversation.say(heard, text, Kind.NOTHING)
    return True


# The day that a question names: today, tomorrow, a weekday by its name or number, the weekend, Sunday; the part of it.
_DAY = re.compile(
    r"\b(?:(hom nay|(?:sang|trua|chieu|toi) nay)|(mai)|(?:thu |t)(hai|ba|tu|nam|sau|bay|[2-7])|(cuoi tuan)|(chu nhat|cn))\b"
)
_WEEKDAYS = ("hai", "ba", "tu", "nam", "sau", "bay", "2", "3", "4", "5", "6", "7")
_PARTS: tuple[tuple[str, str, int, int], ...] = (
    (r"\bsang\b", "sáng ", 0, 12),
    (r"\btrua\b", "trưa ", 12, 13),
    (r"\bchieu\b", "chiều ", 13, 18),
    (r"\b(?:buoi toi|toi (?:nay|mai|thu|t[2-7]|chu nhat|cn))\b", "tối ", 18, 24),
    ("", "", 0, 24),
)


def _day_reply(plain: str, desks: Sequence[Agency]) -> str:
    """“Không, chiều thứ Bảy 05/12 nghỉ.”, by the calendar; "" where no day is asked about, or a desk has other hours."""
    asked = _DAY.search(plain)
    if asked is None or not catalogue.YES_OR_NO.search(plain) or not CalendarVersion.objects.exists():
        return ""
    calendar, day = calendar_in_force().calendar, clock.today()
    if not all(follows(desk, calendar) for desk in desks):
        return ""
    today, tomorrow, weekday, saturday, _sunday = asked.groups()
    number = _WEEKDAYS.index(weekday) % 6 + 1 if weekday else 6 if saturday else 7
    day += timedelta(0 if today else 1 if tomorrow else (number - day.isoweekday()) % 7)
    _pattern, part, start, end = next(row for row in _PARTS if re.search(row[0], plain))
    hours = [
        f"{one:%H:%M}–{two:%H:%M}" for one, two in calendar.sessions if one.hour < end and two.hour >= start
    ]
    is_open = bool(hours) and calendar.is_open_day(day)
    yes = "Có" if ("nghi" in plain.split()) != is_open else "Không"
    return f"{yes}, {part}{WEEKDAYS[day.weekday()]} {day:%d/%m} {f'làm việc {", ".join(hours)}' if is_open else 'nghỉ'}.\n"


def _desks_reply(plain: str) -> str:
    working = working_desks()
    named = [desk for desk in working if (place := _place_of(desk)) and f" {place} " in f" {plain} "]
    desks = named or working
    reachable = [desk for desk in desks if desk.address or desk.hours or desk.phone]
    shown = reachable[:MOST_DESKS] or desks[:MOST_DESKS]
    return _day_reply(plain, shown) + _desks_text(shown, named=bool(named))


def _place_of(desk: Agency) -> str:
    place = _DESK_PLACE.search(desk.name)
    return fold(place["name"]) if place else ""


class Intent(StrEnum):
    DESKS = "desks"
    PERSON = "person"
    PROCEDURES = "procedures"
    HELP = "help"
    THANKS = "thanks"


def intent_of(words: str) -> Intent | None:
    """What these words, without marks and case, ask for; None for anything else."""
    if not words:
        return Intent.HELP
    if len(words) > LONGEST_INTENT:
        return None
    if _is_about_desks(words):
        return Intent.DESKS
    intents = (Intent.PERSON, Intent.PROCEDURES, Intent.HELP, Intent.THANKS)
    return next((one for one in intents if getattr(_SAID, one).fullmatch(words)), None)


def _is_about_desks(words: str) -> bool:
    """Whether hours or an address of those who take in dossiers are asked for."""
    if _SAID.hours.search(words):
        return True
    rest = _SAID.papers.sub(" ", _SAID.place.sub(" ", words)).split()
    if not _SAID.plain_words.issuperset(rest):
        return False
    if _SAID.when.search(words) and _SAID.open.search(words):
        return True
    about = _SAID.office.search(words) or not _SAID.papers.search(words)
    return bool(_SAID.where.search(words) and about)


def greet(follower: Any) -> None:
    """Greet a new follower of the account; once a day at most. Like `conversation.send`."""
    conversation.send(follower, f"greeting:{follower.pk}:{follower.db_now.date()}", greeting_text())


def greeting_text() -> str:
    """The first text to a new follower of the account."""
    return (
        f"Kính chào ông/bà. Đây là cổng một cửa của {current_province().name}, trả lời tự động.\n{_SAID.can_text}\n"
        "Chúng tôi không bao giờ hỏi mật khẩu, mã OTP hay xin chuyển tiền."
    )


def _person_text() -> str:
    province = current_province()
    if not province.hotline:
        return "Mời ông/bà đến nơi tiếp nhận hồ sơ gần nhất trong giờ làm việc. Nhắn GIỜ LÀM VIỆC để xem giờ và địa chỉ."
    hours = f", {province.hours}" if province.hours else ""
    return f"Mời ông/bà gọi {province.hotline}{hours}. Xin chuẩn bị sẵn mã hồ sơ nếu hỏi về hồ sơ đã nộp."


def _desks_text(found: Sequence[Agency], *, named: bool) -> str:
    """Hours and addresses. `named`: the ones that were asked for by name."""
    province = current_province()
    lines = [f"Giờ làm việc: {province.hours}."] if province.hours and not named else []
    for desk in found:
        facts = [
            desk.address,
            f"điện thoại {desk.phone}" if desk.phone else "",
            f"giờ làm việc {desk.hours}" if desk.hours else "",
        ]
        known = "; ".join(fact for fact in facts if fact)
        lines.append(f"– {desk.name}{f': {known}' if known else ''}.")
    if not named:
        lines.append("Cần nơi gần nhà, ông/bà nhắn thêm tên xã, phường, ví dụ “giờ làm việc phường …”.")
    return "\n".join(lines) + _hotline_text()


def _hotline_text() -> str:
    hotline = current_province().hotline
    return f"\nCần gặp cán bộ, xin gọi {hotline}." if hotline else ""


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """One entry. `sends`: the text, address or number; `taken_for`: what the text is taken for when it comes."""

    label: str
    kind: str
    sends: str
    taken_for: Kind | None = None


def menu_entries() -> list[MenuEntry]:
    """The entries of the current province's menu, those that most people need first."""
    hotline = current_province().hotline
    call = [MenuEntry("Gọi tổng đài", CALLS, "".join(hotline.split()))] if hotline else []
    return [
        MenuEntry("Tra cứu hồ sơ", OPENS, absolute(reverse("lookup"))),
        MenuEntry("Hồ sơ của tôi", SAYS, "Hồ sơ của tôi", Kind.MINE),
        MenuEntry("Tìm thủ tục", SAYS, "Tìm thủ tục", Kind.MENU),
        MenuEntry("Nộp hồ sơ", SAYS, "Nộp hồ sơ", Kind.MENU),
        MenuEntry("Giờ làm việc, địa chỉ", SAYS, "Giờ làm việc", Kind.DESKS),
        *call,
        MenuEntry("Hướng dẫn", SAYS, "Hướng dẫn", Kind.MENU),
        MenuEntry("Tắt tin báo", SAYS, "TẮT TIN", Kind.STOP),
    ]


def menu_files() -> dict[str, bytes]:
    """The files of the current province, by their names: the menu as data and as a table, the greeting, and a QR
    code that leads to our own look-up page."""
    rows = menu_entries()
    lookup = absolute(reverse("lookup"))
    data = [{"title": one.label, "type": one.kind, "payload": one.sends} for one in rows]
    return {
        "menu.json": (json.dumps(data, ensure_ascii=False, indent=2) + "\n").encode(),
        "menu.txt": _table(rows).encode(),
        "loi-chao.txt": f"{greeting_text()}\n".encode(),
        "tra-cuu.png": qr.png(lookup, note=lookup),
        "tra-cuu.svg": str(qr.svg(lookup)).encode(),
    }


def _table(rows: list[MenuEntry]) -> str:
    acts = {SAYS: "gửi tin", OPENS: "mở trang", CALLS: "gọi"}
    lines = [
        f"{number}. {one.label} | {acts[one.kind]} ({one.kind}) | {one.sends}"
        for number, one in enumerate(rows, 1)
    ]
    return "\n".join([f"Thực đơn OA – {current_province().name}", "", *lines, ""])
