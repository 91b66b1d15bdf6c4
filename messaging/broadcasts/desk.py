"""The desk's pages of publications. Each act calls one function of `messaging.broadcasts`."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
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

from messaging.broadcasts import actions
from messaging.broadcasts import words as presentation
from messaging.broadcasts.actions import Stale, may_announce, may_broadcast
from messaging.broadcasts.desk_forms import PublicationForm, ReasonForm, WithdrawForm
from messaging.broadcasts.drafts import Refused
from messaging.broadcasts.models import Publication
from messaging.broadcasts.sending import articles, statistics
from messaging.outbox import wording as templates
from tenants.accounts.requests import acting_user, seen_number
from tenants.organisation.staff_site.form_fields import show_problems
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
    "cong-bo": Act(actions.publish, gettext_lazy("Đã công bố thông báo.")),
    "rut-lai": Act(actions.withdraw, gettext_lazy("Đã rút lại thông báo."), ("seen", "reason")),
    "dem": Act(actions.recount, gettext_lazy("Đã đếm lại."), ()),
    "xin-duyet": Act(actions.ask, gettext_lazy("Đã xin duyệt. Người thứ hai xem rồi duyệt ở trang này.")),
    "tra-lai": Act(actions.take_back, gettext_lazy("Đã đưa về bản nháp."), ("seen", "reason")),
    "duyet": Act(actions.approve, gettext_lazy("Đã duyệt.")),
    "tam-dung": Act(actions.pause, gettext_lazy("Đã tạm dừng.")),
    "chay-tiep": Act(actions.resume, gettext_lazy("Đang gửi tiếp.")),
    "dung": Act(actions.stop, gettext_lazy("Đã dừng hẳn."), ("reason",)),
    "xoa": Act(actions.discard, gettext_lazy("Đã xóa bản nháp.")),
    "bai-viet-da-gui": Act(
        partial(actions.settle_article, was_sent=True), gettext_lazy("Đã ghi."), ("article", "seen")
    ),
    "bai-viet-chua-gui": Act(
        partial(actions.settle_article, was_sent=False), gettext_lazy("Đã ghi."), ("article", "seen")
    ),
    "gui-lai-bai-viet": Act(actions.try_article_again, gettext_lazy("Bài viết được gửi lại."), ("article",)),
}
_LIST = "admin:broadcasts_publication_changelist"


def may_open(request: HttpRequest) -> bool:
    """Whether the menu shows publications to this person."""
    return may_announce(request.user)


def change(request: HttpRequest, publication_id: int | None = None) -> HttpResponse:
    """One publication, or a new one: its state, whom it reaches, its words, what may be done with it."""
    found = None if publication_id is None else _found(request, publication_id)
    if not may_open(request):
        raise PermissionDenied
    if request.method != "POST":
        return _page(request, found)
    form = PublicationForm(request.POST, plans=_plans(request, found))
    status = 422
    if form.is_valid():
        actor = acting_user(request)
        try:
            if found is None:
                kept = actions.write(form.values(), actor=actor)
            else:
                seen = form.cleaned_data["seen"] or 0
                kept = actions.rewrite(found.pk, form.values(), actor=actor, seen=seen)
        except Refused as refusal:
            show_problems(form, refusal.problems, audiences="groups_chosen")
            status = 409 if isinstance(refusal, Stale) else 422
        else:
            done = _("Đã ghi.") if found else _("Đã ghi bản nháp. Xin xem lại rồi công bố hoặc xin duyệt.")
            messages.success(request, done)
            return HttpResponseRedirect(_address(kept))
    return _page(request, found, form, status=status)


@require_POST
def perform(request: HttpRequest, publication_id: int, name: str) -> HttpResponse:
    """Do one of ACTS; a refusal shows the page with the reason and what was typed."""
    found = _found(request, publication_id)
    if name not in ACTS:
        return HttpResponseRedirect(_address(found))
    act = ACTS[name]
    sent = {
        "seen": seen_number(request),
        "article": seen_number(request, "article"),
        "reason": request.POST.get("reason", ""),
    }
    try:
        act.do(found.pk, actor=acting_user(request), **{part: sent[part] for part in act.takes})
    except Refused as refusal:
        found.refresh_from_db()
        status = 409 if isinstance(refusal, Stale) else 422
        return _page(request, found, refusal=refusal, status=status)
    messages.success(request, str(act.done))
    return HttpResponseRedirect(reverse(_LIST) if name == "xoa" else _address(found))


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


def _plans(request: HttpRequest, found: Publication | None) -> bool:
    return may_broadcast(request.user) and (found is None or found.state == State.DRAFT)


def _page(
    request: HttpRequest,
    found: Publication | None,
    form: PublicationForm | None = None,
    refusal: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    if form is None:
        plans = _plans(request, found)
        form = PublicationForm.of(found, plans=plans) if found else PublicationForm(plans=plans)
    context = {
        **province_site.each_context(request),
        "opts": Publication._meta,
        "is_fullwidth": "1",
        "title": found.title if found else _("Thông báo mới"),
        "form": form,
        "refusal": list(refusal.problems.values()) if refusal else [],
        "publication": found,
        "may_send": may_broadcast(request.user),
        "reason_form": ReasonForm(request.POST if refusal else None),
        "withdraw_form": WithdrawForm(request.POST if refusal else None, auto_id="withdraw_%s"),
        "list_url": reverse(_LIST),
        **(_standing(request, found) if found else {}),
    }
    return render(request, "broadcasts/publication.html", context, status=status)


def _standing(request: HttpRequest, found: Publication) -> dict[str, Any]:
    said = articles.rendered(found.words or articles.of(found))
    has_begun = found.state not in (State.DRAFT, State.ASKED)
    return {
        "state": presentation.page_state(found),
        "sending_state": presentation.sending_state(found),
        "is_draft": found.state == State.DRAFT,
        "is_asked": found.state == State.ASKED,
        "is_going": found.state in (State.RUNNING, State.PAUSED),
        "is_sent": presentation.is_sent(found),
        "is_author": request.user.pk in found.authors,
        "audiences": [label for code, label in Publication.Audience.choices if code in found.audiences],
        "counted": presentation.counted(found),
        "people": grouped(found.people),
        "progress": presentation.progress(statistics.progress(found)) if has_begun else {},
        "preview": {
            "title": said.title,
            "body": templates.for_channel(said.body, may_show_phone=True),
            "button": said.button,
        },
    }


def _found(request: HttpRequest, publication_id: int) -> Publication:
    if not may_open(request):
        raise PermissionDenied
    known = Publication.objects.select_related("issuer", "asked_by", "approved_by")
    return get_object_or_404(known, pk=publication_id)


def _address(publication: Publication) -> str:
    return reverse("admin:broadcasts_publication_change", args=[publication.pk])
