"""The desk's list of phone calls to make, the page of one call, and their addresses."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dossiers.lifecycle.desk.frame import agencies, for_staff, once, shell
from dossiers.lifecycle.permissions import visible_to
from messaging.outbox import phone_calls
from messaging.outbox.models.phone_calls import Call, CallTry
from tenants import phone_numbers
from tenants.accounts.models import User
from tenants.accounts.requests import acting_user
from tenants.audit import log
from tenants.organisation.staff_site.sites import province_site

PER_PAGE = 15
PREFIX = "dossier:"
# Parameters that the addresses of these pages pass on.
KEPT = ("xong", "cua", "ly-do", "ho-so", "trang")
Outcome = CallTry.Outcome
# In the order of the buttons: (outcome, words, kind of button).
OUTCOMES = (
    (Outcome.INFORMED, gettext_lazy("Đã báo được"), "primary"),
    (Outcome.NO_ANSWER, gettext_lazy("Không nghe máy"), ""),
    (Outcome.INFORMED_OTHERWISE, gettext_lazy("Đã báo bằng cách khác"), ""),
    (Outcome.UNREACHABLE, gettext_lazy("Không thể báo được"), "danger"),
)


class RecordForm(forms.Form):
    """The result of a call."""

    outcome = forms.ChoiceField(
        choices=Outcome,
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"), gettext_lazy("Xin chọn kết quả cuộc gọi.")
        ),
    )
    note = forms.CharField(
        required=False,
        max_length=phone_calls.NOTE_MAX,
        error_messages={"max_length": gettext_lazy("Ghi chú dài quá %(limit_value)d ký tự.")},
    )


def badge(request: HttpRequest) -> int | None:
    """The number of calls to make, for the menu; None for zero."""

    def count() -> int | None:
        return phone_calls.of_desks(agencies(request)).filter(settled_at__isnull=True).count() or None

    return once(request, "_to_be_called", count)


@for_staff
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """The calls to make, the longest waiting first; `?xong=1`: the latest results."""
    user = acting_user(request)
    wanted = _wanted(request)
    page = Paginator(phone_calls.find(user, wanted), PER_PAGE).get_page(request.GET.get("trang"))
    shown = list(page)
    if shown:
        log.record("call.list", request=request, calls=[call.pk for call in shown])
    context = {
        "title": _("Cần gọi điện"),
        "page": page,
        "rows": _rows(shown, user),
        "wanted": wanted,
        "reasons": Call.Reason.choices,
        "code": wanted.subject.removeprefix(PREFIX),
        "outcomes": OUTCOMES,
        "kept": _kept(request),
        "first": _kept(request, without=("trang",)),
        "open_query": _kept(request, without=("trang", "xong")),
        "days": phone_calls.SETTLED_DAYS,
        **shell(request),
    }
    return render(request, "desk/calls.html", context)


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, call_id: int) -> HttpResponse:
    """One call: its text and its attempts; posting records the result."""
    user = acting_user(request)
    call = _visible(user, call_id)
    if request.method != "POST":
        log.record("call.read", call.subject, request=request, call=call.pk)
        return _page(request, call)
    form = RecordForm(request.POST)
    if not form.is_valid():
        return _page(request, call, form, status=422)
    try:
        recorded = phone_calls.record(call_id, actor=user, **form.cleaned_data)
    except phone_calls.AlreadySettled as refusal:
        return _page(request, _visible(user, call_id), form, refusal=str(refusal), status=409)
    except phone_calls.NoteNeeded as refusal:
        form.add_error("note", str(refusal))
        return _page(request, call, form, status=422)
    outcome = Outcome(form.cleaned_data["outcome"]).label
    messages.success(
        request, _("Đã ghi cuộc gọi cho %(name)s: %(outcome)s.") % {"name": recorded.name, "outcome": outcome}
    )
    return HttpResponseRedirect(_list_address(request))


@for_staff
@require_POST
def number(request: HttpRequest, call_id: int) -> HttpResponse:
    """The page of the call with the whole number; the reading is recorded."""
    user = acting_user(request)
    call = _visible(user, call_id)
    try:
        shown = phone_calls.reveal_number(call_id, actor=user, request=request)
    except phone_calls.AlreadySettled as refusal:
        return _page(request, _visible(user, call_id), refusal=str(refusal), status=409)
    return _page(request, call, number=shown)


def _page(
    request: HttpRequest,
    call: Call,
    form: RecordForm | None = None,
    *,
    number: str = "",
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    user = acting_user(request)
    context = {
        "title": _("Gọi cho %(name)s") % {"name": call.name},
        "row": _rows([call], user)[0],
        "number": number,
        "spaced": phone_numbers.spaced(number),
        "refusal": refusal,
        "form": form,
        "note": form.data.get("note", "") if form else "",
        "outcomes": OUTCOMES,
        "kept": _kept(request),
        "list_url": _list_address(request),
        **shell(request),
    }
    return render(request, "desk/call.html", context, status=status)


def _rows(found: list[Call], user: User) -> list[dict[str, Any]]:
    """The card of each call, with a link to its dossier where this person may see it."""
    ours, places = phone_calls.recordable(user, found), _places(found, user)
    return [
        {
            "call": call,
            "may_record": call.pk in ours and call.settled_at is None,
            "about": call.subject.removeprefix(PREFIX),
            "dossier_id": places.get(call.subject),
            "tries": list(call.tries.all()),
            "by_itself": call.outcome in phone_calls.BY_ITSELF,
        }
        for call in found
    ]


def _places(found: Iterable[Call], user: User) -> dict[str, int]:
    codes = {call.subject.removeprefix(PREFIX) for call in found if call.subject.startswith(PREFIX)}
    known = visible_to(user).filter(code__in=codes).values_list("code", "pk") if codes else []
    return {f"{PREFIX}{code}": pk for code, pk in known}


def _visible(user: User, call_id: int) -> Call:
    return get_object_or_404(phone_calls.visible_to(user).select_related("desk"), pk=call_id)


def _wanted(request: HttpRequest) -> phone_calls.CallFilter:
    asked = request.GET
    code = asked.get("ho-so", "").strip()
    return phone_calls.CallFilter(
        own=asked.get("cua") == "bo-phan",
        reason=asked["ly-do"] if asked.get("ly-do") in Call.Reason else "",
        subject=f"{PREFIX}{code}" if code and code.isprintable() else "",
        settled=asked.get("xong") == "1",
    )


def _kept(request: HttpRequest, without: tuple[str, ...] = ()) -> str:
    """The part of the address after "?" that the next page needs to come back to this list."""
    kept = QueryDict(mutable=True)
    for name in KEPT:
        if (value := request.GET.get(name)) and name not in without:
            kept[name] = value
    return kept.urlencode()


def _list_address(request: HttpRequest) -> str:
    kept = _kept(request)
    return reverse("calls") + (f"?{kept}" if kept else "")


_guarded = province_site.admin_view

urlpatterns = [
    path("", _guarded(listing), name="calls"),
    path("<int:call_id>/", _guarded(one), name="call"),
    path("<int:call_id>/so/", _guarded(number), name="call-number"),
]
