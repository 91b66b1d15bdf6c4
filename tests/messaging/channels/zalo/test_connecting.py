"""Zalo at the doors of the house: the address of all provinces, and the page that connects an account.

Ids and secrets are invented.
"""

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.test import Client

from messaging.channels.accounts import channel_accounts
from messaging.channels.accounts import routes as channel_routes
from messaging.channels.base import registry
from messaging.channels.capabilities import SetupField
from messaging.channels.models import ChannelAccount
from messaging.channels.zalo import oauth, webhooks
from messaging.inbound.models import WebhookEvent
from messaging.provisioning import oauth_connect
from tenants import clock
from tenants.accounts.models import User
from tenants.isolation.context import province_context
from tests.task_queue import TaskQueue

APP = "360846524940903967"
OAS = {"daklak": "388613280878808645", "dongnai": "388613280878808646"}
KEYS = {"daklak": "khoa-oa-daklak", "dongnai": "khoa-oa-dongnai"}


@pytest.fixture(autouse=True)
def _connected(db: None, task_queue: TaskQueue) -> None:
    for slug in OAS:
        save(slug)


def save(slug: str, **config: Any) -> None:
    with province_context(slug):
        channel_accounts.save(
            "zalo",
            "chinh",
            config={"app_id": APP, **config},
            secrets={"app_secret": "khoa-ung-dung", "oa_secret": KEYS[slug]},
            external_id=OAS[slug],
        )


def told(slug: str, text: str = "H15.08-261125-0001") -> tuple[bytes, str]:
    """An event as Zalo sends it, and the moment in it."""
    moment = str(int(clock.now().timestamp() * 1000))
    event = {
        "app_id": APP,
        "event_name": "user_send_text",
        "timestamp": moment,
        "sender": {"id": "246845883529197922"},
        "recipient": {"id": OAS[slug]},
        "message": {"msg_id": "96d3cdf3af150460909", "text": text},
    }
    return json.dumps(event, ensure_ascii=False).encode(), moment


def post(raw: bytes, mac: str, host: str = "localhost", path: str = "/webhooks/zalo/") -> int:
    headers = {webhooks.HEADER: f"mac={mac}"}
    answer = Client(headers={"host": host}).post(path, raw, "application/json", headers=headers)
    return int(answer.status_code)


def stored() -> list[int]:
    found = []
    for slug in OAS:
        with province_context(slug):
            found.append(WebhookEvent.objects.count())
    return found


def test_one_address_for_all_provinces() -> None:
    for slug in OAS:
        raw, moment = told(slug)
        assert post(raw, webhooks.mac(APP, raw, moment, KEYS[slug])) == 200
    assert stored() == [1, 1]


def test_the_key_of_one_account_does_not_open_another() -> None:
    raw, moment = told("dongnai")
    assert post(raw, webhooks.mac(APP, raw, moment, KEYS["daklak"])) == 200
    assert stored() == [0, 0]


def test_only_the_key_of_the_webhook_leaves_the_province() -> None:
    (route,) = channel_routes.find("zalo", APP, [OAS["daklak"]])
    assert dict(route.secrets) == {"oa_secret": KEYS["daklak"]}


@pytest.mark.parametrize("scheme", ["app_id+app_secret", "oa_id+app_secret"])
def test_another_way_to_sign_takes_along_what_it_needs(scheme: str) -> None:
    save("daklak", signature=scheme)
    raw, moment = told("daklak")
    first = APP if scheme.startswith("app_id") else OAS["daklak"]
    post(raw, webhooks.mac(first, raw, moment, "khoa-ung-dung"))
    assert stored() == [1, 0]


def test_a_probe_and_an_unsigned_test_are_answered() -> None:
    raw, _moment = told("daklak")
    assert Client(headers={"host": "localhost"}).get("/webhooks/zalo/").status_code == 200
    assert (post(raw, ""), post(b'{"event_name":"test"}', ""), stored()) == (200, 200, [0, 0])


def test_the_link_asks_zalo_with_the_challenge_of_the_state() -> None:
    with province_context("daklak"):
        row = ChannelAccount.objects.get(channel="zalo")
        user = User.objects.create_superuser("quantri", password="mật khẩu thử")
        asking = oauth_connect.begin(row, user)
        verifier = oauth_connect._decode_state(asking.state).verifier
    asked = dict(parse_qsl(urlsplit(asking.url).query))
    assert asked == {
        "app_id": APP,
        "redirect_uri": "http://localhost:8000/ket-noi/zalo/",
        "code_challenge": oauth.challenge_of(verifier),
        "state": asking.state,
    }


def test_the_page_asks_for_what_an_account_needs() -> None:
    setup: tuple[SetupField, ...] = registry.get("zalo").setup  # type: ignore[attr-defined]
    secrets = {field.name for field in setup if field.secret}
    assert secrets == {"app_secret", "oa_secret", "oa_secret_old", "pkce_verifier"}
    assert {field.name for field in setup} - secrets == {"external_id", "app_id", "pkce_mode"}
