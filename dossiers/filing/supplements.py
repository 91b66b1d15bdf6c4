"""What a request for papers still lacks: its lines, those that came already, and questions that a new answer brings up.

A request may be answered in parts. Each part is a draft of its own, and the dossier moves on once nothing is lacking.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.db.models import Q

from dossiers.filing import answers, papers
from dossiers.filing.answers import Filled
from dossiers.filing.models import FilingAnswer, FilingDraft, FilingFile
from dossiers.filing.rules import journey
from dossiers.filing.rules.form import FilingForm
from dossiers.filing.rules.questions import Question
from dossiers.lifecycle import document_checklist
from dossiers.lifecycle.document_checklist import Requested
from dossiers.lifecycle.intake import MAX_PAPER
from dossiers.lifecycle.models import Attachment, Dossier
from tenants import clock
from tenants.files.models import StoredFile

Answers = Mapping[str, Mapping[str, Any]]
LONGEST_LABEL = 120


@dataclass(frozen=True)
class CurrentText:
    """The answers of a dossier that count now, those that a later one hides among them, and by page and name what was
    shown there before with the moment at which it was replaced or hidden, the oldest first. `hidden` says since when no
    question asks for a paper, by its name."""

    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    earlier: dict[tuple[str, str], list[tuple[Any, datetime]]] = field(default_factory=dict)
    hidden: dict[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True)
class CurrentPaper[File: StoredFile]:
    """A paper of a dossier, or of a draft, under its name in the form or the procedure's list; `replaced_at` since when
    it does not count."""

    file: File
    name: str
    replaced_at: datetime | None = None


def name_of(question: Question) -> str:
    """How a request names the answer to this question: words that a citizen reads, as short as a paper's name."""
    label = question.label
    short = label if len(label) <= LONGEST_LABEL else f"{label[: LONGEST_LABEL - 1]}…"
    return f"Câu trả lời “{short}”"


def asked_pages(
    form: FilingForm | None, lines: Iterable[str], given: Answers | None = None
) -> tuple[str, ...]:
    """The pages of the form whose answers the lines of a request name, in the order of the form: for such a line no file
    is expected. With the answers `given` those alone on which they still ask for it."""
    asked = tuple(lines)
    shown = journey.visible_questions(form, given) if form and given is not None else None
    return tuple(
        page.code
        for page in (form.pages if form else ())
        for questions in [page.questions if shown is None else shown.get(page.code, ())]
        if any(line.startswith(name_of(one)) for one in questions for line in asked)
    )


def named(draft: FilingDraft, lines: Iterable[str]) -> list[Requested]:
    """`document_checklist.named` for lines of the request that this supplement answers, which may ask for answers too."""
    assert draft.supplement_of is not None
    form = answers.form_of(draft)
    questions = form.questions.values() if form else ()
    english = {name_of(one): one.label_en or "" for one in questions}
    english |= {one.paper: one.paper_en or "" for one in questions if one.paper}
    return document_checklist.named(draft.supplement_of, lines, english)


def current_text(dossier_id: int) -> CurrentText:
    """What was filed with what supplements put in its place: all that is shown of a dossier's answers. One statement."""
    filed = Q(draft__dossier=dossier_id) | Q(draft__supplement_of=dossier_id, draft__filed_at__isnull=False)
    rows = FilingAnswer.objects.filter(filed).exclude(values="").select_related("draft")
    text, before = CurrentText(), dict[str, dict[str, Any]]()
    form: FilingForm | None = None
    for draft, pages in groupby(rows.order_by("draft__filed_at", "draft_id"), attrgetter("draft")):
        text.answers.update((row.page, json.loads(row.values)) for row in pages)
        form, at = answers.form_of(draft), draft.filed_at
        shown = journey.visible_answers(form, text.answers) if form else {}
        for page in {**before, **shown} if draft.supplement_of_id and at else ():
            old, new = before.get(page, {}), shown.get(page, {})
            for name in {**old, **new}:
                if old.get(name) != new.get(name):
                    text.earlier.setdefault((page, name), []).append((old.get(name), at))
        before = shown
    asked = journey.visible_questions(form, text.answers) if form and text.earlier else {}
    wanted = {one.paper for questions in asked.values() for one in questions}
    for (_page, name), earlier in text.earlier.items():
        question = form.questions.get(name) if form else None
        if question and question.paper and question.paper not in wanted:
            text.hidden[question.paper[:MAX_PAPER]] = earlier[-1][1]
    return text


def papers_of(dossier: Dossier, text: CurrentText) -> list[CurrentPaper[Attachment]]:
    """`current_papers` of all papers of a dossier that were not taken away."""
    papers = dossier.attachments.filter(kind=Attachment.Kind.PAPER, removed_at=None)
    return current_papers(dossier, papers, text)


