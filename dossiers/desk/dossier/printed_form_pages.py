"""Pages of the statutory forms: a form of a dossier, the register, a new key for a lost receipt."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dossiers.deadlines import wording
from dossiers.desk.dossier.action_pages import Act, perform
from dossiers.lifecycle import actions as services
from dossiers.lifecycle import due_dates
from dossiers.lifecycle.actions import corrections
from dossiers.lifecycle.desk.form_fields import ActForm, day_field
from dossiers.lifecycle.desk.frame import dossier_url, forbid_caching, shell, visible
from dossiers.lifecycle.event_journal import HANDOVER_WAYS
from dossiers.lifecycle.models import Dossier, Event
from dossiers.printing import availability, printing
from dossiers.printing.contents import PAPERS
from dossiers.printing.printing import Period, Printed, desks_of
from dossiers.printing.typst_pool import TypesettingError
from dossiers.workflow.rules.statuses import Status
from tenants import clock
from tenants.accounts.requests import acting_user
from tenants.audit import log
from tenants.organisation.staff_site.form_fields import select_field, set_choices, text_input
from tenants.refusals import Refused


class ReissueForm(ActForm):
    """The identity paper that the clerk has checked."""

    checked = forms.CharField(
        label=gettext_lazy("Giấy tờ tùy thân đã kiểm tra"),
        help_text=gettext_lazy("Loại giấy tờ là đủ, ví dụ “thẻ căn cước”; không ghi số."),
        max_length=300,
        widget=text_input(),
    )


class RegisterForm(forms.Form):
    """Which desk, and from which day to which."""

    desk = select_field(gettext_lazy("Đơn vị tiếp nhận"))

    def __init__(self, *args: Any, desks: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "desk", desks)
        self.fields["from"] = day_field(gettext_lazy("Từ ngày"), required=True)
        self.fields["to"] = day_field(gettext_lazy("Đến ngày"), required=True)


def form_pdf(request: HttpRequest, dossier_id: int, form: str) -> HttpResponse:
    """A form of a dossier: `?viec=` the number of the act it tells of, `?kho=` the sheet (a4, a5)."""
    dossier = visible(request, dossier_id)
    act = request.GET.get("viec", "")
    try:
        printed = printing.print_form(
            dossier,
            form,
            actor=acting_user(request),
            sequence=int(act) if act.isdecimal() and len(act) < 9 else None,
            paper=request.GET.get("kho", ""),
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
        return HttpResponseRedirect(dossier_url(dossier.pk))
    except TypesettingError:
        return _broken_template(request, dossier.code, dossier_url(dossier.pk))
    return _pdf(printed)


def handover_receipt(request: HttpRequest, dossier_id: int) -> HttpResponse:
    """The paper that a person signs who takes a result at the desk; no circular prescribes it. Recorded."""
    dossier = visible(request, dossier_id)
    events = list(dossier.events.select_related("note", "actor", "agency").order_by("sequence"))
    given = handed_over(dossier, events)
    if given is None:
        messages.error(request, _("Hồ sơ này chưa trả kết quả nên chưa có biên nhận."))
        return HttpResponseRedirect(dossier_url(dossier.pk))
    data = given.note.data["handover"] if given.note else {}
    log.record("dossier.form", dossier.subject, request=request, form="handover", sequence=given.sequence)
    context = {
        "dossier": dossier,
        "way": str(HANDOVER_WAYS[data["way"]]),
        "taken_by": data["taken_by"],
        "checked": data["checked"],
        "when": wording.full(given.at),
        "desk": given.agency.name if given.agency else dossier.receiving_agency.name,
        "by": given.actor.get_full_name() if given.actor else "",
        "back_url": dossier_url(dossier.pk),
    }
    return forbid_caching(render(request, "desk/handover_receipt.html", context))


def handed_over(dossier: Dossier, events: Sequence[Event]) -> Event | None:
    """The act that handed the result of this dossier over and holds; its events come in order with their notes."""
    if dossier.status_enum is not Status.RETURNED:
        return None
    held = reversed(due_dates.effective_events(events))
    return next((event for event in held if event.note and "handover" in event.note.data), None)


def register_page(request: HttpRequest) -> HttpResponse:
    """Which register to print."""
    today = clock.today()
    month = {"from": f"{today.replace(day=1):%d/%m/%Y}", "to": f"{today:%d/%m/%Y}"}
    form = RegisterForm(initial=month, desks=_desks(request))
    return _register_page(request, form)


def register_pdf(request: HttpRequest) -> HttpResponse:
    """The register of a desk (`desk`, its code) from a day (`from`) to a day (`to`)."""
    form = RegisterForm(request.GET, desks=_desks(request))
    if not form.is_valid():
        return _register_page(request, form)
    values = form.cleaned_data
    desk = next(one for one in desks_of(acting_user(request)) if one.code == values["desk"])
    first: date = values["from"]
    try:
        printed = printing.print_register(Period(desk, first, values["to"]), actor=acting_user(request))
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _register_page(request, form)
    except TypesettingError:
        return _broken_template(request, _("Sổ theo dõi hồ sơ"), reverse("admin:dossier-register"))
    return _pdf(printed)


REISSUE = Act(
    "reissue",
    gettext_lazy("Mất giấy hẹn: cấp mã mới"),
    ReissueForm,
    services.reissue,
    gettext_lazy(
        "Người nhận phải là chủ hồ sơ hoặc người nộp, đúng với giấy tờ tùy thân. Mã tra cứu và mã QR trên "
        "giấy hẹn cũ sẽ không dùng được nữa."
    ),
    danger=True,
    done=gettext_lazy("Đã cấp mã mới. Mã cũ và mã QR cũ không dùng được nữa. Xin in lại giấy hẹn."),
    tab="giay-to#bieu-mau",
    forbidden=gettext_lazy("Chỉ cán bộ nơi tiếp nhận hồ sơ được cấp mã mới."),
)


def reissue(request: HttpRequest, dossier_id: int) -> HttpResponse:
    """A new key and address in place of a lost receipt, after a check of identity."""
    return perform(request, dossier_id, REISSUE)


def on_page(dossier: Dossier, events: list[Event], request: HttpRequest) -> dict[str, Any]:
    """The forms on the page of a dossier: those that can be printed now, the newest event last."""
    return {
        "may_reissue": corrections.may("reissue", dossier, acting_user(request)),
        "papers": [
            {
                "form": str(occasion.form),
                "title": occasion.form.label,
                "act": occasion.event.sequence,
                "at": occasion.event.at,
                "sheets": PAPERS[occasion.form],
            }
            for occasion in availability.all_ready(dossier, events)
        ],
    }


def _desks(request: HttpRequest) -> list[tuple[str, str]]:
    return [(desk.code, desk.name) for desk in desks_of(acting_user(request))]


def _register_page(request: HttpRequest, form: RegisterForm) -> HttpResponse:
    context = {"title": _("Sổ theo dõi hồ sơ"), "form": form, **shell(request)}
    return render(request, "desk/register.html", context, status=422 if form.errors else 200)


def _pdf(printed: Printed) -> HttpResponse:
    response = HttpResponse(printed.pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{printed.file_name}"'
    return forbid_caching(response)


def _broken_template(request: HttpRequest, title: str, page: str) -> HttpResponse:
    """The province's template passed its check and no longer works; the desk cannot repair it."""
    context = {"title": title, "page": page, **shell(request)}
    return render(request, "desk/broken_form.html", context, status=500)
