"""One attempt of the channel: which call it makes, with what, and what it says came of it."""

from typing import Any

import pytest

from messaging.channels.base import ApprovedTemplate, OutcomeKind, Reason
from messaging.channels.zalo import protocol
from messaging.channels.zalo.channel import ZaloChannel
from messaging.channels.zalo.settings import CHAT, TEMPLATE_PHONE, TEMPLATE_UID
from tests.messaging.channels.zalo.making import (
    APP_SECRET,
    CODE,
    LINK,
    NAME,
    UID,
    Serve,
    account,
    asked,
    message,
    refusal,
    success,
)
from tests.messaging.scripted_server import cut

CHANNEL = ZaloChannel()
CS, BY_UID, BY_PHONE = "/v3.0/oa/message/cs", "/v3.0/oa/message/template", "/message/template"
PROOF = "7196be12396e82d498574863aab45f32c0f0c84c6d6d4038d19a0d78120bdf44"
COLD: dict[str, Any] = {"heard_ago": None}
BY_NUMBER: dict[str, Any] = {"heard_ago": None, "address": ""}


def test_a_chat_says_title_words_lines_and_link(serve: Serve) -> None:
    server = serve({CS: success(message_id="m1", user_id=UID)})
    outcome = CHANNEL.send(account(), message())
    line, headers, body = asked(server)
    assert line == f"POST {CS} HTTP/1.1"
    assert headers["content-type"] == "application/json; charset=utf-8"
    assert body == {
        "recipient": {"user_id": UID},
        "message": {
            "text": "Đã tiếp nhận hồ sơ\n\nKính gửi ông/bà, hồ sơ đã được tiếp nhận.\n\n"
            f"Mã hồ sơ: {CODE}\n\nTheo dõi hồ sơ: {LINK}"
        },
    }
    assert (outcome.kind, outcome.way, outcome.cost, outcome.provider_id) == (
        OutcomeKind.ACCEPTED,
        CHAT,
        0,
        "m1",
    )


def test_a_form_by_zalo_id(serve: Serve) -> None:
    server = serve({BY_UID: success(message_id="m2")})
    outcome = CHANNEL.send(account(), message(**COLD))
    assert asked(server)[2] == {
        "user_id": UID,
        "template_id": "123456",
        "template_data": {"ten": NAME, "ma_ho_so": CODE},
    }
    assert (outcome.way, outcome.cost, outcome.provider_id) == (TEMPLATE_UID, 100, "m2")


def test_a_form_by_telephone_number_carries_our_id(serve: Serve) -> None:
    server = serve({BY_PHONE: success(msg_id="m3", sending_mode=None, quota={"dailyQuota": "500"})})
    sent = message(**BY_NUMBER)
    outcome = CHANNEL.send(account(), sent)
    assert asked(server)[2] == {
        "phone": "84905000217",
        "template_id": "123456",
        "template_data": {"ten": NAME, "ma_ho_so": CODE},
        "tracking_id": str(sent.tracking_id),
    }
    assert (outcome.way, outcome.cost, outcome.provider_id) == (TEMPLATE_PHONE, 120, "m3")


def test_a_form_on_trial_says_so(serve: Serve) -> None:
    server = serve({BY_PHONE: success(msg_id="m3")})
    CHANNEL.send(account(development=True), message(**BY_NUMBER))
    assert asked(server)[2]["mode"] == "development"


# --- One attempt, and whether another way may do


@pytest.mark.parametrize(("path", "more"), [(CS, {}), (BY_UID, COLD), (BY_PHONE, BY_NUMBER)])
@pytest.mark.parametrize("answer", [success(), refusal(-230), refusal(-216), refusal(-9999), cut])
def test_an_attempt_is_one_call(serve: Serve, path: str, more: dict[str, Any], answer: Any) -> None:
    server = serve({path: answer})
    CHANNEL.send(account(), message(**more))
    assert len(server.requests) == 1


