"""The page of a form for people who write forms: its journey drawn and as a table, its pages as they are seen."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from dossiers.filing.desk import form_diagram
from dossiers.filing.desk.form_words import PERSONAL_NAMES, TYPE_NAMES, condition_words
from dossiers.filing.models import FilingFormVersion
from dossiers.filing.public.form import QuestionForm
from dossiers.filing.rules.conditions import Condition
from dossiers.filing.rules.form import FilingForm, Page
from dossiers.filing.rules.questions import Question
from dossiers.lifecycle.desk.frame import for_staff, shell
from procedures.catalogue.models import Procedure


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
        # The drawing escapes every text of the form.
        "picture": mark_safe(form_diagram.draw(form)) if form else "",  # noqa: S308
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
    rules += [one.sentence for one in question.rules]
    if question.paper:
        files = _("%(from)d đến %(to)d tệp") % {"from": question.min_files, "to": question.max_files}
        rules.append(f"{question.paper}, {files}")
    if question.source:
        rules.append(_("căn cứ: %(source)s") % {"source": question.source})
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
