"""The page of a form for people who write forms: its journey as a table with conditions in words, its pages as they are
seen."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dossiers.filing.models import FilingFormVersion
from dossiers.filing.public.form import QuestionForm
from dossiers.filing.rules.conditions import OWN, TODAY, Condition, is_name
from dossiers.filing.rules.form import FilingForm, Page
from dossiers.filing.rules.questions import Question
from dossiers.lifecycle.desk.frame import for_staff, shell
from procedures.catalogue.models import Procedure

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


@for_staff
def page(request: HttpRequest, object_id: int) -> HttpResponse:
    """One version of a form, and the other versions of it."""
    version = get_object_or_404(FilingFormVersion, pk=object_id)
    form = None if version.is_withdrawn else version.form
    versions = list(FilingFormVersion.objects.filter(code=version.code).defer("data"))
    procedure = Procedure.objects.filter(code=version.code).first()
    context = {
        **shell(request, FilingFormVersion),
        "title": form.title if form else version.code,
        "version": version,
        "versions": versions,
        "is_newest": versions[0].pk == version.pk,
        "procedure": procedure,
        "form": form,
        "sections": _sections(form) if form else [],
    }
    return render(request, "filing/form.html", context)


def _sections(form: FilingForm) -> list[dict[str, Any]]:
    """Each section: its questions as rows of the table, and its pages as the citizen sees them."""
    return [
        {
            "title": section.title,
            "only_if": _only_if(form, section.relevant),
            "rows": [_row(form, one, question) for one in section.pages for question in one.questions],
            "pages": [
                {
                    "code": one.code,
                    "only_if": _only_if(form, one.relevant),
                    "drawn": QuestionForm(one.questions).drawn,
                    "papers": [question for question in one.questions if question.type == "paper"],
                }
                for one in section.pages
            ],
        }
        for section in form.sections
    ]


def _row(form: FilingForm, page: Page, question: Question) -> dict[str, Any]:
    """A question in the table: when it is asked, and what its answer must fulfil."""
    conditions = [one for one in (page.relevant, question.relevant) if one is not None]
    rules = [] if question.required else [_("không bắt buộc")]
    if question.constraint is not None:
        rules.append(condition_words(form, question.constraint, question))
    if question.paper:
        files = _("%(from)d đến %(to)d tệp") % {"from": question.min_files, "to": question.max_files}
        rules.append(f"{question.paper}, {files}")
    return {
        "page": page.code,
        "label": question.label,
        "kind": TYPE_NAMES[question.type],
        "only_if": "; ".join(condition_words(form, one) for one in conditions),
        "rules": "; ".join(rules),
        "personal": PERSONAL_NAMES[question.personal],
    }


def _only_if(form: FilingForm, condition: Condition | None) -> str:
    return condition_words(form, condition) if condition else ""


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
        case "more_than":
            left, right = (_side(known, part) for part in condition.parts)
            return _("%(left)s lớn hơn (sau) %(right)s") % {"left": left, "right": right}
    name, values = condition.parts
    answers = [_answer(known.get(name), one) for one in (values if condition.word == "in" else (values,))]
    return _("%(question)s là %(answers)s") % {
        "question": _quoted(known, name),
        "answers": _(" hoặc ").join(answers),
    }


def _quoted(known: dict[str, Question], name: str) -> str:
    if name == OWN:
        return _("câu trả lời này")
    label = known[name].label if name in known else name
    return f"“{Truncator(label).chars(LONGEST_LABEL)}”"


def _answer(question: Question | None, value: Any) -> str:
    if isinstance(value, bool):
        return _("Có") if value else _("Không")
    choice = question.choice(value) if question else None
    return f"“{choice.label if choice else value}”"


def _side(known: dict[str, Question], side: Any) -> str:
    if side == TODAY:
        return _("hôm nay")
    return _quoted(known, side) if is_name(side) else str(side)
