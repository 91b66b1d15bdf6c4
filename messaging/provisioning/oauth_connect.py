"""Connecting an account by OAuth: a person of the account consents at the provider's.

The person comes back by a link with a code, perhaps in another browser. So the user, the account and the verifier
of the exchange travel in the link itself, encrypted with keys of the province and good for ten minutes. Where a
provider does not return the link's state, the code is pasted.
"""

import json
import logging
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from messaging.channels.accounts import credentials
from messaging.channels.accounts.channel_accounts import account_of
from messaging.channels.base import Granted, GrantLost, Health, registry
from messaging.channels.capabilities import Connects
from messaging.channels.models import ChannelAccount
from messaging.inbound import views
from messaging.provisioning import readiness
from tenants import clock
from tenants.accounts.models import User
from tenants.audit import log as audit
from tenants.isolation import province_cache
from tenants.isolation.context import current_province
from tenants.isolation.crypto import CannotDecrypt, decrypt, encrypt
from tenants.isolation.province_cache import UnknownProvince
from tenants.web.absolute_urls import absolute, national_url, province_url

log = logging.getLogger(__name__)

GOOD_FOR = timedelta(minutes=10)
CODE_MAX = 4096
STATE_MAX = 2000
# The age of a pasted pair is unknown: it is renewed within the hour.
PASTED_LASTS = timedelta(hours=1)
MAY_CONNECT = "channels.change_channelaccount"
_PURPOSE = "consent"


class NotConnected(Exception):
    """It was not connected; a Vietnamese sentence says why and what to do. What was granted before stands."""


class Addresses(NamedTuple):
    """What is pasted at the provider's."""

    callback: str
    webhook: str


class ConsentRequest(NamedTuple):
    """One consent that is being asked for: the provider's page, and the `state` that stands for it."""

    url: str
    state: str


@dataclass(frozen=True, slots=True)
class _State:
    account: int
    user: int
    verifier: str = field(repr=False)


def addresses(channel: str, name: str, *, at_own_host: bool = False) -> Addresses:
    """The addresses of this account of the current province. Those of the national host do for every province
    that sends through an app; those of its own host for an app of its own."""
    own = Addresses(absolute(f"/quan-tri/ket-noi/{channel}/"), absolute(f"/webhooks/{channel}/{name}/"))
    if at_own_host or not views.has_shared_endpoint(channel):
        return own
    return Addresses(national_url(f"/ket-noi/{channel}/"), national_url(f"/webhooks/{channel}/"))


def begin(row: ChannelAccount, user: User, *, at_own_host: bool = False) -> ConsentRequest:
    """Begin a consent for this account; nothing is written down. Raises NotConnected.

    `at_own_host`: the provider sends back to the province's host, not to the national one.
    """
    back_to = addresses(row.channel, row.name, at_own_host=at_own_host).callback
    try:
        invitation = _channel(row).invitation(account_of(row.channel, row.name), back_to)
    except ValueError as error:
        raise NotConnected(str(error)) from error
    state = _encode_state(row, user, invitation.verifier)
    return ConsentRequest(_with_state(invitation.url, state), state)


def complete(channel: str, state: str, code: str, account_id: str = "") -> ChannelAccount:
    """Take the code of a consent that `begin` began in this province, and keep what it grants.

    `account_id`: the account that consented, as the provider tells. Asks the provider once; raises
    NotConnected. Must not be called inside a transaction.
    """
    asked = _decode_state(state)
    row = ChannelAccount.objects.filter(pk=asked.account, channel=channel).first()
    user = User.objects.filter(pk=asked.user, is_active=True, is_staff=True).first()
    if row is None or user is None or not user.has_perm(MAY_CONNECT):
        raise NotConnected(_("Tài khoản hoặc người bắt đầu lần cấp quyền này không còn; hãy bắt đầu lại."))
    if account_id and account_id != row.external_id:
        audit.record("grant.refused", f"account:{row}", actor=user, cause="another account")
        text = _("Tài khoản vừa đồng ý có mã %(other)s, không phải %(id)s đã khai. Hãy chọn đúng tài khoản.")
        raise NotConnected(text % {"other": account_id[:40], "id": row.external_id or "–"})
    _exchange(row, user, code, asked.verifier)
    return row


def store_pair(row: ChannelAccount, access: str, refresh: str, actor: User) -> None:
    """Keep a pair of tokens that was made by hand at the provider's. Raises NotConnected."""
    pair = {"access_token": access.strip(), "refresh_token": refresh.strip()}
    if not all(map(_is_whole, pair.values())):
        raise NotConnected(_("Cần cả access token và refresh token, chép nguyên vẹn."))
    credentials.store(row, pair, PASTED_LASTS, actor)


def test_connection(row: ChannelAccount, actor: User) -> Health:
    """Ask the provider whether the account can send now."""
    found = readiness.ask_provider(registry.get(row.channel), row.name)
    audit.record("account.test", f"account:{row}", actor=actor, well=found.well)
    return found


