"""Going on with a draft in another browser, or after a pause: a code to its number, or the number typed again."""

import re
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_safe

from dossiers.deadlines import wording
from dossiers.filing import drafts
from dossiers.filing.models import FilingDraft
from dossiers.filing.public.doors import RESUME, code_trouble, entered, take_post
from dossiers.filing.public.form import QuestionForm
from dossiers.filing.public.start import CODE
from dossiers.filing.rules.form import FILED, TASKS
from dossiers.filing.rules.questions import Question
from dossiers.lifecycle.errors import NotPossible
from messaging.outbox.one_time_codes import codes
from tenants.organisation import catalogue
from tenants.web.public_pages import form_page, private, see_other

_PAGE = re.compile(r"[a-z][a-z0-9-]{0,39}")
_NUMBER = Question.model_construct(
    name="so",
    type="text",
    label=gettext_noop("Số điện thoại ông/bà đã nhập khi bắt đầu"),
    personal="phone",
)


@form_page
def resume(request: HttpRequest, name: str) -> HttpResponse:
    """Answer …/tiep-tuc/?trang=<page>: POST `gui` sends a code, then 303; POST `ma`, or `so`, opens the draft and
    leads to that page under a new name."""
    with catalogue.read_once():
        try:
            take_post(request)
            draft = drafts.named(name)
        except drafts.NoSuchDraft as none:
            raise Http404(str(none)) from None
        page = Resume(request, name, draft)
        return page.acted() if request.method == "POST" else page.shown()


@require_safe
def enter(_request: HttpRequest, name: str) -> HttpResponse:
    """Answer /nop/ban-nhap/<signed name>/, which is sent and printed: on to the task list."""
    return see_other(reverse("filing-page", args=[name, TASKS]))


class Resume:
    """One request for the page that resumes a draft."""

    def __init__(self, request: HttpRequest, name: str, draft: FilingDraft) -> None:
        self.request, self.name, self.draft = request, name, draft
        self.reference = request.GET.get("gui", "")[: codes.LONGEST_REFERENCE]
        self.by_code = drafts.needs_code(draft)
        usual = TASKS if draft.filed_at is None else FILED
        wanted = request.GET.get("trang", "")
        self.page = wanted if _PAGE.fullmatch(wanted) and wanted != RESUME else usual

    def address(self, **query: str) -> str:
        path = reverse("filing-resume", args=[self.name])
        return f"{path}?{urlencode({'trang': self.page, **query})}"

    def shown(
        self, *, form: QuestionForm | None = None, trouble: str = "", status: int = 200
    ) -> HttpResponse:
        takes_code = bool(self.reference) and codes.is_open(self.reference)
        context: dict[str, Any] = {
            "draft": self.draft,
            "procedure": self.draft.procedure,
            "by_code": self.by_code,
            "takes_code": takes_code,
            "expired": bool(self.reference) and not takes_code,
            "number": self.draft.masked_phone,
            "minutes": int(codes.GOOD_FOR.total_seconds() // 60),
            "form": form or QuestionForm([CODE if self.by_code else _NUMBER]),
            "trouble": trouble,
            "lost_file": "tep" in self.request.GET,
            "lost_text": "chu" in self.request.GET,
            "action": self.address(**({"gui": self.reference} if self.reference else {})),
            "kept_until": wording.moment(self.draft.expires_at),
        }
        return private(render(self.request, "filing/resume.html", context, status=status))

    def acted(self) -> HttpResponse:
        """What was asked for by a POST. Raises BudgetSpent."""
        browser = drafts.Browser.of(self.request)
        if self.by_code and ("gui" in self.request.POST or not self.reference):
            return self._send(browser)
        form = QuestionForm([CODE if self.by_code else _NUMBER], raw=dict(self.request.POST.lists()))
        found = form.read({}, lambda *_one: True)
        if found is None:
            return self.shown(form=form)
        try:
            if self.by_code:
                typed = found["ma"][: codes.LONGEST_TYPED]
                opened = drafts.resume(self.draft, browser, reference=self.reference, code=typed)
            else:
                opened = drafts.resume_by_number(self.draft, browser, found["so"])
        except drafts.WrongProof as refusal:
            form.add_fault("ma" if self.by_code else "so", str(refusal))
            return self.shown(form=form)
        return entered(opened, self.page)

    def _send(self, browser: drafts.Browser) -> HttpResponse:
        try:
            reference = drafts.send_resume_code(self.draft, browser)
        except (codes.TooManyCodes, codes.CodeNotSent) as refusal:
            trouble, status = code_trouble(refusal)
            return self.shown(trouble=trouble, status=status)
        except NotPossible as refusal:
            return self.shown(trouble=str(refusal))
        return see_other(self.address(gui=reference))
