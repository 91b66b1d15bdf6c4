"""A citizen at a telephone of the pretended Zalo, our door, and a relay in a process of its own: a whole conversation.

The simulator stands in for Zalo because the demonstration has only the mock channel's telephone, which cannot write
back. People, numbers and ids are invented.
"""

import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from dossiers import chat as dossier_chat
from dossiers import linking, services, tokens
from dossiers.models import AccessToken, Dossier
from messaging import accounts, grants, tasks
from messaging.models import ReaderLink
from messaging.outbound import client
from procedures.indexing import reindex
from tenants.context import province_context
from tests.factories import Office as Desk
from tests.factories import ProcedureFactory
from tests.zalo_simulator.client import Control
from tests.zalo_simulator.process import ZaloProcess

from .door import Door
from .stage import LASTS

pytestmark = pytest.mark.committed

DEADLINE_SECONDS = 120.0


class Town:
    """A province with a desk and an account, and people with telephones."""

    def __init__(self, committed: Any, control: Control, door: Door) -> None:
        self.slug, self.control, self.door = committed.slug, control, door
        staged = control.stage(oas=1, users=2, webhook_url=f"http://{door.place}/webhooks/zalo/")
        app, (oa,) = staged["app"], staged["oas"]
        self.oa = oa["oa_id"]
        self.citizen, self.guesser = (user["user_id"] for user in staged["users"])
        secrets = {"app_secret": app["secret"], "oa_secret": app["oa_secret"]}
        row = accounts.save(
            "zalo", "chinh", config={"app_id": app["app_id"]}, secrets=secrets, external_id=self.oa
        )
        grants.store(row, {name: oa[name] for name in ("access_token", "refresh_token")}, LASTS)
        linking.forget_accounts()
        self.desk = Desk("H99")
        ProcedureFactory(
            code="1.001612", name="Đăng ký thành lập hộ kinh doanh", short_name="Đăng ký hộ kinh doanh",
            term=(3, "working_day"),
        )  # fmt: skip
        reindex()
        self.dossier: Dossier = services.receive(
            self.desk.intake(consents=frozenset()), actor=self.desk.clerk
        ).dossier

    def said_to(self, person: str) -> list[str]:
        """What the telephone of this person shows of what the account wrote."""
        return [one.text for one in self.control.phone(person, self.oa)]

    def shows(self, person: str, words: str, *, times: int = 1) -> None:
        """Wait until the telephone shows these words so often; our door is open meanwhile."""

        def look() -> None:
            deadline = time.monotonic() + DEADLINE_SECONDS
            while sum(words in text for text in self.said_to(person)) < times:
                assert time.monotonic() < deadline, (words, self.said_to(person))
                threading.Event().wait(0.05)

        self.door.during(look)

    def writes(self, person: str, text: str, *, answered: str, times: int = 1) -> None:
        """The person types this, and is answered so."""
        self.control.act_send_text(person, self.oa, text)
        self.shows(person, answered, times=times)

    def link_code(self) -> str:
        """The code on the dossier's page, as its holder sees it."""
        with province_context(self.slug):
            page = f"/h/{tokens.issue(self.dossier, AccessToken.Purpose.RECEIPT)}/nhan-tin/"
        browser = Client(headers={"host": f"{self.slug}.localhost"})
        shown = browser.get(browser.post(page)["Location"]).content.decode()
        found = re.search(r'mc-ans__date mc-code">([^<]+)<', shown)
        assert found, shown
        return found[1]

    def moves_on(self, transition: str, **given: Any) -> None:
        """Somebody at the desk takes a step."""
        with province_context(self.slug):
            seen = Dossier.objects.values_list("last_sequence", flat=True).get(pk=self.dossier.pk)
            step = self.dossier.workflow_version.workflow.transitions[transition]
            values = {**self.desk.given(self.dossier, step), **given}
            services.advance(
                self.dossier.pk, transition, actor=self.desk.person_for(step.roles), seen=seen, **values
            )

    def links(self) -> int:
        with province_context(self.slug):
            return ReaderLink.objects.count()


@pytest.fixture
def zalo() -> Iterator[ZaloProcess]:
    with ZaloProcess(delivery_seconds=0.0) as found:
        yield found


@pytest.fixture
def town(
    committed_province: Any, zalo: ZaloProcess, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Town]:
    settings.OUTBOUND_ALLOW = frozenset({("127.0.0.1", zalo.port)})
    settings.MESSAGING_CHANNELS = ["zalo", "mock"]
    for name in ("oauth", "openapi", "business", "graph"):
        setattr(settings, f"ZALO_{name.upper()}_URL", getattr(zalo.urls, name))
    # There is no worker: the relay finds what was told by itself.
    for task in (tasks.run_lane, tasks.work_off_inbound):
        monkeypatch.setattr(task, "delay", lambda *arguments: None)
    door = Door()
    yield Town(committed_province, zalo.control, door)
    door.close()
    client.forget()


@pytest.fixture
def relay(committed_province: Any, zalo: ZaloProcess) -> Iterator[Callable[[], None]]:
    """Starts `manage.py relay run` for the province, without Valkey; ended with the test."""
    environ = {
        **committed_province.environ,
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "MESSAGING_CHANNELS": "zalo,mock",
        "OUTBOUND_ALLOW": zalo.address,
        **{f"ZALO_{name.upper()}_URL": getattr(zalo.urls, name) for name in ("oauth", "openapi", "business")},
    }
    started: list[subprocess.Popen[bytes]] = []

    def start() -> None:
        command = [sys.executable, "manage.py", "relay", "run", "--province", committed_province.slug]
        process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environ, stderr=subprocess.PIPE)
        started.append(process)

    yield start
    for process in started:
        process.terminate()
        process.communicate(timeout=DEADLINE_SECONDS)


def test_follow_ask_guess_link_hear_ask_stop_and_return(town: Town, relay: Callable[[], None]) -> None:
    relay()
    citizen, code = town.citizen, town.dossier.code

    town.control.act_follow(citizen, town.oa)
    town.shows(citizen, "Kính chào ông/bà")

    town.writes(
        citizen, f"cho hoi ho so {code.lower()} den dau roi", answered=f"{code}: Đã tiếp nhận (bước 2"
    )
    assert not any(town.dossier.procedure.short_name in text for text in town.said_to(citizen))

    # Somebody who holds no key guesses until nothing is looked up for them any more.
    for number in range(dossier_chat.PER_READER + 1):
        town.control.act_send_text(town.guesser, town.oa, f"{code} 22222{number % 8 + 2}")
    town.shows(town.guesser, "Ông/bà đã thử nhiều lần")
    assert not any("Hẹn trả kết quả" in text for text in town.said_to(town.guesser))

    town.writes(citizen, town.link_code().lower(), answered=f"Đã nối với hồ sơ {code}")
    town.moves_on("forward")
    town.shows(citizen, "đang được giải quyết")
    town.writes(citizen, "hồ sơ của tôi", answered=f"1. {code} – ")
    town.writes(citizen, code, answered="Hẹn trả kết quả")

    town.writes(citizen, "hộ kinh doanh", answered="/thu-tuc/1.001612/")
    assert any("Thời hạn: 3 ngày làm việc" in text for text in town.said_to(citizen))

    town.writes(citizen, "HỦY", answered="thôi nhận tin hay muốn rút hồ sơ")
    assert town.links() == 1
    town.writes(citizen, "tawts tin", answered="Đã tắt tin")
    assert town.links() == 0

    town.writes(citizen, town.link_code(), answered=f"Đã nối với hồ sơ {code}", times=2)
    assert town.links() == 1
