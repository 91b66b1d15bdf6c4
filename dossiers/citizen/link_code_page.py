"""The page that shows a link code, to be typed into the chat of the province's account."""

from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from dossiers import services, wording
from dossiers.citizen.link_holder import Holder
from dossiers.lookup import link_codes
from dossiers.public_pages import private, see_other
from tenants.web import qr


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, token: str) -> HttpResponse:
    """How news of the dossier comes to a chat. POST makes a code, then 303 to the page that shows it.

    404 where no account could take it, and where there will be no news.
    """
    holder = Holder.of(token)
    dossier, account = holder.token.dossier, link_codes.account()
    if account is None or not link_codes.is_open_to(dossier):
        raise Http404
    if request.method == "POST":
        if (refusal := holder.refusal(request, "link")) is not None:
            return refusal
        query = urlencode({"ma": link_codes.sealed(link_codes.make(holder.token))})
        return see_other(f"{reverse('dossier-link', args=[token])}?{query}")
    asked = request.GET.get("ma", "")
    shown = link_codes.shown(holder.token, asked)
    context = {
        "code": dossier.code,
        "token": token,
        "service": account.service,
        "account_url": account.url,
        "qr": qr.svg(account.url),
        "link_code": shown.code if shown else "",
        "until": wording.hour(shown.until) if shown else "",
        "over": bool(asked) and shown is None,
        "linked": services.is_linked(dossier, account.code),
    }
    return private(render(request, "citizen/link.html", context))
