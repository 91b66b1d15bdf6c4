"""Consent, codes, and refresh tokens that work once."""

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.simulators.tests.caller import Caller
from tests.simulators.zalo.identities import challenge

CALLBACK = "http://127.0.0.1:8000/zalo/callback"
VERIFIER = "A" * 43


def ask(zalo: Caller, **changed: str) -> Any:
    asked = {
        "app_id": zalo.app,
        "redirect_uri": CALLBACK,
        "code_challenge": challenge(VERIFIER),
        "state": "s1",
    }
    return zalo.request("GET", "/oauth/v4/oa/permission?" + urlencode(asked | changed))


def came_back(got: Any) -> dict[str, str]:
    assert got.status == 302, got.body
    return {name: values[0] for name, values in parse_qs(urlsplit(got.headers["Location"]).query).items()}


def exchange(zalo: Caller, code: str, verifier: str = VERIFIER) -> Any:
    return zalo.token(grant_type="authorization_code", code=code, code_verifier=verifier)


def test_consent_then_exchange(zalo: Caller) -> None:
    back = came_back(ask(zalo))
    assert (back["oa_id"], back["state"]) == (zalo.oa, "s1")
    tokens = exchange(zalo, back["code"]).json
    assert set(tokens) == {"access_token", "refresh_token", "expires_in"}
    assert tokens["expires_in"] == "90000"
    zalo.access = tokens["access_token"]
    assert zalo.get("/openapi/v2.0/oa/getoa").data["oaid"] == zalo.oa


@pytest.mark.parametrize(("echo", "state"), [(True, "s1"), (False, None)])
def test_state_is_echoed_or_not(zalo: Caller, echo: bool, state: str | None) -> None:
    zalo.control.settings(state_echo=echo)
    assert came_back(ask(zalo)).get("state") == state


def test_parameters_inside_the_callback_survive(zalo: Caller) -> None:
    zalo.control.set_app(zalo.app, callbacks=[CALLBACK + "?own=1"])
    assert came_back(ask(zalo, redirect_uri=CALLBACK + "?own=1"))["own"] == "1"


@pytest.mark.parametrize(
    ("changed", "error"),
    [({"app_id": "1"}, -14002), ({"redirect_uri": CALLBACK + "/"}, -14003)],
)
def test_consent_is_refused(zalo: Caller, changed: dict[str, str], error: int) -> None:
    got = ask(zalo, **changed)
    assert (got.status, got.error) == (200, error)
    assert {"error_name", "error_description", "error_reason", "ref_doc"} <= set(got.json)


def test_an_app_not_active_or_not_approved_is_refused(zalo: Caller) -> None:
    zalo.control.set_app(zalo.app, approved=False)
    assert ask(zalo).error == -14029
    zalo.control.set_app(zalo.app, active=False)
    assert (ask(zalo).error, zalo.refresh().error) == (-14002, -14002)


def test_per_request_challenge_binds(zalo: Caller) -> None:
    code = came_back(ask(zalo))["code"]
    assert exchange(zalo, code, "B" * 43).error == -14005


def test_fixed_challenge_ignores_the_one_asked_with(zalo: Caller) -> None:
    zalo.control.set_app(zalo.app, pkce_mode="fixed", fixed_challenge=challenge("F" * 43))
    assert exchange(zalo, came_back(ask(zalo))["code"]).error == -14005
    assert "access_token" in exchange(zalo, came_back(ask(zalo))["code"], "F" * 43).json


def test_a_code_works_once_and_for_ten_minutes(zalo: Caller) -> None:
    code = came_back(ask(zalo))["code"]
    assert "access_token" in exchange(zalo, code).json
    assert exchange(zalo, code).error == -14005
    late = came_back(ask(zalo))["code"]
    zalo.control.advance(600)
    assert exchange(zalo, late).error == -14005


def test_secret_form_and_grant_type_are_checked(zalo: Caller) -> None:
    assert zalo.token(grant_type="password").error == -14018
    as_json = zalo.post("/oauth/v4/oa/access_token", {"app_id": zalo.app, "grant_type": "refresh_token"})
    assert as_json.error == -14002
    zalo.secret = "wrong"
    assert zalo.refresh().error == -14004


