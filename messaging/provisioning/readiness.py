"""Readiness of a province's channels: for `province check`, for the page that connects an account, for Django's checks.

Ids begin with the channel's code: `zalo.account`, `zalo.grant`, `zalo.template.received`. A portal serves people
without its channels, so nothing here is asked of a province that is only being built.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.core.checks import Error, register
from django.db.models import Max
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.channels.accounts import credentials
from messaging.channels.accounts import routes as channel_routes
from messaging.channels.accounts.channel_accounts import account_of
from messaging.channels.base import Channel, Health, registry
from messaging.channels.lanes.lanes import no_wakeups
from messaging.channels.mock.store import Journal
from messaging.channels.models import DEFAULT_ACCOUNT, ChannelAccount, Credential, Lane
from messaging.delivery import monitoring
from messaging.inbound import views
from messaging.inbound.models import WebhookEvent
from messaging.outbox import provider_templates
from messaging.outbox import wording as templates
from messaging.provisioning.provider_sync import within
from tenants.folder.readiness import Check, Finding, Level, Owner, State, check, found
from tenants.isolation.context import current_province
from tenants.isolation.province_cache import ProvinceRecord

HEALTH_SECONDS = 20.0
ACCOUNTS = "channels.channelaccount"
LANES = "channels.lane"
FORMS = "messaging.providertemplate"


@check(
    "messaging.channel",
    gettext_lazy("Có kênh báo tin, hoặc văn bản quyết định chưa dùng kênh nào"),
    Level.GOLIVE,
    waived_in_demo=True,
)
def any_channel() -> Iterator[Finding]:
    """Whether a channel reaches citizens, or a written decision says that none does yet."""
    id, title = "messaging.channel", _("Có kênh báo tin cho người dân")
    usable = [channel.name for channel, name in _accounts() if not _account_problems(channel, name)]
    if usable:
        yield Finding(id, f"{title}: {', '.join(map(str, usable))}")
    elif decision := current_province().without_channels:
        words = _("Chưa dùng kênh báo tin nào, theo văn bản số %(number)s ngày %(date)s, %(signer)s ký")
        yield Finding(id, words % dict(zip(("number", "date", "signer"), decision, strict=False)))
    else:
        cause = _("Chưa kênh nào có tài khoản dùng được, cũng chưa có văn bản quyết định chưa dùng kênh.")
        fix = _("Nối một kênh, hoặc ghi without_channels (số, ngày, người ký) vào province.yaml rồi apply.")
        yield Finding(id, title, State.BLOCKED, cause, fix, table=ACCOUNTS)


def _display_name(channel: Channel, name: str) -> str:
    return str(channel.name) if name == DEFAULT_ACCOUNT else f"{channel.name} ({name})"


def _account_problems(channel: Channel, name: str) -> list[str]:
    known = account_of(channel.code, name)
    return list(channel.check_account(known.config, known.secrets))


def findings_of(channel: str, name: str) -> list[Finding]:
    """All that is missing for one account, without asking the provider; for the page that connects it."""
    code = registry.get(channel)
    looks = (check_account, check_grant, check_webhook, check_lane, check_templates)
    return [finding for look in looks for finding in look(code, name)]


def check_account(channel: Channel, name: str) -> Iterator[Finding]:
    """Whether there is an account that the channel can use."""
    title = _("Tài khoản %(account)s") % {"account": _display_name(channel, name)}
    cause = " ".join(_account_problems(channel, name))
    fix = _("Nhập tại “Tài khoản gửi” trong trang quản trị của tỉnh, hoặc trong messaging.yaml rồi apply.")
    yield found(f"{channel.code}.account", title, cause, fix, table=ACCOUNTS)


def check_grant(channel: Channel, name: str) -> Iterator[Finding]:
    """Whether the provider's consent is there and still good."""
    if not channel.capabilities.needs_grant:
        return
    title = _("Quyền gửi của %(account)s") % {"account": _display_name(channel, name)}
    grant = credentials.standing(channel.code, name)
    cause = grant.trouble if grant is not None and grant.trouble else _("Chưa được cấp quyền.")
    if grant is not None and grant.state == Credential.State.ACTIVE:
        cause = ""
    fix = _("Mở “Tài khoản gửi”, trang kết nối, bấm “Cấp quyền”; người quản trị tài khoản ở kênh đồng ý.")
    yield found(f"{channel.code}.grant", title, cause, fix, table=ACCOUNTS)


