"""Whether a callback comes from Zalo: a plain SHA-256 that ends in a secret. Constant time, no network.

Zalo tells an event again for hours with the bytes it told first, so an old one is not refused for its age
alone; that it counts once is the inbox's business.
"""

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from messaging.channels.base import Account, Rejected
from messaging.channels.zalo.protocol import protocol
from messaging.channels.zalo.protocol.webhook_payload import accounts_named
from messaging.channels.zalo.settings import SIGNATURES, BadProfile, Signing, signing_of
from tenants import clock

HEADER = "x-zevent-signature"
# Who sends it: FORMS for receipts of forms sent to telephone numbers.
SERVER, FORMS = "x-zevent-server", "ZNS"
OLDEST = timedelta(hours=13)
# Their clock may be ahead of ours.
AHEAD = timedelta(hours=1)


def mac(first: str, raw: bytes, timestamp: str, secret: str) -> str:
    """The signature of `raw`: 64 hexadecimal digits."""
    return hashlib.sha256(first.encode() + raw + timestamp.encode() + secret.encode()).hexdigest()


def verify(account: Account, headers: Mapping[str, str], raw: bytes) -> Rejected | None:
    """None when Zalo signed exactly these bytes for this account. Header names in lower case."""
    try:
        signing = signing_of(account)
    except BadProfile:
        return Rejected("the account's settings cannot be used")
    shown = _shown(headers)
    if not shown:
        return Rejected("no signature")
    try:
        payload = protocol.table(protocol.loads(raw))
    except ValueError:
        return Rejected("not JSON")
    app_id, timestamp = protocol.text(payload.get("app_id")), protocol.text(payload.get("timestamp"))
    if app_id != signing.app_id:
        return Rejected("another app")
    if not signing.oa_id or signing.oa_id not in accounts_named(payload):
        return Rejected("another account")
    moment = _moment(timestamp)
    if moment is None or not -AHEAD <= clock.now() - moment <= OLDEST:
        return Rejected("too old, or of no time")
    # The header is not signed, but all it can choose is which of our secrets must have been known.
    scheme = signing.form_scheme if headers.get(SERVER) == FORMS else signing.scheme
    if not _is_one_of(shown, _expected(signing, scheme, raw, timestamp)):
        return Rejected("wrong signature")
    return None


def diagnose(account: Account, headers: Mapping[str, str], raw: bytes) -> list[str]:
    """Which of the ways to sign, as `signature` in the account's settings names them, this callback has.

    For operators who look why a callback was refused; nothing is accepted by it. Raises BadProfile and
    ValueError.
    """
    signing = signing_of(account)
    timestamp = protocol.text(protocol.table(protocol.loads(raw)).get("timestamp"))
    shown = _shown(headers)
    return [scheme for scheme in SIGNATURES if _is_one_of(shown, _expected(signing, scheme, raw, timestamp))]


def _expected(signing: Signing, scheme: str, raw: bytes, timestamp: str) -> Iterator[str]:
    first, _plus, key = scheme.partition("+")
    for name in (key, "oa_secret_old") if key == "oa_secret" else (key,):
        # What is not there signs nothing.
        if secret := signing.secrets.get(name):
            yield mac(signing.app_id if first == "app_id" else signing.oa_id, raw, timestamp, secret)


def _is_one_of(shown: str, expected: Iterator[str]) -> bool:
    # All of them are looked at, so that the time tells nothing of which key is in use.
    return any([hmac.compare_digest(shown.encode(), one.encode()) for one in expected])  # noqa: C419


def _shown(headers: Mapping[str, str]) -> str:
    shown = headers.get(HEADER, "").strip().lower().removeprefix("mac=").strip()
    return shown if shown.isascii() else ""


def _moment(timestamp: str) -> datetime | None:
    milliseconds = protocol.number(timestamp)
    if milliseconds is None or not 0 < milliseconds < 10**14:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
