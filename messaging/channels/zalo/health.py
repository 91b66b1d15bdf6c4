"""Whether an Official Account can send now, in words for operators."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from messaging.channels import http
from messaging.channels.base import Account, Health, Reason
from messaging.channels.zalo import client, quota
from messaging.channels.zalo.oauth import REFRESH_LIFE
from messaging.channels.zalo.protocol.protocol import Host
from messaging.channels.zalo.settings import BadProfile, profile_of
from messaging.channels.zalo.templates import Quality
from tenants import clock

# Told before it hurts.
PACKAGE_WARNING = timedelta(days=30)
GRANT_WARNING = timedelta(days=14)
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
        oa = quota.official_account(account)
    except client.Trouble as trouble:
        return Health(False, trouble.outcome.detail)
    if faults := list(_faults(account, oa)):
        return Health(False, " ".join(faults))
    return Health(True, " ".join([*_remarks(oa, clock.today()), *_of_today(account)]))


def grant_words(renewed_at: datetime, access_until: datetime, now: datetime) -> str:
    """What is to be said about the age of the tokens (aware moments); "" when all is well.

    `renewed_at`: when the refresh token came; it lives three months.
    """
    ends = renewed_at + REFRESH_LIFE
    if ends <= now:
        return _("Quyền gửi tin đã hết hạn: cần cấp quyền lại.")
    if ends - now <= GRANT_WARNING:
        return _("Quyền gửi tin chỉ còn %(days)d ngày nếu không được gia hạn.") % {"days": (ends - now).days}
    if access_until <= now:
        return _("Mã truy cập đã hết hạn và chưa được gia hạn.")
    return ""


def _faults(account: Account, oa: quota.OfficialAccount) -> Iterator[str]:
    if oa.oa_id != account.external_id:
        yield _("Quyền đã cấp là của Official Account khác (%(id)s).") % {"id": oa.oa_id or "?"}
    if not oa.verified:
        yield _("Official Account chưa được xác thực.")
    if oa.package_until is not None and oa.package_until < clock.today():
        yield _("Gói của Official Account đã hết hạn ngày %(day)s.") % {"day": f"{oa.package_until:%d/%m/%Y}"}


def _remarks(oa: quota.OfficialAccount, today: date) -> Iterator[str]:
    yield f"{oa.name}."
    if oa.kind is not None and oa.kind != quota.GOVERNMENT:
        yield _("Đây không phải loại tài khoản của cơ quan nhà nước.")
    if oa.linked_to_zbs is False:
        yield _("Chưa nối với tài khoản ZBS: không gửi được mẫu tin.")
    if oa.package_until is not None and oa.package_until - today <= PACKAGE_WARNING:
        yield _("Gói hết hạn ngày %(day)s.") % {"day": f"{oa.package_until:%d/%m/%Y}"}


def _of_today(account: Account) -> Iterator[str]:
    """What only an account with templates has; that it has none is no illness."""
    try:
        today = quota.daily_quota(account)
        opinion = quota.quality(account)
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
