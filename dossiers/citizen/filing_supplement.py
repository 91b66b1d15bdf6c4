"""Supplements sent from home: from the dossier's page by a code to exactly the papers that are missing."""

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from dossiers import services
from dossiers.citizen import filing_papers
from dossiers.citizen.filing_doors import Visit, browser_of, code_trouble
from dossiers.citizen.filing_start import CODE
from dossiers.citizen.holder_pages import Holder
from dossiers.filing import answers, asked_answers, drafts, forms, papers
from dossiers.lifecycle.errors import IntakeRefused, NotPossible, Refused
from dossiers.presentation.filing_form import QuestionForm
from dossiers.public_pages import form_page, private, see_other, too_many_tries
from dossiers.rules.filing.form import FILED, TASKS
from dossiers.rules.filing.questions import MOST_FILES, Question
from messaging.one_time_codes import codes, delivery
from tenants.organisation import catalogue

SUBMIT = "nop"


@form_page
def start(request: HttpRequest, token: str) -> HttpResponse:
    """Answer /h/<token>/bo-sung/: a code to the dossier's number opens the page of the missing papers."""
    with catalogue.read_once():
        holder = Holder.of(token)
        dossier = holder.token.dossier
        reference = request.GET.get("gui", "")[: codes.LONGEST_REFERENCE]
        form, trouble, status = QuestionForm([CODE]), "", 200
        if request.method == "POST":
            try:
                if "gui" in request.POST or not reference:
                    sent = drafts.send_supplement_code(dossier, browser_of(request))
                    return see_other(f"{request.path}?{urlencode({'gui': sent})}")
                form = QuestionForm([CODE], raw=dict(request.POST.lists()))
                found = form.read({}, lambda *_one: True)
                if found is not None:
                    typed = found["ma"][: codes.LONGEST_TYPED]
                    opened = drafts.begin_supplement(
                        dossier, browser_of(request), reference=reference, code=typed
                    )
                    return see_other(reverse("filing-page", args=[opened.name, TASKS]))
            except drafts.TooManyTries:
                return too_many_tries(request)
            except drafts.WrongProof as refusal:
                form.add_fault("ma", str(refusal))
            except (codes.TooManyCodes, codes.CodeNotSent) as refusal:
                trouble, status = code_trouble(refusal)
            except Refused as refusal:
                trouble = str(refusal)
        takes_code = bool(reference) and codes.is_open(reference)
        context = {
            "code": dossier.code,
            "token": token,
            "possible": delivery.can_send(forms.PURPOSE),
            "number": dossier.recipient.masked_phone,
            "takes_code": takes_code,
            "expired": bool(reference) and not takes_code,
            "form": form,
            "trouble": trouble,
            "minutes": int(codes.GOOD_FOR.total_seconds() // 60),
            "desk": dossier.receiving_agency.living,
        }
        return private(render(request, "citizen/filing/supplement_start.html", context, status=status))


def asked_pages(visit: Visit) -> tuple[str, ...]:
    """The pages of the form whose answers the desk asked to correct."""
    form = answers.form_of(visit.draft)
    return asked_answers.asked_pages(form, visit.requested.values()) if form else ()


def page(visit: Visit, code: str) -> HttpResponse:
    """A page of a supplement: the list of what is missing, one missing paper, or what was sent."""
    asked = visit.requested
    if code == TASKS:
        return _list(visit, asked)
    if code == FILED:
        if visit.draft.filed_at is None:
            return visit.go(TASKS)
        dossier = visit.draft.supplement_of
        assert dossier is not None
        return visit.shown("supplement_filed", code=dossier.code, desk=dossier.receiving_agency)
    if code not in asked or asked_answers.is_answer(answers.form_of(visit.draft), asked[code]):
        raise Http404
    return _paper(visit, code, asked[code])


def _list(visit: Visit, asked: dict[str, str]) -> HttpResponse:
    trouble = ""
    if visit.request.method == "POST" and visit.request.POST.get("viec") == SUBMIT:
        try:
            services.complete_supplement(visit.draft.pk)
        except IntakeRefused as refusal:
            trouble = " ".join(refusal.problems.values())
        except NotPossible as refusal:
            trouble = str(refusal)
        else:
            return visit.go(FILED)
    dossier, request = visit.draft.supplement_of, papers.request_of(visit.draft)
    assert dossier is not None
    rows = [_row(visit, name, line) for name, line in asked.items()]
    return visit.shown(
        "supplement",
        rows=rows,
        note=request.note.text if request.note else "",
        code=dossier.code,
        ready=any(row["done"] for row in rows),
        whole=all(row["done"] for row in rows),
        trouble=trouble,
        action=visit.address(TASKS),
    )


def _row(visit: Visit, name: str, line: str) -> dict[str, Any]:
    """A line of what is missing: an answer to correct on its page, or a paper to send."""
    form = answers.form_of(visit.draft)
    pages = asked_answers.asked_pages(form, [line]) if form else ()
    if pages:
        return {
            "title": line,
            "url": visit.address(pages[0]),
            "files": [],
            "done": pages[0] in visit.own.answers,
        }
    files = [one.name for one in visit.own.files if one.question == name]
    return {"title": line, "url": visit.address(name), "files": files, "done": bool(files)}


def _paper(visit: Visit, name: str, paper: str) -> HttpResponse:
    question = Question.model_construct(
        name=name, type="paper", label=paper, paper=paper, personal="other", max_files=MOST_FILES
    )
    refused: dict[str, str] = {}
    if visit.request.method == "POST":
        wanted = visit.request.POST.get("viec", "")
        refused = filing_papers.act(visit, [question], wanted)
        if not refused:
            return visit.go(name if filing_papers.is_about_files(wanted) else TASKS)
    drawn = filing_papers.drawn(visit, [question], refused)
    return visit.shown(
        "page",
        form=QuestionForm([]),
        asked={"code": name, "heading": paper, "section": _("Bổ sung hồ sơ")},
        papers=drawn,
        faults=[(f"tep-{name}", one.trouble) for one in drawn if one.trouble],
        alone=True,
        back=visit.address(TASKS),
        action=visit.address(name),
    )
