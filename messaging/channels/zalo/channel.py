"""The Zalo channel: a chat message, or an approved template by Zalo id or telephone number.

Of the routes that are open the cheapest is used.
"""

import unicodedata
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.channels.base import (
    Account,
    Capabilities,
    Channel,
    Outcome,
    OutcomeKind,
    OutgoingMessage,
    Reason,
)
from messaging.channels.zalo import (
    articles,
    client,
    followers,
    health,
    oauth,
    protocol,
    reconcile,
    settings,
    templates,
    webhooks,
)
from messaging.channels.zalo.errors import SOON, Heard, outcome_of
from messaging.channels.zalo.protocol import Host
from messaging.channels.zalo.settings import (
    CHAT,
    ORDER,
    SETUP,
    TEMPLATE_UID,
    BadProfile,
    Profile,
    Settings,
    open_ways,
    possible_ways,
    profile_of,
)
from tenants import clock

# Zalo counts the calls of all accounts of an App together.
APP_CALLS_PER_MINUTE = 4000


class ZaloChannel(Channel):
    """Messages of an Official Account. Addresses are the reader's Zalo ids *of this account*."""

    code = "zalo"
    name = gettext_lazy("Zalo")
    capabilities = Capabilities(
        body_max=protocol.LONGEST,
        has_receipts=True,
        can_be_asked=True,
        concurrency=8,
        needs_grant=True,
        has_templates=True,
    )
    timeout = timedelta(seconds=client.TOTAL_SECONDS + 1)
    address_kind = "zalo"
    typed_at_desk = False
    falls_back_on_phone = True
    ways = ORDER
    refuses_quietly = True
    setup = SETUP
    words = settings.NAMES

    reconcile_unknown = staticmethod(reconcile.reconcile)
    is_answering = staticmethod(health.is_answering)
    health = staticmethod(health.health)
    check_account = staticmethod(settings.problems)
    check_template_values = staticmethod(templates.fitting)
    callback_secrets = staticmethod(settings.signing_secrets)
    destination = staticmethod(webhooks.destination)
    event_key = staticmethod(webhooks.event_key)
    verify_webhook = staticmethod(webhooks.verify)
    parse_events = staticmethod(webhooks.parse)
    refresh_credentials = staticmethod(oauth.refresh)
    # What only some channels are able to do: see `capabilities`.
    invitation = staticmethod(oauth.invitation)
    exchange_code = staticmethod(oauth.exchange_code)
    list_templates = staticmethod(templates.listing)
    list_followers = staticmethod(followers.listing)
    create_article = staticmethod(articles.create)
    finished_article = staticmethod(articles.finished)
    send_article = staticmethod(articles.send)

    def send(self, account: Account, message: OutgoingMessage) -> Outcome:
        try:
            profile = profile_of(account)
        except BadProfile as error:
            return Outcome(OutcomeKind.TEMPORARY, "profile", str(error)[:400], reason=Reason.CONFIG)
        if not profile.access_token:
            return _without_token(profile)
        way, cost = next(iter(open_ways(message, profile.settings).items()), ("", 0))
        if not way:
            return no_way(message, profile.settings)
        try:
            host, path, content = request_of(way, message, profile)
        except templates.Unfit as unfit:
            return Outcome(
                OutcomeKind.PERMANENT, "unfit", str(unfit)[:400], reason=Reason.BAD_PAYLOAD, way=way
            )
        result = client.post(profile, host, path, content)
        outcome = self.classify(Heard(host, result, clock.now(), _spread(message), way, cost))
        # A way that rests is open again later: the message waits for it.
        left = replace(message, ways_done=message.ways_done | {way}, ways_resting=frozenset())
        return replace(outcome, next_way=outcome.next_way and bool(open_ways(left, profile.settings)))

    def classify(self, answer: Heard) -> Outcome:
        return outcome_of(answer)

    def normalise(self, address: str) -> str:
        if found := protocol.address(unicodedata.normalize("NFKC", address).strip()):
            return found
        raise ValueError(_("Mã người dùng Zalo chỉ gồm chữ số."))

    def public_address(self, external_id: str) -> str:
        return f"https://zalo.me/{external_id}" if external_id.isascii() and external_id.isdigit() else ""

    def way_of(self, account: Account, message: OutgoingMessage) -> str:
        try:
            return next(iter(open_ways(message, profile_of(account).settings)), "")
        except BadProfile:
            return ""

    def shared_limit(self, account: Account) -> tuple[str, int] | None:
        app = account.config.get("app_id")
        return (f"{self.code}:{app}", APP_CALLS_PER_MINUTE) if app else None


