"""The account at Zalo: its quota and quality, and whether it can send now, in words for operators."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from messaging.channels.base import Account, Health, OutcomeKind, Reason
from messaging.channels.zalo import client, protocol
from messaging.channels.zalo.protocol import Host
from messaging.channels.zalo.settings import BadProfile, profile_of
from messaging.channels.zalo.templates import Quality, quality_of
from tenants import clock
from tenants.web import http

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


def _day(text: str) -> date | None:
    for form in ("%d/%m/%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(text[:10], form).replace(tzinfo=clock.VIETNAM).date()
        except ValueError:
            continue
    return None


def is_answering(account: Account) -> bool:
    """Whether both hosts that take messages give answers that can be read."""
    for ask in (official_account, daily_quota):
        try:
            ask(account)
        except client.Trouble as trouble:
            if trouble.outcome.kind == OutcomeKind.UNKNOWN or trouble.outcome.reason.trips:
                return False
    return True


# Told before it hurts.
PACKAGE_WARNING = timedelta(days=30)
LITTLE_LEFT = 0.1


def health(account: Account) -> Health:
    """Its settings, then Zalo itself: who the tokens belong to, what is left of today, how people take it."""
    try:
        profile = profile_of(account)
    except BadProfile as error:
        return Health(False, str(error))
    if wrong := [host for host in Host if not http.may_be_called(client.base_of(host))]:
        detail = _("Không gọi được địa chỉ của Zalo trong cấu hình: %(hosts)s.")
        return Health(False, detail % {"hosts": ", ".join(f"ZALO_{host.upper()}_URL" for host in wrong)})
    if not profile.access_token:
        return Health(False, _("Chưa nối với Official Account: cần cấp quyền."))
    try:
        oa = official_account(account)
    except client.Trouble as trouble:
        return Health(False, trouble.outcome.detail)
    if faults := list(_faults(account, oa)):
        return Health(False, " ".join(faults))
    return Health(True, " ".join([*_remarks(oa, clock.today()), *_of_today(account)]))


def _faults(account: Account, oa: OfficialAccount) -> Iterator[str]:
    if oa.oa_id != account.external_id:
        yield _("Quyền đã cấp là của Official Account khác (%(id)s).") % {"id": oa.oa_id or "?"}
    if not oa.verified:
        yield _("Official Account chưa được xác thực.")
    if oa.package_until is not None and oa.package_until < clock.today():
        yield _("Gói của Official Account đã hết hạn ngày %(day)s.") % {"day": f"{oa.package_until:%d/%m/%Y}"}


def _remarks(oa: OfficialAccount, today: date) -> Iterator[str]:
    yield f"{oa.name}."
    if oa.kind is not None and oa.kind != GOVERNMENT:
        yield _("Đây không phải loại tài khoản của cơ quan nhà nước.")
    if oa.linked_to_zbs is False:
        yield _("Chưa nối với tài khoản ZBS: không gửi được mẫu tin.")
    if oa.package_until is not None and oa.package_until - today <= PACKAGE_WARNING:
        yield _("Gói hết hạn ngày %(day)s.") % {"day": f"{oa.package_until:%d/%m/%Y}"}


def _of_today(account: Account) -> Iterator[str]:
    """What only an account with templates has; that it has none is no illness."""
    try:
        today = daily_quota(account)
        opinion = quality(account)
    except client.Trouble as trouble:
        if trouble.outcome.reason != Reason.TRANSPORT:
            yield _("Không hỏi được hạn mức mẫu tin: %(why)s") % {"why": trouble.outcome.detail}
        return
    if today.daily is not None and today.left is not None:
        yield _("Hôm nay còn %(left)d trong %(daily)d mẫu tin.") % {"left": today.left, "daily": today.daily}
        if today.left <= today.daily * LITTLE_LEFT:
            yield _("Sắp hết hạn mức trong ngày.")
    if opinion.now == Quality.LOW or opinion.week == Quality.LOW:
        yield _("Zalo đánh giá chất lượng gửi tin thấp: hạn mức có thể bị giảm.")
