"""Asking for a grant, getting it, renewing it; what each answer means for the tokens there are."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from messaging.channels.base import Granted, GrantLater, GrantLost, GrantUnclear
from messaging.channels.zalo import oauth
from tenants.web.http import Cut, NotSent, Result
from tests.messaging.channels.zalo.making import (
    APP,
    APP_SECRET,
    REFRESH,
    Serve,
    account,
    answered,
    asked,
)

FIXED = "A" * 43
NEW = {"access_token": "new-access-token", "refresh_token": "new-refresh-token", "expires_in": "90000"}
BACK = "https://daklak.example/quan-tri/zalo/"


# --- Consent


def test_the_challenge_of_a_verifier() -> None:
    assert oauth.challenge_of(FIXED) == "DwBzhbb51LfusnSGBa_hqYSgo7-j8BTQnip4TOnlzRo"


def test_a_verifier_has_43_letters_and_is_new_each_time() -> None:
    one, other = oauth.new_verifier(), oauth.new_verifier()
    assert one != other
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", one)


def test_an_invitation_asks_with_its_own_challenge() -> None:
    invitation = oauth.invitation(account(), BACK)
    parts = urlsplit(invitation.url)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == "https://oauth.zaloapp.com/v4/oa/permission"
    assert dict(parse_qsl(parts.query)) == {
        "app_id": APP,
        "redirect_uri": BACK,
        "code_challenge": oauth.challenge_of(invitation.verifier),
    }


def test_where_the_console_keeps_the_challenge_the_verifier_is_the_accounts() -> None:
    fixed = account(secrets={"pkce_verifier": FIXED}, pkce_mode="fixed")
    assert oauth.invitation(fixed, BACK).verifier == FIXED


# --- The calls


def test_a_code_is_exchanged_in_a_form_with_the_apps_secret(serve: Serve) -> None:
    server = serve({"/v4/oa/access_token": NEW})
    assert isinstance(oauth.exchange_code(account(), "ma-cap-quyen", "v" * 43), Granted)
    line, headers, body = asked(server)
    assert line == "POST /v4/oa/access_token HTTP/1.1"
    assert (headers["secret_key"], headers["content-type"]) == (
        APP_SECRET,
        "application/x-www-form-urlencoded",
    )
    assert parse_qs(body.decode()) == {
        "code": ["ma-cap-quyen"],
        "app_id": [APP],
        "grant_type": ["authorization_code"],
        "code_verifier": ["v" * 43],
    }


def test_renewing_sends_the_refresh_token_once(serve: Serve) -> None:
    server = serve({"/v4/oa/access_token": NEW})
    renewed = oauth.refresh(account())
    assert isinstance(renewed, Granted)
    assert (dict(renewed.credentials), renewed.lasts) == (
        {"access_token": "new-access-token", "refresh_token": "new-refresh-token"},
        timedelta(seconds=90000),
    )
    assert len(server.requests) == 1
    assert parse_qs(asked(server)[2].decode()) == {
        "refresh_token": [REFRESH],
        "app_id": [APP],
        "grant_type": ["refresh_token"],
    }


@pytest.mark.parametrize("who", [account(tokens={}), account(app_id="x")])
def test_without_a_refresh_token_or_settings_a_person_is_needed(who: Any) -> None:
    assert isinstance(oauth.refresh(who), GrantLost)


# --- What an answer means


@pytest.mark.parametrize("expires", [None, "", "bao lâu", -1, 0, "9" * 14])
def test_a_life_that_makes_no_sense_is_the_usual_one(expires: Any) -> None:
    renewed = oauth.renewal_of(answered({**NEW, "expires_in": expires}))
    assert isinstance(renewed, Granted)
    assert renewed.lasts == timedelta(hours=25)


def test_an_empty_refresh_token_is_never_given() -> None:
    renewed = oauth.renewal_of(answered({"access_token": NEW["access_token"]}))
    assert isinstance(renewed, Granted)
    assert "refresh_token" not in renewed.credentials


NOBODY_KNOWS: list[Any] = [
    {}, {"access_token": ""}, {"access_token": None, "refresh_token": "x" * 20}, {"error": 0}, b"", b"<html>",
    b'{"access_token":"new-acc', b"[]", {**NEW, "access_token": "a b"}, {**NEW, "access_token": "x\r\ny: zzzzz"},
    {**NEW, "refresh_token": "có dấu nhé"},
]  # fmt: skip


@pytest.mark.parametrize(
    ("result", "renewal"),
    [
        (answered({"error": "-14014"}), GrantLost),
        # No token and no refusal: what was to be renewed may be used up.
        *((answered(content), GrantUnclear) for content in NOBODY_KNOWS),
        *((answered(b"", status), GrantUnclear) for status in (500, 501, 520)),
        (Cut("ReadTimeout"), GrantUnclear),
        # Who did not pass it on, or refused by a code that nobody knows, used nothing up.
        *((answered(b"", status), GrantLater) for status in (301, 400, 404, 429, 502, 503, 504)),
        (answered({"error": -9999}), GrantLater),
        (NotSent("ConnectError"), GrantLater),
    ],
)
def test_what_an_answer_uses_up(result: Result, renewal: type) -> None:
    assert isinstance(oauth.renewal_of(result), renewal)
