"""Keys of machines: `mc_<prefix>_<secret>`, shown once, two at a time while one takes the place of the other.

A machine is an account with ordinary assignments, so that rights, history and audit hold for it as for a person.
"""

import hmac
import ipaddress
import re
import secrets
from datetime import timedelta
from typing import Any, cast

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

from tenants import clock
from tenants.accounts.models import ApiKey, User
from tenants.accounts.signin import audit_trail
from tenants.isolation import crypto
from tenants.isolation.context import present_province
from tenants.refusals import Refused
from tenants.web import api
from tenants.web.budgets import NETWORK, SITE, Budget, BudgetSpent, Limit, Taken
from tenants.web.client_address import client_address

MOST_LIVING = 2
DAYS, MOST_DAYS = 365, 730
OVERLAP = timedelta(days=7)
A_MINUTE, MOST_A_MINUTE = 600, 60_000
_MOST_NETWORKS = 10
_NOTED_EVERY = timedelta(minutes=1)
_WRITTEN = re.compile(r"mc_([a-z2-7]{10})_([\w-]{43})", re.ASCII)
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_SPENT = gettext_lazy("Khóa này đã hỏi quá nhiều trong một phút.")
WRONG = Budget(
    "api-wrong-key", gettext_lazy("Từ mạng này đã gửi nhiều khóa không dùng được."), Limit(NETWORK, 300), Limit(SITE, 1200)
)  # fmt: skip


def add_machine(username: str, full_name: str = "") -> User:
    """A new account of a system, without a password and without a role. Raises ValidationError for its name."""
    machine = User(username=username, full_name=full_name or username, is_machine=True)
    machine.set_unusable_password()
    machine.full_clean()
    machine.save()
    return machine


@transaction.atomic
def create(
    user: User,
    *,
    actor: User | None = None,
    request: HttpRequest | None = None,
    days: int = DAYS,
    networks: str = "",
    a_minute: int = A_MINUTE,
) -> str:
    """A new key of this machine, good for so many days; its text is known to the caller alone.

    `networks` are those it may come from, with commas or spaces between. Raises Refused: for a person, beside
    MOST_LIVING others, or for a value that no key may have.
    """
    if not user.is_machine or present_province() is None:
        raise Refused(_("Chỉ tài khoản của một hệ thống có khóa API."))
    if not 1 <= days <= MOST_DAYS:
        raise Refused(_("Hạn của khóa từ 1 đến %(most)d ngày.") % {"most": MOST_DAYS})
    if not 1 <= a_minute <= MOST_A_MINUTE:
        raise Refused(_("Số yêu cầu mỗi phút từ 1 đến %(most)d.") % {"most": MOST_A_MINUTE})
    allowed = _read_networks(networks)
    # Of two who make one at once the second counts the first's.
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if len(living(user)) >= MOST_LIVING:
        raise Refused(_("Hệ thống này đã có %(most)d khóa còn dùng. Thu hồi một khóa rồi tạo khóa mới.") % {"most": MOST_LIVING})  # fmt: skip
    prefix, secret = "".join(secrets.choice(_LETTERS) for _place in range(10)), secrets.token_urlsafe(32)
    now = clock.now()
    ApiKey.objects.create(
        user=user, prefix=prefix, digest=crypto.token_digest(secret), networks=", ".join(allowed),
        a_minute=a_minute, made_at=now, ends_at=now + timedelta(days=days),
    )  # fmt: skip
    audit_trail.record("key_made", user, actor=actor, request=request, key=prefix, days=days)
    return f"mc_{prefix}_{secret}"


@transaction.atomic
def rotate(user: User, *, actor: User | None = None, request: HttpRequest | None = None) -> str:
    """A new key with the limits of this machine's last one and as long a time; that one goes on for OVERLAP at most.

    Raises Refused where no key is good today, or two are.
    """
    if not (keys := living(user)):
        raise Refused(_("Hệ thống này không có khóa còn dùng. Hãy tạo khóa mới."))
    last = keys[-1]
    limits: dict[str, Any] = {"networks": last.networks, "a_minute": last.a_minute}
    text = create(
        user, actor=actor, request=request, days=max(1, (last.ends_at - last.made_at).days), **limits
    )
    ends = clock.now() + OVERLAP
    user.api_keys.filter(pk=last.pk, ends_at__gt=ends).update(ends_at=ends)
    return text


