"""The door of all provinces: whom a callback is for stands in what was signed, and nowhere else."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from messaging.channels.accounts import channel_accounts
from messaging.channels.accounts import routes as channel_routes
from messaging.channels.base import registry
from messaging.channels.lanes import rate_limit
from messaging.channels.models import ChannelAccount, Lane
from messaging.inbound import views
from messaging.inbound.models import WebhookEvent
from tenants.isolation import province_cache
from tenants.isolation.context import province_context, public_context
from tenants.isolation.models import Province
from tenants.web import telemetry
from tests.messaging.common_door import APP, SIGN, CommonDoorChannel, signature, told
from tests.task_queue import TaskQueue

DOOR = "/webhooks/common/"
OAS = {"daklak": "388613280878808645", "dongnai": "388613280878808646"}
HOOKS = {"daklak": "bi-mat-daklak", "dongnai": "bi-mat-dongnai"}


@pytest.fixture(autouse=True)
def _no_broker(task_queue: TaskQueue) -> None:
    """Nothing leaves this process."""


@pytest.fixture(autouse=True)
def counted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    counts: list[tuple[str, str]] = []
    monkeypatch.setattr(telemetry, "inbound", lambda channel, result: counts.append((channel, result)))
    return counts


@pytest.fixture(autouse=True)
def both(db: None, monkeypatch: pytest.MonkeyPatch) -> CommonDoorChannel:
    """Đắk Lắk and Đồng Nai send through one app, each with an account of its own."""
    channel = CommonDoorChannel()
    monkeypatch.setitem(registry._channels, channel.code, channel)
    for slug in OAS:
        open_account(slug)
    return channel


def open_account(slug: str, **changes: Any) -> None:
    given = {
        "config": {"app_id": APP},
        "secrets": {"hook": HOOKS[slug], "app": "khong-roi-tinh"},
        "external_id": OAS[slug],
        **changes,
    }
    with province_context(slug):
        channel_accounts.save("common", "chinh", **given)


def post(raw: bytes, secret: str, *, host: str = "localhost", path: str = DOOR) -> Any:
    browser = Client(enforce_csrf_checks=True, headers={"host": host})
    return browser.post(path, raw, "application/json", headers={SIGN: signature(raw, secret)})


def stored() -> dict[str, int]:
    found = {}
    for slug in OAS:
        with province_context(slug):
            found[slug] = WebhookEvent.objects.count()
    return found


NOTHING = {"daklak": 0, "dongnai": 0}


def test_what_was_signed_comes_to_its_province() -> None:
    """Also an event of the same name that another province had."""
    for slug, expected in (("daklak", {"daklak": 1, "dongnai": 0}), ("dongnai", {"daklak": 1, "dongnai": 1})):
        answer = post(told(OAS[slug]), HOOKS[slug])
        assert (answer.status_code, answer.content, answer.cookies) == (200, b"", {})
        assert "no-store" in answer["Cache-Control"]
        assert stored() == expected
    # The account may be on either side, and an event need have no name.
    post(told("84905000217", sender=OAS["dongnai"], id="e2"), HOOKS["dongnai"])
    post(json.dumps({"app": APP, "to": OAS["daklak"], "from": "1"}).encode(), HOOKS["daklak"])
    assert stored() == {"daklak": 2, "dongnai": 2}


@pytest.mark.parametrize("path", [f"{DOOR}{APP}/", f"{DOOR}{OAS['dongnai']}/", f"{DOOR}gi-cung-duoc/"])
def test_what_the_address_names_proves_nothing(path: str) -> None:
    post(told(OAS["daklak"]), HOOKS["daklak"], path=path)
    assert stored() == {**NOTHING, "daklak": 1}


@pytest.mark.parametrize(("quietly", "status"), [(True, 200), (False, 403)])
def test_what_one_province_signed_does_not_speak_to_another(both, counted, quietly, status):
    both.refuses_quietly = quietly
    answer = post(told(OAS["dongnai"]), HOOKS["daklak"])
    assert (answer.status_code, stored(), counted) == (status, NOTHING, [("common", "refused")])


@pytest.mark.parametrize(
    ("raw", "result"),
    [
        (told("1"), "unknown"),
        (told(OAS["daklak"], app="1"), "unknown"),
        (told("\0"), "unknown"),
        (told("x" * 5000), "unknown"),
        (told("\ud800"), "unknown"),
        (b"", "unreadable"),
        (b"\xff\xfe", "unreadable"),
        (b"[]", "unreadable"),
        (b"{}", "unreadable"),
        (b"[" * 100_000, "unreadable"),
    ],
    ids=["account", "app", "nul", "long", "surrogate", "empty", "no text", "list", "no ids", "deep"],
)
def test_what_is_nobodys_is_dropped_and_counted(raw: bytes, result: str, counted: list[Any]) -> None:
    assert post(raw, HOOKS["daklak"]).status_code == 200
    assert (stored(), counted) == (NOTHING, [("common", result)])


def test_nothing_of_it_gets_into_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"):
        post(told(OAS["daklak"], text="Nguyễn Thị Thử"), "x")
        post(told("84905000217", text="Nguyễn Thị Thử"), "x")
    assert "inbound.dropped" in caplog.text
    assert not [word for word in ("84905000217", "Thử", OAS["daklak"]) if word in caplog.text]


def test_what_is_told_again_is_taken_once(counted: list[Any]) -> None:
    for attempt in (0, 1):
        raw = told(OAS["daklak"], num_retry=attempt)
        assert post(raw, HOOKS["daklak"]).status_code == 200
    assert (stored()["daklak"], counted) == (1, [("common", "taken"), ("common", "repeated")])


@pytest.mark.parametrize("state", ["draft", "paused"])
@pytest.mark.parametrize("host", ["localhost", "daklak.localhost"])
def test_a_province_that_serves_nobody_still_hears(state: str, host: str) -> None:
    with public_context():
        Province.objects.filter(schema_name="daklak").update(state=state)
    province_cache.clear_cache()
    path = DOOR if host == "localhost" else f"{DOOR}chinh/"
    assert post(told(OAS["daklak"]), HOOKS["daklak"], host=host, path=path).status_code == 200
    assert stored()["daklak"] == 1


@pytest.mark.parametrize("spent", ["refused", "taken"])
def test_a_callback_costs_few_statements(spent: str) -> None:
    province_cache.all_records()
    raw, secret = told(OAS["daklak"]), HOOKS["daklak"] if spent == "taken" else "x"
    with public_context(), CaptureQueriesContext(connection) as asked:
        post(raw, secret)
    spoken = [query["sql"] for query in asked if "SAVEPOINT" not in query["sql"]]
    # Entering `public`, the route; entering the province, its lane, its account, the event.
    assert len(spoken) <= (2 if spent == "refused" else 6), spoken


@pytest.mark.parametrize(
    ("method", "status"), [("get", 200), ("head", 200), ("put", 405), ("delete", 405), ("options", 405)]
)
def test_somebody_who_looks_whether_there_is_a_door_is_answered_and_other_methods_refused(method, status):
    for host, path in (
        ("localhost", DOOR),
        ("localhost", f"{DOOR}x/"),
        ("daklak.localhost", f"{DOOR}chinh/"),
    ):
        assert getattr(Client(headers={"host": host}), method)(path).status_code == status


@pytest.mark.parametrize("path", ["/webhooks/khac/", "/webhooks/mock/", "/webhooks/sms/x/"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_channel_without_such_a_door_has_none(method: str, path: str) -> None:
    assert getattr(Client(headers={"host": "localhost"}), method)(path).status_code == 404


@pytest.mark.parametrize(("more", "kept"), [(0, 1), (1, 0)])
def test_a_body_may_be_so_long(more: int, kept: int, counted: list[Any]) -> None:
    raw = told(OAS["daklak"])
    raw += b" " * (views.BODY_MAX - len(raw) + more)
    assert post(raw, HOOKS["daklak"]).status_code == 200
    assert (stored()["daklak"], counted) == (kept, [("common", "taken" if kept else "unreadable")])


# --- The address of one province


@pytest.mark.parametrize("raw", [told(OAS["dongnai"]), told(OAS["daklak"], app="1"), b"{}"])
def test_a_shared_secret_does_not_let_one_speak_at_the_door_of_another(raw, counted):
    """A provider may sign for all accounts of an app with one secret."""
    for slug in OAS:
        open_account(slug, secrets={"hook": "chung"})
    answer = post(raw, "chung", host="daklak.localhost", path=f"{DOOR}chinh/")
    assert (answer.status_code, stored(), counted) == (200, NOTHING, [("common", "refused")])


# --- Which route there is


def test_an_account_keeps_its_route_while_it_has_the_app_and_the_id() -> None:
    open_account("daklak", secrets=None)
    post(told(OAS["daklak"]), HOOKS["daklak"])
    assert stored()["daklak"] == 1
    open_account("daklak", external_id="77")
    post(told(OAS["daklak"], id="e2"), HOOKS["daklak"])
    assert stored()["daklak"] == 1
    open_account("daklak", config={})
    assert channel_routes.find("common", APP, [OAS["daklak"]]) == []
    open_account("daklak")
    with province_context("daklak"):
        ChannelAccount.objects.get(channel="common").delete()
    assert channel_routes.find("common", APP, [OAS["daklak"]]) == []


def test_only_what_callbacks_are_signed_with_leaves_the_province() -> None:
    (route,) = channel_routes.find("common", APP, [OAS["daklak"]])
    assert (route.province, route.account, dict(route.secrets)) == (
        "daklak", "chinh", {"hook": HOOKS["daklak"]},
    )  # fmt: skip


def test_an_account_of_another_province_is_refused_and_nothing_changes() -> None:
    with pytest.raises(channel_accounts.BadAccount, match="đang thuộc một tỉnh khác"):
        open_account("dongnai", external_id=OAS["daklak"], secrets={"hook": "x"})
    post(told(OAS["daklak"]), HOOKS["daklak"])
    post(told(OAS["dongnai"]), HOOKS["dongnai"])
    assert stored() == {"daklak": 1, "dongnai": 1}


def test_who_shares_an_app_is_counted() -> None:
    channel_routes.clear_cache()
    assert (rate_limit._sharers(f"common:{APP}"), rate_limit._sharers("common:1")) == (2, 1)


# --- What a process knows for a few seconds


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings are changed by another process: this one goes on with what it knows."""
    for module in (channel_routes, channel_accounts):
        monkeypatch.setattr(module, "clear_cache", lambda: None)


