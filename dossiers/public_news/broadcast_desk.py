"""The desk's pages of broadcasts. Each door calls one function of `messaging.broadcasts`."""

import re
from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from dossiers.lookup import link_codes
from dossiers.public_news import broadcast_presentation
from dossiers.public_news.announcement_desk import MOMENTS, AnnouncementForm, typed
from messaging import announcements, broadcasts, templates
from messaging.announcements import Draft
from messaging.broadcasts import ARTICLE, Plan, articles
from messaging.models import Announcement, Broadcast
from procedures.models import Sector
from tenants import clock
from tenants.accounts.requests import acting_user
from tenants.admin.sites import province_site
from tenants.organisation.models import Agency
from tenants.text import grouped

DOSSIERS = "dossiers"
OUTAGE_BEGINS = time(22, 0)
# So long a second person may take.
APPROVED_WITHIN = timedelta(days=2)


class BroadcastForm(AnnouncementForm):
    """A broadcast as typed. Its announcement is shown from when it is sent on."""

    publish_from = None  # type: ignore[assignment]
    groups_chosen = forms.MultipleChoiceField(
        label=gettext_lazy("Ngoài trang web, gửi đến"),
        choices=broadcast_presentation.audience_choices,
        required=False,
        help_text=gettext_lazy("Ai ở trong nhiều nhóm chỉ nhận một lần. Bỏ trống: chỉ đăng trên web."),
        widget=forms.CheckboxSelectMultiple,
    )
    agency = forms.ModelChoiceField(
        label=gettext_lazy("Hồ sơ của cơ quan, xã, phường"),
        queryset=Agency.objects.filter(dissolved_on=None).order_by("code"),
        required=False,
        empty_label="–",
        help_text=gettext_lazy(
            "Chỉ khi gửi đến người có hồ sơ đang giải quyết: cơ quan này và đơn vị trực thuộc."
        ),
        widget=UnfoldAdminSelectWidget,
    )
    sector = forms.ModelChoiceField(
        label=gettext_lazy("Hồ sơ thuộc lĩnh vực"),
        queryset=Sector.objects.order_by("name"),
        required=False,
        empty_label="–",
        widget=UnfoldAdminSelectWidget,
    )
    scheduled_for = forms.DateTimeField(
        label=gettext_lazy("Hẹn gửi lúc"),
        help_text=gettext_lazy("Bỏ trống: ngay khi được duyệt. Chỉ trong giờ tỉnh gửi tin."),
        required=False,
        input_formats=MOMENTS,
        error_messages={
            "invalid": gettext_lazy("Xin nhập giờ rồi ngày, tháng, năm, ví dụ 08:00 28/11/2026.")
        },
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "placeholder": "08:00 28/11/2026"}),
    )

    GROUPS = (
        (gettext_lazy("Lời thông báo"), ("kind", "title", "summary", "body", "area", "issuer")),
        (gettext_lazy("Gửi đến ai"), ("groups_chosen", "agency", "sector", "scheduled_for")),
        (
            gettext_lazy("Thời gian của việc"),
            ("starts_at", "ends_at", "publish_until", "short_notice_reason"),
        ),
        (gettext_lazy("Tiếng Anh (nếu có, chỉ trên web)"), ("title_en", "summary_en", "body_en", "area_en")),
    )

    @classmethod
    def of(cls, broadcast: Broadcast) -> "BroadcastForm":  # type: ignore[override]
        """The form with what a broadcast is now."""
        said = Draft.of(broadcast.announcement)
        initial = {
            name: getattr(said, name) for name in Draft.__dataclass_fields__ if name in cls.base_fields
        }
        for name in ("starts_at", "ends_at", "publish_until"):
            initial[name] = typed(initial[name]) if initial[name] else ""
        of_dossiers = broadcast.audiences.get(DOSSIERS, {})
        return cls(
            initial={
                **initial,
                "seen": broadcast.version,
                "groups_chosen": list(broadcast.audiences),
                "agency": of_dossiers.get("agency"),
                "sector": of_dossiers.get("sector"),
                "scheduled_for": typed(broadcast.scheduled_for) if broadcast.scheduled_for else "",
            }
        )

    @classmethod
    def of_outage(cls) -> "BroadcastForm":
        """The form of a planned outage, with the first evening the law allows when it is approved in time, and words
        to begin with."""
        day = announcements.earliest(clock.now() + APPROVED_WITHIN)
        starts = datetime.combine(day, OUTAGE_BEGINS, clock.VIETNAM)
        words = {"day": f"{day:%d/%m/%Y}", "hour": f"{OUTAGE_BEGINS:%H:%M}"}
        return cls(
            initial={
                "kind": Announcement.Kind.OUTAGE,
                "title": gettext("Cổng dịch vụ công tạm dừng để bảo trì từ %(hour)s ngày %(day)s") % words,
                "summary": gettext(
                    "Từ %(hour)s ngày %(day)s, cổng dịch vụ công và tra cứu hồ sơ tạm dừng để bảo trì. Hồ sơ đã nộp"
                    " không bị ảnh hưởng."
                )
                % words,
                "starts_at": typed(starts),
                "groups_chosen": [ARTICLE, "chat", "news"],
            }
        )

    def draft(self) -> Draft:
        """The announcement that was typed."""
        return Draft(
            **{name: value for name, value in self.cleaned_data.items() if name in Draft.__dataclass_fields__}
        )

    def plan(self) -> Plan:
        """To whom and when."""
        typed_in = self.cleaned_data
        chosen: dict[str, dict[str, int]] = {code: {} for code in typed_in["groups_chosen"]}
        if DOSSIERS in chosen:
            chosen[DOSSIERS] = {
                name: typed_in[name].pk for name in ("agency", "sector") if typed_in.get(name) is not None
            }
        return Plan(chosen, typed_in["scheduled_for"])


