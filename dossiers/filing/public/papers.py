"""Papers of a draft on the page that asks for them: sent one by one, looked at, taken out again."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.http import Http404, HttpResponseBase
from django.utils.translation import gettext as _

from dossiers.filing import papers as stored_papers
from dossiers.filing.public.doors import Visit, let_in
from dossiers.filing.public.form import say
from dossiers.filing.rules.questions import Question
from dossiers.lifecycle.errors import NotPossible
from dossiers.lifecycle.files import access, labels
from tenants.files.inspection import FileRefused, size_in_words
from tenants.files.storage import NotStored, Unreadable
from tenants.web.budgets import BudgetSpent
from tenants.web.client_address import client_address

SEND, REMOVE = "gui", "bo-tep"
LONGEST_ID = 18
MOST_AT_ONCE = 4
"""Files of one post: a photograph and a file, of two papers that stand on one page."""
LONGEST_SECONDS = 5
"""After so long no further file of one post is looked at: others wait for the same threads."""


@dataclass(frozen=True)
class StoredPaper:
    """A file that is there, as the page lists it."""

    pk: int
    name: str
    facts: str


@dataclass(frozen=True)
class DrawnPaper:
    """A paper that is asked for, with the files that are there and what was wrong with the last one."""

    question: Question
    name: str
    english: str
    hint: str
    files: list[StoredPaper]
    trouble: str
    has_room: bool
    rest: str = ""

    @property
    def is_required(self) -> bool:
        return self.question.required


@let_in
def file(visit: Visit, code: str, file_id: int) -> HttpResponseBase:
    """Answer …/<page>/tep/<number>/: a file of the draft, for who may open the draft."""
    try:
        return access.download(stored_papers.give_out(visit.draft, file_id))
    except access.NoSuchFile:
        raise Http404 from None
    except Unreadable:
        return visit.shown(
            "file_unavailable", status=503, reason=labels.unreadable(), back=visit.address(code)
        )
    except access.NotServed as refusal:
        return visit.shown(
            "file_unavailable",
            status=503,
            reason=labels.why_not(refusal.attachment),
            back=visit.address(code),
        )


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
        count = sum(one.question == question.name for one in visit.filled.files)
        if question.required and not count:
            found[question.name] = _("Xin gửi ảnh hoặc tệp của giấy tờ này.")
        elif count and count < question.min_files:
            sentence = _("Giấy tờ này cần ít nhất %(least)d tệp.")
            found[question.name] = sentence % {"least": question.min_files}
    return found


def counts(visit: Visit, questions: Iterable[Question]) -> dict[str, int]:
    """How many files each of these papers has; none for none."""
    found = {
        question.name: sum(one.question == question.name for one in visit.filled.files)
        for question in questions
    }
    return {name: count for name, count in found.items() if count}


def drawn(visit: Visit, questions: Iterable[Question], refused: Mapping[str, str]) -> list[DrawnPaper]:
    """These papers as the page shows them."""
    rows = []
    for question in questions:
        files = [one for one in visit.filled.files if one.question == question.name]
        rows.append(
            DrawnPaper(
                question,
                question.label,
                question.label_en or "",
                say(question.hint or "", question.hint_en or ""),
                [
                    StoredPaper(
                        one.pk, one.name, f"{one.get_content_type_display()}, {size_in_words(one.size)}"
                    )
                    for one in files
                ],
                refused.get(question.name, ""),
                len(files) < question.max_files,
            )
        )
    return rows
