"""Callbacks at the address of all provinces: whose they are is found from what was signed.

A provider may know one address for an app through which many provinces send. A callback names its app and
account; the route of that account holds the secret it must be signed with. Only then is the province entered,
and there it is taken like any other, verified once more against the account itself.
"""

import logging
from collections.abc import Mapping
from types import MappingProxyType

from messaging import event_log, metrics
from messaging.channels import registry
from messaging.channels.base import Account, Channel
from messaging.inbound import receive as receiver
from tenants import channel_routes
from tenants.channel_routes import Route
from tenants.isolation import province_cache
from tenants.isolation.context import province_context

log = logging.getLogger(__name__)

# An event names its sender and its reader, and does not always tell which of them is the account.
MOST_ACCOUNTS = 4


def is_door_of(channel_code: str) -> bool:
    """Whether this channel has an address of all provinces."""
    if channel_code not in registry.codes():
        return False
    return type(registry.get(channel_code)).destination is not Channel.destination


def receive(
    channel_code: str, headers: Mapping[str, str], raw: bytes
) -> receiver.Received | receiver.Refused | receiver.Unknown:
    """Take what came for an account of any province, if the provider of that account signed it.

    As `receive.receive`, which does the taking. Unknown: the channel has no such address. What names nobody of
    ours, or is not signed by him, is Refused, and touches no province. A province that serves nobody at present
    hears all the same. Raises django.db.Error, and CannotDecrypt where no key opens the route.
    """
    if not is_door_of(channel_code):
        return receiver.Unknown()
    channel = registry.get(channel_code)
    try:
        named = channel.destination(raw)
        if named is None:
            raise ValueError("it names nobody")
    except Exception as error:
        # Anybody may send anything here.
        return _dropped(channel, "unreadable", type(error).__name__)
    accounts = named.accounts[:MOST_ACCOUNTS]
    names = {name.lower(): text for name, text in headers.items()}
    for route in channel_routes.known(channel_code, named.app, accounts):
        if _is_signed(channel, route, names, raw):
            answer = _receive(route, channel, headers, raw)
            # Else the account may be another province's by now.
            if isinstance(answer, receiver.Received):
                return answer
    routes = channel_routes.find(channel_code, named.app, accounts)
    for route in routes:
        if _is_signed(channel, route, names, raw):
            return _receive(route, channel, headers, raw)
    return _dropped(channel, "refused", "signature") if routes else _dropped(channel, "unknown", "no_route")


def sharers(limit: str) -> int:
    """How many provinces may draw on a limit that a channel named “code:app” (`SharesLimit.shared_limit`)."""
    channel, _colon, app = limit.partition(":")
    return channel_routes.sharers(channel, app)


def _is_signed(channel: Channel, route: Route, headers: Mapping[str, str], raw: bytes) -> bool:
    try:
        province = province_cache.by_slug(route.province)
    except province_cache.UnknownProvince:
        return False
    account = Account(
        province.uuid,
        route.account,
        route.external_id,
        MappingProxyType(dict(route.config)),
        MappingProxyType(dict(route.secrets)),
    )
    try:
        return channel.verify_webhook(account, headers, raw) is None
    except Exception:
        log.exception("channel %s could not verify a callback", channel.code)
        return False


def _receive(
    route: Route, channel: Channel, headers: Mapping[str, str], raw: bytes
) -> receiver.Received | receiver.Refused:
    with province_context(route.province):
        answer = receiver.receive(channel.code, route.account, headers, raw)
    return _dropped(channel, "unknown", "no_lane") if isinstance(answer, receiver.Unknown) else answer


def _dropped(channel: Channel, result: str, reason: str) -> receiver.Refused:
    metrics.inbound(channel.code, result)
    event_log.log("inbound.dropped", channel=channel.code, reason=reason)
    return receiver.Refused(reason, quietly=channel.refuses_quietly)
