"""The twelve answers from which a new province's folder begins."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import time
from typing import Annotated

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import AfterValidator, BeforeValidator, ConfigDict, ValidationError, ValidationInfo

from tenants.agency_codes import NEW_FORM, agency_code_owners, province_of
from tenants.folder.manifest import Colour, Host, Hotline, Level1, Name, ShortName, refuse_pale
from tenants.text import StrOrPromise, damage_in, tidy
from tenants.validation import Schema, fault, faults_of, gettext_noop, shaped, shown

LONGEST = 250
COLOUR = "#0B5394"
HOURS = "07:30-11:30, 13:30-17:00"
_KINDS = ("Tỉnh ", "Thành phố ")
_SESSION = re.compile(r"\A([0-2]?[0-9]:[0-5][0-9]) ?[-–] ?([0-2]?[0-9]:[0-5][0-9])\Z")
_USERNAME = re.compile(r"\A[a-z0-9][a-z0-9._-]{1,60}\Z")


class BadAnswer(ValueError):
    """What is wrong with an answer, in one Vietnamese sentence."""


# --- Types of answers; `info.data` holds the answers before


def _owned(code: str, info: ValidationInfo) -> str:
    owner, name = province_of(code), info.data["name"]
    if owner is None:
        raise fault(gettext_noop("không có mã %(code)s trong danh sách mã của các tỉnh."), code=code)
    if name and owner.province != name:
        words = gettext_noop("theo danh sách mã, %(code)s là của %(owner)s, không phải %(name)s.")
        raise fault(words, code=code, owner=owner.province, name=name)
    return code


def _former(code: str, info: ValidationInfo) -> str:
    if code == info.data["agency_code"]:
        raise fault(gettext_noop("%(code)s là mã của chính tỉnh này."), code=code)
    return code


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _sessions(text: str) -> tuple[tuple[str, str], ...]:
    """Office hours like “07:30-11:30, 13:30-17:00”."""
    found: list[tuple[str, str]] = []
    for word in _words(text):
        match = _SESSION.match(word)
        if match is None:
            raise fault(gettext_noop("“%(word)s” phải viết dạng 07:30-11:30."), word=shown(word))
        try:
            begin, end = (time.fromisoformat(moment.zfill(5)) for moment in match.groups())
        except ValueError as error:
            raise fault(gettext_noop("“%(word)s” không phải giờ trong ngày."), word=shown(word)) from error
        if begin >= end or (found and f"{begin:%H:%M}" < found[-1][1]):
            raise fault(gettext_noop("các buổi phải theo thứ tự, không chồng lên nhau."))
        found.append((f"{begin:%H:%M}", f"{end:%H:%M}"))
    return tuple(found)


def _dark_enough(colour: str) -> str:
    refuse_pale(colour, tint_of(colour))
    return colour


def _desk(text: str, info: ValidationInfo) -> tuple[str, str]:
    code, _comma, name = (part.strip() for part in text.partition(","))
    own = info.data["agency_code"]
    if not NEW_FORM.fullmatch(code) or not code.startswith(f"{own}."):
        words = gettext_noop("mã “%(code)s” phải có dạng %(own)s.08, rồi dấu phẩy và tên.")
        raise fault(words, code=shown(code), own=own or "H15")
    if not name:
        raise fault(gettext_noop("hãy ghi mã, dấu phẩy, rồi tên của nơi nhận hồ sơ."))
    return code, name


def _administrator(text: str) -> tuple[str, str]:
    name, _comma, username = (part.strip() for part in text.rpartition(","))
    if not name or not _USERNAME.match(username):
        raise fault(gettext_noop("hãy ghi họ tên, dấu phẩy, rồi tên đăng nhập chữ thường không dấu."))
    return username, name


_OFFICIAL = shaped(
    f"({'|'.join(_KINDS)}).*", gettext_noop("tên chính thức bắt đầu bằng “Tỉnh” hoặc “Thành phố”.")
)
ProvinceCode = Annotated[Level1, AfterValidator(_owned)]
# Whatever stands there may be a secret: it is not repeated.
Digits = Annotated[str, shaped(r"[0-9]{1,30}", gettext_noop("phải là dãy chữ số; bí mật không ghi ở đây."))]
Pair = tuple[str, str]


class Answers(Schema):
    """What is known of the new province: answers that their questions accepted."""

    model_config = ConfigDict(validate_assignment=True)

    slug: str
    name: Annotated[Name, _OFFICIAL] = ""
    short_name: ShortName = ""
    agency_code: ProvinceCode = ""
    merged_from: Annotated[
        tuple[Annotated[ProvinceCode, AfterValidator(_former)], ...], BeforeValidator(_words)
    ] = ()
    """Level-1 codes of the provinces that became part of this one."""
    host: Host = ""
    hotline: Hotline = ""
    hours: Annotated[tuple[Pair, ...], BeforeValidator(_sessions)] = ()
    """The office hours, as pairs of times."""
    colour: Annotated[Colour, AfterValidator(_dark_enough)] = ""
    desk: Annotated[Pair, BeforeValidator(_desk)] = ("", "")
    """Code and name."""
    administrator: Annotated[Pair, BeforeValidator(_administrator)] = ("", "")
    """User name and full name of the first administrator; two empty texts when none is known."""
    zalo_oa: Digits = ""
    zalo_app: Digits = ""


# --- Questions


@dataclass(frozen=True, slots=True)
class Question:
    """One question of an answer; `suggest` answers where nothing is said."""

    key: str
    text: StrOrPromise
    suggest: Callable[[Answers], str] = lambda answers: ""
    needed: bool = True

    def accept(self, given: str, answers: Answers) -> None:
        """Put the answer down, the suggestion when nothing was said. Raises BadAnswer."""
        if damage := damage_in(given):
            raise BadAnswer(damage)
        text = tidy(given) or self.suggest(answers)
        if not text and self.needed:
            raise BadAnswer(_("câu này phải trả lời."))
        if len(text) > LONGEST:
            raise BadAnswer(_("dài quá %(most)d ký tự.") % {"most": LONGEST})
        if text in ("", "-", "–") and not self.needed:
            return
        try:
            setattr(answers, self.key, text)
        except ValidationError as error:
            faults = faults_of(Answers, error, {})
            raise BadAnswer(" ".join(_(one.message) % one.params for one in faults)) from error


def read_all(slug: str, given: Mapping[str, str]) -> tuple[Answers, dict[str, str]]:
    """All answers, and what is wrong with them by the key of the question."""
    answers, wrong = Answers(slug=slug), {}
    for question in QUESTIONS:
        try:
            question.accept(given.get(question.key, ""), answers)
        except BadAnswer as error:
            wrong[question.key] = str(error)
    return answers, wrong


def _codes_of(name: str) -> list[str]:
    return [owner.code for owner in agency_code_owners().values() if owner.province == name]


def _bare(answers: Answers) -> str:
    name = answers.name
    return next((name.removeprefix(kind) for kind in _KINDS if name.startswith(kind)), name)


def _own_code(answers: Answers) -> str:
    """The code whose former province has the name of today's."""
    codes = _codes_of(answers.name)
    same = [code for code in codes if agency_code_owners()[code].former_province == _bare(answers)]
    return (same or codes or [""])[0]


