"""The account at Zalo: its quota and quality, and whether it can send now, in words for operators."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from messaging.channels.base import Account, Health, OutcomeKind, Reason
from messaging.channels.capabilities import Unanswered
from messaging.channels.zalo import client, protocol
from messaging.channels.zalo.protocol import Host
from messaging.channels.zalo.settings import BadProfile, profile_of
from messaging.channels.zalo.templates import quality_of
from tenants import clock
from tenants.web import http

GOVERNMENT = 4
# A question of operators: it waits shorter than a message does.
SECONDS = 6.0


def _official_account(account: Account) -> Mapping[str, Any]:
    return protocol.table(client.ask(account, Host.OPENAPI, "/v2.0/oa/getoa", {}, total=SECONDS).data)


def _daily_quota(account: Account) -> Mapping[str, Any]:
    return protocol.table(client.ask(account, Host.BUSINESS, "/message/quota", {}, total=SECONDS).data)


def _is_so(value: Any) -> bool:
    return value is True or protocol.text(value).lower() in ("true", "1")


def _last_day(oa: Mapping[str, Any]) -> date | None:
    text = protocol.text(oa.get("package_valid_through_date"))
    for form in ("%d/%m/%Y", "%Y-%m-%d"):
        with suppress(ValueError):
            return datetime.strptime(text[:10], form).replace(tzinfo=clock.VIETNAM).date()
    return None


def is_answering(account: Account) -> bool:
    """Whether both hosts that take messages give answers that can be read."""
    for ask in (_official_account, _daily_quota):
        try:
            ask(account)
        except Unanswered as trouble:
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
        oa = _official_account(account)
    except Unanswered as trouble:
        return Health(False, trouble.outcome.detail)
    if faults := list(_faults(account, oa)):
        return Health(False, " ".join(faults))
    return Health(True, " ".join([*_remarks(oa, clock.today()), *_of_today(account)]))


def _faults(account: Account, oa: Mapping[str, Any]) -> Iterator[str]:
    oa_id, last_day = protocol.text(oa.get("oaid")) or protocol.text(oa.get("oa_id")), _last_day(oa)
    if oa_id != account.external_id:
        yield _("Quyền đã cấp là của Official Account khác (%(id)s).") % {"id": oa_id or "?"}
    if not _is_so(oa.get("is_verified")):
        yield _("Official Account chưa được xác thực.")
    if last_day is not None and last_day < clock.today():
        yield _("Gói của Official Account đã hết hạn ngày %(day)s.") % {"day": f"{last_day:%d/%m/%Y}"}


def _remarks(oa: Mapping[str, Any], today: date) -> Iterator[str]:
    yield f"{protocol.text(oa.get('name'))}."
    kind, linked, last_day = protocol.number(oa.get("oa_type")), oa.get("linked_ZCA"), _last_day(oa)
    if kind is not None and kind != GOVERNMENT:
        yield _("Đây không phải loại tài khoản của cơ quan nhà nước.")
    if linked is False or linked == "" or protocol.text(linked).lower() in ("false", "0"):
        yield _("Chưa nối với tài khoản ZBS: không gửi được mẫu tin.")
    if last_day is not None and last_day - today <= PACKAGE_WARNING:
        yield _("Gói hết hạn ngày %(day)s.") % {"day": f"{last_day:%d/%m/%Y}"}


def _of_today(account: Account) -> Iterator[str]:
    """What only an account with templates has; that it has none is no illness."""
    try:
        quota = _daily_quota(account)
        # How people took the templates in the last 48 hours and in seven days.
        opinion = protocol.table(client.ask(account, Host.BUSINESS, "/quality", {}, total=SECONDS).data)
    except Unanswered as trouble:
        if trouble.outcome.reason != Reason.TRANSPORT:
            yield _("Không hỏi được hạn mức mẫu tin: %(why)s") % {"why": trouble.outcome.detail}
        return
    daily, left = protocol.number(quota.get("dailyQuota")), protocol.number(quota.get("remainingQuota"))
    if daily is not None and left is not None:
        yield _("Hôm nay còn %(left)d trong %(daily)d mẫu tin.") % {"left": left, "daily": daily}
        if left <= daily * LITTLE_LEFT:
            yield _("Sắp hết hạn mức trong ngày.")
    if "low" in (quality_of(opinion.get("oaCurrentQuality")), quality_of(opinion.get("oa7dayQuality"))):
        yield _("Zalo đánh giá chất lượng gửi tin thấp: hạn mức có thể bị giảm.")
