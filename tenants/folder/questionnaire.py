"""The twelve answers from which a new province's folder begins."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import time
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.agency_codes import NEW_FORM, agency_code_owners, province_of
from tenants.isolation.middleware import split_host
from tenants.isolation.models import colour_shape
from tenants.text import damage_in, tidy
from tenants.validation import shown

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

LONGEST = 250
COLOUR = "#0B5394"
HOURS = "07:30-11:30, 13:30-17:00"
_KINDS = ("Tỉnh ", "Thành phố ")
_LEVEL_1 = re.compile(r"\A[A-Y][0-9]{2}\Z")
_HOTLINE = re.compile(r"\A\+?[0-9][0-9 .()-]{2,28}\Z")
_SESSION = re.compile(r"\A([0-2]?[0-9]:[0-5][0-9]) ?[-–] ?([0-2]?[0-9]:[0-5][0-9])\Z")
_USERNAME = re.compile(r"\A[a-z0-9][a-z0-9._-]{1,60}\Z")
_NUMBER = re.compile(r"\A[0-9]{1,30}\Z")


class BadAnswer(ValueError):
    """What is wrong with an answer, in one Vietnamese sentence."""


@dataclass(slots=True)
class Answers:
    """What is known of the new province; each answer is one line of text that its question accepted."""

    slug: str
    given: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, key: str) -> str:
        return self.given.get(key, "")

    @property
    def sessions(self) -> list[tuple[str, str]]:
        """The office hours, as pairs of times."""
        return sessions_in(self["hours"])

    @property
    def merged_from(self) -> list[str]:
        """Level-1 codes of the provinces that became part of this one."""
        return _words(self["merged_from"])

    @property
    def desk(self) -> tuple[str, str]:
        """Code and name of the desk."""
        code, _comma, name = self["desk"].partition(",")
        return code.strip(), name.strip()

    @property
    def administrator(self) -> tuple[str, str]:
        """User name and full name of the first administrator; two empty texts when none is known."""
        name, _comma, username = self["administrator"].rpartition(",")
        return username.strip(), name.strip()


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `check` raises BadAnswer; `suggest` answers for whoever has nothing to say."""

    key: str
    text: "StrOrPromise"
    check: Callable[[str, Answers], None]
    suggest: Callable[[Answers], str] = lambda answers: ""
    needed: bool = True

    def read(self, given: str, answers: Answers) -> str:
        """The answer as it is kept: the suggestion when nothing was said. Raises BadAnswer."""
        if damage := damage_in(given):
            raise BadAnswer(damage)
        text = tidy(given) or self.suggest(answers)
        if not text:
            if self.needed:
                raise BadAnswer(_("câu này phải trả lời."))
            return ""
        if len(text) > LONGEST:
            raise BadAnswer(_("dài quá %(most)d ký tự.") % {"most": LONGEST})
        if text in ("-", "–") and not self.needed:
            return ""
        self.check(text, answers)
        return text


def read_all(slug: str, given: Mapping[str, str]) -> tuple[Answers, dict[str, str]]:
    """All answers, and what is wrong with them by the key of the question."""
    answers, wrong = Answers(slug), {}
    for question in QUESTIONS:
        try:
            answers.given[question.key] = question.read(given.get(question.key, ""), answers)
        except BadAnswer as error:
            wrong[question.key] = str(error)
    return answers, wrong


def sessions_in(text: str) -> list[tuple[str, str]]:
    """Office hours like “07:30-11:30, 13:30-17:00”. Raises BadAnswer."""
    found: list[tuple[str, str]] = []
    for word in _words(text):
        match = _SESSION.match(word)
        if match is None:
            raise BadAnswer(_("“%(word)s” phải viết dạng 07:30-11:30.") % {"word": shown(word)})
        try:
            begin, end = (time.fromisoformat(moment.zfill(5)) for moment in match.groups())
        except ValueError as error:
            raise BadAnswer(_("“%(word)s” không phải giờ trong ngày.") % {"word": shown(word)}) from error
        if begin >= end or (found and f"{begin:%H:%M}" < found[-1][1]):
            raise BadAnswer(_("các buổi phải theo thứ tự, không chồng lên nhau."))
        found.append((f"{begin:%H:%M}", f"{end:%H:%M}"))
    return found


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _codes_of(name: str) -> list[str]:
    return [owner.code for owner in agency_code_owners().values() if owner.province == name]


