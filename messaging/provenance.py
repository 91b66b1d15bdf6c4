"""Whether a callback comes from the provider of an account, and is meant for that account."""

import logging
import time
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from messaging.accounts import account_of
from messaging.channels.base import Account
from messaging.models import Lane
from tenants.context import current_province

log = logging.getLogger(__name__)

# So long a process believes what it read of an account: to read it with each callback costs as much as to store that.
KNOWN_SECONDS = 5.0
_known: dict[tuple[UUID, str, str], tuple[float, Account]] = {}


def sender(
    channel: Any, name: str, headers: Mapping[str, str], raw: bytes
) -> tuple[Account, str | None] | None:
    """The account of the current province that this was told to, and why its provider cannot have said it, if so.

    None: there is no such account. A new secret is believed at once, an old one for `KNOWN_SECONDS` more.
    """
    key = (current_province().uuid, channel.code, name)
    read_at, account = _known.get(key, (0.0, None))
    is_known = account is not None and time.monotonic() - read_at < KNOWN_SECONDS
    if account is not None and is_known and refusal(channel, account, headers, raw) is None:
        return account, None
    # A paused lane, or a channel switched off since, still hears of what it sent.
    if not Lane.objects.filter(channel=channel.code, account=name).exists():
        return None
    account = account_of(channel.code, name)
    _known[key] = (time.monotonic(), account)
    return account, refusal(channel, account, headers, raw)


def forget() -> None:
    """Read every account anew."""
    _known.clear()


def refusal(channel: Any, account: Account, headers: Mapping[str, str], raw: bytes) -> str | None:
    """Why the provider of this account cannot have said this; None if it has. Raises nothing. Names of headers in any
    case."""
    try:
        rejected = channel.verify_webhook(
            account, {name.lower(): text for name, text in headers.items()}, raw
        )
    except Exception as error:
        # Anybody may send anything here; what trips up a channel is refused, not an error of ours.
        log.exception("channel %s could not verify a callback", channel.code)
        return type(error).__name__
    if rejected is not None:
        return str(rejected.cause)
    return None if _concerns(channel, account, raw) else "of another account"


def _concerns(channel: Any, account: Account, raw: bytes) -> bool:
    """Whether this account is among those that a callback names, if it names any.

    A secret may be that of an app which several provinces share: the signature alone would let one speak
    at the door of another.
    """
    try:
        destination = channel.destination(raw)
    except Exception:
        return False
    if destination is None:
        return True
    app = str(account.config.get("app_id", ""))
    return (
        destination.app == app and bool(account.external_id) and account.external_id in destination.accounts
    )