def check_webhook(channel: Channel, name: str) -> Iterator[Finding]:
    """Whether callbacks find this account, and whether one ever did."""
    if not views.has_shared_endpoint(channel.code):
        return
    id = f"{channel.code}.webhook"
    title = _("Lời gọi từ kênh về %(account)s") % {"account": _display_name(channel, name)}
    if not channel_routes.has_route(channel.code, name):
        cause = _("Chưa có mã ứng dụng, mã tài khoản và bí mật để nhận ra lời gọi.")
        fix = _("Nhập đủ ở trang kết nối của tài khoản rồi ghi lại.")
        yield found(id, title, cause, fix, table=ACCOUNTS)
        return
    events = WebhookEvent.objects.filter(channel=channel.code, account=name)
    last: datetime | None = events.aggregate(last=Max("received_at"))["last"]
    if last is None:
        cause = _("Chưa từng nhận lời gọi nào.")
        fix = _("Khai địa chỉ webhook ở trang quản lý của kênh, bật các sự kiện, rồi nhắn thử vào tài khoản.")
        yield found(id, title, cause, fix, table=ACCOUNTS, state=State.WARNING)
        return
    heard = date_format(localtime(last), "H:i, d/m/Y")
    yield Finding(id, _("%(title)s, gần nhất %(at)s") % {"title": title, "at": heard})


def check_lane(channel: Channel, name: str) -> Iterator[Finding]:
    id, title = f"{channel.code}.lane", _("Luồng tin %(lane)s") % {"lane": _display_name(channel, name)}
    lane = next(
        (one for one in monitoring.lanes() if (one.channel, one.account) == (channel.code, name)), None
    )
    if lane is None:
        cause, fix = _("Chưa có luồng tin cho tài khoản này."), _("Ghi lại tài khoản, hoặc province apply.")
        yield Finding(id, title, State.BLOCKED, cause, fix, Owner.OPERATOR, table=ACCOUNTS)
        return
    cause = fix = ""
    owner = Owner.PROVINCE
    if lane.paused:
        cause, fix = _("Đang tạm dừng."), _("Bấm “Chạy tiếp” ở trang “Luồng tin”.")
    elif lane.rests or lane.ways:
        trouble = "; ".join(f"{way.name}: {way.trouble}" for way in lane.ways)
        if lane.rests:
            trouble = lane.trouble or _("chưa rõ vì sao")
        cause = _("Đang nghỉ: %(trouble)s") % {"trouble": trouble}
        fix = _("Sửa nguyên nhân rồi bấm “Đánh thức luồng” ở trang “Luồng tin”.")
    elif lane.needs_a_look:
        cause = _("Có tin đến hạn đã chờ %(span)s.") % {"span": lane.oldest_text}
        fix = _("Xem tiến trình gửi tin còn chạy không: relay status.")
    if lane.needs_a_look and not (lane.rests or lane.ways):
        owner = Owner.OPERATOR
    yield Finding(id, title, State.WARNING if cause else State.OK, cause, fix, owner, table=LANES)


def check_health(channel: Channel, name: str) -> Iterator[Finding]:
    """What the provider says of it; not asked where it is plain that it cannot be."""
    id, title = f"{channel.code}.health", _("Hỏi thử %(account)s") % {"account": _display_name(channel, name)}
    before = [*check_account(channel, name), *check_grant(channel, name)]
    if any(finding.state == State.BLOCKED for finding in before):
        yield Finding(id, title, State.SKIPPED, _("Chưa đủ để hỏi."))
        return
    health = ask_provider(channel, name)
    if health.well:
        yield Finding(id, f"{title}: {health.detail}" if health.detail else title)
        return
    cause, fix = health.detail or _("Kênh không trả lời."), _("Xem tài liệu của kênh trong docs/van-hanh.")
    yield found(id, title, cause, fix, table=ACCOUNTS, state=State.WARNING)


