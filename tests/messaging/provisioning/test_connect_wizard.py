"""Connecting an account that its provider has to grant. Ids, secrets and tokens are invented."""

import json
import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from django.test import Client

from messaging.channels.accounts import credentials
from messaging.channels.base import Granted, GrantLater, GrantLost, GrantUnclear, Health, registry
from messaging.channels.models import ChannelAccount, Credential
from messaging.provisioning import oauth_connect
from tenants import clock
from tenants.accounts.models import User
from tenants.audit.models import AuditEntry
from tenants.isolation.context import province_context
from tests.messaging.common_door import APP
from tests.messaging.granted_door import ACCESS, REFRESH, GrantedChannel, GrantsInMemory

HOST = "daklak.localhost"
PAGE = "/quan-tri/channels/channelaccount/ket-noi/common/chinh/"
BACK = "/quan-tri/ket-noi/common/"
OA = "388613280878808645"
HOOK = "khoa-moc-thu"


@pytest.fixture
def grants(monkeypatch: pytest.MonkeyPatch) -> GrantsInMemory:
    kept = GrantsInMemory()
    monkeypatch.setattr(credentials, "store", kept.store)
    monkeypatch.setattr(credentials, "standing", kept.standing)
    return kept


@pytest.fixture
def channel(grants: GrantsInMemory, monkeypatch: pytest.MonkeyPatch) -> GrantedChannel:
    made = GrantedChannel()
    monkeypatch.setitem(registry._channels, "common", made)
    return made


@pytest.fixture
def desk(db: None, channel: GrantedChannel) -> Client:
    client = Client(headers={"host": HOST})
    with province_context("daklak"):
        client.force_login(User.objects.create_superuser("quantri", password="mật khẩu thử"))
    return client


def save(desk: Client, **changes: str) -> Any:
    told = {"act": "save", "external_id": OA, "app_id": APP, "hook": HOOK, "extra": "", **changes}
    return desk.post(PAGE, told)


@pytest.fixture
def saved(desk: Client) -> Client:
    assert save(desk).status_code == 302
    return desk


def stored() -> ChannelAccount:
    with province_context("daklak"):
        return ChannelAccount.objects.get(channel="common", name="chinh")


def link(desk: Client, choice: str = "") -> dict[str, str]:
    """What the page's link to the provider carries."""
    page = desk.get(PAGE + choice).content.decode().replace("&amp;", "&")
    (url,) = re.findall(r'href="(https://kenh\.example/[^"]+)"', page)
    return dict(parse_qsl(urlsplit(url).query))


def come_back(state: str, *, host: str = HOST, **told: str) -> Any:
    """By the provider's link, in a browser without any cookie."""
    query = {"code": "ma-cap-quyen", "oa_id": OA, **told, **({"state": state} if state else {})}
    path = BACK if host != "localhost" else "/ket-noi/common/"
    return Client(headers={"host": host}).get(path, {k: v for k, v in query.items() if v})


def acts() -> list[str]:
    with province_context("daklak"):
        return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


# --- Step 1: what is typed


def test_the_account_is_written_down_and_what_is_left_empty_or_not_asked_for_stays(saved: Client) -> None:
    row = stored()
    assert (row.external_id, row.config, json.loads(row.secrets)) == (OA, {"app_id": APP}, {"hook": HOOK})
    with province_context("daklak"):
        ChannelAccount.objects.update(config={"app_id": APP, "khac": True})
    save(saved, app_id="99", hook="", extra="them")
    assert stored().config == {"app_id": "99", "khac": True}
    assert json.loads(stored().secrets) == {"hook": HOOK, "extra": "them"}


def test_no_secret_comes_back(saved: Client, channel: GrantedChannel) -> None:
    assert HOOK not in saved.get(PAGE).content.decode()
    refused = save(saved, app_id="sai", hook="moi-nhap")
    page = refused.content.decode()
    assert (refused.status_code, "Mã ứng dụng sai." in page, "moi-nhap" in page) == (422, True, False)


@pytest.mark.parametrize(
    "changes", [{"hook": ""}, {"external_id": ""}, {"external_id": "có dấu"}, {"app_id": ""}]
)
def test_what_is_missing_is_told(desk: Client, changes: dict[str, str]) -> None:
    assert save(desk, **changes).status_code == 422
    with province_context("daklak"):
        assert not ChannelAccount.objects.exists()


@pytest.mark.parametrize("channel_code", ["mock", "sms", "khac"])
def test_other_channels_have_no_such_page(desk: Client, channel_code: str) -> None:
    assert desk.get(PAGE.replace("common", channel_code)).status_code == 404


