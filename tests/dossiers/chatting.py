"""A chat service with an account of the province, and people who write to it. All of them are invented."""

import itertools
import json
import re
from typing import Any

from django.test import Client

from dossiers.lifecycle import access_links
from dossiers.lifecycle.models import AccessToken, Dossier
from messaging.channels.base import Account, Capabilities, OutgoingMessage
from messaging.channels.inbound_items import (
    AnsweredByHand,
    Approached,
    ContactKind,
    InboundItem,
    MessageIn,
    Receipt,
    ReceiptKind,
)
from messaging.channels.models import ChannelAccount, Lane
from messaging.delivery import lane_loop
from messaging.inbound import receive
from messaging.inbound.chat import turns
from tests.messaging.conftest import ScriptedChannel

HOST = "daklak.localhost"
OA = "388613280878808645"
READER, SOMEBODY_ELSE = "246845883529197922", "246845883529190000"


class ChatChannel(ScriptedChannel):
    """Readers are known by an id that nobody knows by heart; an account has a page of its own."""

    code = "chat"
    name = "Trò chuyện"
    capabilities = Capabilities(body_max=2000)
    address_kind = "chat_id"
    typed_at_desk = False
    falls_back_on_phone = True

    def public_address(self, external_id: str) -> str:
        return f"https://chat.example/{external_id}"

    def verify_webhook(self, account: Account, headers: Any, raw: bytes) -> None:
        return None

    def event_key(self, raw: bytes) -> bytes:
        return raw

    def parse_events(self, account: Account, raw: bytes) -> list[InboundItem]:
        told = json.loads(raw)
        if "follows" in told:
            kind = ContactKind.FOLLOWED if told["follows"] else ContactKind.UNFOLLOWED
            return [Approached(kind, told["from"])]
        if "arrived" in told:
            return [Receipt(ReceiptKind.DELIVERED, told["arrived"])]
        if "by_hand" in told:
            return [AnsweredByHand(told["from"], told["id"])]
        return [MessageIn(told["from"], told["id"], told["text"])]


class Talk:
    """The account's side of the conversation: what people type, and what they are answered."""

    def __init__(self, channel: ChatChannel) -> None:
        self.channel = channel
        self._numbers = itertools.count(1)
        open_account()

    def type(self, text: str, *, reader: str = READER, message_id: str = "") -> list[str]:
        """Somebody types this; what they are answered, once all that waits is worked off."""
        self.tell({"text": text}, reader=reader, message_id=message_id)
        return [one.body for one in self.carry_on()]

    def ask(self, text: str, *, reader: str = READER) -> OutgoingMessage:
        self.tell({"text": text}, reader=reader)
        (answer,) = self.carry_on()
        return answer

    def tell(
        self, told: dict[str, Any], *, reader: str = READER, message_id: str = "", account: str = "chinh"
    ) -> None:
        """Something happens at the service, of which our door hears; it is not dealt with yet."""
        whole = {"from": reader, "id": message_id or f"m{next(self._numbers)}", **told}
        taken = Client(headers={"host": HOST}).post(
            f"/webhooks/chat/{account}/", json.dumps(whole), content_type="application/json"
        )
        assert taken.status_code == 200

    def carry_on(self) -> list[OutgoingMessage]:
        """What was heard is dealt with; what was sent then."""
        before = len(self.channel.sent)
        receive.process_pending()
        turns.process_pending()
        self.deliver()
        return self.channel.sent[before:]

    def deliver(self) -> None:
        """Send what waits at the account."""
        for lane in Lane.objects.filter(channel="chat").order_by("pk"):
            lane_loop.run_lane(lane.pk)


def open_account(name: str = "chinh", external_id: str = OA) -> None:
    """The province has an account at the service."""
    ChannelAccount.objects.create(channel="chat", name=name, external_id=external_id)
    Lane.objects.create(channel="chat", account=name)
    access_links.clear_cache()


def address(dossier: Dossier, purpose: str = AccessToken.Purpose.RECEIPT) -> str:
    """`/h/<token>/`, for one who holds the receipt unless said."""
    return f"/h/{access_links.issue(dossier, purpose)}/"


def words(response: Any) -> str:
    """The page as text, with plain spaces."""
    return str(response.content.decode().replace("\xa0", " "))


def code_on(page: str) -> str:
    found = re.search(r'class="mc-ans__date mc-code">([^<]+)</p>', page)
    assert found, page
    return found[1]


def new_code(dossier: Dossier, *, host: str = HOST) -> str:
    """Ask for a link code on the dossier's page; the code as it is shown."""
    citizen = Client(headers={"host": host})
    answer = citizen.post(f"{address(dossier)}nhan-tin/")
    assert answer.status_code == 303
    return code_on(words(citizen.get(answer["Location"])))
