"""The page on which a dossier's page is shared with somebody, and taken back."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from dossiers import wording
from dossiers.citizen.link_holder import Holder
from dossiers.lifecycle import access_links
from dossiers.lifecycle.errors import NotPossible
from dossiers.public_pages import private, see_other
from tenants.web import qr

LONGEST_ID = 18


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def share(request: HttpRequest, token: str) -> HttpResponse:
    """What is shared with whom it may concern. POST `viec` makes an address (`tao`) or closes the one of
    `lien-ket` (`thu-hoi`), then 303 to the page that shows what there is."""
    holder = Holder.of(token)
    if request.method != "POST":
        return _page(request, holder, token)
    if (refusal := holder.refusal(request, "share")) is not None:
        return refusal
    act, which = request.POST.get("viec", ""), request.POST.get("lien-ket", "")
    if act == "tao":
        try:
            access_links.share(holder.token.dossier)
        except NotPossible as error:
            return _page(request, holder, token, trouble=str(error))
    elif act == "thu-hoi" and which.isascii() and which.isdecimal() and len(which) <= LONGEST_ID:
        access_links.revoke_share(holder.token.dossier, int(which))
    done = f"?xong={act}" if act in ("tao", "thu-hoi") else ""
    return see_other(reverse("dossier-share", args=[token]) + done)


def _page(request: HttpRequest, holder: Holder, token: str, *, trouble: str = "") -> HttpResponse:
    dossier = holder.token.dossier
    links = [
        {
            "id": one.pk,
            "url": access_links.url(one.value),
            "made": wording.full(one.created_at),
            "until": wording.full(one.expires_at) if one.expires_at else "",
        }
        for one in access_links.living_shares(dossier)
    ]
    # One picture, of the newest: with the others each address stands alone.
    context = {
        "code": dossier.code,
        "token": token,
        "links": links,
        "qr": qr.svg(str(links[0]["url"])) if links else "",
        "days": access_links.SHARE_DAYS,
        "trouble": trouble,
        "done": request.GET.get("xong", ""),
    }
    return private(render(request, "citizen/share.html", context))