def _name(text: str, answers: Answers) -> None:
    if not text.startswith(_KINDS):
        raise BadAnswer(_("tên chính thức bắt đầu bằng “Tỉnh” hoặc “Thành phố”."))
    if len(text) > 100:
        raise BadAnswer(_("dài quá %(most)d ký tự.") % {"most": 100})


def _short_name(text: str, answers: Answers) -> None:
    if len(text) > 60:
        raise BadAnswer(_("dài quá %(most)d ký tự.") % {"most": 60})


def _bare(answers: Answers) -> str:
    name = answers["name"]
    return next((name.removeprefix(kind) for kind in _KINDS if name.startswith(kind)), name)


def _level_1(text: str, answers: Answers) -> None:
    if not _LEVEL_1.match(text):
        raise BadAnswer(_("mã định danh cấp 1 “%(code)s” phải có dạng H15.") % {"code": shown(text)})
    owner = province_of(text)
    if owner is None:
        raise BadAnswer(_("không có mã %(code)s trong danh sách mã của các tỉnh.") % {"code": text})
    if answers["name"] and owner.province != answers["name"]:
        names = {"code": text, "owner": owner.province, "name": answers["name"]}
        raise BadAnswer(_("theo danh sách mã, %(code)s là của %(owner)s, không phải %(name)s.") % names)


def _own_code(answers: Answers) -> str:
    """The code whose former province has the name of today's."""
    codes = _codes_of(answers["name"])
    same = [code for code in codes if agency_code_owners()[code].former_province == _bare(answers)]
    return (same or codes or [""])[0]


def _merged(text: str, answers: Answers) -> None:
    for code in _words(text):
        _level_1(code, answers)
        if code == answers["agency_code"]:
            raise BadAnswer(_("%(code)s là mã của chính tỉnh này.") % {"code": code})


def _others(answers: Answers) -> str:
    return ", ".join(code for code in _codes_of(answers["name"]) if code != answers["agency_code"])


def _host(text: str, answers: Answers) -> None:
    host, port = split_host(text)
    if not host or port is not None or host != text or "." not in host:
        words = _("tên miền “%(host)s” phải viết chữ thường, không có https://, cổng hay dấu chấm cuối.")
        raise BadAnswer(words % {"host": shown(text)})
    if host == settings.NATIONAL_HOST:
        raise BadAnswer(_("“%(host)s” là tên miền của trang chung.") % {"host": host})


def _hotline(text: str, answers: Answers) -> None:
    if not _HOTLINE.match(text):
        raise BadAnswer(_("tổng đài “%(hotline)s” chỉ gồm chữ số và dấu cách.") % {"hotline": shown(text)})


def _hours(text: str, answers: Answers) -> None:
    sessions_in(text)


def _colour(text: str, answers: Answers) -> None:
    try:
        colour_shape(text)
    except ValidationError as error:
        raise BadAnswer(_("màu “%(colour)s” phải viết dạng #0B5394.") % {"colour": shown(text)}) from error
    # The palest ground that text in this colour will stand on.
    ratio = min(contrast(text, ground) for ground in ("#FFFFFF", "#F3F5F7", tint_of(text)))
    if ratio < MINIMUM:
        names = {"colour": text, "ratio": f"{ratio:.1f}".replace(".", ",")}
        raise BadAnswer(_("màu %(colour)s chỉ tương phản %(ratio)s:1 với nền; hãy chọn màu đậm hơn.") % names)


