"""The page on which the holder of a dossier's address starts its notices: a one-time code proves the number.

Its state is the signed reference of the code, in the address of the page and in its form; no cookie is needed.
"""

from dataclasses import dataclass
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dossiers.deadlines import wording
from dossiers.lifecycle import access_links
from dossiers.lifecycle import actions as services
from dossiers.lifecycle.actions.consents import PURPOSE, names_of
from dossiers.lifecycle.models import Dossier
from dossiers.lookup.public.holder_pages import own_address, take
from messaging.outbox.one_time_codes import codes, delivery
from tenants import clock
from tenants.web.budgets import Taken
from tenants.web.public_pages import form_page, private, see_other

STARTED = "bat-tin"


class CodeForm(forms.Form):
    """The digits as typed; what they are worth is decided by `messaging.outbox.one_time_codes`."""

    ma = forms.CharField(
        label=gettext_lazy("Mã xác nhận"),
        max_length=codes.LONGEST_TYPED,
        error_messages={
            "required": gettext_lazy("Xin nhập 6 chữ số trong tin vừa gửi."),
            "max_length": gettext_lazy("Mã xác nhận chỉ có 6 chữ số."),
        },
    )


@form_page
def start(request: HttpRequest, token: str) -> HttpResponse:
    """POST `gui` sends a code, then 303 to the page that takes it; POST `tham-chieu` and `ma` starts notices, then 303
    to the page about them. Where notices go out already, 303 there at once."""
    own = own_address(token)
    taken = take(request, "code", own) if request.method == "POST" else None
    dossier = own.dossier
    possible = services.may_start(dossier)
    if not possible and not dossier.status_enum.is_closed and access_links.has_mobile(dossier):
        # Asked for before: the other page turns notices on and off.
        return see_other(reverse("dossier-notices", args=[token]))
    page = Page(request, token, dossier, possible and delivery.can_send(PURPOSE))
    if taken is None or not page.possible:
        return page.shown(reference=request.GET.get("gui", ""))
    return _confirm(page) if "tham-chieu" in request.POST else _send(page, taken)


@dataclass(frozen=True)
class Page:
    """One request for this page. `possible`: whether a code may start notices and there is a channel to send it."""

    request: HttpRequest
    token: str
    dossier: Dossier
    possible: bool

    def shown(
        self, *, reference: str = "", form: CodeForm | None = None, trouble: str = "", status: int = 200
    ) -> HttpResponse:
        """The page: before a code, or while one of `reference` may be typed, with what went wrong."""
        dossier = self.dossier
        takes_code = bool(reference) and codes.is_open(reference)
        context = {
            "code": dossier.code,
            "token": self.token,
            "number": dossier.recipient.masked_phone,
            "possible": self.possible,
            "has_mobile": access_links.has_mobile(dossier),
            "closed": dossier.status_enum.is_closed,
            "desk": dossier.receiving_agency.living,
            "channels": names_of(services.channels_to_start()),
            "reference": reference if takes_code else "",
            "expired": bool(reference) and not takes_code,
            "form": form or CodeForm(),
            "minutes": int(codes.GOOD_FOR.total_seconds() // 60),
            "trouble": trouble,
        }
        return private(render(self.request, "lookup/notices_start.html", context, status=status))


def _send(page: Page, taken: Taken) -> HttpResponse:
    try:
        reference = codes.issue(PURPOSE, page.dossier.subject, page.dossier.recipient.phone)
    except codes.TooManyCodes as refusal:
        taken.give_back()
        trouble = _("Đã gửi nhiều mã. Xin ông/bà lấy mã khác từ %(when)s, hoặc đến nơi đã nộp hồ sơ.")
        when = wording.full(clock.now() + refusal.retry_after)
        response = page.shown(trouble=trouble % {"when": when}, status=429)
        response["Retry-After"] = str(int(refusal.retry_after.total_seconds()) + 1)
        return response
    except codes.CodeNotSent:
        taken.give_back()
        trouble = _("Lúc này chưa gửi được mã. Xin ông/bà thử lại sau ít phút.")
        return page.shown(trouble=trouble, status=503)
    address = reverse("dossier-notices-start", args=[page.token])
    return see_other(f"{address}?{urlencode({'gui': reference})}")


def _confirm(page: Page) -> HttpResponse:
    form, reference = CodeForm(page.request.POST), page.request.POST["tham-chieu"]
    if not form.is_valid():
        return page.shown(reference=reference, form=form)
    dossier, number = page.dossier, page.dossier.recipient.phone
    typed = form.cleaned_data["ma"]
    if not codes.check(reference, typed, purpose=PURPOSE, subject=dossier.subject, telephone=number):
        form.add_error("ma", _("Mã chưa đúng, đã dùng hoặc đã hết hạn. Xin xem lại tin, hoặc lấy mã khác."))
        return page.shown(reference=reference, form=form)
    if services.start_notices(dossier.pk, proven=number) is None:
        trouble = _("Hồ sơ vừa thay đổi nên chưa bật được tin báo. Xin ông/bà mở lại trang hồ sơ.")
        return page.shown(trouble=trouble)
    return see_other(f"{reverse('dossier-notices', args=[page.token])}?xong={STARTED}")
