"""What is printed of a filing: the copy of what was filed, and the blank sheet of a form that papers name, typeset from
the questions of the filing form that ships for it."""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from django.utils import translation

from dossiers.deadlines import wording
from dossiers.filing.models import FilingFormVersion
from dossiers.filing.public.answers import AnswerGroup
from dossiers.filing.rules.form import FilingForm, shipped_forms
from dossiers.filing.rules.question_types import TYPES
from dossiers.filing.rules.questions import InputField, Question
from dossiers.lifecycle.models import Dossier
from dossiers.printing import contents, typst_pool
from dossiers.printing.circulars import FOLDER
from procedures.catalogue.blank_forms.names import form_names
from procedures.catalogue.from_dossiers import Sheet, SheetSource
from tenants import clock
from tenants.organisation import catalogue
from tenants.organisation.models import Agency

NOTICE = "Soạn theo thủ tục đã công bố, chưa đối chiếu mẫu."
"""On what is printed of a form that nobody compared with the statutory one."""
SHORT = 4
"""Characters of a box that needs no line of its own, such as those of a date."""
CHOOSES = frozenset({"radio", "checkbox"})


def print_sheet(form: FilingForm, agency: Agency) -> bytes:
    """Each question with room to write or boxes to tick, as PDF/A under this agency's head. It says that it is no
    form of a circular."""
    now = clock.now()
    with translation.override("vi"):
        content = {
            **contents.blank(agency, now),
            "title": f"TỜ KHAI: {form.title.upper()}",
            "landscape": False,
            "basis": [one.name for one in form.basis],
            "notice": NOTICE if form.is_published_text_only else "",
            "groups": [
                {
                    "title": section.title,
                    "rows": [_row(one) for page in section.pages for one in page.questions],
                }
                for section in form.sections
                if any(one.type != "paper" for page in section.pages for one in page.questions)
            ],
        }
        return typst_pool.render(_source("blank_sheet"), content, at=now)


def _known(keys: Collection[str]) -> set[str]:
    wanted = _forms().keys() & set(keys)
    return wanted & _offered().keys() if wanted else set()


def _offered() -> Mapping[str, FilingForm]:
    """The forms of `_forms`; one that nobody compared with the statutory form only as this province took it over."""

    def load() -> dict[str, FilingForm]:
        taken = {one.code: one for one in FilingFormVersion.newest_of_each() if not one.is_withdrawn}
        return {
            key: taken[form.procedure].form if form.is_published_text_only else form
            for key, form in _forms().items()
            if form.procedure in taken or not form.is_published_text_only
        }

    return catalogue.kept("forms of blank sheets", load)


def _sheet(key: str) -> Sheet:
    """Kept while the catalogue stays as it is: the head names an agency."""

    def make() -> Sheet:
        root = min(catalogue.agencies().values(), key=lambda one: (one.is_dissolved, len(one.code)))
        pdf = print_sheet(_offered()[key], root)
        return Sheet(pdf, "application/pdf", hashlib.sha256(pdf).hexdigest())

    return catalogue.kept(("blank sheet", key), make)


@cache
def _forms() -> dict[str, FilingForm]:
    """The shipped filing forms by the keys of the forms that papers name."""
    return {name.key: form for form in shipped_forms().values() for name in form_names(form.sheet or "")}


def _row(question: Question) -> dict[str, Any]:
    fields = () if question.type == "paper" else TYPES[question.type].fields(question)
    return {"label": question.label, "hint": question.hint or "", "fields": list(_boxes(question, fields))}


def _boxes(question: Question, fields: Collection[InputField]) -> Iterator[dict[str, Any]]:
    for field in fields:
        label = "" if field.label == question.label else field.label
        ticks = [choice.label for choice in field.choices] if field.widget in CHOOSES else []
        lines = 3 if field.widget == "textarea" else 1
        yield {"label": label, "ticks": ticks, "lines": lines, "short": 0 < field.width <= SHORT}


def print_copy(
    dossier: Dossier,
    form: FilingForm,
    groups: Sequence[AnswerGroup],
    *,
    filed_at: datetime,
    changed_at: datetime | None,
) -> bytes:
    """The sheet as PDF/A: each question with its answer and what stood there before, in the words that the page shows."""
    content = {
        **contents.blank(dossier.receiving_agency, filed_at),
        "title": "BẢN SAO NHỮNG ĐIỀU ĐÃ KHAI",
        "landscape": False,
        "code": dossier.code,
        "procedure": dossier.procedure.short_name,
        "filed": wording.moment(filed_at),
        "changed": wording.moment(changed_at) if changed_at else "",
        "notice": NOTICE if form.is_published_text_only else "",
        "groups": [
            {
                "title": group.title,
                "rows": [
                    {
                        "label": row.label,
                        "lines": row.lines or ["–"],
                        "earlier": [
                            {"lines": one.lines, "when": wording.moment(one.at)} for one in row.earlier
                        ],
                    }
                    for row in group.rows
                ],
            }
            for group in groups
        ],
    }
    return typst_pool.render(_source("filed_copy"), content, at=changed_at or filed_at)


@cache
def _source(name: str) -> str:
    return (FOLDER / f"{name}.typ").read_text(encoding="utf-8")


SHEETS = SheetSource(has=_known, make=_sheet)
