"""The first pages of online filing, before there is a draft: what it takes, whether it fits, and the telephone.

They keep no row and no cookie. What was chosen so far travels in their address, encrypted and for an hour: answers
that choose the right door, the number, and the reference of the code that was sent to it.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.core import signing as django_signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from dossiers.deadlines import wording
from dossiers.filing import drafts, forms
from dossiers.filing.models import FilingDraft, FilingFormVersion
from dossiers.filing.public import places as filing_places
from dossiers.filing.public.doors import CODE, OneQuestion, Visit, entered, take_post, with_cookie
from dossiers.filing.public.form import say
from dossiers.filing.rules import journey
from dossiers.filing.rules.form import ELIGIBILITY, FILER, PHONE, TASKS, Ending, FilingForm
from dossiers.filing.rules.question_types import TYPES
from dossiers.filing.rules.questions import Question
from messaging.outbox.one_time_codes import codes
from procedures.catalogue.contents.cases import form_answers
from procedures.catalogue.models import Procedure
from procedures.catalogue.public import pages as procedure_pages
from procedures.catalogue.search.search import most_filed
from tenants.english import in_language
from tenants.isolation import crypto, signing
from tenants.organisation import catalogue
from tenants.organisation.kept_pages import kept_page
from tenants.refusals import Refused
from tenants.web.public_pages import form_page, private, see_other

STATE_SECONDS = 60 * 60
LONGEST_STATE = 6000
NATIONAL_PORTAL = procedure_pages.NATIONAL_PORTAL
STOPPED, EARLIER, NEW = "dung", "dang-dien", "moi"
_PURPOSE = "filing_start"
_TELEPHONE = Question.model_construct(
    name="so",
    type="phone",
    label=gettext_noop("Số điện thoại di động của ông/bà"),
    personal="phone",
    hint=gettext_noop("Chúng tôi không gọi quảng cáo."),
)


@dataclass(frozen=True)
class Start:
    """What was chosen so far: answers by name, before the form and in it, the number, and the reference of its code; after the code
    of a number that has drafts, the name of one that this browser opened, that under which the code `begins` one, and
    whether `reminders` were agreed to."""

    given: dict[str, Any] = field(default_factory=dict)
    telephone: str = ""
    reference: str = ""
    draft: str = ""
    begins: str = ""
    reminders: bool = False

    def sealed(self) -> str:
        """As it stands in an address: readable in this province alone, for an hour."""
        return signing.dumps(crypto.encrypt(json.dumps(asdict(self))), purpose=_PURPOSE)

    @classmethod
    def opened(cls, text: str) -> "Start":
        """What `sealed` hid; nothing chosen for anything else."""
        if len(text) > LONGEST_STATE:
            return cls()
        try:
            found = signing.loads(text, purpose=_PURPOSE, max_age=STATE_SECONDS)
            return cls(**json.loads(crypto.decrypt(found)))
        except (django_signing.BadSignature, crypto.CannotDecrypt):
            return cls()


@dataclass(frozen=True)
class Begin:
    """One request for these pages."""

    request: HttpRequest
    procedure: Procedure
    form: FilingForm
    kind: str
    state: Start
    browser: drafts.Browser

    def address(self, step: str, state: Start | None = None, **more: str) -> str:
        """The address of a step with what was chosen so far."""
        state = state or self.state
        query = {"buoc": step, **({"t": state.sealed()} if state != Start() else {}), **more}
        return f"{reverse('filing-start', args=[self.procedure.code])}?{urlencode(query)}"

    def shown(self, template: str, status: int = 200, **context: Any) -> HttpResponse:
        """A page of this procedure's filing."""
        common = {
            "procedure": self.procedure,
            "filing_title": say(self.form.title, self.form.title_en),
            "files": self.kind == FilingDraft.Kind.FILE,
            "start_url": reverse("filing-start", args=[self.procedure.code]),
            "published_text_only": self.form.is_published_text_only,
        }
        page = render(self.request, f"filing/{template}.html", {**common, **context}, status=status)
        return private(page)


@form_page
def start(request: HttpRequest, code: str) -> HttpResponse:
    """Answer /nop/<procedure code>/ and its steps `?buoc=`; each POST leads to the next step by 303.

    404 where the procedure has no form; to its own page where it is filed elsewhere.
    """
    with catalogue.read_once():
        found = procedure_pages.published(code[:60])
        version = forms.in_force(code[:60]) if found else None
        if found is None or version is None:
            raise Http404(_("Không có biểu mẫu nộp hồ sơ cho thủ tục này."))
        kind = forms.kind_offered(found[0])
        if kind is None:
            return see_other(reverse("procedure", args=[found[0].code]))
        take_post(request)
        state = Start.opened(request.GET.get("t", ""))
        begin = Begin(request, found[0], version.form, kind, state, drafts.Browser.of(request))
        step = request.GET.get("buoc", "")
        if step == ELIGIBILITY:
            return _eligibility(begin)
        if step == STOPPED:
            return _stopped(begin)
        if step in (PHONE, EARLIER):
            if not journey.is_eligible(begin.form, {ELIGIBILITY: begin.state.given}):
                return see_other(begin.address(ELIGIBILITY) if begin.form.eligibility else request.path)
            if step == EARLIER:
                return _earlier(begin)
            return _code(begin) if state.reference else _telephone(begin)
        return _first(begin)


