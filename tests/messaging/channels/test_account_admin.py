"""Accounts at the desk: settings are seen, secrets never again. Values are invented."""

import json
from typing import Any

import pytest
from django.test import Client

from messaging.channels.accounts import channel_accounts
from messaging.channels.models import ChannelAccount, Lane
from tenants.audit.models import AuditEntry
from tenants.isolation.context import province_context
from tests.messaging.conftest import HOST, address

CONFIG = {
    "base": "https://sms.example",
    "sender": "UBND",
    "send": {"url": "{base}/gui", "fields": {"den": "{number}", "tin": "{text}"}},
    "query": None,
}
SECRET = "khoa-bi-mat-thu"


def add(desk: Client, **changes: str) -> Any:
    told = {
        "channel": "sms",
        "name": "chinh",
        "external_id": "tk1",
        "config": json.dumps(CONFIG),
        "new_secrets": f"receipts={SECRET}",
        **changes,
    }
    return desk.post(address("channels_channelaccount_add"), told, headers=HOST)


def stored() -> ChannelAccount:
    with province_context("daklak"):
        return ChannelAccount.objects.get(channel="sms", name="chinh")


@pytest.fixture
def account(desk: Client) -> ChannelAccount:
    assert add(desk).status_code == 302
    return stored()


def change(desk: Client, account: ChannelAccount, **changes: str) -> Any:
    told = {"external_id": "tk1", "config": json.dumps(CONFIG), "new_secrets": "", **changes}
    return desk.post(address("channels_channelaccount_change", account.pk), told, headers=HOST)


def secrets(account: ChannelAccount) -> dict[str, str]:
    with province_context("daklak"):
        return dict(json.loads(ChannelAccount.objects.get(pk=account.pk).secrets))


def test_an_account_is_made_with_its_lane(account: ChannelAccount) -> None:
    with province_context("daklak"):
        lanes = Lane.objects.filter(channel="sms", account="chinh").count()
    assert (account.config, secrets(account), lanes) == (CONFIG, {"receipts": SECRET}, 1)


def test_no_page_shows_a_secret(desk: Client, account: ChannelAccount) -> None:
    pages = [
        desk.get(address("channels_channelaccount_change", account.pk), headers=HOST),
        desk.get(address("channels_channelaccount_changelist"), headers=HOST),
    ]
    shown = "".join(page.content.decode() for page in pages)
    assert ("receipts" in shown, SECRET in shown) == (True, False)


def test_a_refused_form_does_not_give_the_secret_back(desk: Client, province: object) -> None:
    page = add(desk, config=json.dumps({**CONFIG, "base": "http://sms.example"})).content.decode()
    assert ("OUTBOUND_ALLOW" in page, SECRET in page) == (True, False)
    with province_context("daklak"):
        assert not ChannelAccount.objects.exists()


def test_left_empty_secrets_stay(desk: Client, account: ChannelAccount) -> None:
    change(desk, account, config=json.dumps({**CONFIG, "sender": "Tỉnh"}))
    assert (stored().config["sender"], secrets(account)) == ("Tỉnh", {"receipts": SECRET})


def test_new_secrets_replace_the_old(desk: Client, account: ChannelAccount) -> None:
    change(desk, account, new_secrets="receipts = moi=co dau bang\n\n")
    assert secrets(account) == {"receipts": "moi=co dau bang"}


def test_channel_and_name_cannot_be_changed(desk: Client, account: ChannelAccount) -> None:
    change(desk, account, channel="mock", name="khac")
    assert (stored().pk, stored().channel) == (account.pk, "sms")


def test_a_change_is_on_record_without_the_secret(desk: Client, account: ChannelAccount) -> None:
    change(desk, account, new_secrets="receipts=moi")
    with province_context("daklak"):
        entries = AuditEntry.objects.filter(action="account.save").order_by("pk")
        told = [(entry.actor_name, entry.subject, entry.detail["secrets_changed"]) for entry in entries]
        text = str(list(entries.values()))
    assert told == [("quantri", "account:sms:chinh", True)] * 2
    assert SECRET not in text


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"config": "{"}, "Không phải JSON, sai ở dòng 1."),
        ({"config": "[]"}, "phải là một nhóm"),
        ({"config": json.dumps({**CONFIG, "la": 1})}, "không có mục “la”"),
        ({"new_secrets": "nua-mat-khau"}, "Mỗi dòng phải là tên=giá trị."),
        ({"name": "có dấu"}, "Chỉ dùng chữ không dấu"),
    ],
)
def test_a_fault_is_told_in_words(desk: Client, changes: dict[str, str], told: str) -> None:
    page = add(desk, **changes)
    assert page.status_code == 200
    assert told in page.content.decode()


@pytest.mark.parametrize(
    "changed",
    [
        {"base": "https://sms.moi.example"},
        {"send": {"url": "{base}/x", "fields": {"a": "{text}", "b": "{number}"}}},
        {"query": {"url": "{base}/{reference}"}},
        {"receipts": {"header": "X", "reference": "r", "secret": "receipts"}},
    ],
)
def test_who_changes_where_secrets_go_enters_them_again(desk, account, changed):
    config = json.dumps({**CONFIG, **changed})
    page = change(desk, account, config=config)
    assert (page.status_code, stored().config) == (200, CONFIG)
    assert "phải nhập lại các bí mật" in page.content.decode()
    assert change(desk, account, config=config, new_secrets="receipts=moi").status_code == 302
    assert secrets(account) == {"receipts": "moi"}


def test_an_account_of_another_province_is_told_in_words(desk: Client) -> None:
    given = {
        "channel": "zalo",
        "external_id": "388613280878808645",
        "config": '{"app_id": "360846524940903967"}',
        "new_secrets": "app_secret=a1\noa_secret=b2",
    }
    with province_context("dongnai"):
        channel_accounts.save(
            "zalo",
            "chinh",
            config=json.loads(given["config"]),
            secrets={"app_secret": "a1", "oa_secret": "b2"},
            external_id=given["external_id"],
        )
    page = add(desk, **given)
    assert page.status_code == 200
    assert "đang thuộc một tỉnh khác" in page.content.decode()


def test_the_address_for_receipts_is_shown(desk: Client, account: ChannelAccount) -> None:
    page = desk.get(address("channels_channelaccount_change", account.pk), headers=HOST).content.decode()
    assert "/webhooks/sms/chinh/" in page


def test_an_account_is_not_deleted_here(desk: Client, account: ChannelAccount) -> None:
    assert (
        desk.post(
            address("channels_channelaccount_delete", account.pk), {"post": "yes"}, headers=HOST
        ).status_code
        == 403
    )
