"""Provinces of ours that send through one App of a pretended Zalo, the people they write to, and the time.

The time is virtual: `later` lets it go by for Zalo, for us and for the database, whose clock cannot be moved,
so that all it remembers grows older instead; but attempts, which are never changed. People, numbers and ids are invented.
"""

import http.client
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.test import Client

from messaging.channels.accounts import channel_accounts, credentials
from messaging.channels.models import ChannelAccount, Credential, Lane, WayRest
from messaging.contacts import contacts, followers
from messaging.contacts.models import Contact, Follower
from messaging.delivery import lane_loop, monitoring
from messaging.inbound import handlers, receive
from messaging.inbound.chat import turns
from messaging.inbound.chat.dossiers import link_code
from messaging.inbound.models import WebhookEvent
from messaging.outbox import provider_templates
from messaging.outbox.due_lanes import due_lanes
from messaging.outbox.models.messages import Attempt, Message, SendingRules
from messaging.outbox.models.provider_templates import ProviderTemplate
from messaging.outbox.wording import Rendered
from messaging.provisioning import oauth_connect, provider_sync
from portal.celery import app
from tenants import clock
from tenants.accounts.models import User
from tenants.isolation.context import province_context
from tests.messaging.channels.zalo.acceptance.door import Door
from tests.messaging.conftest import write
from tests.simulators.zalo.client import Shown
from tests.simulators.zalo.process import ZaloSimulator