@transaction.atomic
def revoke(user: User, prefix: str, *, actor: User | None = None, request: HttpRequest | None = None) -> bool:
    """End a key of this machine at once; whether there was such a one."""
    now = clock.now()
    is_one = bool(user.api_keys.filter(prefix=prefix, ends_at__gt=now).update(ends_at=now))
    if is_one:
        audit_trail.record("key_revoked", user, actor=actor, request=request, key=prefix)
    return is_one


def living(user: User) -> list[ApiKey]:
    """The keys of this machine that open today, oldest first."""
    return list(user.api_keys.filter(ends_at__gt=clock.now()).order_by("made_at", "pk"))


def find(text: str, address: str) -> ApiKey | None:
    """The key of this text, with its account, while it is good, the account active and the address one of its own."""
    written = _WRITTEN.fullmatch(text)
    if not written:
        return None
    key = ApiKey.objects.select_related("user").filter(prefix=written[1]).first()
    if key is None or not hmac.compare_digest(key.digest, crypto.token_digest(written[2])):
        return None
    now = clock.now()
    if key.ends_at <= now or not key.user.is_active or not _comes_from(address, key.networks):
        return None
    if key.used_at is None or now - key.used_at >= _NOTED_EVERY:
        ApiKey.objects.filter(pk=key.pk).update(used_at=now)
    return key


def brought_by(request: HttpRequest) -> ApiKey | None:
    """The good key that this request brings."""
    scheme, _space, text = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    return find(text.strip(), client_address(request)) if scheme.lower() == "bearer" else None


class MachineAuthentication(BaseAuthentication):
    """`Authorization: Bearer mc_…`. What is wrong with a key is not said: it may be a stranger's guess."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey]:
        # Before the database is asked, and given back where the key is good.
        taken = _take(WRONG, address=client_address(request._request))
        key = brought_by(request._request)
        if key is None:
            raise api.Refusal(api.UNAUTHORIZED)
        taken.give_back()
        _take(Budget("api", _SPENT, Limit("key", key.a_minute, 60)), key=key.pk)
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class MachineScheme(OpenApiAuthenticationExtension):
    """How the schema names it."""

    target_class = MachineAuthentication
    name = "machine"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


class MachineDoor(APIView):
    """An address for machines alone: their key says whose rights hold. Its answers are kept nowhere."""

    authentication_classes = (MachineAuthentication,)
    permission_classes = (IsAuthenticated,)

    @staticmethod
    def machine(request: Request) -> User:
        """The account of the key."""
        return cast(User, request.user)

    def finalize_response(self, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(*args, **kwargs)
        response.headers["Cache-Control"] = "no-store"
        return response


def _take(budget: Budget, **scopes: Any) -> Taken:
    try:
        return budget.take(**scopes)
    except BudgetSpent as spent:
        raise api.Refusal(api.TOO_MANY_TRIES, str(spent), retry_after=spent.retry_after) from None


def _read_networks(text: str) -> list[str]:
    written = re.split(r"[,\s]+", text.strip()) if text.strip() else []
    if len(written) > _MOST_NETWORKS:
        raise Refused(_("Nhiều nhất %(most)d mạng.") % {"most": _MOST_NETWORKS})
    found = []
    for one in written:
        try:
            found.append(str(ipaddress.ip_network(one[:50])))
        except ValueError:
            raise Refused(
                _("“%(network)s” không phải một mạng, ví dụ 203.0.113.0/24.") % {"network": one[:50]}
            ) from None
    return found


def _comes_from(address: str, networks: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return not networks
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    return not networks or any(parsed in ipaddress.ip_network(one) for one in networks.split(", "))
