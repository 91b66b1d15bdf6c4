"""What Zalo tells of an Official Account: who it is, how much it may send, and what people think of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from messaging.channels.base import Account
from messaging.channels.zalo import client
from messaging.channels.zalo.protocol import protocol
from messaging.channels.zalo.protocol.protocol import Host
from messaging.channels.zalo.templates import Quality, quality_of
from tenants import clock

GOVERNMENT = 4
# A question of operators: it waits shorter than a message does.
SECONDS = 6.0


@dataclass(frozen=True, slots=True)
class OfficialAccount:
    """`kind` is Zalo's number; GOVERNMENT is an agency's. `package_until`: its last day, in Viet Nam."""

    oa_id: str
    name: str
    verified: bool
    kind: int | None
    followers: int | None
    package: str
    package_until: date | None
    linked_to_zbs: bool | None


@dataclass(frozen=True, slots=True)
class DailyQuota:
    """Templates by telephone number: how many a day, and how many of them are left today."""

    daily: int | None
    left: int | None


@dataclass(frozen=True, slots=True)
class Opinion:
    """Zalo's count of how people take the templates: of the last 48 hours and of seven days."""

    now: Quality
    week: Quality


@dataclass(frozen=True, slots=True)
class ReaderQuota:
    """What the OA may still write to one person. `heard_at` (aware): their last interaction."""

    heard_at: datetime | None
    left: int | None
    total: int | None


@dataclass(frozen=True, slots=True)
class Asset:
    """A packet of messages that the OA or the App has."""

    quota_type: str
    total: int | None
    left: int | None
    payload: Mapping[str, Any] = field(repr=False)


def official_account(account: Account) -> OfficialAccount:
    """Who these tokens belong to. Raises client.Trouble."""
    data = protocol.table(client.ask(account, Host.OPENAPI, "/v2.0/oa/getoa", {}, total=SECONDS).data)
    return read_account(data)


def read_account(data: Mapping[str, Any]) -> OfficialAccount:
    """An account as `getoa` tells it. Pure."""
    linked = data.get("linked_ZCA")
    return OfficialAccount(
        oa_id=protocol.text(data.get("oaid")) or protocol.text(data.get("oa_id")),
        name=protocol.text(data.get("name")),
        verified=data.get("is_verified") is True
        or protocol.text(data.get("is_verified")).lower() in ("true", "1"),
        kind=protocol.number(data.get("oa_type")),
        followers=protocol.number(data.get("num_follower")),
        package=protocol.text(data.get("package_name")),
        package_until=_day(protocol.text(data.get("package_valid_through_date"))),
        linked_to_zbs=None
        if linked is None
        else bool(linked) and protocol.text(linked).lower() not in ("false", "0"),
    )


def daily_quota(account: Account) -> DailyQuota:
    """How many templates by telephone number are left today. Raises client.Trouble."""
    data = protocol.table(client.ask(account, Host.BUSINESS, "/message/quota", {}, total=SECONDS).data)
    return DailyQuota(protocol.number(data.get("dailyQuota")), protocol.number(data.get("remainingQuota")))


def quality(account: Account) -> Opinion:
    """How people take the templates. Raises client.Trouble."""
    data = protocol.table(client.ask(account, Host.BUSINESS, "/quality", {}, total=SECONDS).data)
    return Opinion(quality_of(data.get("oaCurrentQuality")), quality_of(data.get("oa7dayQuality")))


def reader_quota(account: Account, address: str) -> ReaderQuota:
    """When a person was last heard of, and what may still be written. Raises client.Trouble."""
    envelope = client.tell(
        account, Host.OPENAPI, "/v3.0/oa/quota/message", {"user_id": address}, total=SECONDS
    )
    data = protocol.table(envelope.data)
    heard, reply = protocol.number(data.get("last_interaction")), protocol.table(data.get("cs_reply"))
    return ReaderQuota(
        datetime.fromtimestamp(heard / 1000, UTC) if heard and 0 < heard < 10**14 else None,
        protocol.number(reply.get("remain")),
        protocol.number(reply.get("total")),
    )


def assets(
    account: Account, *, owner: str = "OA", product: str = "cs", kind: str = "purchase_quota"
) -> list[Asset]:
    """Packets of messages. `owner`: "OA" or "App"; `product`: "cs" or "transaction"; `kind`: "sub_quota",
    "purchase_quota" or "reward_quota". Raises client.Trouble."""
    asked = {"quota_owner": owner, "product_type": product, "quota_type": kind}
    envelope = client.tell(account, Host.OPENAPI, "/v3.0/oa/quota/message", asked, total=SECONDS)
    return [
        Asset(
            protocol.text(one.get("quota_type")) or kind,
            protocol.number(one.get("total")),
            protocol.number(one.get("remain")),
            one,
        )
        for one in map(protocol.table, protocol.rows(envelope.data))
    ]


def _day(text: str) -> date | None:
    for form in ("%d/%m/%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(text[:10], form).replace(tzinfo=clock.VIETNAM).date()
        except ValueError:
            continue
    return None
