"""The desk's pages of publications. Each act calls one function of `messaging.broadcasts`."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from dossiers.lifecycle import link_codes
from messaging.broadcasts import words as presentation
from messaging.broadcasts.actions import (
    Stale,
    approve,
    ask,
    discard,
    may_announce,
    may_broadcast,
    pause,
    publish,
    recount,
    resume,
    rewrite,
    stop,
    take_back,
    try_article_again,
    withdraw,
    write,
)
from messaging.broadcasts.desk_forms import PublicationForm, ReasonForm, WithdrawForm
from messaging.broadcasts.drafts import Plan, Refused
from messaging.broadcasts.models import Publication
from messaging.broadcasts.sending import articles
from messaging.broadcasts.sending.statistics import sent_in
from messaging.broadcasts.sending.trial_send import MOST_TESTS, code_of
from messaging.outbox import wording as templates
from tenants import clock
from tenants.accounts.requests import acting_user, seen_number
from tenants.organisation.staff_site.form_fields import (
    show_problems,
)
from tenants.organisation.staff_site.sites import province_site
from tenants.text import grouped

State = Publication.State


@dataclass(frozen=True)
class Act:
    """What may be done with a publication: its function of `messaging.broadcasts`, what is said afterwards.

    `takes`: what the function is given beside who does it, as the page sent it.
    """

    do: Callable[..., object]
    done: str | Promise
    takes: tuple[str, ...] = ("seen",)


ACTS = {
    "cong-bo": Act(publish, gettext_lazy("Đã công bố thông báo.")),
    "rut-lai": Act(withdraw, gettext_lazy("Đã rút lại thông báo."), ("seen", "reason")),
    "dem": Act(recount, gettext_lazy("Đã đếm lại."), ()),
    "xin-duyet": Act(ask, gettext_lazy("Đã xin duyệt. Người thứ hai xem rồi duyệt ở trang này.")),
    "tra-lai": Act(take_back, gettext_lazy("Đã đưa về bản nháp."), ("seen", "reason")),
    "duyet": Act(approve, gettext_lazy("Đã duyệt.")),
    "tam-dung": Act(pause, gettext_lazy("Đã tạm dừng.")),
    "chay-tiep": Act(resume, gettext_lazy("Đang gửi tiếp.")),
    "dung": Act(stop, gettext_lazy("Đã dừng hẳn."), ("reason",)),
    "xoa": Act(discard, gettext_lazy("Đã xóa bản nháp.")),
}
GOING = (State.RUNNING, State.PAUSED)
_LIST = "admin:broadcasts_publication_changelist"


def may_open(request: HttpRequest) -> bool:
    """Whether the menu shows publications to this person."""
    return may_announce(request.user)


def may_send(request: HttpRequest) -> bool:
    """Whether the pages show this person to whom a publication goes, and ask for it."""
    return may_broadcast(request.user)


def new(request: HttpRequest) -> HttpResponse:
    """Word a new one, kept as a draft."""
    _guard(request)
    plans = may_send(request)
    if request.method != "POST":
        return _page(request, None, PublicationForm(plans=plans))
    form = PublicationForm(request.POST, plans=plans)
    if form.is_valid():
        try:
            made = write(form.draft(), form.plan() or Plan(), actor=acting_user(request))
        except Refused as refusal:
            _tell(form, refusal)
        else:
            messages.success(request, _("Đã ghi bản nháp. Xin xem lại rồi công bố hoặc xin duyệt."))
            return HttpResponseRedirect(_address(made))
    return _page(request, None, form)


def change(request: HttpRequest, publication_id: int) -> HttpResponse:
    """One publication: its state, whom it reaches, its words, what may be done with it."""
    found = _found(request, publication_id)
    if request.method != "POST":
        return _page(request, found, _form(request, found))
    form = PublicationForm(request.POST, plans=_plans(request, found))
    status = 422
    if form.is_valid():
        try:
            rewrite(
                found.pk,
                form.draft(),
                form.plan(),
                actor=acting_user(request),
                seen=form.cleaned_data["seen"] or 0,
            )
        except Refused as refusal:
            _tell(form, refusal)
            status = 409 if isinstance(refusal, Stale) else 422
        else:
            messages.success(request, _("Đã ghi."))
            return HttpResponseRedirect(_address(found))
    return _page(request, found, form, status=status)


@require_POST
def perform(request: HttpRequest, publication_id: int, name: str) -> HttpResponse:
    """Publish, withdraw, count, ask, approve, return, pause, resume, stop or throw away; a refusal shows the page with
    the reason and what was typed."""
    found = _found(request, publication_id)
    if name not in ACTS:
        return HttpResponseRedirect(_address(found))
    act, sent = ACTS[name], {"seen": seen_number(request), "reason": request.POST.get("reason", "")}
    try:
        act.do(found.pk, actor=acting_user(request), **{part: sent[part] for part in act.takes})
    except Refused as refusal:
        found.refresh_from_db()
        stale = isinstance(refusal, Stale)
        return _page(request, found, _form(request, found), refusal, status=409 if stale else 422)
    messages.success(request, str(act.done))
    return HttpResponseRedirect(reverse(_LIST) if name == "xoa" else _address(found))


@require_POST
def article(request: HttpRequest, publication_id: int, article_id: int) -> HttpResponse:
    """Record whether an article was sent, as seen at the account, or send it again."""
    found = _found(request, publication_id)
    if not may_send(request):
        raise PermissionDenied
    row = get_object_or_404(found.articles, pk=article_id)
    sent = request.POST.get("sent")
    actor = acting_user(request)
    if sent in ("yes", "no"):
        if not articles.settle(row.pk, actor, was_sent=sent == "yes", tries=seen_number(request)):
            messages.error(request, _("Có người vừa đổi thông báo này. Xin xem lại rồi làm tiếp."))
    elif sent == "again":
        try:
            try_article_again(found.pk, row.pk, actor=actor)
        except Refused as refusal:
            found.refresh_from_db()
            return _page(request, found, _form(request, found), refusal, status=422)
        messages.success(request, _("Bài viết được gửi lại."))
    return HttpResponseRedirect(_address(found))


@require_safe
def preview(request: HttpRequest, publication_id: int) -> HttpResponse:
    """The page as everybody will see it; `?lang=en` in English."""
    found = _found(request, publication_id)
    with translation.override("en" if request.GET.get("lang") == "en" else "vi"):
        context = {
            "announcement": presentation.page(found),
            "preview": True,
            "has_english": bool(found.title_en),
            "desk_url": _address(found),
        }
        return render(request, "broadcasts/announcement.html", context)


@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """How many people broadcasts reached in a year, by which route, at what cost: GET ?nam=."""
    if not may_send(request):
        raise PermissionDenied
    typed = request.GET.get("nam", "")
    this_year = clock.today().year
    year = int(typed) if re.fullmatch("20[0-9]{2}", typed) else this_year
    results = sent_in(year)
    context = {
        **province_site.each_context(request),
        "opts": Publication._meta,
        "title": _("Số liệu đợt gửi tin năm %(year)d") % {"year": year},
        "year": year,
        "before": year - 1,
        "after": year + 1 if year < this_year else None,
        "rows": [presentation.result(one) for one in results],
        "people": grouped(sum(one.people for one in results)),
        "sent": grouped(sum(one.sent for one in results)),
        "cost": presentation.money(sum(one.cost for one in results)),
        "list_url": reverse(_LIST),
    }
    return render(request, "broadcasts/publication_figures.html", context)


def _plans(request: HttpRequest, found: Publication) -> bool:
    return may_send(request) and found.state == State.DRAFT


def _form(request: HttpRequest, found: Publication) -> PublicationForm:
    return PublicationForm.of(found, plans=_plans(request, found))


def _page(
    request: HttpRequest,
    found: Publication | None,
    form: PublicationForm,
    refusal: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    if status == 200 and form.errors:
        status = 422
    context = {
        **province_site.each_context(request),
        "opts": Publication._meta,
        "is_fullwidth": "1",
        "title": found.title if found else _("Thông báo mới"),
        "form": form,
        "refusal": list(refusal.problems.values()) if refusal else [],
        "publication": found,
        "may_send": may_send(request),
        "reason_form": ReasonForm(request.POST if refusal else None),
        "withdraw_form": WithdrawForm(request.POST if refusal else None, auto_id="withdraw_%s"),
        "is_draft": found is None or found.state == State.DRAFT,
        "list_url": reverse(_LIST),
        **(_standing(request, found) if found else {}),
    }
    return render(request, "broadcasts/publication.html", context, status=status)


def _standing(request: HttpRequest, found: Publication) -> dict[str, Any]:
    """Where a publication stands, and what may be done with it."""
    begun = found.state not in (State.DRAFT, State.ASKED)
    said = articles.rendered(found.words or articles.of(found))
    return {
        "state": presentation.page_state(found),
        "sending_state": presentation.sending_state(found),
        "is_sent": presentation.is_sent(found),
        "is_author": request.user.pk in found.authors,
        "audiences": presentation.audience_rows(found),
        "counted": presentation.counted(found),
        "people": grouped(found.people),
        "progress": presentation.progress(found) if begun else {},
        "preview": {
            "title": said.title,
            "body": templates.for_channel(said.body, may_show_phone=True),
            "button": said.button,
        },
        "chat": link_codes.account(),
        "test_code": code_of(found, acting_user(request)),
        "tests_left": MOST_TESTS - found.tests,
        "is_asked": found.state == State.ASKED,
        "is_going": found.state in GOING,
        "may_stop": found.state in (State.APPROVED, *GOING),
        "public_url": reverse("announcement", args=[found.pk]) if found.published_at else "",
    }


def _tell(form: PublicationForm, refusal: Refused) -> None:
    show_problems(form, refusal.problems, audiences="groups_chosen")


def _guard(request: HttpRequest) -> None:
    if not may_open(request):
        raise PermissionDenied


def _found(request: HttpRequest, publication_id: int) -> Publication:
    _guard(request)
    known = Publication.objects.select_related("issuer", "asked_by", "approved_by")
    return get_object_or_404(known, pk=publication_id)


def _address(publication: Publication) -> str:
    return reverse("admin:broadcasts_publication_change", args=[publication.pk])