class ReasonForm(forms.Form):
    """Why something is returned or stopped."""

    reason = forms.CharField(
        label=gettext_lazy("Lý do"),
        required=False,
        max_length=100_000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )


State = Broadcast.State
DONE = {
    "dem": gettext_lazy("Đã đếm lại."),
    "xin-duyet": gettext_lazy("Đã xin duyệt. Người thứ hai xem rồi duyệt ở trang này."),
    "tra-lai": gettext_lazy("Đã đưa về bản nháp."),
    "duyet": gettext_lazy("Đã duyệt."),
    "tam-dung": gettext_lazy("Đã tạm dừng."),
    "chay-tiep": gettext_lazy("Đang gửi tiếp."),
    "dung": gettext_lazy("Đã dừng hẳn."),
    "xoa": gettext_lazy("Đã xóa bản nháp."),
}
GOING = (State.RUNNING, State.PAUSED)
_LIST = "admin:messaging_broadcast_changelist"


def may_open(request: HttpRequest) -> bool:
    """Whether the menu shows broadcasts to this person."""
    return broadcasts.may_broadcast(request.user)


def new(request: HttpRequest) -> HttpResponse:
    """Word a new one; `?viec=bao-tri` begins with a planned outage."""
    _guard(request)
    if request.method != "POST":
        outage = request.GET.get("viec") == "bao-tri"
        return _page(request, None, BroadcastForm.of_outage() if outage else BroadcastForm())
    form = BroadcastForm(request.POST)
    if form.is_valid():
        try:
            made = broadcasts.write(form.draft(), form.plan(), actor=acting_user(request))
        except announcements.Refused as refusal:
            _tell(form, refusal)
        else:
            messages.success(request, _("Đã ghi bản nháp. Xin xem số người và chi phí rồi xin duyệt."))
            return HttpResponseRedirect(_address(made))
    return _page(request, None, form)


def change(request: HttpRequest, broadcast_id: int) -> HttpResponse:
    """One broadcast: its state, whom it reaches, its words, what may be done with it."""
    found = _found(request, broadcast_id)
    if request.method != "POST":
        return _page(request, found, BroadcastForm.of(found))
    form = BroadcastForm(request.POST)
    status = 422
    if form.is_valid():
        try:
            broadcasts.rewrite(
                found.pk,
                form.draft(),
                form.plan(),
                actor=acting_user(request),
                seen=form.cleaned_data["seen"] or 0,
            )
        except announcements.Refused as refusal:
            _tell(form, refusal)
            status = 409 if isinstance(refusal, announcements.Stale) else 422
        else:
            messages.success(request, _("Đã ghi."))
            return HttpResponseRedirect(_address(found))
    return _page(request, found, form, status=status)


@require_POST
def act(request: HttpRequest, broadcast_id: int, name: str) -> HttpResponse:
    """Count, try out, ask, approve, return, pause, go on, stop or throw away; a refusal shows the page with the
    reason and what was typed."""
    found = _found(request, broadcast_id)
    if name not in DONE:
        return HttpResponseRedirect(_address(found))
    try:
        _ACTS[name](request, found.pk, {"actor": acting_user(request), "seen": _seen(request)})
    except announcements.Refused as refusal:
        found.refresh_from_db()
        stale = isinstance(refusal, announcements.Stale)
        return _page(request, found, BroadcastForm.of(found), refusal, status=409 if stale else 422)
    messages.success(request, str(DONE[name]))
    return HttpResponseRedirect(reverse(_LIST) if name == "xoa" else _address(found))


@require_POST
def article(request: HttpRequest, broadcast_id: int, article_id: int) -> HttpResponse:
    """Somebody looked at the account whether an article was sent, or one that was not is sent again."""
    found = _found(request, broadcast_id)
    row = get_object_or_404(found.articles, pk=article_id)
    sent = request.POST.get("sent")
    actor = acting_user(request)
    if sent in ("yes", "no"):
        articles.settle(row.pk, actor, was_sent=sent == "yes")
    elif sent == "again":
        try:
            broadcasts.try_article_again(found.pk, row.pk, actor=actor)
        except announcements.Refused as refusal:
            found.refresh_from_db()
            return _page(request, found, BroadcastForm.of(found), refusal, status=422)
        messages.success(request, _("Bài viết được gửi lại."))
    return HttpResponseRedirect(_address(found))