CALLBACK = "http://localhost:8000/ket-noi/zalo/"
LASTS = timedelta(hours=25)
INTENT = "apology"
PLACES = {"ten": "ho_ten", "ma_ho_so": "ma_ho_so", "trang_thai": "trang_thai"}
_MOST_HINTS = 10
# What the database remembers by its own clock.
_MOMENTS: dict[Any, tuple[str, ...]] = {
    Message: (
        "not_before", "next_attempt_at", "sent_at", "lease_until", "expires_at", "accepted_at", "delivered_at",
        "finished_at",
    ),
    WayRest: ("rests_until", "trial_until", "trouble_since"),
    Lane: ("rests_until", "lease_until", "next_slot_at", "trouble_since"),
    Credential: ("granted_at", "expires_at", "lease_until"),
    Follower: ("last_heard_at", "state_changed_at", "human_until"),
    WebhookEvent: ("received_at", "next_try_at"),
    ProviderTemplate: ("reported_at",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a telephone, whom an office writes to. `uid`: the id in its OA, "" when it has never met
    them there."""

    user: str
    phone: str
    contact: Contact
    uid: str = ""


class Stage:
    """A pretended Zalo with one App, and `offices`: each sends through it with an OA of its own."""

    def __init__(
        self,
        zalo: ZaloSimulator,
        monkeypatch: pytest.MonkeyPatch,
        places: Sequence[tuple[str, str]] = (("daklak", "chinh"),),
    ) -> None:
        self.control, self.door = zalo.control, Door()
        self.offset = timedelta(0)
        monkeypatch.setattr(clock, "now", lambda: datetime.now(clock.VIETNAM) + self.offset)
        # A hint would wake a worker that knows nothing of this test.
        monkeypatch.setattr(app, "send_task", lambda *arguments, **options: None)
        # What is sent here is what the tests write, and answers to link codes; nobody is greeted.
        monkeypatch.setattr(handlers, "greet", lambda follower: None)
        monkeypatch.setattr(turns, "MACHINES", (link_code,))
        monkeypatch.setattr(turns, "HANDLERS", ())
        staged = self.control.stage(
            oas=len(places),
            users=0,
            webhook_url=f"http://{self.door.place}/webhooks/zalo/",
            callback=CALLBACK,
        )
        self.app = staged["app"]
        self.offices = [
            Office(self, slug, name, oa) for (slug, name), oa in zip(places, staged["oas"], strict=True)
        ]

    @property
    def slugs(self) -> list[str]:
        """The provinces that take part, each once."""
        return list(dict.fromkeys(office.slug for office in self.offices))

    # --- Time

    def deliver(self, within: float = 5.0) -> int:
        """Telephones ring, what Zalo tells is posted at our door and worked off; how many were answered 200."""
        delivered = self.door.during(lambda: self.control.settle(within))
        self.work_off()
        return delivered

    def work_off(self) -> None:
        """What was told is dealt with, in all provinces."""
        for slug in self.slugs:
            with province_context(slug):
                receive.process_pending()
                turns.process_pending()

    def later(self, **span: float) -> None:
        """So much time goes by, and what Zalo has to tell meanwhile is told."""
        delta = timedelta(**span)
        self.offset += delta
        self.door.during(lambda: self.control.advance(delta.total_seconds()))
        for slug in self.slugs:
            with province_context(slug):
                for model, columns in _MOMENTS.items():
                    model.objects.update(**{column: F(column) - delta for column in columns})
        self.work_off()

    def until(self, hour: int, minute: int = 0) -> None:
        """Time goes by until clocks in Viet Nam show this next."""
        now = clock.now()
        moment = datetime.combine(now.date(), time(hour, minute), clock.VIETNAM)
        if moment <= now:
            moment += timedelta(days=1)
        self.later(seconds=(moment - now).total_seconds())

    def run(self) -> None:
        """All lanes send what is due, one after the other, as often as there is some."""
        for slug in self.slugs:
            with province_context(slug):
                for _hint in range(_MOST_HINTS):
                    if not (due := due_lanes()):
                        break
                    for lane_id in due:
                        lane_loop.run_lane(lane_id)

    def carry_on(self, rounds: int = 16, **span: float) -> None:
        """Send, hear and wait, in turn, until nothing is on its way any more."""
        for _round in range(rounds):
            self.run()
            self.deliver()
            if not any(office.alive() for office in self.offices):
                return
            self.later(**(span or {"seconds": 20}))

    # --- What came of it

    def count(self, name: str) -> int:
        return self.control.count(name)

    def accepted(self) -> int:
        """Messages that Zalo took."""
        counts = self.control.counters()
        return sum(count for name, count in counts.items() if name.startswith("accepted."))


class Office:
    """One province's account at one OA."""

    def __init__(self, stage: Stage, slug: str, name: str, oa: dict[str, Any]) -> None:
        self.stage, self.control = stage, stage.control
        self.slug, self.name, self.oa, self.oa_id = slug, name, oa, oa["oa_id"]
        self.template = oa["template_id"]
        self.app = stage.app["app_id"]
        with self.inside():
            SendingRules.objects.update_or_create(
                pk=1, defaults={"window_from": time(0, 0), "window_until": time(23, 59, 59)}
            )
        self.save()

    def inside(self) -> Any:
        return province_context(self.slug)

    @property
    def row(self) -> ChannelAccount:
        return ChannelAccount.objects.get(channel="zalo", name=self.name)

    # --- The account

    def save(self, secrets: dict[str, str] | None = None, **config: Any) -> None:
        app = self.stage.app
        typed = {"app_secret": app["secret"], "oa_secret": app["oa_secret"], **(secrets or {})}
        config = {"app_id": self.app, "pkce_mode": "per_request", **config}
        with self.inside():
            channel_accounts.save("zalo", self.name, config=config, secrets=typed, external_id=self.oa_id)

    def take_tokens(self) -> None:
        """Keep the pair that Zalo has for this OA now."""
        (found,) = [one for one in self.control.state("grants")["grants"] if one["oa_id"] == self.oa_id]
        pair = {"access_token": found["access"], "refresh_token": found["refresh"]}
        with self.inside():
            credentials.store(self.row, pair, LASTS)

    def consent(self, *, pastes: bool = False) -> str:
        """An administrator follows the link of the page that connects, and agrees; what the last page says.

        `pastes`: what is sent back does not say whose it is, and the code is pasted by hand.
        """
        with self.inside():
            user = User.objects.filter(is_superuser=True).first() or User.objects.create_superuser(
                "quantri", password="mật khẩu thử"
            )
            asking = oauth_connect.begin(self.row, user)
        self.control.set_app(self.app, consenting_oa=self.oa_id)
        # Where Zalo shows a page, its button for this OA is pressed.
        back = _location(asking.url) or _location(f"{asking.url}&sim_subject={self.oa_id}")
        browser = Client(headers={"host": "localhost"})
        answer = browser.get(_below(back))
        if pastes:
            code = dict(part.split("=") for part in urlsplit(back).query.split("&"))["code"]
            desk = Client(headers={"host": f"{self.slug}.localhost"})
            with self.inside():
                desk.force_login(user)
            page = f"/quan-tri/channels/channelaccount/ket-noi/zalo/{self.name}/"
            answer = desk.post(page, {"act": "code", "state": asking.state, "code": code})
        elif answer.status_code == 302:
            host = urlsplit(answer["Location"]).hostname or ""
            answer = Client(headers={"host": host}).get(_below(answer["Location"]))
        return answer.content.decode()

    def grant(self) -> Credential:
        with self.inside():
            return Credential.objects.get(account=self.row)

    def lane(self) -> Lane:
        with self.inside():
            return Lane.objects.get(channel="zalo", account=self.name)

    def status(self) -> monitoring.LaneStatus:
        with self.inside():
            return next(lane for lane in monitoring.lanes() if lane.account == self.name)

    def rests(self) -> list[WayRest]:
        with self.inside():
            return list(WayRest.objects.filter(lane__channel="zalo", lane__account=self.name))

    def wear_out(self, *, known: bool = False) -> None:
        """The access token is over. `known`: by our own account as well."""
        self.control.admin("expire_access", app=self.app, oa=self.oa_id)
        if known:
            with self.inside():
                Credential.objects.filter(account=self.row).update(
                    granted_at=F("granted_at") - LASTS, expires_at=F("expires_at") - LASTS
                )

    def fetch_forms(self) -> None:
        """Read Zalo's list, and let its notice carry the message of these tests."""
        with self.inside():
            provider_sync.fetch_templates(self.row)
            form = ProviderTemplate.objects.get(account=self.row, code=self.template)
            provider_templates.assign(self.row, INTENT, form, PLACES)

    # --- People and messages

    def person(self, *, follows: bool = True, **about: Any) -> Person:
        """Somebody who agreed to be written to over Zalo and, after that, the mock channel. `follows`: and who is
        known to follow the OA, and linked to what is written."""
        user = self.control.add_user(**about)
        phone = f"0{user['phone'].removeprefix('84')}"
        with self.inside():
            contact = contacts.contact_for(phone, "Nguyễn Thị Thử")
            for channel in ("zalo", "mock"):
                contacts.grant(contact, channel, evidence="đơn thử")
        uid = ""
        if follows:
            uid = self.control.act_follow(user["user_id"], self.oa_id)
            self.stage.deliver()
        return Person(user["user_id"], phone, contact, uid)

    def write(
        self,
        person: Person,
        number: int = 1,
        *,
        then: Sequence[str] = (),
        values: Mapping[str, str] = MappingProxyType({}),
        **more: Any,
    ) -> Message:
        """A message in the outbox, as an act on a dossier would write it. `then`: the channels after Zalo; `values`:
        what stands behind its words instead of the usual."""
        code = f"H15.08-261125-{number:04d}"
        values = {"ho_ten": "Nguyễn Thị Thử", "ma_ho_so": code, "trang_thai": "Đang xử lý", **values}
        words = Rendered(f"Hồ sơ {code}", "Kính gửi ông/bà Thử, hồ sơ đang được xử lý.", "Xem hồ sơ", values)
        given: dict[str, Any] = {
            "subject": f"dossier:{code}/{self.name}",
            "intent": INTENT,
            "rendered": words,
            "channels": ["zalo", *then],
            **more,
        }
        with self.inside():
            if person.uid:
                with transaction.atomic():
                    follower = followers.find("zalo", self.row.name, person.uid)
                    assert followers.link(follower, given["subject"], person.contact, "mã liên kết thử")
            message = write(person.contact, str(number), **given)
            if self.name != "chinh":
                mine = Lane.objects.get(channel="zalo", account=self.name)
                Message.objects.filter(pk=message.pk).update(lane=mine)
        return message

    def messages(self) -> list[Message]:
        with self.inside():
            return list(Message.objects.filter(lane__account=self.name).order_by("pk"))

    def states(self) -> Counter[str]:
        return Counter(str(message.state) for message in self.messages())

    def state(self, message: Message) -> str:
        with self.inside():
            return str(Message.objects.values_list("state", flat=True).get(pk=message.pk))

    def alive(self) -> bool:
        """Whether anything is still to be done by a relay, beside waiting for receipts."""
        return bool(self.states().keys() & {"queued", "sending", "deferred", "unknown"})

    def tries(self, message: Message) -> list[str]:
        """What Zalo answered to each attempt, by its codes."""
        with self.inside():
            found = Attempt.objects.filter(message=message, channel="zalo", kind=Attempt.Kind.SEND)
            return list(found.order_by("pk").values_list("code", flat=True))

    def shown(self, person: Person) -> list[Shown]:
        return self.control.phone(person.user, self.oa_id)

    def rows(self) -> dict[str, int]:
        """How many rows each table of the province holds."""
        with self.inside(), connection.cursor() as cursor:
            cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
            tables = [name for (name,) in cursor.fetchall()]
            found = {}
            for name in tables:
                cursor.execute(f'SELECT count(*) FROM "{name}"')
                found[name] = cursor.fetchone()[0]
        return found

    def credentials(self) -> dict[str, str]:
        return dict(json.loads(self.grant().credentials))

    def secrets(self) -> dict[str, str]:
        with self.inside():
            return dict(json.loads(self.row.secrets))


def _below(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def _location(url: str) -> str:
    """Where the page of a consent sends the browser; "" when it shows a page."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=10)
    try:
        connection.request("GET", _below(url))
        answer = connection.getresponse()
        answer.read()
        return answer.headers.get("Location") or ""
    finally:
        connection.close()
