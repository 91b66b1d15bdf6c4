"""Where a provider sends a person back to after a consent. No cookie is needed: all stands in the link."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from messaging.provisioning import oauth_connect
from messaging.provisioning.oauth_connect import NotConnected


@require_GET
@never_cache
def national_answer(request: HttpRequest, channel: str) -> HttpResponse:
    """Send the person on to the province whose consent it is; else show the code, to be pasted there."""
    host = oauth_connect.province_of(request.GET.get("state", ""))
    if not host:
        return _without_state(request)
    query = request.META.get("QUERY_STRING", "")
    return HttpResponseRedirect(f"{host.rstrip('/')}/quan-tri/ket-noi/{channel}/?{query}")


@require_GET
@never_cache
def answer(request: HttpRequest, channel: str) -> HttpResponse:
    """Take the code, and say what came of it."""
    state, code = request.GET.get("state", ""), request.GET.get("code", "")
    if not state:
        return _without_state(request)
    try:
        if not code:
            raise NotConnected(_("Kênh không đưa mã cấp quyền: có thể người quản trị đã từ chối."))
        row = oauth_connect.accept(channel, state, code, request.GET.get("oa_id", ""))
    except NotConnected as error:
        return _page(request, {"trouble": str(error)}, status=403)
    back = reverse("admin:account-connect", args=[row.channel, row.name])
    return _page(request, {"row": row, "back": back}, status=200)


def _without_state(request: HttpRequest) -> HttpResponse:
    code = request.GET.get("code", "")
    if not code:
        text = _("Đường dẫn này không phải của một lần cấp quyền. Hãy mở trang kết nối và bấm “Cấp quyền”.")
        return _page(request, {"trouble": text}, status=403)
    return _page(request, {"code": code[: oauth_connect.CODE_MAX]}, status=403)


def _page(request: HttpRequest, context: dict[str, object], status: int) -> HttpResponse:
    return render(request, "messaging/consent_answer.html", context, status=status)
