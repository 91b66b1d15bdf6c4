"""One Official Account, one person and the channel's account, at a pretended Zalo whose clock stands at noon."""

import uuid

from messaging.channels.base import Account
from messaging.channels.zalo.channel import ZaloChannel
from tests.simulators.zalo.process import ZaloSimulator

CHANNEL = ZaloChannel()


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

    def shown(self) -> list[str]:
        self.control.settle()
        return [one.text for one in self.control.phone(self.user)]