# --- Step 2: the addresses


def test_the_addresses_to_paste_are_shown(desk: Client) -> None:
    for choice, shown in (
        ("", ["http://localhost:8000/ket-noi/common/", "http://localhost:8000/webhooks/common/"]),
        ("?ve=tinh", [f"http://{HOST}:8000{BACK}", f"http://{HOST}:8000/webhooks/common/chinh/"]),
    ):
        page = desk.get(PAGE + choice).content.decode()
        assert [address for address in shown if f">{address}<" in page] == shown


# --- Step 3: consent


def test_the_link_leads_to_the_provider_with_a_state_of_its_own(saved: Client) -> None:
    over_all, own = link(saved), link(saved, "?ve=tinh")
    assert (over_all["app_id"], over_all["redirect_uri"]) == (APP, "http://localhost:8000/ket-noi/common/")
    assert own["redirect_uri"] == f"http://{HOST}:8000{BACK}"
    assert over_all["state"].startswith("daklak.")
    assert "verifier" not in over_all["state"]
    assert link(saved)["state"] != over_all["state"]


def test_who_comes_back_without_a_cookie_is_believed(saved, channel, grants):
    answer = come_back(link(saved)["state"])
    assert (answer.status_code, channel.shown) == (200, [("chinh", "ma-cap-quyen", "verifier-0")])
    assert grants.kept == [("chinh", {"access_token": ACCESS}, timedelta(hours=25), "quantri")]
    assert (answer.cookies, ACCESS in answer.content.decode()) == ({}, False)


def test_over_the_national_host_one_is_sent_on(saved: Client, grants: GrantsInMemory) -> None:
    answer = come_back(link(saved)["state"], host="localhost")
    assert answer.status_code == 302
    address = urlsplit(answer["Location"])
    assert (address.netloc, address.path) == (f"{HOST}:8000", BACK)
    assert parse_qs(address.query)["code"] == ["ma-cap-quyen"]
    assert grants.kept == []


@pytest.mark.parametrize(
    "state", ["khongco.x", "//ke-gian.example/", "public.x", "daklak", ".", "\0.x", "x" * 5000]
)
def test_the_national_host_sends_nobody_anywhere_else(db: None, channel: GrantedChannel, state: str) -> None:
    assert "Location" not in come_back(state, host="localhost").headers


def test_a_state_is_good_for_ten_minutes(saved: Client, grants: GrantsInMemory) -> None:
    state = link(saved)["state"]
    with clock.frozen(clock.now() + timedelta(minutes=10, seconds=5)):
        answer = come_back(state)
    assert (answer.status_code, "quá 10 phút" in answer.content.decode(), grants.kept) == (403, True, [])


@pytest.mark.parametrize("change", ["cut", "slug", "invented", "other purpose"])
def test_a_state_that_is_not_ours_is_refused(saved: Client, grants: GrantsInMemory, change: str) -> None:
    from tenants.isolation.crypto import encrypt

    state = link(saved)["state"]
    with province_context("daklak"):
        bad = {
            "cut": state[:-5],
            "slug": state.replace("daklak", "dongnai"),
            "invented": "daklak.gAAAAABinvented",
            "other purpose": f"daklak.{encrypt(json.dumps({'account': 1, 'user': 1, 'verifier': '', 'at': 0}))}",
        }[change]
    assert (come_back(bad).status_code, grants.kept) == (403, [])


def test_a_state_is_good_in_its_province_alone(saved: Client, grants: GrantsInMemory) -> None:
    state = link(saved)["state"]
    for shown in (state, state.replace("daklak", "dongnai")):
        assert come_back(shown, host="dongnai.localhost").status_code == 403
    assert grants.kept == []


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_superuser": False}])
def test_who_may_do_it_no_more_does_not_do_it(saved, grants, change):
    state = link(saved)["state"]
    with province_context("daklak"):
        User.objects.update(**change)
    assert (come_back(state).status_code, grants.kept) == (403, [])


def test_another_account_that_consented_is_refused(saved: Client, channel: GrantedChannel) -> None:
    answer = come_back(link(saved)["state"], oa_id="1")
    assert (answer.status_code, channel.shown) == (403, [])
    assert "grant.refused" in acts()


