"""The table of errors: what is wrong, and what each host answers to a good template then."""

from typing import Any

import pytest

from tests.simulators.tests.caller import DATA, Caller
from tests.simulators.zalo.identities import secret_proof


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
        ("user", {"has_zalo": False}, (0, -118)),
        ("user", {"can_receive": False}, (0, -119)),
        ("user", {"zalo_too_old": True}, (0, -110)),
        ("user", {"opted_in": False}, (0, -134)),
        ("user", {"eligible": False}, (0, -140)),
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
    zalo.control.admin(f"set_{of}", **subject, **changed)
    assert both(zalo) == codes


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"template_data": {}}, -111),
        ({"template_data": {"ten": "A", "ma_ho_so": "B"}}, -1122),
        ({"template_data": DATA | {"ten": "x" * 31}}, -1121),
        ({"template_data": DATA | {"ten": ["x"]}}, -112),
        ({"template_data": DATA | {"ten": "a\nb"}}, -1124),
        ({"template": "1"}, -109),
        ({"phone": "0900000099"}, -108),
        ({"phone": "84911111111"}, -118),
        ({"tracking_id": "x" * 49}, -132),
    ],
)
def test_one_value_wrong(zalo: Caller, sent: dict[str, Any], code: int) -> None:
    assert zalo.by_phone(**sent).error == code


@pytest.mark.parametrize(
    ("hours", "blocked", "text", "code"),
    [
        (0, "", "x" * 2000, 0),
        (0, "", "x" * 2001, -210),
        (0, "", " ", -201),
        (168, "", "Xin chào", 0),
        (168.1, "", "Xin chào", -230),
        (0, "cs", "Xin chào", -244),
        (0, "invitation", "Xin chào", -217),
        (0, "template", "Xin chào", 0),
    ],
)
def test_free_text(zalo: Caller, hours: float, blocked: str, text: str, code: int) -> None:
    uid = zalo.control.last_interaction(zalo.user, zalo.oa, hours_ago=hours)
    if blocked:
        zalo.control.act_block(zalo.user, zalo.oa, blocked)
    assert zalo.cs(uid, text).error == code


def test_the_order_of_checks(zalo: Caller) -> None:
    """Everything is wrong; each repair shows the next check."""
    control, oa = zalo.control, zalo.oa
    uid = control.uid(zalo.user, oa)
    control.settings(template_sends_in_bucket=True)
    control.set_app(zalo.app, proof_required=True, active=False)
    control.admin("set_permissions", app=zalo.app, oa=oa, permissions=[])
    control.set_oa(oa, balance=0, zbs_linked=False, rate_limit=0)
    control.set_relation(zalo.user, oa, blocked=["template"])
    control.admin("set_template", template=zalo.template, status="DISABLE")
    target = "/openapi/v3.0/oa/message/template"
    good = {"user_id": uid, "template_id": zalo.template, "template_data": DATA}
    found = [zalo.request("POST", target, b"{", content__type="application/json").error]
    found += [zalo.post(target, good, access_token="").error, zalo.post(target, good).error]
    zalo.headers = {"appsecret_proof": secret_proof(zalo.secret, zalo.access)}
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
