"""What a pretended Zalo tells by its webhooks, in each style that sources dispute, read by the channel."""

from dataclasses import replace
from typing import Any

import pytest

from messaging.channels.inbound_items import (
    AnsweredByHand,
    Approached,
    ContactKind,
    ErasureAsked,
    MessageIn,
    QuotaChanged,
    Rated,
    Receipt,
    ReceiptKind,
    Rejected,
    TemplateChanged,
)
from tests.messaging.channels.zalo.simulated import House

STYLES: list[dict[str, Any]] = [
    {}, {"body_spaces": True}, {"body_ascii": True}, {"body_slashes": True}, {"body_order": "sorted"},
    {"body_order": "reversed"}, {"number_style": "number"}, {"received_direction": "user_sender"},
]  # fmt: skip


@pytest.mark.parametrize("style", STYLES, ids=str)
def test_a_conversation_in_any_style(house: House, style: dict[str, Any]) -> None:
    control, oa = house.control, house.oa["oa_id"]
    control.settings(**style)
    uid = control.act_follow(house.user, oa)
    text = control.act_send_text(house.user, oa, "Hồ sơ https://a/b đến đâu?")
    sent = house.send(house.message(uid))
    control.advance(5)
    control.act_see(house.user, oa)
    by_hand = control.act_admin_types(house.user, oa, "Chào ông/bà")
    items = house.told()
    assert not [item for item in items if isinstance(item, Rejected)]
    assert [(type(item), getattr(item, "address", uid)) for item in items if not isinstance(item, Receipt)] == [
        (Approached, uid), (MessageIn, uid), (AnsweredByHand, uid),
    ]  # fmt: skip
    assert next(item for item in items if isinstance(item, MessageIn)).provider_id == text
    assert next(item for item in items if isinstance(item, AnsweredByHand)).provider_id == by_hand
    receipts = [(item.kind, item.provider_id) for item in items if isinstance(item, Receipt)]
    assert receipts == [(ReceiptKind.DELIVERED, sent.provider_id), (ReceiptKind.SEEN, sent.provider_id)]


@pytest.mark.parametrize("receipt", ["phone", "hash"])
@pytest.mark.parametrize("style", [{}, {"number_style": "number"}], ids=str)
def test_a_receipt_from_the_telephone(house: House, receipt: str, style: dict[str, Any]) -> None:
    house.control.settings(receipt_phone=receipt, **style)
    one = house.message()
    sent = house.send(one)
    house.control.advance(5)
    assert house.told() == [Receipt(ReceiptKind.DELIVERED, one.tracking_id, sent.provider_id)]


def test_what_people_and_consoles_do(house: House) -> None:
    control, oa = house.control, house.oa["oa_id"]
    control.act_click_chatnow(house.user, oa)
    control.act_submit_info(house.user, oa, {"name": "Nguyễn Thị Thử", "phone": "84905000217"})
    sent = house.send(house.message())
    control.advance(5)
    control.act_feedback(sent.provider_id, rate=5, note="Tốt")
    control.disable_template(house.oa["template_id"], reason="Chất lượng thấp")
    control.set_quota(oa, 2000)
    control.act_withdraw(house.user, oa)
    control.act_unfollow(house.user, oa)
    kinds = [type(item) for item in house.told()]
    assert [Approached, Receipt, Rated, TemplateChanged, QuotaChanged, ErasureAsked] == [
        kind for kind in dict.fromkeys(kinds) if kind is not Rejected
    ]
    assert Rejected not in kinds


@pytest.mark.parametrize("first", ["app_id", "oa_id"])
@pytest.mark.parametrize("key", ["oa_secret", "app_secret"])
def test_a_signature_that_the_account_expects(house: House, first: str, key: str) -> None:
    house.control.settings(sign_first_term=first, mac_key=key)
    uid = house.control.act_follow(house.user, house.oa["oa_id"])
    (item,) = house.told(house.config(signature=f"{first}+{key}"))
    assert (item.kind, item.address) == (ContactKind.FOLLOWED, uid)


@pytest.mark.parametrize(
    "fault", ["wrong_signature", "no_signature", "tampered", "other_oa", "unknown_oa", "invalid_utf8"]
)
def test_what_is_not_ours_is_refused(house: House, fault: str) -> None:
    more = {"value": house.control.add_oa()["oa_id"]} if fault == "other_oa" else {}
    house.control.fault(fault, event="user_send_text", **more)
    house.control.act_send_text(house.user, house.oa["oa_id"], "a")
    (item,) = house.told()
    assert isinstance(item, Rejected)


@pytest.mark.parametrize("fault", ["upper_hex", "no_mac_prefix", "nfd_text", "big_body"])
def test_what_is_ours_however_written_is_taken(house: House, fault: str) -> None:
    house.control.fault(fault, event="user_send_text")
    house.control.act_send_text(house.user, house.oa["oa_id"], "Đã nhận")
    (item,) = house.told()
    assert isinstance(item, MessageIn)


@pytest.mark.parametrize("fault", ["unknown_event", "huge_ids"])
def test_what_nobody_knows_says_nothing(house: House, fault: str) -> None:
    house.control.fault(fault, event="user_send_text")
    house.control.act_send_text(house.user, house.oa["oa_id"], "a")
    assert [item for item in house.told() if not isinstance(item, Rejected)] == []


def test_a_reset_secret_counts_beside_the_old_one(house: House) -> None:
    oa = house.oa["oa_id"]
    house.control.act_send_text(house.user, oa, "a")
    new = house.control.admin("reset_secret", app=house.app["app_id"])["oa_secret"]
    house.control.act_send_text(house.user, oa, "b")
    secrets = {**house.account.secrets, "oa_secret": new, "oa_secret_old": house.app["oa_secret"]}
    items = house.told(replace(house.account, secrets=secrets))
    assert [item.text for item in items] == ["a", "b"]
