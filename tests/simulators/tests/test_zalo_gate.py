"""What every call passes first, in the order written down, and what each check answers on each host."""

from typing import Any

import pytest

from tests.simulators.tests.caller import DATA, Caller
from tests.simulators.zalo.identities import secret_proof
from tests.simulators.zalo.settings import CHECKS


def both(zalo: Caller) -> tuple[int, int]:
    """What the OA host and the business host answer to a good template now."""
    return zalo.by_uid(zalo.control.uid(zalo.user, zalo.oa)).error, zalo.by_phone().error


@pytest.mark.parametrize(
    ("of", "changed", "codes"),
    [
        ("app", {"active": False}, (-209, -103)),
        ("app", {"api_registered": False}, (-212, -105)),
        ("app", {"proof_required": True}, (-242, -1241)),
        ("oa", {"exists": False}, (-205, -125)),
        ("oa", {"enabled": False}, (-204, -125)),
        ("oa", {"verified": False}, (-221, -135)),
        ("oa", {"package": "free"}, (-224, -135)),
        ("oa", {"zbs_linked": False}, (-320, -136)),
        ("oa", {"blocked": True}, (-248, -1351)),
        ("oa", {"balance": 0}, (-321, -115)),
        ("oa", {"quota": 0}, (0, -144)),
        ("oa", {"uid_quota": 0}, (-211, 0)),
        ("user", {"banned": True}, (-227, -114)),
        ("relation", {"blocked": ["oa"]}, (-244, -141)),
        ("relation", {"blocked": ["template"]}, (-244, -139)),
        ("template", {"status": "PENDING_REVIEW"}, (-131, -131)),
        ("template", {"status": "DISABLE"}, (-146, -146)),
        ("template", {"daily_quota": 0}, (-211, -147)),
        ("template", {"uid_allowed": False}, (-249, 0)),
    ],
)
def test_one_thing_wrong(zalo: Caller, of: str, changed: dict[str, Any], codes: tuple[int, int]) -> None:
    subject = {
        "app": {"app": zalo.app},
        "oa": {"oa": zalo.oa},
        "user": {"user": zalo.user},
        "relation": {"user": zalo.user, "oa": zalo.oa},
        "template": {"template": zalo.template},
    }[of]
    assert both(zalo) == (0, 0)
    zalo.control.admin(f"set_{of}", **subject, **changed)
    assert both(zalo) == codes


def test_a_missing_permission(zalo: Caller) -> None:
    zalo.control.admin("set_permissions", app=zalo.app, oa=zalo.oa, permissions=["user"])
    assert both(zalo) == (-223, -117)


def test_tokens_travel_bare(zalo: Caller) -> None:
    token, zalo.access = zalo.access, ""
    assert both(zalo) == (-216, -124)
    zalo.headers = {"Authorization": f"Bearer {token}"}
    assert both(zalo) == (-216, -124)


def test_the_proof_is_taken_when_it_is_right(zalo: Caller) -> None:
    zalo.control.set_app(zalo.app, proof_required=True)
    zalo.headers = {"appsecret_proof": secret_proof(zalo.secret, zalo.access)}
    assert both(zalo) == (0, 0)


@pytest.mark.parametrize(
    ("kind", "body"), [("text/plain", b"{}"), ("application/json", b"{"), ("application/json", b"[]")]
)
def test_a_body_that_is_no_json(zalo: Caller, kind: str, body: bytes) -> None:
    given = {"content__type": kind, "access_token": zalo.access}
    assert zalo.request("POST", "/openapi/v3.0/oa/message/cs", body, **given).error == -201
    assert zalo.request("POST", "/business/message/template", body, **given).error == -122


def test_get_wants_data_unless_lenient(zalo: Caller) -> None:
    uid = zalo.control.act_follow(zalo.user, zalo.oa)
    assert zalo.get("/openapi/v3.0/oa/user/detail", user_id=uid).error == -201
    zalo.control.settings(strict_get=False)
    assert zalo.get("/openapi/v3.0/oa/user/detail", user_id=uid).error == 0


def test_unknown_addresses(zalo: Caller) -> None:
    for prefix in ("oauth", "openapi", "business", "graph", "elsewhere"):
        got = zalo.get(f"/{prefix}/nothing/here")
        assert (got.status, got.error) == (404, 404)


