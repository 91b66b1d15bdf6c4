"""Papers of a draft on the page that asks for them: sent one by one, looked at, taken out again."""

import time
from collections.abc import Iterable, Mapping
from typing import Any

from django.http import Http404, HttpResponseBase
from django.utils.translation import gettext as _

from dossiers.filing import papers as stored_papers
from dossiers.filing.models import FilingFile
from dossiers.filing.public.doors import Visit, let_in
from dossiers.filing.public.form import say
from dossiers.filing.rules.questions import Question
from dossiers.lifecycle.errors import NotPossible
from dossiers.lifecycle.files import access
from tenants.files.inspection import FileRefused
from tenants.files.storage import NotStored
from tenants.web.budgets import BudgetSpent
from tenants.web.client_address import client_address

SEND, REMOVE = "gui", "bo-tep"
LONGEST_ID = 18
MOST_AT_ONCE = 4
"""Files of one post: a photograph and a file, of two papers that stand on one page."""
LONGEST_SECONDS = 5
"""After so long no further file of one post is looked at: others wait for the same threads."""


@let_in
def file(visit: Visit, code: str, file_id: int) -> HttpResponseBase:
    """Answer …/<page>/tep/<number>/: a file of the draft, for who may open the draft."""
    try:
        return access.picture(
            stored_papers.give_out(visit.draft, file_id), visit.request.GET.get(access.SEEN)
        )
    except access.NoSuchFile:
        raise Http404 from None
    except access.NotServed as refusal:
        return visit.shown("file_unavailable", status=503, reason=str(refusal), back=visit.address(code))


def act(visit: Visit, questions: Iterable[Question], wanted: str) -> dict[str, str]:
    """Store the files that were sent with this request, or take one out; sentences about those refused, by question.

    A file is stored whichever button was pressed: who chose one and goes on means to send it.
    """
    refused: dict[str, str] = {}
    if wanted.startswith(REMOVE):
        number = wanted.removeprefix(f"{REMOVE}-")
        if number.isascii() and number.isdecimal() and len(number) <= LONGEST_ID:
            stored_papers.delete(visit.draft, int(number))
            visit.forget()
        return {}
    sent = [
        (question.name, upload)
        for question in questions
        for upload in visit.request.FILES.getlist(f"tep-{question.name}")
    ]
    if len(sent) > MOST_AT_ONCE:
        return {sent[0][0]: _("Xin gửi từng tệp một.")}
    ends = time.monotonic() + LONGEST_SECONDS
    for name, upload in sent:
        if time.monotonic() > ends:
            refused[name] = _("Xin gửi từng tệp một.")
            continue
        try:
            stored_papers.store(visit.draft, name, upload, address=client_address(visit.request))
        except (FileRefused, NotStored, NotPossible, BudgetSpent) as refusal:
            refused[name] = str(refusal)
        visit.forget()
    if wanted.startswith(SEND) and not refused and not visit.request.FILES:
        refused[wanted.removeprefix(f"{SEND}-")] = _("Xin chụp ảnh hoặc chọn một tệp rồi bấm Gửi.")
    return refused


def is_about_files(wanted: str) -> bool:
    """Whether this button does nothing but send or remove a file."""
    return wanted.startswith((SEND, REMOVE))


def lacking(visit: Visit, questions: Iterable[Question]) -> dict[str, str]:
    """Sentences for the papers that must be there and are not, by question."""
    found = {}
    for question in questions:
        count = len(_files(visit, question))
        if question.required and not count:
            found[question.name] = _("Xin gửi ảnh hoặc tệp của giấy tờ này.")
        elif count and count < question.min_files:
            sentence = _("Giấy tờ này cần ít nhất %(least)d tệp.")
            found[question.name] = sentence % {"least": question.min_files}
    return found


def counts(visit: Visit, questions: Iterable[Question]) -> dict[str, int]:
    """How many files each of these papers has; none for none."""
    return {one.name: len(files) for one in questions if (files := _files(visit, one))}


def drawn(
    visit: Visit, questions: Iterable[Question], refused: Mapping[str, str], rest: str = ""
) -> dict[str, Any]:
    """These papers as the page shows them, each with the files that are there and what was wrong with the last one.

    `rest` is what the desk added to the English name of a paper.
    """
    papers: list[dict[str, Any]] = [
        {
            "question": question,
            "name": question.label,
            "english": question.label_en or "",
            "hint": say(question.hint or "", question.hint_en),
            "files": [access.row(one) for one in files],
            "trouble": refused.get(question.name, ""),
            "has_room": len(files) < question.max_files,
            "is_required": question.required,
            "rest": rest,
        }
        for question in questions
        for files in [_files(visit, question)]
    ]
    faults = [(f"tep-{name}", refused[name]) for one in papers if (name := one["question"].name) in refused]
    return {"papers": papers, "faults": faults}


def _files(visit: Visit, question: Question) -> list[FilingFile]:
    return [one for one in visit.filled.files if one.question == question.name]