def _first(begin: Begin) -> HttpResponse:
    papers: dict[str, dict[str, Any]] = {}
    for name, question in begin.form.questions.items():
        if question.paper:
            required = question.required and begin.form.conditions[name] is None
            paper = {"name": question.paper, "english": question.paper_en or "", "required": required}
            papers.setdefault(question.paper, paper)
    return begin.shown(
        "start",
        minutes=begin.form.minutes,
        days=(drafts.KEPT if begin.kind == FilingDraft.Kind.FILE else drafts.KEPT_UNPROVEN).days,
        days_prepared=drafts.KEPT.days,
        papers=list(papers.values()),
        basis=begin.form.basis,
        reason=procedure_pages.filing_reason(begin.procedure),
        go_on=begin.address(ELIGIBILITY if begin.form.eligibility else PHONE, Start(_known_answers(begin))),
    )


def _known_answers(begin: Begin) -> dict[str, Any]:
    """The answers on the procedure's page about the citizen's own case, as answers that this form takes; none that ends it."""
    asked = dict(begin.form.questions) | {one.name: one.question for one in begin.form.eligibility}
    said = form_answers(begin.procedure.code, begin.request.GET.dict())
    fits = [one for one in asked.keys() & said if TYPES[asked[one].type].accepts(asked[one], said[one])]
    return {name: said[name] for name in fits if not _ending(begin.form, {name: said[name]})}


def address_of(procedure: Procedure) -> str:
    """Where a citizen begins to fill in this procedure; "" where no draft may begin."""
    opens = forms.is_open(procedure) and forms.in_force(procedure.code)
    return reverse("filing-start", args=[procedure.code]) if opens else ""


def open_here() -> list[dict[str, str]]:
    """The forms that a citizen may begin here, with title and address, what is filed most first. Two statements."""
    found = {one.code: one.form for one in FilingFormVersion.newest_of_each() if not one.is_withdrawn}
    procedures = Procedure.objects.filter(code__in=found, current_version__isnull=False)
    most = {code: place for place, code in enumerate(most_filed())}
    shown = procedures.exclude(state=Procedure.State.HIDDEN).order_by("code")
    return [
        {
            "title": say(found[one.code].title, found[one.code].title_en),
            "url": reverse("filing-start", args=[one.code]),
            "mode": one.filing_mode,
        }
        for one in sorted(shown, key=lambda one: most.get(one.code, len(most)))
        if forms.is_open(one)
    ]


@kept_page("catalogue")
def overview(request: HttpRequest) -> HttpResponse:
    """Answer GET /nop/: all forms that may be begun here, and where the other procedures are filed."""
    return render(request, "filing/overview.html", {"filing_forms": open_here()})


def _eligibility(begin: Begin) -> HttpResponse:
    """One question at a time: the one that is asked for by name, or else the first without an answer."""
    given = begin.state.given
    asked = [one.name for one in begin.form.eligibility]
    wanted = begin.request.GET.get("cau", "")
    unanswered = [
        one.name for one in begin.form.eligibility if one.question.choice(given.get(one.name)) is None
    ]
    if wanted not in asked and not unanswered:
        return see_other(begin.address(PHONE))
    name = wanted if wanted in asked else unanswered[0]
    place = asked.index(name)

    def answered(code: str) -> HttpResponse:
        # Later answers stay: who looks back and changes nothing need not answer twice.
        state = replace(begin.state, given={**given, name: code}, reference="")
        if _ending(begin.form, {name: code}) is not None:
            return see_other(begin.address(STOPPED, state, cau=name))
        after = asked[place + 1 :]
        later = next((one for one in after if one not in state.given), after[0] if after else None)
        return see_other(
            begin.address(ELIGIBILITY, state, cau=later) if later else begin.address(PHONE, state)
        )

    page = OneQuestion(begin.request, begin.form.eligibility[place].question, answered, answers=given)
    back = begin.address(ELIGIBILITY, cau=asked[place - 1]) if place else begin.address("")
    count = len(asked)
    return page.response or begin.shown(
        "eligibility", form=page.form, back=back, number=place + 1, count=count
    )


def _ending(form: FilingForm, given: Mapping[str, str]) -> Ending | None:
    return journey.ending(form, {ELIGIBILITY: given})


