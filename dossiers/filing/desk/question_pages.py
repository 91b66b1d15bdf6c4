"""All questions of a form on one page, as the desk fills them in: read, kept where they are sound, and drawn again."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from dossiers.filing import forms
from dossiers.filing.answers import page_digest
from dossiers.filing.public.form import Drawn, QuestionForm, say
from dossiers.filing.rules.conditions import TODAY
from dossiers.filing.rules.form import ELIGIBILITY, FILER, FilingForm
from dossiers.filing.rules.questions import Question
from dossiers.filing.rules.simple_types import Raw
from tenants import clock

SHOWN = "hoi"
"""Under this name a post lists the questions that its page showed."""
STANDING = "dang-co"
"""Under this name a post carries a digest of the answers of each page as they stood when they were shown."""
FILE_PREFIX = "tep-"
_FILER = tuple(
    Question.model_construct(
        name=f"nguoi_nop_{name}", type=kind, label=label, personal=personal, required=name == "name"
    )
    for name, kind, label, personal in (
        ("name", "text", gettext_noop("Họ và tên người nộp"), "name"),
        ("id_number", "text", gettext_noop("Số định danh"), "id_number"),
        ("phone", "phone", gettext_noop("Số điện thoại"), "phone"),
        ("address", "text", gettext_noop("Địa chỉ"), "address"),
    )
)


@dataclass
class PaperBox:
    """A question for a paper: the names of its files, and why what was sent was refused."""

    question: Question
    stored: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


@dataclass
class PageOfQuestions:
    """The questions of one page of the form that are asked; `values` once they were read without a fault."""

    code: str
    form: QuestionForm
    asked: list[Question] = field(default_factory=list)
    papers: list[PaperBox] = field(default_factory=list)
    values: dict[str, Any] | None = None
    digest: str = ""

    @property
    def drawn(self) -> list[Drawn]:
        names = {question.name for question in self.asked}
        return [one for one in self.form.drawn if one.question.name in names]


class DeskForm:
    """The questions of a form with the answers there are, or with what was posted (`raw`).

    A question that a posted answer brings up is drawn without a fault, since the page did not show it before. `begun`:
    the answers stand in a draft, where another hand may have changed them since they were shown. A page that only the
    other hand has changed stays as it is; one that both have changed is not sound, and shown again.
    """

    def __init__(
        self,
        form: FilingForm,
        answers: Mapping[str, Mapping[str, Any]],
        raw: Raw | None = None,
        *,
        asks_phone: bool,
        begun: bool = False,
    ) -> None:
        self._form, self._answers, self._raw = form, answers, raw
        self._seen: dict[str, str] = {}
        self._stands: dict[str, PageOfQuestions] = {}
        if raw is not None and begun:
            self._seen = dict(one.split(":", 1) for one in raw.get(STANDING, ()) if ":" in one)
            self._stands = {page.code: page for page in DeskForm(form, answers, asks_phone=asks_phone).pages}
        self._shown = set(raw.get(SHOWN, ())) if raw is not None else set()
        self._known: dict[str, Any] = {TODAY: clock.today().isoformat()}
        self.has_new = False
        self.headings = [one for one in self._read(asks_phone) if any(page.asked for page in one["pages"])]

    @property
    def pages(self) -> list[PageOfQuestions]:
        return [page for heading in self.headings for page in heading["pages"]]

    @property
    def entered(self) -> list[tuple[str, list[str]]]:
        """What stands in the boxes, in words."""
        return [row for page in self.pages for row in page.form.entered]

    @property
    def papers(self) -> list[PaperBox]:
        return [paper for page in self.pages for paper in page.papers]

    @property
    def is_sound(self) -> bool:
        """Whether everything that was posted could be read, and every question was shown."""
        return not self.has_new and all(page.values is not None for page in self.pages)

    @property
    def sound_answers(self) -> dict[str, dict[str, Any]]:
        """The answers of each page without a fault, as drafts keep them."""
        found = {page.code: page.values for page in self.pages if page.values is not None}
        if FILER in found:
            found[FILER] = {name.removeprefix("nguoi_nop_"): value for name, value in found[FILER].items()}
        return found

    def fault_of_phone(self, sentence: str) -> None:
        """Show a sentence at the telephone number."""
        page = next(page for page in self.pages if page.code == FILER)
        page.form.add_fault("nguoi_nop_phone", sentence)
        page.values = None

    def _read(self, asks_phone: bool) -> Iterator[dict[str, Any]]:
        """The pages of each section, under its title."""
        first = tuple(one.question for one in self._form.eligibility)
        if first:
            yield {"title": say(gettext_noop("Trước khi điền")), "pages": [self._page(ELIGIBILITY, first)]}
        is_asked = self._form.people.filer is None
        filer = tuple(one for one in _FILER if (asks_phone if one.type == "phone" else is_asked))
        yield {"title": say(gettext_noop("Người nộp")), "pages": [self._page(FILER, filer)]}
        for section in self._form.sections:
            pages = [self._page(page.code, page.questions) for page in section.pages]
            yield {"title": say(section.title, section.title_en), "pages": pages}

    def _page(self, code: str, questions: tuple[Question, ...]) -> PageOfQuestions:
        given = self._answers.get(code, {})
        if code == FILER:
            given = {f"nguoi_nop_{name}": value for name, value in given.items()}
        offers = {one.name: forms.offered(one, self._known) for one in questions}
        page = PageOfQuestions(code, QuestionForm(questions, raw=self._raw, answers=given, offers=offers))

        def is_asked(question: Question, known: Mapping[str, Any]) -> bool:
            condition = self._form.conditions.get(question.name)
            return condition is None or condition.holds(known)

        if self._raw is not None:
            page.values = page.form.read(self._known, is_asked)
            self._respect_others(page, questions, given)
        now = given if self._raw is None else page.values or {}
        for question in questions:
            if is_asked(question, self._known):
                page.asked.append(question)
                if now.get(question.name) is not None:
                    self._known[question.name] = now[question.name]
        if self._raw is None:
            page.digest = page_digest(page.asked, given)
        else:
            self._forgive_new(page)
        page.papers = [PaperBox(question) for question in page.asked if question.type == "paper"]
        return page

    def _respect_others(
        self, page: PageOfQuestions, questions: tuple[Question, ...], given: Mapping[str, Any]
    ) -> None:
        """Keep of a page what another hand stored since it was shown."""
        seen, stands = self._seen.get(page.code), self._stands.get(page.code)
        typed = page_digest(questions, page.values or {})
        page.digest = typed if page.values is not None else stands.digest if stands else ""
        # What another hand's answer brought up was not shown here, and so not left empty here.
        is_new = (
            seen is None
            and stands is not None
            and any(given.get(one.name) is not None for one in stands.asked)
        )
        if stands is None or (stands.digest in (seen, typed) if seen is not None else not is_new):
            return
        page.digest = stands.digest
        if is_new or (page.values is not None and typed == seen):
            page.form = QuestionForm(questions, answers=given)
            page.values = {
                one.name: given[one.name] for one in stands.asked if given.get(one.name) is not None
            }
        else:
            page.values = None
            page.form.add_fault(
                next((one.name for one in page.asked or stands.asked), ""),
                _(
                    "Trang này vừa được sửa ở nơi khác, nay ghi “%(words)s”. Xin hỏi lại người nộp, sửa cho đúng rồi ghi."
                )
                % {"words": stands.form.words()},
            )

    def _forgive_new(self, page: PageOfQuestions) -> None:
        """Take the faults away from questions that the posted page did not show."""
        new = [one.name for one in page.asked if one.name not in self._shown]
        self.has_new = self.has_new or bool(new)
        for name in list(page.form.errors):
            if any(name == one or name.startswith(f"{one}-") for one in new):
                del page.form.errors[name]