def _without_token(profile: Profile) -> Outcome:
    if profile.refresh_token:
        return Outcome(OutcomeKind.TEMPORARY, "no_token", _("Chưa có mã truy cập Zalo."), reason=Reason.STALE)
    detail = _("Chưa nối với Official Account: cần cấp quyền.")
    return Outcome(OutcomeKind.TEMPORARY, "no_token", detail, reason=Reason.CREDENTIAL)


def no_way(message: OutgoingMessage, settings: Settings) -> Outcome:
    """What came of a message that no way is open to; it says in Vietnamese what is missing. Pure."""
    possible = possible_ways(message, settings).keys()
    if not message.address and not message.phone:
        code, reason = "nobody", Reason.BAD_ADDRESS
        words = _("Không có mã Zalo hay số điện thoại của người nhận.")
    elif possible - message.ways_done:
        code, reason = "money", Reason.OUTSIDE_WINDOW
        words = _("Kinh phí tháng này cho tin Zalo có tính tiền đã hết.")
    elif possible:
        code, reason = "all_tried", Reason.OUTSIDE_WINDOW
        words = _("Zalo đã từ chối mọi cách gửi tin này.")
    elif message.template is not None:
        code, reason = "no_template_way", Reason.TEMPLATE_UNUSABLE
        words = _("Mẫu tin Zalo không gửi được đến người nhận này theo cách nào.")
    elif message.template_problem:
        code, reason = "unfit", Reason.BAD_PAYLOAD
        words = _("Chưa nhắn tự do được qua Zalo, và %(problem)s") % {"problem": message.template_problem}
        if message.template_rests:
            kind, reason = OutcomeKind.TEMPORARY, Reason.TEMPLATE_UNUSABLE
            return Outcome(kind, "form_rests", words, SOON, reason, form_rests=True)
    else:
        code, reason = "no_template", Reason.TEMPLATE_UNUSABLE
        words = _("Chưa nhắn tự do được qua Zalo, và chưa có mẫu tin được duyệt cho nội dung này.")
    return Outcome(OutcomeKind.PERMANENT, code, words, reason=reason)


def _spread(message: OutgoingMessage) -> float:
    return int.from_bytes(message.tracking_id.bytes[-4:]) / 2**32


CHAT_PATH = "/v3.0/oa/message/cs"
TEMPLATE_UID_PATH = "/v3.0/oa/message/template"
TEMPLATE_PHONE_PATH = "/message/template"


def request_of(way: str, message: OutgoingMessage, profile: Profile) -> tuple[Host, str, dict[str, Any]]:
    """Host, path and content of the message over this way; raises templates.Unfit for values that no form takes."""
    if way == CHAT:
        said = {"recipient": {"user_id": message.address}, "message": {"text": protocol.compose(message)}}
        return Host.OPENAPI, CHAT_PATH, said
    assert message.template is not None
    values = templates.last_look(message.template)
    form = {"template_id": message.template.code, "template_data": values}
    if way == TEMPLATE_UID:
        # This call knows no reference of ours.
        return Host.OPENAPI, TEMPLATE_UID_PATH, {"user_id": message.address, **form}
    # As Zalo wants it: "0905123217" → "84905123217".
    phone = f"84{message.phone.removeprefix('0')}"
    content = {"phone": phone, **form, "tracking_id": str(message.tracking_id)}
    if profile.settings.development:
        content["mode"] = "development"
    return Host.BUSINESS, TEMPLATE_PHONE_PATH, content