def test_the_next_callback_costs_the_row_alone() -> None:
    post(told(OAS["daklak"]), HOOKS["daklak"])
    with CaptureQueriesContext(connection) as asked:
        post(told(OAS["daklak"], id="e2"), HOOKS["daklak"])
    assert stored()["daklak"] == 2
    assert [one["sql"].split()[0] for one in asked] == ["SAVEPOINT", "INSERT", "RELEASE"]


def test_a_new_secret_is_believed_and_an_old_one_refused_at_once(elsewhere: None) -> None:
    post(told(OAS["daklak"]), HOOKS["daklak"])
    open_account("daklak", secrets={"hook": "bi-mat-moi"})
    post(told(OAS["daklak"], id="e2"), HOOKS["daklak"])
    assert stored()["daklak"] == 1
    post(told(OAS["daklak"], id="e2"), "bi-mat-moi")
    assert stored()["daklak"] == 2


@pytest.mark.parametrize("secrets", [HOOKS, dict.fromkeys(OAS, "chung")], ids=["own", "shared"])
def test_an_account_that_went_to_another_province_is_found_there(elsewhere, secrets):
    for slug in OAS:
        open_account(slug, secrets={"hook": secrets[slug]})
    post(told(OAS["daklak"]), secrets["daklak"])
    open_account("daklak", external_id="1", secrets={"hook": secrets["daklak"]})
    open_account("dongnai", external_id=OAS["daklak"], secrets={"hook": secrets["dongnai"]})
    post(told(OAS["daklak"], id="e2"), secrets["dongnai"])
    assert stored() == {"daklak": 1, "dongnai": 1}


def test_an_account_that_has_another_name_now_is_found(elsewhere: None) -> None:
    post(told(OAS["daklak"]), HOOKS["daklak"])
    with province_context("daklak"):
        ChannelAccount.objects.all().delete()
        Lane.objects.filter(channel="common").delete()
        settings = {"config": {"app_id": APP}, "secrets": {"hook": HOOKS["daklak"]}}
        channel_accounts.save("common", "moi", **settings, external_id=OAS["daklak"])
    post(told(OAS["daklak"], id="e2"), HOOKS["daklak"])
    assert stored()["daklak"] == 2


def test_a_province_that_was_archived_since_is_told_nothing(counted: list[Any]) -> None:
    post(told(OAS["daklak"]), HOOKS["daklak"])
    with public_context():
        Province.objects.filter(schema_name="daklak").update(state="archived")
    province_cache.clear_cache()
    assert post(told(OAS["daklak"], id="e2"), HOOKS["daklak"]).status_code == 200
    assert (stored()["daklak"], counted[-1]) == (1, ("common", "unknown"))
