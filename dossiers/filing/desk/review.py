"""What was filed, as the desk reads it: answers in words beside the papers of their questions, old beside new."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from dossiers.deadlines import wording
from dossiers.filing import answers as draft_answers
from dossiers.filing import papers, supplements
from dossiers.filing.models import FilingDraft
from dossiers.filing.public import answers as filing_answers
from dossiers.filing.public.answers import AnswerRow, Earlier, Replaced, replaced
from dossiers.filing.rules import asked_answers, journey
from dossiers.filing.rules.form import ELIGIBILITY, FILER, FilingForm
from dossiers.filing.rules.question_types import TYPES
from dossiers.filing.rules.questions import Question, vietnamese
from dossiers.lifecycle import files
from dossiers.lifecycle.files import labels, virus_scan
from dossiers.lifecycle.models.dossier import Attachment, Dossier
from dossiers.workflow.rules.statuses import Status
from tenants.accounts.models import User
from tenants.files.inspection import size_in_words
from tenants.files.models import StoredFile

Answers = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class FileLink:
    """A file beside an answer; `url` is empty while it is not given out, and `trouble` says why. Of a file of a
    dossier the event by which it came, and when another came in its place."""

    name: str
    facts: str
    url: str
    trouble: str = ""
    sequence: int = 0
    replaced_at: datetime | None = None


@dataclass(frozen=True)
class Answer:
    """A question with its answer in words and its files. `fault` says what is missing or does not fit; `name` is that of
    a question of the form."""

    page: str
    label: str
    lines: tuple[str, ...]
    files: tuple[FileLink, ...] = ()
    fault: str = ""
    is_paper: bool = False
    name: str = ""
    earlier: Sequence[Replaced] = ()


@dataclass(frozen=True)
class Part:
    """Answers under one heading, and the papers of its questions."""

    title: str
    rows: tuple[Answer, ...]

    @property
    def answers(self) -> tuple[Answer, ...]:
        return tuple(row for row in self.rows if not row.is_paper)

    @property
    def papers(self) -> tuple[Answer, ...]:
        return tuple(row for row in self.rows if row.is_paper)


@dataclass(frozen=True)
class Change:
    """An answer or a paper of a supplement: what stood before, and what came."""

    label: str
    old: Sequence[str]
    new: Sequence[str]
    old_files: tuple[FileLink, ...] = ()
    new_files: tuple[FileLink, ...] = ()


@dataclass(frozen=True)
class Supplement:
    """What a citizen brought to one request, and what is lacking of it."""

    when: str
    asked: tuple[str, ...]
    lacking: tuple[str, ...]
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Filed:
    """All that the desk reads of a filing: what counts now, and each supplement, the newest first."""

    when: str
    parts: tuple[Part, ...]
    supplements: tuple[Supplement, ...]
    is_new: bool


def link_to(file: StoredFile, url: str, of: supplements.CurrentPaper | None = None) -> FileLink:
    """A file as it stands beside an answer."""
    facts = f"{file.get_content_type_display()}, {size_in_words(file.size)}"
    served = virus_scan.is_safe(file)
    trouble = "" if served else labels.why_not(file)
    came = (of.file.sequence, of.replaced_at) if of else ()
    return FileLink(file.name, facts, url if served else "", trouble, *came)


def parts(
    form: FilingForm,
    answers: Answers,
    of_question: Callable[[Question], tuple[FileLink, ...]],
    faults: Iterable[journey.Missing] = (),
    earlier: Earlier | None = None,
) -> tuple[Part, ...]:
    """The questions that were asked, under the headings of the form, with what stood there `earlier`. A paper is shown by
    its files alone."""
    said = {(one.page, one.name): _(one.sentence) for one in faults}
    asked = journey.visible_questions(form, answers)
    given = answers.get(ELIGIBILITY, {})
    first = tuple(
        Answer(
            ELIGIBILITY,
            one.label,
            tuple(TYPES["one_of"].lines(one.question, given.get(one.name))),
            fault=said.get((ELIGIBILITY, one.name), ""),
        )
        for one in form.eligibility
    )
    filer = tuple(_filer(answers.get(FILER, {}), earlier or {}))
    found = [Part(_("Trước khi điền"), first), Part(_("Người nộp"), filer)]
    for section in form.sections:
        rows = tuple(
            Answer(
                page.code,
                question.label,
                _lines(question, answers.get(page.code, {}).get(question.name)),
                of_question(question) if question.type == "paper" else (),
                said.get((page.code, question.name), ""),
                is_paper=question.type == "paper",
                name=question.name,
                earlier=replaced(question, earlier or {}, page.code),
            )
            for page in section.pages
            for question in asked.get(page.code, ())
        )
        found.append(Part(section.title, rows))
    return tuple(part for part in found if part.rows)


def askable_answers(dossier: Dossier) -> tuple[str, ...]:
    """The answers of this dossier that a request may name; none where it was not filed by a form."""
    draft = FilingDraft.objects.filter(dossier=dossier).first()
    form = draft_answers.form_of(draft) if draft else None
    if draft is None or form is None:
        return ()
    return asked_answers.askable(form, supplements.current_text(dossier.pk).answers)


def filed(dossier: Dossier, user: User, url_of: Callable[[Attachment], str]) -> Filed | None:
    """What stands in the tab of a dossier; None where nothing of it was filed by a form."""
    draft = FilingDraft.objects.filter(dossier=dossier).first()
    later_ones = draft_answers.supplements_of(dossier)
    if draft is None and not later_ones:
        return None
    attachments = [one for one in files.visible_files(dossier, user) if one.kind == Attachment.Kind.PAPER]
    form, text = draft_answers.form_of(draft) if draft else None, supplements.current_text(dossier.pk)
    came = supplements.current_papers(dossier, attachments)
    groups = filing_answers.groups(form, text.answers, papers=came, earlier=text.earlier, speak=vietnamese)

    def answer(row: AnswerRow) -> Answer:
        links = tuple(link_to(one.file, url_of(one.file), one) for one in row.papers or ())
        # A paper that counts is shown by its files alone.
        lines = () if any(one.replaced_at is None for one in links) else row.lines
        earlier, is_paper = () if links else row.earlier, row.papers is not None
        return Answer(row.page, row.label, tuple(lines), links, is_paper=is_paper, earlier=earlier)

    shown = parts(form, text.answers, lambda _question: (), earlier=text.earlier) if form else ()
    found = [
        *(part for part in shown if part.rows[0].page == FILER),
        *(Part(group.title, tuple(map(answer, group.rows))) for group in groups),
    ]
    rows = [row for part in found for row in part.rows]
    return Filed(
        when=wording.full(draft.filed_at) if draft and draft.filed_at else "",
        parts=tuple(found),
        supplements=tuple(
            Supplement(
                wording.full(later.filed_at) if later.filed_at else "",
                tuple(papers.asked_papers(papers.request_of(later)).values()),
                supplements.lacking(later, filled),
                tuple(_changes(rows, later)),
            )
            for later, filled in reversed(later_ones)
        ),
        is_new=dossier.status_enum is Status.NEW,
    )


def _changes(rows: Iterable[Answer], supplement: FilingDraft) -> Iterable[Change]:
    """The answers and papers that this supplement put in the place of others, or brought first."""
    for row in rows:
        new = tuple(one for one in row.files if one.sequence == supplement.filed_sequence)
        old = tuple(one for one in row.files if one.replaced_at == supplement.filed_at)
        if new or old:
            yield Change(row.label, (), () if new else row.lines, old, new)
        for place, one in enumerate(row.earlier):
            if one.at == supplement.filed_at:
                yield Change(row.label, one.lines, row.earlier[place - 1].lines if place else row.lines)


def _filer(values: Mapping[str, Any], earlier: Earlier) -> Iterable[Answer]:
    names = {
        "name": _("Họ và tên"),
        "id_number": _("Số định danh"),
        "phone": _("Số điện thoại"),
        "address": _("Địa chỉ"),
    }
    for name, label in names.items():
        old = reversed(earlier.get((FILER, name), []))
        before = [Replaced([str(one)] if one else [], at) for one, at in old]
        now = (str(values[name]),) if values.get(name) else ()
        if now or before:
            yield Answer(FILER, label, now, earlier=before)


def _lines(question: Question, value: Any) -> tuple[str, ...]:
    return () if question.type == "paper" else tuple(TYPES[question.type].lines(question, value))