def test_hosts_by_name(zalo: Caller) -> None:
    got = zalo.request("GET", "/v2.0/oa/getoa", Host="openapi.zalo.me", access_token=zalo.access)
    assert got.data["oaid"] == zalo.oa


def test_the_order_of_checks(zalo: Caller) -> None:
    """Everything is wrong; each repair shows the next check."""
    control, oa = zalo.control, zalo.oa
    uid = control.uid(zalo.user, oa)
    wrong = {"balance": 0, "zbs_linked": False, "rate_limit": 0}
    control.settings(template_sends_in_bucket=True)
    control.set_app(zalo.app, proof_required=True, active=False)
    control.admin("set_permissions", app=zalo.app, oa=oa, permissions=[])
    control.set_oa(oa, **wrong)
    control.set_relation(zalo.user, oa, blocked=["template"])
    control.admin("set_template", template=zalo.template, status="DISABLE")
    target = "/openapi/v3.0/oa/message/template"
    good = {"user_id": uid, "template_id": zalo.template, "template_data": DATA}
    access = zalo.access
    found = [zalo.request("POST", target, b"{", content__type="application/json").error]
    found += [zalo.post(target, good, access_token="").error, zalo.post(target, good).error]
    zalo.headers = {"appsecret_proof": secret_proof(zalo.secret, access)}
    found.append(zalo.post(target, good).error)
    control.set_app(zalo.app, active=True)
    found.append(zalo.post(target, good).error)
    control.admin("set_permissions", app=zalo.app, oa=oa, permissions=["template"])
    found.append(zalo.post(target, good).error)
    control.set_oa(oa, zbs_linked=True)
    found.append(zalo.post(target, good).error)
    control.set_oa(oa, rate_limit=100)
    found.append(zalo.post(target, good | {"user_id": "1"}).error)
    found.append(zalo.post(target, good).error)
    control.set_relation(zalo.user, oa, blocked=[])
    found.append(zalo.post(target, good).error)
    control.approve_template(zalo.template)
    found.append(zalo.post(target, good).error)
    control.set_oa(oa, balance=1_000)
    found.append(zalo.post(target, good).error)
    assert found == [-201, -216, -242, -209, -223, -320, -32, -201, -244, -146, -321, 0]


def test_the_order_is_a_setting(zalo: Caller) -> None:
    zalo.control.set_oa(zalo.oa, quota=0, uid_quota=0)
    zalo.control.admin("set_user", user=zalo.user, banned=True)
    assert both(zalo) == (-227, -114)
    zalo.control.settings(check_order=["quota", *(name for name in CHECKS if name != "quota")])
    assert both(zalo) == (-211, -144)


def test_each_minute_has_its_bucket_for_the_app(zalo: Caller) -> None:
    zalo.control.settings(app_rate_limit=3)
    other = zalo.staged["oas"][1]["access_token"]
    target = "/openapi/v2.0/oa/getoa"
    got = [
        zalo.request("GET", target, access_token=token) for token in (zalo.access, other, other, zalo.access)
    ]
    assert [one.error for one in got] == [0, 0, 0, -32]
    assert got[-1].json["message"] == "Your application reached limit call api"
    assert [one.headers["X-RateLimit-Remain"] for one in got] == ["2", "1", "0", "0"]
    assert got[0].headers["X-RateLimit-Limit"] == "3"
    assert both(zalo) == (0, 0), "templates are not counted"
    zalo.control.advance(60)
    assert zalo.get(target).error == 0


def test_each_oa_has_its_bucket(zalo: Caller) -> None:
    zalo.control.set_oa(zalo.oa, rate_limit=1)
    target = "/openapi/v2.0/oa/getoa"
    assert [zalo.get(target).error, zalo.get(target).error] == [0, -32]
    assert zalo.get(target).json["message"] == "Your OA reached limit call api"
    assert zalo.request("GET", target, access_token=zalo.staged["oas"][1]["access_token"]).error == 0


def test_34_oas_share_4000_calls_a_minute(zalo: Caller) -> None:
    staged = zalo.control.stage(oas=34, users=0)
    zalo.control.settings(app_rate_limit=68)
    errors = [
        zalo.request("GET", "/openapi/v2.0/oa/getoa", access_token=one["access_token"]).error
        for _round in range(3)
        for one in staged["oas"]
    ]
    assert errors == [0] * 68 + [-32] * 34
    assert zalo.control.count("rate.app") == 34