def ask_provider(channel: Channel, name: str) -> Health:
    """Ask in a thread of its own, not for ever: a provider may be slow, and knows no database."""
    known = account_of(channel.code, name)
    try:
        return within(HEALTH_SECONDS, channel.health, known)
    except TimeoutError:
        return Health(False, _("Kênh không trả lời trong %(seconds)d giây.") % {"seconds": HEALTH_SECONDS})
    except Exception as error:  # whatever it is, it is an answer to the question
        return Health(False, _("Không kiểm tra được (%(error)s).") % {"error": type(error).__name__})


def check_templates(channel: Channel, name: str) -> Iterator[Finding]:
    """Which messages lack a form that the provider approved."""
    if not channel.capabilities.has_templates:
        return
    prefix = f"{channel.code}.template"
    row = ChannelAccount.objects.filter(channel=channel.code, name=name).first()
    if row is None:
        yield Finding(prefix, _("Mẫu tin được duyệt"), State.SKIPPED, _("Chưa có tài khoản."))
        return
    missing = provider_templates.find_missing(row)
    for one in missing:
        # Messages that can wait may go other ways for a while.
        can_wait = templates.traits(one.intent).can_wait
        yield Finding(
            f"{prefix}.{one.intent}",
            _("Mẫu của kênh cho tin “%(title)s”") % {"title": templates.label(one.intent)},
            State.WARNING if can_wait else State.BLOCKED,
            one.why,
            _("Lập mẫu ở trang của kênh, chờ duyệt, rồi chọn mẫu cho tin này ở trang “Mẫu của kênh”."),
            table=FORMS,
        )
    if not missing:
        yield Finding(prefix, _("Mọi tin có mẫu được duyệt"))


@check("messaging.templates", gettext_lazy("Mẫu tin được duyệt"), Level.GOLIVE, can_follow=True)
def all_templates() -> Iterator[Finding]:
    """The forms of all accounts; that there is nothing to approve is an answer, too."""
    if not any(channel.capabilities.has_templates for channel, _name in _accounts()):
        yield Finding("messaging.templates", _("Không kênh nào cần mẫu được duyệt"))
    yield from _of_all_accounts(check_templates)


def _of_all_accounts(look: Callable[[Channel, str], Iterator[Finding]]) -> Iterator[Finding]:
    for channel, name in _accounts():
        yield from look(channel, name)


def _accounts() -> Iterator[tuple[Channel, str]]:
    names: dict[str, list[str]] = {}
    for code, name in Lane.objects.order_by("pk").values_list("channel", "account"):
        names.setdefault(code, []).append(name)
    for code in settings.MESSAGING_CHANNELS:
        if code in registry.codes():
            for name in names.get(code, [DEFAULT_ACCOUNT]):
                yield registry.get(code), name


CHANNEL = "mock"


@contextmanager
def mock_channel_only(province: ProvinceRecord) -> Iterator[None]:
    """Inside the block this process has no other channel; afterwards nothing is left of what it took."""
    before = settings.MESSAGING_CHANNELS
    settings.MESSAGING_CHANNELS = [CHANNEL]
    try:
        with no_wakeups():
            yield
    finally:
        settings.MESSAGING_CHANNELS = before
        Journal(province.uuid).path.unlink(missing_ok=True)


@register()
def channels_are_installed(app_configs: Any, **kwargs: Any) -> list[Error]:
    """Each name in MESSAGING_CHANNELS is a channel of this installation."""
    return [
        Error(
            f"MESSAGING_CHANNELS: không có kênh “{code}”.",
            hint=f"Các kênh có sẵn: {', '.join(registry.codes())}.",
            id="messaging.E001",
        )
        for code in settings.MESSAGING_CHANNELS
        if code not in registry.codes()
    ]


# One check looks at all channels that are switched on.
ACCOUNT_CHECKS = tuple(
    Check(
        f"messaging.{part}",
        title,
        Level.PILOT,
        partial(_of_all_accounts, look),
        asks_outside=look is check_health,
    )
    for part, title, look in (
        ("accounts", gettext_lazy("Tài khoản gửi"), check_account),
        ("grants", gettext_lazy("Quyền gửi"), check_grant),
        ("health", gettext_lazy("Hỏi thử kênh"), check_health),
        ("lanes", gettext_lazy("Luồng tin"), check_lane),
        ("webhooks", gettext_lazy("Nhận lời từ kênh"), check_webhook),
    )
)
