"""A chat service with an account of the province, and people who write to it. All of them are invented."""

import itertools
import json
import re
from typing import Any

from django.test import Client

from dossiers import linking, tokens
from dossiers.models import AccessToken, Dossier
from messaging import chat, inbound, relay
from messaging.channels.base import Account, Capabilities, MessageIn
from messaging.models import ChannelAccount, Lane
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

    def parse_events(self, account: Account, raw: bytes) -> list[MessageIn]:
        told = json.loads(raw)
        return [MessageIn(told["from"], told["id"], told["text"])]


class Talk:
    """The account's side of the conversation: what people type, and what they are answered."""

    def __init__(self, channel: ChatChannel) -> None:
        self.channel = channel
        self._numbers = itertools.count(1)
        open_account()

    def type(self, text: str, *, reader: str = READER, message_id: str = "") -> list[str]:
        """Somebody types this; what they are answered, once all that waits is worked off."""
        told = {"from": reader, "id": message_id or f"m{next(self._numbers)}", "text": text}
        before = len(self.channel.sent)
        taken = Client(headers={"host": HOST}).post(
            "/webhooks/chat/chinh/", json.dumps(told), content_type="application/json"
        )
        assert taken.status_code == 200
        inbound.work_off()
        chat.work_off()
        self.deliver()
        return [one.body for one in self.channel.sent[before:]]

    def deliver(self) -> None:
        """Send what waits at the account."""
        relay.run_lane(Lane.objects.get(channel="chat").pk)


def open_account() -> None:
    """The province has an account at the service."""
    ChannelAccount.objects.create(channel="chat", name="chinh", external_id=OA)
    Lane.objects.create(channel="chat", account="chinh")
    linking.forget_accounts()


def address(dossier: Dossier, purpose: str = AccessToken.Purpose.RECEIPT) -> str:
    """`/h/<token>/`, for one who holds the receipt unless said."""
    return f"/h/{tokens.issue(dossier, purpose)}/"


def words(response: Any) -> str:
    """The page as text, with plain spaces."""
    return str(response.content.decode().replace("\xa0", " "))


def code_on(page: str) -> str:
    """The link code that this page shows."""
    found = re.search(r'class="mc-ans__date mc-code">([^<]+)</p>', page)
    assert found, page
    return found[1]


def new_code(dossier: Dossier, *, host: str = HOST) -> str:
    """Ask for a link code on the dossier's page; the code as it is shown."""
    citizen = Client(headers={"host": host})
    answer = citizen.post(f"{address(dossier)}nhan-tin/")
    assert answer.status_code == 303
    return code_on(words(citizen.get(answer["Location"])))