def _is_whole(token: str) -> bool:
    return 0 < len(token) <= CODE_MAX and token.isascii() and token.isprintable()


def _channel(row: ChannelAccount) -> Connects:
    channel = registry.get(row.channel)
    if not isinstance(channel, Connects):
        raise NotConnected(_("Kênh này không cấp quyền theo cách ấy."))
    return channel


def _exchange(row: ChannelAccount, user: User, code: str, verifier: str) -> None:
    code = code.strip()
    if not _is_whole(code):
        raise NotConnected(_("Mã cấp quyền trống hoặc có ký tự lạ; hãy chép lại nguyên vẹn."))
    try:
        answer = _channel(row).exchange_code(account_of(row.channel, row.name), code, verifier)
    except Exception as error:
        log.exception("consent for %s", row)
        answer = GrantLost(type(error).__name__, _("Kênh trả lời không hiểu được."))
    if isinstance(answer, Granted) and any(answer.credentials.values()):
        credentials.store(row, answer.credentials, answer.lasts, user)
        return
    audit.record("grant.refused", f"account:{row}", actor=user, cause=getattr(answer, "code", "empty")[:40])
    if isinstance(answer, GrantLost):
        raise NotConnected(answer.detail)
    raise NotConnected(
        _("Kênh chưa trả lời được. Mã vừa nhận có thể đã dùng: hãy bấm “Cấp quyền” lại sau ít phút.")
    )


def _encode_state(row: ChannelAccount, user: User, verifier: str) -> str:
    state_data = {
        "for": _PURPOSE,
        "account": row.pk,
        "user": user.pk,
        "verifier": verifier,
        "at": int(clock.now().timestamp()),
        "once": secrets.token_urlsafe(8),
    }
    return f"{current_province().slug}.{encrypt(json.dumps(state_data))}"


def _decode_state(state: str) -> _State:
    """What `_encode_state` wrote here; raises NotConnected for anything else, and after ten minutes."""
    slug, _dot, sealed = state.partition(".")
    try:
        if len(state) > STATE_MAX or slug != current_province().slug:
            raise CannotDecrypt
        state_data = json.loads(decrypt(sealed) or "{}")
    except (ValueError, TypeError):  # no key opens it, or it is no text of ours
        state_data = {}
    if state_data.get("for") != _PURPOSE:
        raise NotConnected(_("Đường dẫn này không phải của một lần cấp quyền do tỉnh này bắt đầu."))
    if not 0 <= clock.now().timestamp() - state_data["at"] <= GOOD_FOR.total_seconds():
        raise NotConnected(
            _("Lần cấp quyền này đã quá 10 phút. Hãy mở lại trang kết nối và bấm “Cấp quyền”.")
        )
    return _State(state_data["account"], state_data["user"], state_data["verifier"])


def _with_state(url: str, state: str) -> str:
    parts = urlsplit(url)
    query = [(name, value) for name, value in parse_qsl(parts.query) if name != "state"]
    return urlunsplit(parts._replace(query=urlencode([*query, ("state", state)])))


@require_GET
@never_cache
def national_consent_answer(request: HttpRequest, channel: str) -> HttpResponse:
    """Send the person on to the province whose consent it is; else show the code, to be pasted there."""
    slug, dot, _rest = request.GET.get("state", "").partition(".")
    try:
        host = province_url(province_cache.by_slug(slug if dot else ""))
    except UnknownProvince:
        return _without_state(request)
    query = request.META.get("QUERY_STRING", "")
    return HttpResponseRedirect(f"{host.rstrip('/')}/quan-tri/ket-noi/{channel}/?{query}")


@require_GET
@never_cache
def consent_answer(request: HttpRequest, channel: str) -> HttpResponse:
    """Take the code, and say what came of it."""
    state, code = request.GET.get("state", ""), request.GET.get("code", "")
    if not state:
        return _without_state(request)
    try:
        if not code:
            raise NotConnected(_("Kênh không đưa mã cấp quyền: có thể người quản trị đã từ chối."))
        row = complete(channel, state, code, request.GET.get("oa_id", ""))
    except NotConnected as error:
        return _page(request, {"trouble": str(error)}, status=403)
    back = reverse("admin:account-connect", args=[row.channel, row.name])
    return _page(request, {"row": row, "back": back}, status=200)


def _without_state(request: HttpRequest) -> HttpResponse:
    code = request.GET.get("code", "")
    if not code:
        text = _("Đường dẫn này không phải của một lần cấp quyền. Hãy mở trang kết nối và bấm “Cấp quyền”.")
        return _page(request, {"trouble": text}, status=403)
    return _page(request, {"code": code[:CODE_MAX]}, status=403)


def _page(request: HttpRequest, context: dict[str, object], status: int) -> HttpResponse:
    return render(request, "provisioning/consent_answer.html", context, status=status)
