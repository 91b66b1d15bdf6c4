"""One Official Account, one person and the channel's account, at a pretended Zalo whose clock stands at noon."""

import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from messaging.channels.base import Account, ApprovedTemplate, Outcome, OutgoingMessage
from messaging.channels.zalo.channel import ZaloChannel
from messaging.channels.zalo.settings import TEMPLATE_PHONE, TEMPLATE_UID
from tenants import clock
from tests.messaging.channels.zalo.making import message
from tests.simulators.zalo.process import ZaloSimulator

CHANNEL = ZaloChannel()
VALUES = {"ten": "Nguyễn Thị Thử", "ma_ho_so": "H15.08-261125-0001", "trang_thai": "Đã tiếp nhận"}
HOURS = timedelta(hours=1)


class House:
    """What stands there, and what comes back."""

    def __init__(self, zalo: ZaloSimulator) -> None:
        self.control = zalo.control
        self.control.set_clock("2026-11-25T12:00:20", freeze=True)
        # Nobody listens there: what is posted waits for its next try, and is taken from the queue.
        staged = self.control.stage(webhook_url="http://127.0.0.1:9/")
        self.app, self.oa, self.person = staged["app"], staged["oas"][0], staged["users"][0]
        self.user = self.person["user_id"]
        self.account = Account(
            uuid.uuid4(),
            "chinh",
            self.oa["oa_id"],
            config={"app_id": self.app["app_id"]},
            secrets={"app_secret": self.app["secret"], "oa_secret": self.app["oa_secret"]},
            credentials={name: self.oa[name] for name in ("access_token", "refresh_token")},
        )

    def config(self, **more: Any) -> Account:
        return replace(self.account, config={**self.account.config, **more})

    def heard(self, hours: float = 1.0) -> str:
        return self.control.last_interaction(self.user, self.oa["oa_id"], hours_ago=hours)

    def message(self, uid: str = "", **more: Any) -> OutgoingMessage:
        phone = f"0{self.person['phone'].removeprefix('84')}"
        form = ApprovedTemplate(
            self.oa["template_id"],
            VALUES,
            frozenset({TEMPLATE_UID, TEMPLATE_PHONE}),
            {TEMPLATE_UID: 100, TEMPLATE_PHONE: 120},
            timedelta(hours=2),
        )
        heard_ago = HOURS if uid else None
        return message(**{"address": uid, "phone": phone, "template": form, "heard_ago": heard_ago, **more})

    def send(self, one: OutgoingMessage) -> Outcome:
        return CHANNEL.send(self.account, one)

    def shown(self) -> list[str]:
        self.control.settle()
        return [one.text for one in self.control.phone(self.user)]

    def told(self, who: Account | None = None) -> list[Any]:
        """What the webhooks that wait say to the account, once they are verified."""
        who = who or self.account
        items: list[Any] = []
        moment = datetime.fromtimestamp(self.control.now(), clock.VIETNAM)
        for webhook in self.control.take_webhooks():
            headers = {name.lower(): value for name, value in webhook.headers.items()}
            with clock.frozen(moment):
                refused = CHANNEL.verify_webhook(who, headers, webhook.body)
            items += [refused] if refused else CHANNEL.parse_events(who, webhook.body)
        return items
