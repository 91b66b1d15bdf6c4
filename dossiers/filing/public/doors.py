"""What the pages of a draft share: who is let in, the frame around a page, pages that ask for a code; and going on with a
draft in another browser, or after a pause, by a code to its number or the number typed again."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial, wraps
from typing import Any, cast
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_safe

from dossiers.deadlines import wording
from dossiers.filing import answers, budgets, drafts, papers, supplements
from dossiers.filing.answers import DraftClosed, Filled
from dossiers.filing.models import SESSION_KEPT, FilingDraft, FilingFormVersion, FilingSession
from dossiers.filing.public.form import QuestionForm, say
from dossiers.filing.rules.form import FILED, TASKS, FilingForm
from dossiers.filing.rules.questions import Question
from messaging.outbox.one_time_codes import codes
from tenants import clock, phone_numbers
from tenants.organisation import catalogue
from tenants.refusals import Refused
from tenants.web.client_address import client_address
from tenants.web.public_pages import GONE, answer_of_post, form_page, private, see_other, set_cookie

RESUME = "tiep-tuc"
RETURN = "ve"
"""Parameter of a page that was opened from the page that checks the answers, and leads back there."""
DRAWN = "_hoi"
"""The questions that a page had drawn when it was sent. No question has a name that begins so."""
STANDING, PENDING = "_dang_co", "_con_giu"
"""The digest of the answers of a page as they stood when it was drawn."""
CODE = Question.model_construct(
    name="ma",
    type="text",
    label=gettext_noop("Mã xác nhận"),
    personal="none",
    hint=gettext_noop("6 chữ số trong tin vừa gửi"),
)
_NUMBER = Question.model_construct(
    name="so",
    type="text",
    label=gettext_noop("Số điện thoại ông/bà đã nhập khi bắt đầu"),
    personal="phone",
)
_PAGE = re.compile(r"[a-z][a-z0-9-]{0,39}")
Kind = FilingDraft.Kind


@dataclass
class Visit:
    """One request for a page of a draft, let in."""

    request: HttpRequest
    opened: drafts.Opened

    @property
    def draft(self) -> FilingDraft:
        return self.opened.draft

    @cached_property
    def form(self) -> FilingForm:
        """The draft's form; raises Http404 for one without."""
        form = answers.form_of(self.draft)
        if form is None:
            raise Http404
        return form

    @cached_property
    def filled(self) -> Filled:
        """What stands in the draft; in a supplement the answers that were filed stand behind its own."""
        return replace(self.own, answers={**self.standing, **self.own.answers})

    @cached_property
    def standing(self) -> dict[str, dict[str, Any]]:
        """In a supplement the answers that count so far; nothing in any other draft."""
        dossier_id = self.draft.supplement_of_id
        if dossier_id is None or self.draft.form_version_id is None:
            return {}
        return supplements.current_text(dossier_id).answers

    @cached_property
    def own(self) -> Filled:
        """What stands in the draft itself."""
        return answers.read(self.draft)

    @cached_property
    def requested(self) -> dict[str, str]:
        """What the desk asked for in a supplement, by the question under which papers are stored."""
        return papers.asked_papers(self.draft)

    def forget(self) -> None:
        """Read answers and files anew when they are next asked for."""
        self.__dict__.pop("filled", None)
        self.__dict__.pop("own", None)

    @property
    def returns(self) -> bool:
        """Whether this page was opened to change an answer, from the page that checks them."""
        return bool(self.request.GET.get(RETURN))

    def address(self, page: str, *, returns: bool = False, **query: str) -> str:
        """The address of a page of this draft, in this session."""
        more = {**({RETURN: "kiem-tra"} if returns else {}), **query}
        path = reverse("filing-page", args=[self.opened.name, page])
        return f"{path}?{urlencode(more)}" if more else path

    def go(self, page: str, *, returns: bool = False, **query: str) -> HttpResponse:
        return see_other(self.address(page, returns=returns, **query))

    @contextmanager
    def text_kept(self) -> Iterator[None]:
        """Around what keeps the text that was typed: its size counts among the bytes kept for this draft, unless it is
        refused. Raises BudgetSpent."""
        size = sum(len(text) for _name, texts in self.request.POST.lists() for text in texts)
        taken = budgets.take(budgets.KEPT, self.draft, client_address(self.request), size)
        try:
            yield
        except Exception:
            taken.give_back()
            raise

    def shown(self, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
        """A page around this draft."""
        form = answers.form_of(self.draft)
        title = say(form.title, form.title_en) if form else self.draft.procedure.short_name
        common = {
            "draft": self.draft,
            "name": self.opened.name,
            "filing_title": title,
            "files": self.draft.kind == Kind.FILE,
            "kept_until": wording.moment(self.draft.expires_at),
            "published_text_only": form is not None and form.is_published_text_only,
        }
        page = render(self.request, f"filing/{template}.html", {**common, **context}, status=status)
        return private(page)


def let_in(
    view: Callable[..., HttpResponseBase], *, keep_typed: Callable[[Visit, str, bool], bool] | None = None
) -> Callable[..., HttpResponse]:
    """A page of a draft at `/nop/ban-nhap/<signed name>/<page>/`, for the browser of its living session.

    Another browser, and one that was idle too long, comes to the page that resumes; `keep_typed` keeps aside what the
    latter sent, as its last argument says, or returns False where words are lost. A draft that is over leads to the page of what was filed.
    """

    @partial(form_page, of_session=True)
    @wraps(view)
    def answer(request: HttpRequest, name: str, page: str, **more: Any) -> HttpResponse:
        with catalogue.read_once():
            try:
                take_post(request)
                opened = drafts.open_draft(name, drafts.Browser.of(request))
                if request.method == "POST":
                    budgets.POSTS.take(session=opened.session.pk)
            except drafts.NoSuchDraft as none:
                return _gone(request, page, none)
            except drafts.SessionEnded as ended:
                lost = {"tep": "1"} if request.method == "POST" and request.FILES else {}
                if request.method == "POST" and keep_typed is not None:
                    session = ended.session or FilingSession(draft=ended.draft)
                    late = Visit(request, drafts.Opened(ended.draft, session, name))
                    lost |= {} if keep_typed(late, page, ended.session is not None) else {"chu": "1"}
                path = reverse("filing-page", args=[name, RESUME])
                return see_other(f"{path}?{urlencode({'trang': page, **lost})}")
            if kept := answer_of_post(request):
                return kept
            visit = Visit(request, opened)
            try:
                return cast(HttpResponse, view(visit, page, **more))
            except DraftClosed:
                visit.draft.refresh_from_db(fields=["filed_at", "dossier"])
                if visit.draft.filed_at is None:
                    return visit.go(FILED)
                # Filed meanwhile by another press: answered as one who comes later.
                return cast(HttpResponse, view(visit, page, **more))

    return answer


def _gone(request: HttpRequest, page: str, reason: drafts.NoSuchDraft) -> HttpResponse:
    """410 with what was sent to a draft that is not there, be it deleted or a name that never was one: nothing else is
    known of it. Http404 where nothing was sent."""
    if request.method != "POST":
        raise Http404(str(reason))
    version = FilingFormVersion.newest(request.POST.get("_thu_tuc", "")[:20])
    asked = version.form.page(page) if version and not version.is_withdrawn else None
    drawn = tuple(request.POST.getlist(DRAWN))
    typed = {name: texts for name, texts in request.POST.lists() if name.startswith(drawn)}
    form = QuestionForm(asked.questions if asked else (), raw=typed)
    rest = [text for name in typed if name not in form.fields for text in typed[name] if text.strip()]
    files = [str(one.name) for _box, sent in request.FILES.lists() for one in sent]
    rows = [one for one in (*form.entered, (_("Đã gõ"), rest), (_("Tệp chưa được nhận"), files)) if one[1]]
    onward = reverse("filing-start", args=[version.code]) if version and asked else reverse("filing-overview")
    title, heading = _("Nộp hồ sơ"), _("Hồ sơ đang điền này không còn nữa")
    shown = {"filing_title": title, "heading": heading, "reason": reason, "rows": rows, "onward": onward}
    return private(render(request, "filing/gone.html", shown, status=GONE))


def take_post(request: HttpRequest) -> None:
    """Take a post to these pages from what its network may send. Raises BudgetSpent."""
    if request.method == "POST":
        budgets.POSTS.take(address=client_address(request))


def entered(opened: drafts.Opened, page: str) -> HttpResponse:
    """303 to a page of a draft that was just opened, with the cookie by which this browser is known from now on."""
    return with_cookie(see_other(reverse("filing-page", args=[opened.name, page])), opened)


def with_cookie(response: HttpResponse, opened: drafts.Opened) -> HttpResponse:
    """The response, after which this browser is known by a cookie of this session."""
    set_cookie(response, *opened.cookie, lasts=SESSION_KEPT)
    return response


class OneQuestion:
    """A page with one question, such as a code or a telephone number, and what came of what was sent to it.

    `response` is what `act` makes of the answer; or `send`, which sends a code, after a press on `gui` and before there
    is a `reference`. It is None while the page is shown, as `context` and `status` say. Raises BudgetSpent.
    """

    def __init__(
        self,
        request: HttpRequest,
        question: Question,
        act: Callable[[str], HttpResponse],
        *,
        send: Callable[[], HttpResponse] | None = None,
        reference: str = "",
        answers: Mapping[str, Any] | None = None,
    ) -> None:
        self.form, self.trouble, self.status = QuestionForm([question], answers=answers), "", 200
        self.response: HttpResponse | None = None
        self._request, self._reference = request, reference
        if request.method != "POST":
            return
        try:
            if send is not None and ("gui" in request.POST or not reference):
                self.response = send()
                return
            self.form = QuestionForm([question], raw=dict(request.POST.lists()))
            found = self.form.read({}, lambda *_one: True)
            self.response = act(found[question.name]) if found is not None else None
        except (drafts.WrongProof, phone_numbers.BadPhone) as refusal:
            self.form.add_fault(question.name, str(refusal))
        except codes.CodeNotSent:
            self.trouble, self.status = _("Lúc này chưa gửi được mã. Xin ông/bà thử lại sau ít phút."), 503
        except codes.TooManyCodes as refusal:
            sentence = _("Đã gửi nhiều mã. Xin ông/bà lấy mã khác từ %(when)s.")
            self.trouble = sentence % {"when": wording.full(clock.now() + refusal.retry_after)}
            if refusal.has_others:
                again = _(
                    "Hồ sơ đang điền thì mở tiếp được ở máy đang điền, hoặc bằng liên kết trong tin nhắn."
                )
                self.trouble += f" {again}"
            self.status = 429
        except Refused as refusal:
            self.trouble = str(refusal)

    def answer(self, template: str, **context: Any) -> HttpResponse:
        """The `response`, or the page with this template and the question in it."""
        if self.response is not None:
            return self.response
        shown = {**context, **self.context}
        return private(render(self._request, f"filing/{template}.html", shown, status=self.status))

    @property
    def context(self) -> dict[str, Any]:
        """What the page shows of the question, and of the time of its code."""
        takes_code = bool(self._reference) and codes.is_open(self._reference)
        return {
            "form": self.form,
            "trouble": self.trouble,
            "takes_code": takes_code,
            "expired": bool(self._reference) and not takes_code,
            "minutes": int(codes.GOOD_FOR.total_seconds() // 60),
        }


@form_page
def resume(request: HttpRequest, name: str) -> HttpResponse:
    """Answer …/tiep-tuc/?trang=<page>: POST `gui` sends a code, then 303; POST `ma`, or `so`, opens the draft and
    leads to that page under a new name."""
    with catalogue.read_once():
        try:
            take_post(request)
            draft = drafts.named(name)
        except drafts.NoSuchDraft as none:
            return _gone(request, RESUME, none)
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
        return question.answer(
            "resume",
            draft=draft,
            procedure=draft.procedure,
            by_code=by_code,
            number=draft.masked_phone,
            lost_file="tep" in request.GET,
            lost_text="chu" in request.GET,
            action=address(**({"gui": reference} if reference else {})),
            kept_until=wording.moment(draft.expires_at),
        )


@require_safe
def enter(_request: HttpRequest, name: str) -> HttpResponse:
    """Answer /nop/ban-nhap/<signed name>/, which is sent and printed: on to the task list."""
    return see_other(reverse("filing-page", args=[name, TASKS]))


@require_safe
def discarded(request: HttpRequest) -> HttpResponse:
    """Answer /nop/da-xoa/, to which the draft that was just deleted leads."""
    return private(render(request, "filing/discarded.html", {"filing_title": _("Nộp hồ sơ")}))