def _stopped(begin: Begin) -> HttpResponse:
    """Why the journey ends here, and where to go instead."""
    asked = begin.request.GET.get("cau", "")
    given = begin.state.given
    end = _ending(begin.form, {asked: given.get(asked, "")}) or _ending(begin.form, given)
    if end is None:
        return see_other(begin.address(ELIGIBILITY))
    usual = {"national_portal": NATIONAL_PORTAL, "counter": reverse("desks")}
    named = procedure_pages.published(end.procedure) if end.procedure else None
    name, name_lang = in_language(named[0].short_name, named[0].english_name) if named else ("", "")
    return begin.shown(
        "stopped",
        end=end,
        sentence=say(end.sentence, end.sentence_en),
        url=end.url or usual.get(end.to, ""),
        named=named and named[0].code,
        name=name,
        name_lang=name_lang,
        back=begin.address(ELIGIBILITY, cau=asked),
    )


def _telephone(begin: Begin) -> HttpResponse:
    given = {"so": begin.state.telephone} if begin.state.telephone else None
    page = OneQuestion(begin.request, _TELEPHONE, partial(_enter, begin), answers=given)
    asked = begin.form.eligibility
    back = begin.address(ELIGIBILITY, cau=asked[-1].name) if asked else begin.address("")
    return page.response or begin.shown("telephone", page.status, back=back, **page.context)


def _enter(begin: Begin, number: str) -> HttpResponse:
    """After the number: the code page, or where no code can be sent the draft itself."""
    if begin.kind == FilingDraft.Kind.FILE:
        reference = drafts.send_code(begin.procedure, number, begin.browser)
        return see_other(begin.address(PHONE, replace(begin.state, telephone=number, reference=reference)))
    return _begun(begin, number)


def _begun(begin: Begin, number: str, **proof: Any) -> HttpResponse:
    page_of = {question.name: page.code for _path, _section, page, question in begin.form.walk()}
    given = {ELIGIBILITY: dict[str, Any]()} if begin.form.eligibility else {}
    for name, value in begin.state.given.items():
        given.setdefault(page_of.get(name, ELIGIBILITY), {})[name] = value
    opened = drafts.begin(begin.procedure, begin.kind, number, begin.browser, given=given, **proof)
    first = TASKS if begin.form.people.filer else FILER
    return entered(opened, first)


def _proven(begin: Begin, code: str, *, reminders: bool) -> HttpResponse:
    """After the right code: the drafts that this number has of this procedure, or else a new one."""
    number, proof = begin.state.telephone, {"reference": begin.state.reference, "code": code}
    earlier = drafts.resume_earlier(begin.procedure, number, begin.browser, **proof)
    if earlier is None:
        return _begun(begin, number, reminders=reminders, **proof)
    begins = str(codes.row_of(begin.state.reference) or "")
    chosen = Start(begin.state.given, draft=earlier.name, begins=begins, reminders=reminders)
    return with_cookie(see_other(begin.address(EARLIER, chosen)), earlier)


def _earlier(begin: Begin) -> HttpResponse:
    """The drafts that the number has of this procedure: one of them to go on with, or a new one."""
    found, trouble, wanted = [], "", begin.request.POST.get("viec", "")
    with suppress(drafts.NoSuchDraft, drafts.SessionEnded):
        opened = drafts.open_draft(begin.state.draft, begin.browser)
        # Of a number that was only typed nothing is told.
        found = list(drafts.open_drafts(opened.draft.phone, begin.procedure)) if opened.is_proven else []
    if not found:
        return see_other(begin.address(PHONE, Start(begin.state.given)))
    if chosen := next((one for one in found if str(one.pk) == wanted), None):
        return entered(drafts.open_other(chosen, begin.browser), TASKS)
    if wanted == NEW:
        try:
            name = UUID(begin.state.begins) if begin.state.begins else None
            return _begun(begin, "", beside=opened, name=name, reminders=begin.state.reminders)
        except Refused as refusal:
            trouble = str(refusal)
    rows = []
    for draft in found:
        visit = Visit(begin.request, replace(opened, draft=draft))
        states = [row["state"] for row in filing_places.task_rows(visit)]
        changed = wording.moment(draft.changed_at)
        rows.append({"id": draft.pk, "done": states.count("done"), "total": len(states), "changed": changed})
    return begin.shown("earlier", rows=rows, trouble=trouble, new=NEW)


def _code(begin: Begin) -> HttpResponse:
    state, reminders = begin.state, "nhac" in begin.request.POST
    page = OneQuestion(
        begin.request,
        CODE,
        lambda code: _proven(begin, code, reminders=reminders),
        send=lambda: _enter(begin, state.telephone),
        reference=state.reference,
    )
    return page.response or begin.shown(
        "code",
        page.status,
        back=begin.address(PHONE, replace(state, reference="")),
        number=f"••• ••• {state.telephone[-3:]}",
        reminds=True,
        reminded=reminders,
        **page.context,
    )
