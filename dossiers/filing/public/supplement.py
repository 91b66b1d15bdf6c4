"""Supplements sent from home: from the dossier's page by a code to exactly the papers that are missing."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from dossiers.filing import answers, drafts, forms, papers, supplements
from dossiers.filing.public import end as filing_end
from dossiers.filing.public import papers as filing_papers
from dossiers.filing.public.doors import CODE, STANDING, OneQuestion, Visit, entered, take_post
from dossiers.filing.public.form import QuestionForm, say
from dossiers.filing.rules import journey
from dossiers.filing.rules.form import FILED, TASKS, Page
from dossiers.filing.rules.questions import MOST_FILES, Question
from dossiers.filing.submission import complete_supplement
from dossiers.lifecycle import access_links
from dossiers.lifecycle.document_checklist import Requested
from dossiers.lifecycle.errors import IntakeRefused, NotPossible
from dossiers.lifecycle.models import AccessToken
from dossiers.lookup.public.holder_pages import own_address
from messaging.outbox.one_time_codes import codes, delivery
from tenants.organisation import catalogue
from tenants.web.public_pages import form_page, see_other

SUBMIT = "nop"


@form_page
def start(request: HttpRequest, token: str) -> HttpResponse:
    """Answer /h/<token>/bo-sung/: a code to the dossier's number opens the page of the missing papers."""
    with catalogue.read_once():
        own, browser = own_address(token), drafts.Browser.of(request)
        take_post(request)
        dossier = own.dossier
        reference = request.GET.get("gui", "")[: codes.LONGEST_REFERENCE]
        possible, over = access_links.has_mobile(dossier) and delivery.can_send(forms.PURPOSE), ""
        try:
            drafts.present_request(dossier)
        except NotPossible as refusal:
            over = str(refusal)
        if request.method == "POST" and (over or not possible):
            return see_other(request.path)

        def send() -> HttpResponse:
            sent = drafts.send_supplement_code(dossier, browser)
            return see_other(f"{request.path}?{urlencode({'gui': sent})}")

        def opened(code: str) -> HttpResponse:
            opened = drafts.begin_supplement(dossier, browser, reference=reference, code=code)
            return entered(opened, TASKS)

        question = OneQuestion(request, CODE, opened, send=send, reference=reference)
        return question.answer(
            "supplement_start",
            code=dossier.code,
            token=token,
            possible=possible,
            over=over,
            number=dossier.recipient.masked_phone,
            desk=dossier.receiving_agency.living,
        )


def over(visit: Visit) -> str:
    """Why nothing can be sent by this draft any more, a supplement for whose papers the dossier does not wait; ""
    otherwise."""
    try:
        if visit.draft.supplement_of_id is not None:
            drafts.require_asked(visit.draft)
    except NotPossible as refusal:
        return str(refusal)
    return ""


def asked_pages(visit: Visit) -> list[str]:
    """The pages of the form whose answers the desk asked to correct, and those that a new answer brings up."""
    asked = supplements.asked_pages(answers.form_of(visit.draft), visit.requested.values())
    return list(dict.fromkeys([*asked, *(page.code for page, _is_lacking in _opened(visit))]))


def _opened(visit: Visit) -> list[tuple[Page, bool]]:
    """The pages beside the asked ones that an answer of this supplement has opened, or that hold something of it; and
    whether something is missing there."""
    form = answers.form_of(visit.draft)
    if form is None:
        return []
    own, asked = visit.own.answers, supplements.asked_pages(form, visit.requested.values())
    lacking = {one.page for one in supplements.brought_up(form, visit.standing, own)}
    before, now = (journey.visible_questions(form, one) for one in (visit.standing, visit.filled.answers))
    known = {one.name for questions in before.values() for one in questions}
    new = {code for code, questions in now.items() if code in own or {one.name for one in questions} - known}
    return [
        (page, page.code in lacking)
        for page in form.pages
        if page.code in lacking or page.code in new.difference(asked)
    ]


def page(visit: Visit, code: str) -> HttpResponse | None:
    """A page of a supplement: the list of what is missing, one missing paper, or what was sent; None for any other."""
    asked = visit.requested
    if code == TASKS:
        return _list(visit, asked)
    if code == FILED:
        if visit.draft.filed_at is None:
            return visit.go(TASKS)
        dossier = visit.draft.supplement_of
        assert dossier is not None
        return visit.shown(
            "supplement_filed",
            code=dossier.code,
            desk=catalogue.agencies()[dossier.receiving_agency_id],
            has_copy=filing_end.copied(visit) is not None,
            rest=supplements.named(visit.draft, supplements.lacking(visit.draft, visit.own)),
            url=access_links.url(access_links.issue(dossier, AccessToken.Purpose.LOOKUP)),
        )
    if code not in asked or supplements.asked_pages(answers.form_of(visit.draft), [asked[code]]):
        return None
    return _paper(visit, code, asked[code])


