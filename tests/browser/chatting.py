"""Đồng Nai's account at the pretended Zalo, and people who write to it on telephones that browsers show."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from playwright.sync_api import Error, Locator, Page

from tenants import clock
from tests.browser import official_account
from tests.browser.demonstration import Demonstration

PATIENCE_SECONDS = 20


class OfficialAccount:
    """The account, opened for so many people and a crowd that follows it quietly, of which `follower` is one."""

    def __init__(self, demo: Demonstration, *, people: int, crowd: int) -> None:
        self.control = demo.zalo.control
        self._journals = demo.data_dir / "mock-channel"
        staged = self.control.stage(
            oas=1, users=people, webhook_url=f"{demo.national_url.rstrip('/')}/webhooks/zalo/"
        )
        app, (oa,) = staged["app"], staged["oas"]
        self.oa_id: str = oa["oa_id"]
        self.people: list[str] = [user["user_id"] for user in staged["users"]]
        uids = self.control.crowd(self.oa_id, crowd)
        known = self.control.state("relations")["relations"]
        self.follower: str = next(one["user_id"] for one in known if one["uid"] == uids[0])
        account = {
            "app_id": app["app_id"],
            "app_secret": app["secret"],
            "oa_secret": app["oa_secret"],
            **{name: oa[name] for name in ("oa_id", "access_token", "refresh_token")},
        }
        demo.inside(official_account.__name__, json.dumps({"account": account, "uids": uids}))

    @contextmanager
    def by_day(self) -> Iterator[None]:
        """At the pretended Zalo it is noon: at night it takes no articles."""
        self.control.set_clock(f"{clock.today()}T12:00:00")
        try:
            yield
        finally:
            self.control.set_clock(time.time())

    def told(self) -> list[str]:
        """The numbers of those who agreed to news, each time the mock channel took a message to one."""
        lines = [
            line for file in self._journals.glob("*.jsonl") for line in file.read_text("utf-8").splitlines()
        ]
        numbers = [told["number"] for told in map(json.loads, lines) if "tracking_id" in told]
        return [number for number in numbers if number.startswith(official_account.NUMBERS)]


class Telephone:
    """Somebody's chat with the account, as their telephone shows it."""

    def __init__(self, page: Page, account: OfficialAccount, person: str) -> None:
        self.page, self.account, self.person = page, account, person
        self._address = account.control.phone_page(person).replace("127.0.0.1", "localhost")

    def follow(self) -> None:
        self.account.control.act_follow(self.person, self.account.oa_id)

    def write(self, text: str) -> None:
        self.account.control.act_send_text(self.person, self.account.oa_id, text)

    def bubbles(self, words: str) -> Locator:
        """What the account wrote with these words in it, on the page as it stands."""
        return self.page.locator(".m:not(.o)").filter(has_text=words)

    def shows(self, words: str, *, times: int = 1) -> None:
        """Look until the account has written these words so often."""
        end = time.monotonic() + PATIENCE_SECONDS
        self._look()
        while self.bubbles(words).count() < times:
            assert time.monotonic() < end, (words, self.page.locator(".m").all_inner_texts())
            self.page.wait_for_timeout(150)
            self._look()

    def _look(self) -> None:
        # The page comes anew by itself every few seconds, and may do so at this very moment.
        with suppress(Error):
            self.page.goto(self._address)

    def button(self, words: str) -> str:
        shown = self.page.locator(".m:not(.o)").filter(has_text=f"{words}: http").last.inner_text()
        return shown.partition(f"{words}: ")[2].split()[0]

    def ask(self, text: str, *, answered: str, times: int = 1) -> None:
        """Type this, and be answered so."""
        self.write(text)
        self.shows(answered, times=times)
