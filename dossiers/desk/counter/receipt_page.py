"""The receipt to print with its QR and bar code, and how a term and a fee are written on it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from dossiers.deadlines import wording
from dossiers.lifecycle import actions as services
from dossiers.lifecycle import due_dates
from dossiers.lifecycle.desk.frame import dossier_url, forbid_caching, visible
from dossiers.lifecycle.errors import NotEntitled, NotPossible
from dossiers.printing import contents
from dossiers.printing import wording as form_words
from tenants.accounts.requests import acting_user
from tenants.isolation.context import current_province
from tenants.refusals import Refused
from tenants.text import grouped
from tenants.web import qr
from tenants.web.absolute_urls import absolute

DEMO_MARK = "DỮ LIỆU MINH HỌA"


def page(request: HttpRequest, dossier_id: int) -> HttpResponse:
    """The receipt that the counter prints: the content of the statutory form, with QR code and lookup key.

    Identity and telephone numbers are masked, as on every page; the PDF of the form has them in full.
    """
    dossier = visible(request, dossier_id)
    province = current_province()
    try:
        printed = services.print_again(dossier, actor=acting_user(request))
    except NotEntitled as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except NotPossible as refusal:
        messages.error(request, str(refusal))
        return HttpResponseRedirect(dossier_url(dossier.pk))
    words = {
        "agency": dossier.competent_agency.name
        if dossier.competent_agency != dossier.receiving_agency
        else "",
        "desk": dossier.receiving_agency.name,
        "number": contents.number_of(dossier),
        "issued_text": f"{province.short_name}, {form_words.day(dossier.received_at)}",
        "code": dossier.code,
        "barcode": contents.barcode_svg(dossier.code)[0],
        "qr_svg": qr.svg(printed.token_url),
        "key": printed.key,
        "applicant": dossier.owner.name,
        "submitter": dossier.submitter.name,
        "id_number": dossier.owner.masked_id_number,
        "address": dossier.owner.address,
        "phone": dossier.submitter.masked_phone,
        "procedure": dossier.procedure_version.official_name,
        "documents": dossier.documents,
        "received_text": wording.full(dossier.received_at),
        "due_text": wording.full(dossier.due_at) if dossier.due_at else _("không có ngày cố định"),
        "term_text": due_dates.term_in_words(dossier),
        "place": dossier.result_delivery or dossier.receiving_agency.name,
        "fee": fee_text([fee.amount for fee in dossier.procedure_version.fees.all()]),
        "hotline": province.hotline,
        "province_name": province.name,
        "token_url_text": printed.token_url,
        "lookup_url_text": absolute(reverse("lookup")).partition("://")[2].rstrip("/"),
        "clerk": acting_user(request).get_full_name(),
    }
    context = {
        "slip": words,
        "back_url": dossier_url(dossier.pk),
        "next_url": reverse("admin:dossiers_dossier_add"),
        "qr_png_url": reverse("admin:dossier-qr", args=[dossier.pk]),
        "print_then": reverse("admin:dossiers_dossier_add") if "in" in request.GET else "",
    }
    return forbid_caching(render(request, "desk/slip.html", context))


def qr_image(request: HttpRequest, dossier_id: int) -> HttpResponse:
    """The receipt's QR code as a PNG file."""
    dossier = visible(request, dossier_id)
    try:
        url = services.receipt_url(dossier, actor=acting_user(request))
    except Refused as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    image = qr.png(url, note=DEMO_MARK if current_province().demo else "")
    return forbid_caching(HttpResponse(image, content_type="image/png"))


def fee_text(amounts: list[int | None]) -> str:
    """Fees known as amounts in đồng; empty when none is, or when beside zeros one is not known."""
    known = [amount for amount in amounts if amount is not None]
    if known == amounts and known and not any(known):
        return _("Không phải nộp")
    return "; ".join(_("%(amount)s đồng") % {"amount": grouped(amount)} for amount in known if amount)