@pytest.mark.parametrize(
    "said",
    [GrantLost("-14005", "Mã đã dùng."), GrantUnclear("cut"), GrantLater("503"), Granted({"access_token": ""}, timedelta(1)), RuntimeError("bí mật của kênh")],
    ids=["lost", "unclear", "later", "empty", "raises"],
)  # fmt: skip
def test_what_grants_nothing_changes_nothing_and_is_on_record(saved, channel, grants, said):
    channel.answer = said
    answer = come_back(link(saved)["state"])
    page = answer.content.decode()
    assert (answer.status_code, grants.kept, "bí mật của kênh" in page) == (403, [], False)
    assert "vẫn như cũ" in page
    assert acts()[-1] == "grant.refused"


def test_without_a_state_the_code_is_shown_to_be_pasted(saved: Client, channel: GrantedChannel) -> None:
    for host in (HOST, "localhost"):
        page = come_back("", host=host, code="<b>ma</b>").content.decode()
        assert "&lt;b&gt;ma&lt;/b&gt;" in page
    assert channel.shown == []


@pytest.mark.parametrize("code", ["", "có dấu", "x" * 5000, "a\nb"])
def test_a_code_that_cannot_be_one_is_not_tried(saved: Client, channel: GrantedChannel, code: str) -> None:
    state = link(saved)["state"]
    saved.post(PAGE, {"act": "code", "state": state, "code": code})
    assert channel.shown == []
    saved.post(PAGE, {"act": "code", "state": state, "code": " ma-dan "})
    assert channel.shown == [("chinh", "ma-dan", "verifier-0")]


def test_a_pasted_pair_is_kept_for_a_short_time(saved: Client, grants: GrantsInMemory) -> None:
    saved.post(PAGE, {"act": "pair", "access": f" {ACCESS}\n", "refresh": REFRESH})
    assert grants.kept == [
        ("chinh", {"access_token": ACCESS, "refresh_token": REFRESH}, oauth_connect.PASTED_LASTS, "quantri")
    ]
    page = saved.get(PAGE).content.decode()
    assert ACCESS not in page
    assert REFRESH not in page


@pytest.mark.parametrize("pair", [("", REFRESH), (ACCESS, ""), ("có dấu", REFRESH), ("x" * 5000, REFRESH)])
def test_half_a_pair_is_none(saved: Client, grants: GrantsInMemory, pair: tuple[str, str]) -> None:
    saved.post(PAGE, {"act": "pair", "access": pair[0], "refresh": pair[1]})
    assert grants.kept == []


def test_settings_with_which_nobody_can_be_asked_are_told(saved: Client) -> None:
    with province_context("daklak"):
        ChannelAccount.objects.update(config={"app_id": APP, "cam": True})
    page = saved.get(PAGE)
    assert (page.status_code, "Cấu hình không hỏi được." in page.content.decode()) == (200, True)


def test_a_lost_grant_is_told_and_can_be_given_anew(saved: Client, grants: GrantsInMemory) -> None:
    lost = Credential.State.REAUTH_REQUIRED
    grants.now = Credential(state=lost, trouble="Kênh không gia hạn nữa.")
    page = saved.get(PAGE).content.decode()
    assert all(word in page for word in ("Kênh không gia hạn nữa.", "phải cấp quyền lại", "Cấp quyền lại"))


# --- Step 4: a test, and what is missing


def test_the_provider_is_asked(saved: Client) -> None:
    page = saved.post(PAGE, {"act": "test"}, follow=True).content.decode()
    assert "Kênh trả lời: gửi được. UBND thử." in page
    assert acts()[-1] == "account.test"


@pytest.mark.parametrize("said", [Health(False, "Hết tiền."), RuntimeError("Hết tiền.")])
def test_what_is_wrong_is_told(saved: Client, channel: GrantedChannel, said: Any) -> None:
    channel.well = said
    page = saved.post(PAGE, {"act": "test"}, follow=True).content.decode()
    assert "Chưa gửi được" in page
    assert ("Hết tiền." in page) == isinstance(said, Health)


# --- Who may


def test_the_lists_lead_here_and_only_who_has_the_right_gets_here(saved: Client) -> None:
    changelist = saved.get("/quan-tri/channels/channelaccount/").content.decode()
    account = saved.get(f"/quan-tri/channels/channelaccount/{stored().pk}/change/").content.decode()
    assert PAGE in changelist
    assert PAGE in account
    page = saved.get(PAGE).content.decode()
    missing = [id for id in ("common.account", "common.grant", "common.webhook") if id in page]
    assert missing == ["common.grant", "common.webhook"]
    with province_context("daklak"):
        saved.force_login(User.objects.create_user("canbo", password="mật khẩu thử", is_staff=True))
    assert (saved.get(PAGE).status_code, save(saved, app_id="99").status_code) == (403, 403)
    assert Client(headers={"host": HOST}).get(PAGE).status_code == 302