@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """How many people broadcasts reached in a year, by which route, at what cost: GET ?nam=."""
    _guard(request)
    typed = request.GET.get("nam", "")
    this_year = clock.today().year
    year = int(typed) if re.fullmatch("20[0-9]{2}", typed) else this_year
    results = broadcasts.of_year(year)
    context = {
        **province_site.each_context(request),
        "opts": Broadcast._meta,
        "title": _("Số liệu đợt gửi tin năm %(year)d") % {"year": year},
        "year": year,
        "before": year - 1,
        "after": year + 1 if year < this_year else None,
        "rows": [broadcast_presentation.result(one) for one in results],
        "people": grouped(sum(one.people for one in results)),
        "sent": grouped(sum(one.sent for one in results)),
        "cost": broadcast_presentation.money(sum(one.cost for one in results)),
        "list_url": reverse(_LIST),
    }
    return render(request, "desk/broadcast_figures.html", context)


Act = Callable[[HttpRequest, int, dict[str, Any]], Any]


def _with_reason(act: Callable[..., Any]) -> Act:
    return lambda request, pk, arguments: act(pk, reason=request.POST.get("reason", ""), **arguments)


def _simply(act: Callable[..., Any]) -> Act:
    return lambda _request, pk, arguments: act(pk, **arguments)


_ACTS: dict[str, Act] = {
    "dem": lambda request, pk, arguments: broadcasts.recount(pk, actor=arguments["actor"]),
    "xin-duyet": _simply(broadcasts.ask),
    "tra-lai": _with_reason(broadcasts.take_back),
    "duyet": _simply(broadcasts.approve),
    "tam-dung": _simply(broadcasts.pause),
    "chay-tiep": _simply(broadcasts.resume),
    "dung": lambda request, pk, arguments: broadcasts.stop(
        pk, actor=arguments["actor"], reason=request.POST.get("reason", "")
    ),
    "xoa": _simply(broadcasts.discard),
}


def _page(
    request: HttpRequest,
    found: Broadcast | None,
    form: BroadcastForm,
    refusal: announcements.Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    if status == 200 and form.errors:
        status = 422
    is_author = bool(found and request.user.pk in found.worded_by)
    shows_progress = bool(found and found.state not in (State.DRAFT, State.ASKED))
    context = {
        **province_site.each_context(request),
        "opts": Broadcast._meta,
        "is_fullwidth": "1",
        "title": found.announcement.title if found else _("Đợt gửi tin mới"),
        "form": form,
        "refusal": list(refusal.problems.values()) if refusal else [],
        "broadcast": found,
        "state": broadcast_presentation.state(found) if found else "",
        "is_author": is_author,
        "audiences": broadcast_presentation.audience_rows(found) if found else [],
        "counted": broadcast_presentation.counted(found) if found else {},
        "progress": broadcast_presentation.progress(found) if found and shows_progress else {},
        "preview": _preview(found),
        "reason_form": ReasonForm(request.POST if refusal else None),
        "chat": link_codes.account(),
        "test_code": broadcasts.code_of(found, acting_user(request)) if found else "",
        "tests_left": broadcasts.MOST_TESTS - found.tests if found else 0,
        "notice": announcements.notice_of(found.announcement, found.scheduled_for) if found else None,
        "latest_approval": announcements.last_day_to_announce(found.announcement, found.scheduled_for)
        if found
        else None,
        "is_draft": found is None or found.state == State.DRAFT,
        "is_asked": bool(found and found.state == State.ASKED),
        "is_going": bool(found and found.state in GOING),
        "may_stop": bool(found and found.state in (State.APPROVED, *GOING)),
        "list_url": reverse(_LIST),
    }
    return render(request, "desk/broadcast.html", context, status=status)


def _preview(found: Broadcast | None) -> dict[str, str]:
    """The message as a telephone shows it."""
    if found is None:
        return {}
    said = articles.rendered(found.words or articles.of(found.announcement))
    body = templates.for_channel(said.body, may_show_phone=True)
    return {"title": said.title, "body": body, "button": said.button}


def _seen(request: HttpRequest) -> int:
    typed = request.POST.get("seen", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0


def _tell(form: BroadcastForm, refusal: announcements.Refused) -> None:
    for name, sentence in refusal.problems.items():
        field = "groups_chosen" if name == "audiences" else name
        form.add_error(field if field in form.fields else None, sentence)


def _guard(request: HttpRequest) -> None:
    if not may_open(request):
        raise PermissionDenied


def _found(request: HttpRequest, broadcast_id: int) -> Broadcast:
    _guard(request)
    known = Broadcast.objects.select_related(
        "announcement", "announcement__issuer", "asked_by", "approved_by"
    )
    return get_object_or_404(known, pk=broadcast_id)


def _address(broadcast: Broadcast) -> str:
    return reverse("admin:messaging_broadcast_change", args=[broadcast.pk])
