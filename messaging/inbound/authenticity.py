"""Whether a callback comes from the provider of an account, and is meant for that account."""

import logging
from collections.abc import Mapping
from typing import Any

from messaging.channels.base import Account

log = logging.getLogger(__name__)


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
