"""The table of errors: what is wrong, and what each host answers to a good template then."""

from typing import Any

import pytest

from tests import tables
from tests.simulators.tests.caller import DATA, Caller


def both(zalo: Caller) -> tuple[int, int]:
    """What the OA host and the business host answer to a good template now."""
    return zalo.by_uid(zalo.control.uid(zalo.user, zalo.oa)), zalo.by_phone()


@pytest.mark.parametrize(
    ("of", "changed", "codes"),
    tables.read(__file__, "one_thing_wrong.yaml"),
)
def test_one_thing_wrong(zalo: Caller, of: str, changed: dict[str, Any], codes: list[int]) -> None:
    subject = {
        "app": {"app": zalo.app},
        "permissions": {"app": zalo.app, "oa": zalo.oa},
        "oa": {"oa": zalo.oa},
        "user": {"user": zalo.user},
        "relation": {"user": zalo.user, "oa": zalo.oa},
        "template": {"template": zalo.template},
    }[of]
    zalo.control.admin(f"set_{of}", **subject, **changed)
    assert both(zalo) == tuple(codes)


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
