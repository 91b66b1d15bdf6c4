"""The citizen's page about notices: whether they come, how to stop them, how to have them again."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from dossiers import services
from dossiers.lookup import lookup
from dossiers.models import Dossier
from dossiers.public_pages import private, see_other, sent_from_here, too_many_tries
from tenants import rate_limits
from tenants.accounts.requests import client_address

# Who changes their mind more often within a quarter of an hour is no reader.
PER_DOSSIER = 10
PER_ADDRESS = 40
PER_PROVINCE = 1000
STOP_HERE, STOP_ALL, AGAIN = "ho-so-nay", "tat-ca", "nhan-lai"
STOP_NEWS, NEWS_AGAIN = "thoi-thong-bao", "nhan-thong-bao"
_ACTS: dict[str, Callable[[int], object]] = {
    STOP_HERE: lambda number: services.stop_notices(number, everywhere=False),
    STOP_ALL: lambda number: services.stop_notices(number, everywhere=True),
    AGAIN: services.resume_notices,
    STOP_NEWS: services.stop_news,
    NEWS_AGAIN: services.resume_news,
}


# Zalo's browser loses cookies, so this form carries no token of its own: the address is the secret. Where the
# browser says from where it was sent, that must be this site.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def notices(request: HttpRequest, token: str) -> HttpResponse:
    """How the recipient is told. POST `viec` stops or resumes notices, or news of the province, then 303 to the page that says so."""
    found = lookup.by_own_token(token)
    if found is None:
        raise Http404
    dossier = found.dossier
    if request.method != "POST":
        return _page(request, dossier, token, done=request.GET.get("xong", ""))
    if not sent_from_here(request):
        return render(request, "403.html", status=403)
    limits = {
        f"notices:dossier:{dossier.pk}": PER_DOSSIER,
        f"notices:from:{rate_limits.block(client_address(request))}": PER_ADDRESS,
        "notices:province": PER_PROVINCE,
    }
    if rate_limits.used_up(limits):
        return too_many_tries(request)
    act = request.POST.get("viec", "")
    if act not in _ACTS:
        return _page(request, dossier, token)
    rate_limits.charge(limits)
    _ACTS[act](dossier.pk)
    return see_other(f"{reverse('dossier-notices', args=[token])}?xong={act}")


def _page(request: HttpRequest, dossier: Dossier, token: str, *, done: str = "") -> HttpResponse:
    context = {
        "code": dossier.code,
        "token": token,
        "number": dossier.recipient.masked_phone,
        "reachable": services.reachable(dossier),
        "news": services.news_reaches(dossier),
        "done": "" if done in (STOP_NEWS, NEWS_AGAIN) else done,
        "news_done": done in (STOP_NEWS, NEWS_AGAIN),
    }
    return private(render(request, "citizen/notices.html", context))
