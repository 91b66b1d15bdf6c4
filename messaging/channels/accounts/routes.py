"""Which province an account at a channel belongs to: for callbacks that come to the address of all provinces.

A provider may know one address for many accounts. Which province a callback is for is then read from its own
words, and believed only if it was signed with the secret that stands here for that account.

The table lies in `public`, which no province's role may use: code inside a province leaves it to write its own
route and reads no other. Channels are names here and no more.
"""

import json
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from tenants.isolation import crypto, province_cache
from tenants.isolation.context import current_province, public_context
from tenants.isolation.models import ChannelRoute

PURPOSE = "channel-route"
# How old the count of those who share an app may be.
COUNT_SECONDS = 60.0
# So long a process believes what it read of a route: to read it with each callback costs as much as to store that.
KNOWN_SECONDS = 5.0

_ID = re.compile(r"[A-Za-z0-9._-]{1,80}\Z")
_counted: tuple[float, dict[tuple[str, str], int]] | None = None
_known: dict[tuple[str, str, str], tuple[float, "Route"]] = {}


class BadRoute(ValueError):
    """A Vietnamese sentence: these ids are impossible, or the account belongs to another province already."""


@dataclass(frozen=True, slots=True)
class Route:
    """An account at a channel and whose it is. `secrets`: what its callbacks are signed with, by name; `config`
    says how."""

    province: str
    account: str
    external_id: str
    config: Mapping[str, Any] = field(repr=False)
    secrets: Mapping[str, str] = field(repr=False)


def keep(
    channel: str,
    account: str,
    *,
    app: str,
    external_id: str,
    secrets: Mapping[str, str],
    config: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    """Let callbacks about `external_id` of `app` come to this account of the current province, and no others.

    Takes the place of the account's former route. Raises BadRoute, and changes nothing. Part of the caller's
    transaction, if any.
    """
    if found := problem(channel, account, app=app, external_id=external_id):
        raise BadRoute(found)
    here = current_province()
    identity = {"app": app, "external_id": external_id}
    sealed = crypto.encrypt_for_installation(
        json.dumps({"config": dict(config), "secrets": dict(secrets)}, sort_keys=True), purpose=PURPOSE
    )
    with public_context():
        try:
            with transaction.atomic():
                ChannelRoute.objects.update_or_create(
                    province_id=here.pk,
                    channel=channel,
                    account=account,
                    defaults={**identity, "secret": sealed},
                )
        except IntegrityError:
            # Another process was faster.
            raise BadRoute(problem(channel, account, app=app, external_id=external_id)) from None
    clear_cache()


def problem(channel: str, account: str, *, app: str, external_id: str) -> str:
    """Why callbacks about `external_id` of `app` cannot come to this account of the current province, in Vietnamese;
    "" when they can."""
    if not (_ID.match(app) and _ID.match(external_id)):
        return _("Mã ứng dụng và mã tài khoản ở kênh chỉ gồm chữ không dấu, số và gạch nối.")
    here = current_province().pk
    with public_context():
        other = (
            ChannelRoute.objects.filter(channel=channel, app=app, external_id=external_id)
            .exclude(province_id=here, account=account)
            .first()
        )
    if other is None:
        return ""
    if other.province_id == here:
        names = {"id": external_id, "name": other.account}
        return _("Tài khoản %(id)s đã được khai với tên “%(name)s” trong tỉnh này.") % names
    return _("Tài khoản %(id)s đang thuộc một tỉnh khác của bản cài này.") % {"id": external_id}


def drop(channel: str, account: str) -> None:
    """Let no callback come to this account of the current province over the common address any more."""
    here = current_province()
    with public_context():
        ChannelRoute.objects.filter(province_id=here.pk, channel=channel, account=account).delete()
    clear_cache()


def find(channel: str, app: str, external_ids: Iterable[str]) -> list[Route]:
    """The routes of those of these accounts that are ours, but of no province at rest. One statement.

    Ids are a stranger's word: whatever they hold, they find something or nothing. Raises crypto.CannotDecrypt.
    """
    wanted = [one for one in external_ids if _ID.match(one)]
    if not wanted or not _ID.match(app):
        return []
    with public_context():
        rows = list(
            ChannelRoute.objects.filter(channel=channel, app=app, external_id__in=wanted)
            .exclude(province__state__in=province_cache.AT_REST)
            .values_list("province__schema_name", "account", "external_id", "secret")
        )
    routes = [
        Route(*row[:3], **json.loads(crypto.decrypt_for_installation(row[3], purpose=PURPOSE)))
        for row in rows
    ]
    read_at = time.monotonic()
    _known.update({(channel, app, route.external_id): (read_at, route) for route in routes})
    return routes


def cached(channel: str, app: str, external_ids: Iterable[str]) -> list[Route]:
    """Those of `find` that this process read less than KNOWN_SECONDS ago. Their secrets may be others by now, and the
    account another province's: where none fits, ask `find`."""
    now = time.monotonic()
    read = (_known.get((channel, app, one)) for one in external_ids)
    lately = [route for read_at, route in filter(None, read) if now - read_at < KNOWN_SECONDS]
    return [route for route in lately if _works(route.province)]


def _works(slug: str) -> bool:
    try:
        return not province_cache.by_slug(slug).is_at_rest
    except province_cache.UnknownProvince:
        return False


def has_route(channel: str, account: str) -> bool:
    """Whether callbacks of this account of the current province are found at the common address."""
    here = current_province()
    with public_context():
        return ChannelRoute.objects.filter(province_id=here.pk, channel=channel, account=account).exists()


def sharers(channel: str, app: str) -> int:
    """How many provinces, but those at rest, send through this app; at most COUNT_SECONDS old, never below 1.

    For limits that a provider sets for an app: each of its provinces may take its share.
    """
    global _counted
    known = _counted
    if known is None or time.monotonic() - known[0] > COUNT_SECONDS:
        with public_context():
            rows = (
                ChannelRoute.objects.exclude(province__state__in=province_cache.AT_REST)
                .values_list("channel", "app")
                .annotate(provinces=Count("province", distinct=True))
            )
            known = (time.monotonic(), {(one, other): count for one, other, count in rows})
        _counted = known
    return max(known[1].get((channel, app), 0), 1)


def rotate_secrets() -> int:
    """Seal every secret with the newest key, after which older ones may go; how many. In `public`."""
    with public_context(), transaction.atomic():
        rows = list(ChannelRoute.objects.select_for_update())
        for row in rows:
            row.secret = crypto.encrypt_for_installation(
                crypto.decrypt_for_installation(row.secret, purpose=PURPOSE), purpose=PURPOSE
            )
        ChannelRoute.objects.bulk_update(rows, ["secret"])
    return len(rows)


def clear_cache() -> None:
    """Read anew at the next question."""
    global _counted
    _counted = None
    _known.clear()
