"""Going on with a draft in another browser, or after a pause: a code to its number, or the number typed again."""

import re
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_safe

from dossiers.deadlines import wording
from dossiers.filing import drafts
from dossiers.filing.public.doors import CODE, RESUME, OneQuestion, entered, take_post
from dossiers.filing.rules.form import FILED, TASKS
from dossiers.filing.rules.questions import Question
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
        reference = request.GET.get("gui", "")[: codes.LONGEST_REFERENCE]
        usual = TASKS if draft.filed_at is None else FILED
        wanted = request.GET.get("trang", "")
        page = wanted if _PAGE.fullmatch(wanted) and wanted != RESUME else usual
        browser, by_code = drafts.Browser.of(request), draft.proven_at is not None

        def address(**query: str) -> str:
            path = reverse("filing-resume", args=[name])
            return f"{path}?{urlencode({'trang': page, **query})}"

        def opened(typed: str) -> HttpResponse:
            if by_code:
                return entered(drafts.resume(draft, browser, reference=reference, code=typed), page)
            return entered(drafts.resume_by_number(draft, browser, typed), page)

        def send() -> HttpResponse:
            return see_other(address(gui=drafts.send_resume_code(draft, browser)))

        asked, send_first = (CODE, send) if by_code else (_NUMBER, None)
        question = OneQuestion(request, asked, opened, send=send_first, reference=reference)
        context = {
            "draft": draft,
            "procedure": draft.procedure,
            "by_code": by_code,
            "number": draft.masked_phone,
            "lost_file": "tep" in request.GET,
            "lost_text": "chu" in request.GET,
            "action": address(**({"gui": reference} if reference else {})),
            "kept_until": wording.moment(draft.expires_at),
            **question.context,
        }
        return question.response or private(
            render(request, "filing/resume.html", context, status=question.status)
        )


@require_safe
def enter(_request: HttpRequest, name: str) -> HttpResponse:
    """Answer /nop/ban-nhap/<signed name>/, which is sent and printed: on to the task list."""
    return see_other(reverse("filing-page", args=[name, TASKS]))
