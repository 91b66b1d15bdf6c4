"""What was filed, as the desk reads it: answers in words beside the papers of their questions, old beside new."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from dossiers import files, wording
from dossiers.files import labels, virus_scan
from dossiers.filing import answers as draft_answers
from dossiers.filing import asked_answers, papers
from dossiers.lifecycle.intake import MAX_PAPER
from dossiers.models import Attachment, Dossier, FilingDraft, StoredFile
from dossiers.rules.filing import journey
from dossiers.rules.filing.form import ELIGIBILITY, FILER, FilingForm
from dossiers.rules.filing.question_types import TYPES
from dossiers.rules.filing.questions import Question
from dossiers.rules.statuses import Status
from tenants.accounts.models import User
from tenants.uploads.inspection import size_in_words

Answers = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class FileLink:
    """A file beside an answer; `url` is empty while it is not given out, and `trouble` says why."""

    name: str
    facts: str
    url: str
    trouble: str = ""


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
    old: tuple[str, ...]
    new: tuple[str, ...]
    old_files: tuple[FileLink, ...] = ()
    new_files: tuple[FileLink, ...] = ()


@dataclass(frozen=True)
class Supplement:
    """What a citizen brought to one request."""

    when: str
    asked: tuple[str, ...]
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Filed:
    """All that the desk reads of a filing: what was filed first, and each supplement, the newest first."""

    when: str
    parts: tuple[Part, ...]
    supplements: tuple[Supplement, ...]
    is_new: bool


def link_to(file: StoredFile, url: str) -> FileLink:
    """A file as it stands beside an answer."""
    facts = f"{file.get_content_type_display()}, {size_in_words(file.size)}"
    if virus_scan.is_safe(file):
        return FileLink(file.name, facts, url)
    return FileLink(file.name, facts, "", labels.why_not(file))


def parts(
    form: FilingForm,
    answers: Answers,
    of_question: Callable[[Question], tuple[FileLink, ...]],
    faults: Iterable[journey.Missing] = (),
) -> tuple[Part, ...]:
    """The questions that were asked, under the headings of the form. A paper is shown by its files alone."""
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
    found = [Part(_("Trước khi điền"), first), Part(_("Người nộp"), tuple(_filer(answers.get(FILER, {}))))]
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
    return asked_answers.askable(form, draft_answers.read(draft).answers)


def filed(dossier: Dossier, user: User, url_of: Callable[[Attachment], str]) -> Filed | None:
    """What stands in the tab of a dossier; None where nothing of it was filed by a form."""
    draft = FilingDraft.objects.filter(dossier=dossier).first()
    supplements = draft_answers.supplements_of(dossier)
    if draft is None and not supplements:
        return None
    attachments = [one for one in files.visible_files(dossier, user) if one.kind == Attachment.Kind.PAPER]
    form = draft_answers.form_of(draft) if draft else None
    standing: dict[str, dict[str, Any]] = draft_answers.read(draft).answers if draft else {}
    first: tuple[Part, ...] = ()
    if draft is not None and form is not None:
        brought = [one for one in attachments if one.sequence == draft.filed_sequence]

        def of_question(question: Question) -> tuple[FileLink, ...]:
            name = (question.paper or "")[:MAX_PAPER]
            return tuple(link_to(one, url_of(one)) for one in brought if one.paper == name)

        first = parts(form, standing, of_question)
    found: list[Supplement] = []
    for later, filled in supplements:
        changes = [*_changed(form, standing, filled.answers), *_papers(later, attachments, form, url_of)]
        asked = tuple(papers.asked_papers(papers.request_of(later)).values())
        when = wording.full(later.filed_at) if later.filed_at else ""
        found.append(Supplement(when, asked, tuple(changes)))
        standing = {**standing, **filled.answers}
    return Filed(
        when=wording.full(draft.filed_at) if draft and draft.filed_at else "",
        parts=first,
        supplements=tuple(reversed(found)),
        is_new=dossier.status_enum is Status.NEW,
    )


def _filer(values: Mapping[str, Any]) -> Iterable[Answer]:
    names = {
        "name": _("Họ và tên"),
        "id_number": _("Số định danh"),
        "phone": _("Số điện thoại"),
        "address": _("Địa chỉ"),
    }
    for name, label in names.items():
        if values.get(name):
            yield Answer(FILER, label, (str(values[name]),))


def _lines(question: Question, value: Any) -> tuple[str, ...]:
    return () if question.type == "paper" else tuple(TYPES[question.type].lines(question, value))


def _changed(form: FilingForm | None, before: Answers, after: Answers) -> Iterable[Change]:
    """The answers of a supplement that differ from what stood before."""
    if form is None:
        return
    for page in form.pages:
        for question in page.questions:
            new = after.get(page.code, {}).get(question.name)
            old = before.get(page.code, {}).get(question.name)
            if page.code in after and question.type != "paper" and new != old:
                yield Change(question.label, _lines(question, old), _lines(question, new))


def _papers(
    draft: FilingDraft,
    attachments: Sequence[Attachment],
    form: FilingForm | None,
    url_of: Callable[[Attachment], str],
) -> Iterable[Change]:
    """The papers of a supplement beside those that it takes the place of; what was asked for and did not come, too."""
    came = [one for one in attachments if one.sequence == draft.filed_sequence]
    before = [one for one in attachments if one.sequence < (draft.filed_sequence or 0)]
    named = dict.fromkeys(name[:MAX_PAPER] for name in papers.labels(draft).values())
    asked = {name[:MAX_PAPER] for name in papers.asked_papers(papers.request_of(draft)).values()}
    for name in named:
        new = tuple(link_to(one, url_of(one)) for one in came if one.paper == name)
        if not new and (name not in asked or asked_answers.is_answer(form, name)):
            continue
        old = tuple(link_to(one, url_of(one)) for one in before if _is_same(one.paper, name))
        yield Change(name, (), (), old, new)


def _is_same(paper: str, asked: str) -> bool:
    """Whether a request, which may add what is wrong, is about this paper: "Tờ khai" and "Tờ khai: chưa ký"."""
    return bool(paper) and (asked == paper or asked.startswith(f"{paper}: "))
