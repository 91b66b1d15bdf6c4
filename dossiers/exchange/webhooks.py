"""The log of events, sent to other systems: signed batches in order, each until the other side has taken it.

Headers and signature are those of Standard Webhooks, a body is a CloudEvents batch. At least once: the receiver passes
over an `id` that it has.
"""

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce, Now
from django.http import HttpRequest
from django.utils.translation import gettext as _

from dossiers.exchange import event_log, leases
from dossiers.exchange.models import Webhook
from tenants.audit import log as audit
from tenants.audit import sealer
from tenants.organisation.rights import agencies_of, cached_rights
from tenants.web import http

DUE = "exchange.webhook"
PROBE = """
    (SELECT w.id, w.next_try_at FROM {schema}.exchange_webhook w
     WHERE w.is_active AND w.secret <> '' AND w.next_try_at <= statement_timestamp()
     AND w.position < (SELECT max(s.id) FROM {schema}.audit_seal s) LIMIT 1)
"""
"""See `settings.DUE_WORK`."""
AT_ONCE = 100
LEASE = timedelta(seconds=40)
"""Longer than a call may take: its `next_try_at` proves that the sender still holds the row."""
TURN_SECONDS = 10.0
PAUSED_AFTER = timedelta(hours=24)
OLD_SECRET_LASTS = timedelta(days=7)
_PREFIX = "whsec_"
_GONE = 410


def due() -> QuerySet[Webhook]:
    """Those of the present province that may be sent something now, whether or not there is news for them."""
    return Webhook.objects.filter(is_active=True, next_try_at__lte=Now()).exclude(secret="")


def make_secret(webhook: Webhook, request: HttpRequest | None = None) -> str:
    """A new secret, whose text is shown this once; the one before signs as well for OLD_SECRET_LASTS."""
    text = _PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()
    old: dict[str, Any] = {}
    if webhook.secret:
        old = {"old_secret": webhook.secret, "old_secret_ends_at": Now() + OLD_SECRET_LASTS}
    Webhook.objects.filter(pk=webhook.pk).update(secret=text, **old)
    audit.record("webhook.secret", f"webhook:{webhook.pk}", request=request)
    return text


def stop(webhook: Webhook, request: HttpRequest | None = None) -> None:
    """Send nothing more; events wait in the log. What is under way counts no more."""
    Webhook.objects.filter(pk=webhook.pk).update(is_active=False, failing_since=None, next_try_at=Now())
    audit.record("webhook.stop", f"webhook:{webhook.pk}", request=request)


def resume(webhook: Webhook, request: HttpRequest | None = None) -> None:
    """Send again from where the other side stopped taking."""
    Webhook.objects.filter(pk=webhook.pk).update(
        is_active=True, failures=0, failing_since=None, error="", next_try_at=Now()
    )
    audit.record("webhook.resume", f"webhook:{webhook.pk}", request=request)


def waiting(webhook: Webhook) -> int:
    """How many positions of the log this address has not passed yet."""
    return max(sealer.head() - webhook.position, 0)


def paused() -> int:
    """How many addresses of the present province refused for so long that sending to them was stopped."""
    return Webhook.objects.filter(is_active=False, failing_since__isnull=False).count()


def send(key: int) -> None:
    """Send what is new to this address, batch after batch, for at most a turn. Nothing where another process sends.

    A batch that was refused is tried again later, never passed over. Raises nothing for what the other side does.
    """
    until = time.monotonic() + TURN_SECONDS
    while time.monotonic() < until:
        webhook = leases.claim(due().select_related("account"), key, LEASE)
        if webhook is None or not _send_batch(webhook):
            return


def _send_batch(webhook: Any) -> bool:
    """One batch; whether another may follow at once."""
    try:
        with cached_rights():
            if not webhook.account.is_active or agencies_of(webhook.account) == set():
                return _fail(webhook, _("Tài khoản đã khóa hoặc không được xem hồ sơ nào."))
            page = event_log.read(webhook.position, AT_ONCE, webhook.account)
    except event_log.UnknownPosition:
        return _fail(webhook, _("Sổ chưa từng đến vị trí đã gửi."))
    took: dict[str, Any] = {}
    if page.events:
        body = json.dumps(page.events, ensure_ascii=False).encode()
        # A batch that grew since it was refused is another message: who took the first must not pass over the rest.
        identity = f"wh_{webhook.pk}_{webhook.position}_{page.next}"
        answer = http.call("POST", webhook.url, headers=sign(webhook, identity, body, webhook.at), body=body)
        if not isinstance(answer, http.Answered):
            return _fail(webhook, _("Không gọi được: %(cause)s.") % {"cause": answer.cause})
        if not 200 <= answer.status < 300:
            text = _("Nơi nhận trả lời %(status)d.") % {"status": answer.status}
            return _fail(webhook, text, answer.retry_after(), for_good=answer.status == _GONE)
        took = {"failures": 0, "failing_since": None, "error": "", "taken_at": Now()}
    is_held = leases.held(webhook).update(position=page.next, next_try_at=Now(), **took)
    return bool(is_held) and page.next != webhook.position


def _fail(webhook: Any, text: str, asked: timedelta | None = None, *, for_good: bool = False) -> bool:
    since = webhook.failing_since or webhook.at
    ends: dict[str, Any] = {"is_active": False} if for_good or webhook.at - since >= PAUSED_AFTER else {}
    if leases.fail(webhook, text, asked, failing_since=Coalesce(F("failing_since"), Now()), **ends) and ends:
        audit.record("webhook.pause", f"webhook:{webhook.pk}")
    return False


def sign(webhook: Webhook, identity: str, body: bytes, at: datetime) -> Mapping[str, str]:
    """The headers of a message: by the secret, and by the one before while that still counts."""
    moment = str(int(at.timestamp()))
    keys = [webhook.secret]
    if webhook.old_secret and webhook.old_secret_ends_at and webhook.old_secret_ends_at > at:
        keys.append(webhook.old_secret)
    signed = f"{identity}.{moment}.".encode() + body
    signatures = [
        hmac.digest(base64.b64decode(key.removeprefix(_PREFIX)), signed, hashlib.sha256) for key in keys
    ]
    return {
        "Content-Type": "application/cloudevents-batch+json; charset=utf-8",
        "webhook-id": identity,
        "webhook-timestamp": moment,
        "webhook-signature": " ".join(f"v1,{base64.b64encode(one).decode()}" for one in signatures),
    }


def with_news() -> list[tuple[int, bool]]:
    """Those that are due and have not passed the last position: number, and whether the last call failed.

    Those that wait longest come first.
    """
    rows = due().filter(position__lt=sealer.head()).order_by("next_try_at").values_list("pk", "failures")
    return [(key, failures > 0) for key, failures in rows]