def _suggested_desk(answers: Answers) -> str:
    if not answers.agency_code:
        return ""
    name = answers.name
    return f"{answers.agency_code}.08, Trung tâm Phục vụ hành chính công {name[:1].lower()}{name[1:]}"


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
    Question("name", gettext_lazy("Tên chính thức của tỉnh, ví dụ Tỉnh Lào Cai")),
    Question("short_name", gettext_lazy("Tên ngắn"), _bare),
    Question("agency_code", gettext_lazy("Mã định danh cấp 1"), _own_code),
    Question(
        "merged_from",
        gettext_lazy("Mã của các tỉnh đã hợp nhất vào, cách nhau bằng dấu phẩy; gõ - nếu không có"),
        lambda answers: ", ".join(code for code in _codes_of(answers.name) if code != answers.agency_code),
        needed=False,
    ),
    Question(
        "host",
        gettext_lazy("Tên miền của cổng"),
        lambda answers: f"{answers.slug}.{settings.NATIONAL_HOST}",
    ),
    Question("hotline", gettext_lazy("Tổng đài; gõ - nếu chưa có"), needed=False),
    Question("hours", gettext_lazy("Giờ làm việc"), lambda answers: HOURS),
    Question("colour", gettext_lazy("Màu chính, dạng #0B5394"), lambda answers: COLOUR),
    Question("desk", gettext_lazy("Nơi nhận hồ sơ cấp tỉnh: mã, tên"), _suggested_desk),
    Question(
        "administrator",
        gettext_lazy("Người quản trị đầu tiên: họ tên, tên đăng nhập; gõ - nếu chưa có"),
        needed=False,
    ),
    Question("zalo_oa", gettext_lazy("Mã số Zalo OA; gõ - nếu chưa có"), needed=False),
    Question("zalo_app", gettext_lazy("Mã số ứng dụng Zalo; gõ - nếu chưa có"), needed=False),
)
