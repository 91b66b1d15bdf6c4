"""Conditions and rules of a form in words, for people who write forms and check them."""

from typing import Any

from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dossiers.filing.rules.conditions import OWN, TODAY, Condition, is_name
from dossiers.filing.rules.form import FilingForm
from dossiers.filing.rules.question_types import TYPES
from dossiers.filing.rules.questions import Question

LONGEST_LABEL = 60
TYPE_NAMES = {
    "text": gettext_lazy("chữ, một dòng"),
    "long_text": gettext_lazy("chữ, nhiều dòng"),
    "number": gettext_lazy("số"),
    "date": gettext_lazy("ngày"),
    "yes_no": gettext_lazy("có hoặc không"),
    "one_of": gettext_lazy("chọn một"),
    "some_of": gettext_lazy("chọn nhiều"),
    "person": gettext_lazy("người"),
    "address": gettext_lazy("địa chỉ"),
    "phone": gettext_lazy("số điện thoại"),
    "money": gettext_lazy("số tiền"),
    "paper": gettext_lazy("giấy tờ"),
    "repeat": gettext_lazy("nhóm lặp"),
}
PERSONAL_NAMES = {
    "none": gettext_lazy("không"),
    "name": gettext_lazy("họ tên"),
    "id_number": gettext_lazy("số định danh"),
    "birth": gettext_lazy("ngày sinh, nơi sinh"),
    "address": gettext_lazy("địa chỉ"),
    "phone": gettext_lazy("số điện thoại"),
    "nationality": gettext_lazy("quốc tịch"),
    "ethnicity": gettext_lazy("dân tộc"),
    "religion": gettext_lazy("tôn giáo"),
    "family": gettext_lazy("quan hệ gia đình"),
    "health": gettext_lazy("sức khỏe"),
    "work": gettext_lazy("việc làm"),
    "money": gettext_lazy("tài chính"),
    "signature": gettext_lazy("chữ ký"),
    "other": gettext_lazy("khác"),
}


def condition_words(form: FilingForm, condition: Condition, own: Question | None = None) -> str:
    """A condition as a sentence without its full stop; `own` is the question whose answer `.` means."""
    known = {one.name: one.question for one in form.eligibility} | dict(form.questions)
    if own is not None:
        known |= {one.name: one for one in own.questions} | {OWN: own}
    return _words(known, condition)


def _words(known: dict[str, Question], condition: Condition) -> str:
    match condition.word:
        case "all" | "any":
            joint = _(" và ") if condition.word == "all" else _(" hoặc ")
            parts = [_words(known, part) for part in condition.parts]
            several = [
                f"({part})" if one.word in ("all", "any") and len(one.parts) > 1 else part
                for one, part in zip(condition.parts, parts, strict=True)
            ]
            return joint.join(several if len(parts) > 1 else parts)
        case "not":
            return _("không phải: %(condition)s") % {"condition": _words(known, condition.parts[0])}
        case "more_than" | "same":
            left, right = (_side(known, part) for part in condition.parts)
            said = _("%(left)s giống %(right)s")
            said = _("%(left)s lớn hơn (sau) %(right)s") if condition.word == "more_than" else said
            return said % {"left": left, "right": right}
        case "under_years":
            begin, end = (_side(known, part) for part in condition.parts[:2])
            facts = {"from": begin, "to": end, "years": condition.parts[2]}
            return _("từ %(from)s đến %(to)s chưa đủ %(years)d năm") % facts
    name, values = condition.parts
    answers = [_answer(known.get(name), one) for one in (values if condition.word == "in" else (values,))]
    return _("%(question)s là %(answers)s") % {
        "question": _question(known, name),
        "answers": _(" hoặc ").join(answers),
    }


def _question(known: dict[str, Question], name: str) -> str:
    base, _point, part = name.partition(".")
    if part:
        of = {
            "part": {"born": _("ngày sinh"), "sex": _("giới tính")}[part],
            "whom": _question(known, base or OWN),
        }
        return _("%(part)s ở %(whom)s") % of
    if name == OWN:
        return _("câu trả lời này")
    label = known[name].label if name in known else name
    return f"“{Truncator(label).chars(LONGEST_LABEL)}”"


def _answer(question: Question | None, value: Any) -> str:
    if question is None:
        return f"“{value}”"
    if isinstance(value, bool):
        return _("Có") if value else _("Không")
    choice = next((one for one in TYPES[question.type].choices(question) if one.code == value), None)
    return f"“{choice.label if choice else value}”"


def _side(known: dict[str, Question], side: Any) -> str:
    if side == TODAY:
        return _("hôm nay")
    return _question(known, side) if is_name(side) else str(side)