def _list(visit: Visit, asked: dict[str, str]) -> HttpResponse:
    trouble, unsaved = "", _unsaved(visit)
    dossier = visit.draft.supplement_of
    assert dossier is not None
    if visit.request.method == "POST" and visit.request.POST.get("viec") == SUBMIT and not unsaved:
        try:
            complete_supplement(visit.draft.pk, seen=visit.request.POST.get(STANDING))
        except IntakeRefused as refusal:
            trouble = " ".join(refusal.problems.values())
        except (NotPossible, answers.Changed) as refusal:
            trouble = str(refusal)
            visit.forget()
        else:
            return visit.go(FILED)
    note = papers.request_of(visit.draft).asked.note
    lacking = supplements.lacking(visit.draft, visit.own, standing=visit.standing)
    named = zip(asked, supplements.named(visit.draft, asked.values()), strict=True)
    rows = [_row(visit, name, line, lacking) for name, line in named]
    opened = _opened(visit)
    rows += [_opened_row(visit, *one) for one in opened]
    is_open = any(is_lacking for _page, is_lacking in opened)
    return visit.shown(
        "supplement",
        rows=rows,
        note=note.text if note else "",
        code=dossier.code,
        unsaved=unsaved,
        opened=is_open,
        ready=bool(visit.own.files or visit.own.answers) and not unsaved and not is_open,
        whole=all(row.get("done") for row in rows),
        trouble=trouble,
        standing=answers.digest(visit.draft, visit.own),
        action=visit.address(TASKS),
    )


def _unsaved(visit: Visit) -> list[tuple[str, str]]:
    """The address and heading of each page on which something was typed that is not stored."""
    asked = [code for code in asked_pages(visit) if code in visit.own.pending]
    # A dossier taken in at the counter has no form, and nothing of it waits here.
    pages = [visit.form.page(code) for code in asked]
    return [(visit.address(page.code), say(*page.heading)) for page in pages if page is not None]


def _written(visit: Visit, pages: Iterable[str]) -> list[str]:
    """What this supplement answers on these pages of the form, in words."""
    own, has_form = visit.own.answers, visit.draft.form_version_id is not None
    leaving = supplements.visible_answers(visit.form, visit.standing, own) if has_form else {}
    asked = [page for code in pages if leaving.get(code) and (page := visit.form.page(code))]
    return [QuestionForm(one.questions, answers=leaving[one.code]).words() for one in asked]


def _row(visit: Visit, name: str, line: Requested, lacking: tuple[str, ...]) -> dict[str, Any]:
    """A line of what is missing: an answer to correct on its page, or a paper to send."""
    form, done = answers.form_of(visit.draft), line.name not in lacking
    pages = supplements.asked_pages(form, [line.name])
    still = supplements.asked_pages(form, [line.name], visit.filled.answers)
    places = still or pages or (name,)
    # In an old form questions of several pages may have one label.
    answered = supplements.answered_pages(visit.draft, visit.own) if len(places) > 1 else ()
    files = [one.name for one in supplements.files_for(visit.draft, visit.own, line.name)]
    came = bool(still if pages else files or papers.request_of(visit.draft).has_paper(line.name))
    return {
        "asked": line,
        "url": visit.address(next((one for one in places if one not in answered), places[0])),
        "given": [*_written(visit, places), *files],
        "is_answer": bool(pages),
        "done": done,
        "gone": done and not came,
    }


def _opened_row(visit: Visit, page: Page, is_lacking: bool) -> dict[str, Any]:
    names = {one.name for one in page.questions}
    files = [one.name for one in visit.own.files if one.question in names]
    return {
        "asked": Requested(*page.heading),
        "url": visit.address(page.code),
        "given": [*_written(visit, [page.code]), *files],
        "done": not is_lacking,
        "optional": not is_lacking and not visit.filled.answers.get(page.code),
    }


def _paper(visit: Visit, name: str, paper: str) -> HttpResponse:
    (line,) = supplements.named(visit.draft, [paper])
    question = Question.model_construct(
        name=name,
        type="paper",
        label=paper,
        label_en=line.english,
        paper=paper,
        personal="other",
        max_files=MOST_FILES,
    )
    refused: dict[str, str] = {}
    if visit.request.method == "POST":
        wanted = visit.request.POST.get("viec", "")
        refused = filing_papers.act(visit, [question], wanted)
        if not refused:
            return visit.go(name if filing_papers.is_about_files(wanted) else TASKS)
    return visit.shown(
        "page",
        form=QuestionForm([]),
        asked={
            "code": name,
            "heading": f"{line.english}{line.rest}" if line.english else paper,
            "section": _("Bổ sung hồ sơ"),
        },
        **filing_papers.drawn(visit, [question], refused, line.rest),
        alone=True,
        back=visit.address(TASKS),
        action=visit.address(name),
    )
