"""Pages of the statutory forms: a form of a dossier, a new key for a lost receipt."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dossiers.deadlines import wording
from dossiers.desk.dossier.action_pages import Act, perform
from dossiers.lifecycle import actions as services
from dossiers.lifecycle import result_delivery
from dossiers.lifecycle.actions import corrections
from dossiers.lifecycle.desk.form_fields import ActForm
from dossiers.lifecycle.desk.frame import dossier_url, forbid_caching, shell, visible
from dossiers.lifecycle.event_journal import HANDOVER_WAYS
from dossiers.lifecycle.models import Dossier, Event
from dossiers.printing import availability, printing
from dossiers.printing.contents import PAPERS
from dossiers.printing.typst_pool import TypesettingError
from tenants.accounts.requests import acting_user
from tenants.audit import log
from tenants.organisation.staff_site.form_fields import text_input
from tenants.refusals import Refused


class ReissueForm(ActForm):
    """The identity paper that the clerk has checked."""

    checked = forms.CharField(
        label=gettext_lazy("Giấy tờ tùy thân đã kiểm tra"),
        help_text=gettext_lazy("Loại giấy tờ là đủ, ví dụ “thẻ căn cước”; không ghi số."),
        max_length=300,
        widget=text_input(),
    )


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
        # The province's template passed its check and no longer works; the desk cannot repair it.
        context = {"title": dossier.code, "page": dossier_url(dossier.pk), **shell(request)}
        return render(request, "desk/broken_form.html", context, status=500)
    response = HttpResponse(printed.pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{printed.file_name}"'
    return forbid_caching(response)


def handover_receipt(request: HttpRequest, dossier_id: int) -> HttpResponse:
    """The paper that a person signs who takes a result at the desk; no circular prescribes it. Recorded."""
    dossier = visible(request, dossier_id)
    events = list(dossier.events.select_related("note", "actor", "agency").order_by("sequence"))
    given = result_delivery.handed_over(dossier, events)
    if given is None:
        messages.error(request, _("Hồ sơ này chưa trả kết quả nên chưa có biên nhận."))
        return HttpResponseRedirect(dossier_url(dossier.pk))
    data = given.note.data["handover"] if given.note else {}
    log.record("dossier.form", dossier.subject, request=request, form="handover", sequence=given.sequence)
    context = {
        "dossier": dossier,
        "way": str(HANDOVER_WAYS[data["way"]]),
        "data": {**data, "waybill": result_delivery.sent_under(dossier, events)},
        "when": wording.full(given.at),
        "desk": given.agency.name if given.agency else dossier.receiving_agency.name,
        "by": given.actor.get_full_name() if given.actor else "",
        "back_url": dossier_url(dossier.pk),
    }
    return forbid_caching(render(request, "desk/handover_receipt.html", context))


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
    done=gettext_lazy(
        "Đã cấp mã mới. Mã cũ và mã QR cũ không dùng được nữa. Xin in lại giấy hẹn; hồ sơ chưa tiếp nhận thì "
        "người nộp xem mã mới ở trang đã nộp."
    ),
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
