"""Pages on which the holder of a dossier's address acts: notices, link codes, sharing, rating. The address is the secret."""

from collections.abc import Callable
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from dossiers.deadlines import wording
from dossiers.lifecycle import access_links
from dossiers.lifecycle import actions as services
from dossiers.lifecycle.errors import NotPossible
from dossiers.lifecycle.models import AccessToken, Dossier, Satisfaction
from dossiers.lookup import lookup
from tenants.web import qr
from tenants.web.budgets import NETWORK, PROVINCE, SITE, Budget, Limit, Taken
from tenants.web.client_address import client_address
from tenants.web.public_pages import form_page, private, see_other

STOP_HERE, STOP_ALL, AGAIN = "ho-so-nay", "tat-ca", "nhan-lai"
STOP_NEWS, NEWS_AGAIN = "thoi-thong-bao", "nhan-thong-bao"
_ACTS: dict[str, Callable[[int], object]] = {
    STOP_HERE: lambda number: services.stop_notices(number, everywhere=False),
    STOP_ALL: lambda number: services.stop_notices(number, everywhere=True),
    AGAIN: services.resume_notices,
    STOP_NEWS: services.stop_news,
    NEWS_AGAIN: services.resume_news,
}

SCORES = {str(int(score)): score for score in Satisfaction.Score}

LONGEST_ID = 18

# A reader does not act more often. Each act has its own: who shared too often still stops notices.
_TOO_OFTEN = gettext_lazy("Việc này vừa được làm nhiều lần ở hồ sơ này, hoặc từ mạng ông/bà đang dùng.")
_LIMITS = (Limit("dossier", 10), Limit(NETWORK, 40), Limit(SITE, 160), Limit(PROVINCE, 1000, narrowed=5))
_TAKEN = ("share", "link", "rating", "notices", "code")
ACTS = {act: Budget(f"holder-{act}", _TOO_OFTEN, *_LIMITS) for act in _TAKEN}


def own_address(value: str) -> AccessToken:
    """The address of one who may act; Http404 for a dead one and for one that was shared for looking only."""
    token = lookup.by_own_token(value)
    if token is None:
        raise Http404
    return token


def take(request: HttpRequest, act: str, token: AccessToken) -> Taken:
    """Take one of these acts; raises BudgetSpent."""
    return ACTS[act].take(address=client_address(request), dossier=token.dossier_id)


@form_page
def share(request: HttpRequest, token: str) -> HttpResponse:
    """What is shared with whom it may concern. POST `viec` makes an address (`tao`) or closes the one of
    `lien-ket` (`thu-hoi`), then 303 to the page that shows what there is."""
    own = own_address(token)
    if request.method != "POST":
        return _share_page(request, own, token)
    take(request, "share", own)
    act, which = request.POST.get("viec", ""), request.POST.get("lien-ket", "")
    if act == "tao":
        try:
            access_links.share(own.dossier)
        except NotPossible as error:
            return _share_page(request, own, token, trouble=str(error))
    elif act == "thu-hoi" and which.isascii() and which.isdecimal() and len(which) <= LONGEST_ID:
        access_links.revoke_share(own.dossier, int(which))
    done = f"?xong={act}" if act in ("tao", "thu-hoi") else ""
    return see_other(reverse("dossier-share", args=[token]) + done)


def _share_page(request: HttpRequest, own: AccessToken, token: str, *, trouble: str = "") -> HttpResponse:
    links = [
        {
            "id": one.pk,
            "url": access_links.url(one.value),
            "made": wording.full(one.created_at),
            "until": wording.full(one.expires_at) if one.expires_at else "",
        }
        for one in access_links.living_shares(own.dossier)
    ]
    # One picture, of the newest: with the others each address stands alone.
    context = {
        "code": own.dossier.code,
        "token": token,
        "links": links,
        "qr": qr.svg(str(links[0]["url"])) if links else "",
        "days": access_links.SHARE_DAYS,
        "trouble": trouble,
        "done": request.GET.get("xong", ""),
    }
    return private(render(request, "lookup/share.html", context))


@form_page
def link(request: HttpRequest, token: str) -> HttpResponse:
    """How to follow the dossier in a chat. POST makes a code, then 303 to the page that shows it.

    404 where no account could take it, and where there will be no news.
    """
    own, account = own_address(token), access_links.chat_account()
    dossier = own.dossier
    if account is None or not access_links.is_open_to_chat(dossier):
        raise Http404
    if request.method == "POST":
        take(request, "link", own)
        query = urlencode({"ma": access_links.encrypted_code(access_links.make_code(own))})
        return see_other(f"{reverse('dossier-link', args=[token])}?{query}")
    asked = request.GET.get("ma", "")
    shown = access_links.shown_code(own, asked)
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
    return private(render(request, "lookup/link.html", context))


@form_page
@require_POST
def rate(request: HttpRequest, token: str) -> HttpResponse:
    """POST `muc`, then 303 to the page with the thanks; any other value changes nothing."""
    own = own_address(token)
    take(request, "rating", own)
    score = SCORES.get(request.POST.get("muc", ""))
    if score is not None:
        services.rate(own.dossier_id, score)
    return see_other(f"{reverse('dossier', args=[token])}#danh-gia")


@form_page
def notices(request: HttpRequest, token: str) -> HttpResponse:
    """The channels of notices. POST `viec` stops or resumes notices or news, then 303 to the page that confirms it."""
    own = own_address(token)
    dossier = own.dossier
    if request.method != "POST":
        return _notices_page(request, dossier, token, done=request.GET.get("xong", ""))
    act = request.POST.get("viec", "")
    take(request, "notices", own)
    if act not in _ACTS:
        return _notices_page(request, dossier, token)
    _ACTS[act](dossier.pk)
    return see_other(f"{reverse('dossier-notices', args=[token])}?xong={act}")


def _notices_page(request: HttpRequest, dossier: Dossier, token: str, *, done: str = "") -> HttpResponse:
    reachable, news = services.both_reach(dossier)
    context = {
        "code": dossier.code,
        "token": token,
        "number": dossier.recipient.masked_phone,
        "reachable": reachable,
        "news": news,
        "may_start": not reachable.on and not reachable.again and services.may_start(dossier),
        "done": "" if done in (STOP_NEWS, NEWS_AGAIN) else done,
        "news_done": done in (STOP_NEWS, NEWS_AGAIN),
    }
    return private(render(request, "lookup/notices.html", context))
