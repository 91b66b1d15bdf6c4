"""The table of errors: what is wrong, and what each host answers to a good template then."""

from typing import Any

import pytest

from tests.simulators.tests.caller import DATA, Caller


def both(zalo: Caller) -> tuple[int, int]:
    """What the OA host and the business host answer to a good template now."""
    return zalo.by_uid(zalo.control.uid(zalo.user, zalo.oa)), zalo.by_phone()


@pytest.mark.parametrize(
    ("of", "changed", "codes"),
    [
        ("app", {"active": False}, (-209, -103)),
        ("app", {"api_registered": False}, (-212, -105)),
        ("app", {"proof_required": True}, (-242, -1241)),
        ("permissions", {"permissions": []}, (-223, -117)),
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
        "permissions": {"app": zalo.app, "oa": zalo.oa},
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
        ({"template_id": "1"}, -109),
        ({"phone": "0900000099"}, -108),
        ({"phone": "84911111111"}, -118),
        ({"tracking_id": "x" * 49}, -132),
    ],
)
def test_one_value_wrong(zalo: Caller, sent: dict[str, Any], code: int) -> None:
    assert zalo.by_phone(**sent) == code


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
        zalo.control.act("block_type", user=zalo.user, oa=zalo.oa, kind=blocked)
    assert zalo.cs(uid, text) == code