def _desk(text: str, answers: Answers) -> None:
    code, _comma, name = text.partition(",")
    if not NEW_FORM.match(code.strip()) or not code.startswith(f"{answers['agency_code']}."):
        names = {"code": shown(code), "own": answers["agency_code"] or "H15"}
        raise BadAnswer(_("mã “%(code)s” phải có dạng %(own)s.08, rồi dấu phẩy và tên.") % names)
    if not name.strip():
        raise BadAnswer(_("hãy ghi mã, dấu phẩy, rồi tên của nơi nhận hồ sơ."))


def _suggested_desk(answers: Answers) -> str:
    if not answers["agency_code"]:
        return ""
    name = answers["name"]
    return f"{answers['agency_code']}.08, Trung tâm Phục vụ hành chính công {name[:1].lower()}{name[1:]}"


def _administrator(text: str, answers: Answers) -> None:
    name, _comma, username = text.rpartition(",")
    if not name.strip() or not _USERNAME.match(username.strip()):
        raise BadAnswer(_("hãy ghi họ tên, dấu phẩy, rồi tên đăng nhập chữ thường không dấu."))


def _number(text: str, answers: Answers) -> None:
    if not _NUMBER.match(text):
        # Whatever stands there may be a secret: it is not repeated.
        raise BadAnswer(_("phải là dãy chữ số; bí mật không ghi ở đây."))


def _mixed(colour: str, other: int, share: float) -> str:
    parts = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(part + (other - part) * share):02X}" for part in parts)


def dark_of(colour: str) -> str:
    """A darker shade of a colour, for what is pressed."""
    return _mixed(colour, 0, 0.3)


def tint_of(colour: str) -> str:
    """A pale ground of a colour."""
    return _mixed(colour, 255, 0.92)


QUESTIONS = (
    Question("name", gettext_lazy("Tên chính thức của tỉnh, ví dụ Tỉnh Lào Cai"), _name),
    Question("short_name", gettext_lazy("Tên ngắn"), _short_name, _bare),
    Question("agency_code", gettext_lazy("Mã định danh cấp 1"), _level_1, _own_code),
    Question(
        "merged_from",
        gettext_lazy("Mã của các tỉnh đã hợp nhất vào, cách nhau bằng dấu phẩy; gõ - nếu không có"),
        _merged,
        _others,
        needed=False,
    ),
    Question(
        "host",
        gettext_lazy("Tên miền của cổng"),
        _host,
        lambda answers: f"{answers.slug}.{settings.NATIONAL_HOST}",
    ),
    Question("hotline", gettext_lazy("Tổng đài; gõ - nếu chưa có"), _hotline, needed=False),
    Question("hours", gettext_lazy("Giờ làm việc"), _hours, lambda answers: HOURS),
    Question("colour", gettext_lazy("Màu chính, dạng #0B5394"), _colour, lambda answers: COLOUR),
    Question("desk", gettext_lazy("Nơi nhận hồ sơ cấp tỉnh: mã, tên"), _desk, _suggested_desk),
    Question(
        "administrator",
        gettext_lazy("Người quản trị đầu tiên: họ tên, tên đăng nhập; gõ - nếu chưa có"),
        _administrator,
        needed=False,
    ),
    Question("zalo_oa", gettext_lazy("Mã số Zalo OA; gõ - nếu chưa có"), _number, needed=False),
    Question("zalo_app", gettext_lazy("Mã số ứng dụng Zalo; gõ - nếu chưa có"), _number, needed=False),
)

MINIMUM = 4.5
"""Ratio for text of normal size (WCAG 2.2, 1.4.3 AA)."""


def contrast(one: str, other: str) -> float:
    """Ratio from 1 to 21 of two colours written `#0b5394`; their order does not matter."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[start : start + 2], 16) / 255) for start in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