def test_a_refresh_token_works_once(zalo: Caller) -> None:
    first = zalo.refresh().json
    assert zalo.refresh().error == -14014
    assert "access_token" in zalo.refresh(first["refresh_token"]).json
    counters = zalo.control.counters()
    assert (counters["refresh.ok"], counters["refresh.spent"]) == (2, 1)


@pytest.mark.parametrize("code", [-220, -216])
def test_minting_kills_the_access_token_before_at_once(zalo: Caller, code: int) -> None:
    zalo.control.settings(dead_token_code=code)
    fresh = zalo.refresh().json["access_token"]
    assert zalo.get("/openapi/v2.0/oa/getoa").error == code
    assert zalo.get("/business/message/quota").error == -124
    zalo.access = fresh
    assert zalo.get("/openapi/v2.0/oa/getoa").error == 0


def test_minting_may_leave_the_old_token_alive(zalo: Caller) -> None:
    zalo.control.settings(mint_kills_old_access=False)
    zalo.refresh()
    assert zalo.get("/openapi/v2.0/oa/getoa").error == 0


def test_an_access_token_lives_25_hours_and_a_refresh_token_90_days(zalo: Caller) -> None:
    zalo.control.advance(25 * 3600 - 1)
    assert zalo.get("/openapi/v2.0/oa/getoa").error == 0
    zalo.control.advance(1)
    assert zalo.get("/openapi/v2.0/oa/getoa").error == -220
    zalo.control.advance(90 * 86400)
    assert zalo.refresh().error == -14014
    assert zalo.control.count("refresh.expired") == 1


def test_revoking_and_ungranting(zalo: Caller) -> None:
    zalo.control.admin("revoke_refresh", app=zalo.app, oa=zalo.oa)
    assert zalo.refresh().error == -14014
    assert zalo.get("/openapi/v2.0/oa/getoa").error == 0
    zalo.control.admin("ungrant", app=zalo.app, oa=zalo.oa)
    assert zalo.get("/openapi/v2.0/oa/getoa").error == -220
    zalo.access = exchange(zalo, came_back(ask(zalo))["code"]).json["access_token"]
    assert zalo.get("/openapi/v2.0/oa/getoa").error == 0


def test_another_apps_refresh_token_is_unknown(zalo: Caller) -> None:
    app = zalo.control.add_app()
    zalo.app, zalo.secret = app["app_id"], app["secret"]
    assert zalo.refresh().error == -14014


@pytest.mark.parametrize(
    ("style", "extra"), [("error_name", set()), ("empty_message", {"message", "access_token"})]
)
def test_two_shapes_of_a_refusal(zalo: Caller, style: str, extra: set[str]) -> None:
    zalo.control.settings(oauth_error_style=style)
    shape = {"error", "error_name", "error_description", "error_reason", "ref_doc"}
    assert set(zalo.refresh("x").json) == shape | extra


def test_a_page_asks_a_person_when_told(zalo: Caller) -> None:
    zalo.control.settings(consent="page", expires_in_number=True)
    got = ask(zalo)
    assert "Mô phỏng" in got.body.decode()
    back = came_back(ask(zalo, sim_subject=zalo.other_oa))
    assert back["oa_id"] == zalo.other_oa
    assert exchange(zalo, back["code"]).json["expires_in"] == 90000


def test_a_citizens_login_and_graph(zalo: Caller) -> None:
    asked = {"app_id": zalo.app, "redirect_uri": CALLBACK, "code_challenge": challenge(VERIFIER)}
    back = came_back(zalo.request("GET", "/oauth/v4/permission?" + urlencode(asked)))
    assert "oa_id" not in back
    form = {
        "app_id": zalo.app,
        "grant_type": "authorization_code",
        "code": back["code"],
        "code_verifier": VERIFIER,
    }
    kind = "application/x-www-form-urlencoded"

    def token(**given: str) -> Any:
        body = urlencode(given).encode()
        return zalo.request(
            "POST", "/oauth/v4/access_token", body, secret_key=zalo.secret, content__type=kind
        ).json

    first = token(**form)
    assert (first["expires_in"], first["refresh_token_expires_in"]) == ("3600", "2592000")
    zalo.control.advance(86400)
    again = {"app_id": zalo.app, "grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    assert token(**again)["refresh_token_expires_in"] == "2505600"
    assert token(**again)["error"] == -14014