def test_values_that_no_form_takes_are_refused_before_they_are_sent(serve: Serve) -> None:
    server = serve({})
    form = ApprovedTemplate("1", {"ten": "x" * 401}, frozenset({TEMPLATE_UID}))
    outcome = CHANNEL.send(account(), message(**COLD, template=form))
    assert (outcome.kind, outcome.reason, server.requests) == (OutcomeKind.PERMANENT, Reason.BAD_PAYLOAD, [])


# --- Tokens and settings


@pytest.mark.parametrize("token", ["a\r\nb: c", "x y\n"])
def test_a_token_that_is_none_sends_nothing(serve: Serve, token: str) -> None:
    server = serve({CS: success()})
    outcome = CHANNEL.send(account(tokens={"access_token": token}), message())
    assert (outcome.reason, server.requests) == (Reason.CREDENTIAL, [])


def test_half_a_letter_stops_no_lane(serve: Serve) -> None:
    server = serve({CS: success()})
    assert CHANNEL.send(account(), message(body="a\ud83d")).kind == OutcomeKind.ACCEPTED
    assert "a?" in asked(server)[2]["message"]["text"]


@pytest.mark.parametrize(
    ("config", "key"),
    [
        ({"app_id": ""}, "app_id"), ({"app_id": 5}, "app_id"), ({"app_id": "12x"}, "app_id"),
        ({"pkce_mode": "khác"}, "pkce_mode"), ({"pkce_mode": []}, "pkce_mode"), ({"signature": "mac"}, "signature"),
        ({"appsecret_proof": "có"}, "appsecret_proof"), ({"chat_paid": 1}, "chat_paid"), ({"development": None}, "development"),
        ({"chat_price": -1}, "chat_price"), ({"chat_price": "55"}, "chat_price"), ({"chat_price": True}, "chat_price"),
        ({"la": 1}, "la"), ({"pkce_mode": "fixed"}, "pkce_verifier"),
    ],
)  # fmt: skip
def test_a_setting_that_is_wrong_is_named(config: dict[str, Any], key: str) -> None:
    one = account(**config)
    (problem,) = CHANNEL.check_account(one.config, one.secrets)
    assert f"“{key}”" in problem


@pytest.mark.parametrize(
    ("secrets", "name"),
    [
        ({"app_secret": ""}, "app_secret"), ({"oa_secret": ""}, "oa_secret"), ({"oa_secret": "có dấu"}, "oa_secret"),
        ({"oa_secret_old": "a\nb"}, "oa_secret_old"), ({"token": "x"}, "token"),
    ],
)  # fmt: skip
def test_a_secret_that_is_wrong_is_named_and_not_told(secrets: dict[str, str], name: str) -> None:
    one = account(secrets=secrets)
    (problem,) = CHANNEL.check_account(one.config, one.secrets)
    assert f"“{name}”" in problem
    assert not [value for value in secrets.values() if len(value) > 2 and value in problem]


@pytest.mark.parametrize("key", ["app_id", "pkce_mode", "signature", "chat_paid", "chat_price", "la"])
def test_a_secret_in_the_place_of_a_setting_is_not_told(key: str) -> None:
    one = account(**{key: APP_SECRET})
    told = CHANNEL.check_account(one.config, one.secrets)
    assert (len(told), APP_SECRET in told[0]) == (1, False)


def test_settings_that_cannot_be_used_send_nothing() -> None:
    outcome = CHANNEL.send(account(app_id="x"), message())
    assert (outcome.kind, outcome.reason) == (OutcomeKind.TEMPORARY, Reason.CONFIG)


@pytest.mark.parametrize("address", [UID, f" {UID} ", "２４６８４５８８３５２９１９７９２２"])
def test_a_zalo_id_is_digits(address: str) -> None:
    assert CHANNEL.normalise(address) == UID


@pytest.mark.parametrize("address", ["", "abc", "12", "9" * 30, f"{UID}x", "२४६८४५८"])
def test_what_is_no_zalo_id_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="Zalo"):
        CHANNEL.normalise(address)


# --- Words of a chat


def test_long_words_are_cut_and_the_link_is_whole() -> None:
    said = protocol.compose(message(body="từng chữ một " * 400))
    assert len(said) <= 2000
    assert said.endswith(f"Theo dõi hồ sơ: {LINK}")