def current_papers(
    dossier: Dossier, files: Iterable[Attachment], text: CurrentText | None = None
) -> list[CurrentPaper[Attachment]]:
    """These papers of a dossier, and last those that count no longer: in whose place another came to a later request, or
    that no question asks for since an answer changed. At most four statements; `text` spares one.

    What came in parts to one request stands side by side. What the desk asked for by its name counts, also where the
    form asks no longer.
    """
    files = list(files)
    names = document_checklist.names_in_list(dossier, [one.paper for one in files])
    named = list(zip(files, names, strict=True))
    came = dossier.supplement_drafts.exclude(filed_at=None).order_by("filed_sequence")
    rows = came.values_list("filed_sequence", "supplement_sequence", "filed_at")
    parts = list(rows) if dossier.supplement_requests else []
    hidden = (text or current_text(dossier.pk)).hidden if parts else {}
    requests = dossier.events.filter(note__data__has_key="papers").select_related("note") if hidden else ()
    by_name = {line[:MAX_PAPER] for one in requests if one.note for line in one.note.data["papers"]}
    brought = {(name, one.sequence) for one, name in named if name}

    def replaced_at(file: Attachment, name: str) -> datetime | None:
        own = next((asked for number, asked, _at in parts if number == file.sequence), None)
        ends = [
            at
            for number, asked, at in parts
            if at and (number or 0) > file.sequence and asked != own and (name, number) in brought
        ]
        if name in hidden and file.uploaded_at <= hidden[name] and not (own and file.paper in by_name):
            ends.append(hidden[name])
        return min(ends, default=None)

    found = [CurrentPaper(one, name, replaced_at(one, name)) for one, name in named]
    return sorted(found, key=lambda one: one.replaced_at is not None)


def brought_up(form: FilingForm, standing: Answers, own: Answers) -> list[journey.Missing]:
    """What is missing since the answers of the supplement took the place of those that stood."""
    today = clock.today().isoformat()
    before = {(one.page, one.name) for one in journey.missing(form, standing, today)}
    now = journey.missing(form, {**standing, **own}, today)
    return [one for one in now if (one.page, one.name) not in before]


def lacking(draft: FilingDraft, own: Filled, *, standing: Answers | None = None) -> tuple[str, ...]:
    """The lines of the request that came neither with this supplement nor with an earlier part, as they were asked. One
    that the form asks no longer, by its answers over the `standing` ones, counts as come."""
    request = papers.request_of(draft)
    if draft.filed_at is not None:
        return tuple(request.lacking)
    before = standing or {}
    now = {**before, **own.answers}
    form = answers.form_of(draft)
    pages = answered_pages(draft, own)

    def is_here(line: str) -> bool:
        if asked_pages(form, [line]):
            return pages.issuperset(asked_pages(form, [line], now))
        if files_for(draft, own, line) or request.has_paper(line):
            return True
        # The desk may ask for a paper for which the form never asked.
        return not _asks_for(form, now, line) and (
            line not in request.lacking or _asks_for(form, before, line)
        )

    return tuple(line for line in request.lines if not is_here(line))


def answered_pages(draft: FilingDraft, own: Filled) -> set[str]:
    """The pages that this supplement and earlier parts of its request answered. One statement."""
    earlier = FilingAnswer.objects.exclude(draft__filed_at=None).filter(
        draft__supplement_of=draft.supplement_of_id, draft__supplement_sequence=draft.supplement_sequence
    )
    return {*own.answers, *earlier.values_list("page", flat=True)}


def files_for(draft: FilingDraft, own: Filled, line: str) -> list[FilingFile]:
    """The papers of this supplement that answer a line of its request."""
    names, request = papers.labels(draft), papers.request_of(draft)
    return [one for one in own.files if request.answered_by(line, [names.get(one.question, "")[:MAX_PAPER]])]


def _asks_for(form: FilingForm | None, answers: Answers, line: str) -> bool:
    asked = journey.visible_questions(form, answers) if form else {}
    names = (one.paper[:MAX_PAPER] for questions in asked.values() for one in questions if one.paper)
    return any(document_checklist.is_of(line, name) for name in names)


def carry_over(draft: FilingDraft) -> None:
    """Move into a new supplement what its citizen had put into the open ones of earlier requests, as far as the present
    request asks for it again; of two answers the newer one. The rest stays where it is."""
    others = FilingDraft.objects.filter(supplement_of=draft.supplement_of_id, filed_at=None).exclude(
        pk=draft.pk
    )
    now, form = papers.asked_papers(draft), answers.form_of(draft)
    for old in others.select_related("supplement_of").order_by("-pk"):
        assert old.supplement_of is not None
        before = papers.asked_papers(old)
        # The desk may have put what is wrong in other words.
        known, wanted = (
            document_checklist.names_in_list(old.supplement_of, one.values()) for one in (before, now)
        )
        questions = dict(zip(wanted, now, strict=True))
        for question, name in zip(before, known, strict=True):
            if name in questions:
                old.files.filter(question=question).update(draft=draft, question=questions[name])
        asked, again = (set(asked_pages(form, one.values())) for one in (before, now))
        if form and asked & again and old.form_version_id == draft.form_version_id:
            stays = {*draft.answers.values_list("page", flat=True), *(asked - again)}
            # A photograph alone leaves no answer on its page.
            own = [one.name for page in form.pages if page.code not in stays for one in page.questions]
            old.answers.exclude(page__in=stays).update(draft=draft)
            old.files.filter(question__in=own).update(draft=draft)


def visible_answers(form: FilingForm, standing: Answers, own: Answers) -> dict[str, dict[str, Any]]:
    """The answers of a supplement that leave: none to a question that is hidden by now. A page that is asked and was
    emptied leaves too: it takes the place of what stood there."""
    now = {**standing, **own}
    shown, asked = journey.visible_answers(form, now), journey.visible_questions(form, now)
    return {page: shown.get(page, {}) for page in own if page in shown or page in asked}
