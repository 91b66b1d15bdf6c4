"""Approved templates, by user id and by telephone number: values, quotas, hours, money, what became of them."""

import unicodedata
from typing import Any

import pytest

from tests.simulators.tests.caller import DATA, Caller


def uid(zalo: Caller) -> str:
    return zalo.control.uid(zalo.user, zalo.oa)


@pytest.mark.parametrize(
    ("place", "inside", "outside"),
    [("inside", True, False), ("outside", False, True), ("absent", False, False)],
)
def test_sent_time_of_uid_templates(zalo: Caller, place: str, inside: bool, outside: bool) -> None:
    zalo.control.settings(uid_sent_time=place)
    got = zalo.by_uid(uid(zalo)).json
    assert ("sent_time" in got["data"], "sent_time" in got) == (inside, outside)
    assert "msg_id" not in got["data"]


def test_the_answer_by_phone_has_texts_for_numbers(zalo: Caller) -> None:
    data = zalo.by_phone().data
    assert len(data.pop("msg_id")) == 20
    assert data.pop("sent_time").isdigit()
    assert data == {"sending_mode": "1", "quota": {"dailyQuota": "500", "remainingQuota": "499"}}
    zalo.control.settings(sending_mode_null=True)
    assert zalo.by_phone().data["sending_mode"] is None


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({}, -111),
        ({"ten": "A", "ma_ho_so": "B"}, -1122),
        (DATA | {"ten": "x" * 30}, 0),
        (DATA | {"ten": "x" * 31}, -1121),
        (DATA | {"ten": ["x"]}, -112),
        (DATA | {"ten": "a\nb"}, -1124),
    ],
)
def test_values_are_checked_alike_on_both_hosts(zalo: Caller, data: dict[str, Any], code: int) -> None:
    content = {"user_id": uid(zalo), "template_id": zalo.template, "template_data": data}
    by_uid = zalo.post("/openapi/v3.0/oa/message/template", content)
    assert (by_uid.error, zalo.by_phone(template_data=data).error) == (code, code)


@pytest.mark.parametrize(
    ("kind", "told", "longest"), [("NAME", "STRING", 30), ("PRODUCT", "STRING", 90), ("DATE", "DATE", 20)]
)
def test_the_api_tells_no_kinds_of_words_but_their_lengths(
    zalo: Caller, kind: str, told: str, longest: int
) -> None:
    one = zalo.control.add_template(oa_id=zalo.oa, app_id=zalo.app, params=[{"name": "x", "type": kind}])
    (place,) = zalo.get("/business/template/info/v2", template_id=one["template_id"]).data["listParams"]
    assert (place["type"], place["maxLength"]) == (told, longest)


def test_each_kind_of_message_has_a_quota_of_its_own(zalo: Caller) -> None:
    zalo.control.set_oa(zalo.oa, quota=1)
    assert [zalo.by_uid(uid(zalo)).error, zalo.by_phone().error, zalo.by_phone().error] == [0, 0, -144]
    zalo.control.set_oa(zalo.oa, uid_quota=1)
    assert zalo.by_uid(uid(zalo)).error == -211


def test_lengths_count_code_points_as_received(zalo: Caller) -> None:
    name = "Nguyễn Thị Mỹ Dung mô phỏng"
    decomposed = unicodedata.normalize("NFD", name)
    assert len(name) <= 30 < len(decomposed)
    assert zalo.by_phone(template_data=DATA | {"ten": name}).error == 0
    assert zalo.by_phone(template_data=DATA | {"ten": decomposed}).error == -1121


@pytest.mark.parametrize(
    ("kind", "good", "bad"), [("NUMBER", "12", "1,2"), ("DATE", "25/11/2026", "2026-11-25")]
)
def test_kinds_of_values(zalo: Caller, kind: str, good: str, bad: str) -> None:
    one = zalo.control.add_template(oa_id=zalo.oa, app_id=zalo.app, params=[{"name": "x", "type": kind}])
    answers = [
        zalo.by_phone(template=one["template_id"], template_data={"x": text}).error for text in (good, bad)
    ]
    assert answers == [0, -1124]


def test_another_oas_template_or_none(zalo: Caller) -> None:
    other = zalo.staged["oas"][1]["template_id"]
    assert (zalo.by_phone(template=other).error, zalo.by_phone(template="1").error) == (-117, -109)


@pytest.mark.parametrize(
    ("phone", "strict", "lenient"),
    [
        ("84900000099", 0, 0),
        ("+84900000099", 0, 0),
        ("0900000099", -108, 0),
        ("12", -108, -108),
        ("84911111111", -118, -118),
    ],
)
def test_numbers(zalo: Caller, phone: str, strict: int, lenient: int) -> None:
    zalo.control.add_user(phone="84900000099")
    assert zalo.by_phone(phone).error == strict
    zalo.control.settings(phone_with_zero=True)
    assert zalo.by_phone(phone).error == lenient


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"has_zalo": False}, -118),
        ({"can_receive": False}, -119),
        ({"zalo_too_old": True}, -110),
        ({"opted_in": False}, -134),
        ({"eligible": False}, -140),
    ],
)
def test_people_who_cannot_be_reached(zalo: Caller, changed: dict[str, Any], code: int) -> None:
    zalo.control.set_user(zalo.user, **changed)
    assert zalo.by_phone().error == code


def test_tracking_id(zalo: Caller) -> None:
    assert zalo.by_phone(tracking_id="x" * 49).error == -132
    assert zalo.by_phone(tracking_id="").error == 0
    zalo.control.settings(tracking_required=True)
    assert zalo.by_phone(tracking_id="").error == -132


@pytest.mark.parametrize(("deduplicated", "arrived"), [(False, 2), (True, 1)])
def test_the_same_tracking_id_twice(zalo: Caller, deduplicated: bool, arrived: int) -> None:
    zalo.control.settings(tracking_deduplicated=deduplicated)
    assert (zalo.by_phone().error, zalo.by_phone().error) == (0, 0)
    zalo.control.settle()
    assert len(zalo.control.phone(zalo.user)) == arrived


@pytest.mark.parametrize(
    ("night", "tag", "hour", "code"),
    [
        ("off", 1, 23, 0),
        ("all", 1, 23, -133),
        ("all", 1, 6, 0),
        ("tags_2_3", 1, 23, 0),
        ("tags_2_3", 2, 6, -133),
        ("tags_2_3", 2, 7, 0),
    ],
)
def test_hours_by_phone(zalo: Caller, night: str, tag: int, hour: int, code: int) -> None:
    zalo.control.settings(phone_night=night)
    zalo.control.admin("set_template", template=zalo.template, tag=tag)
    zalo.control.set_clock(f"2026-11-25T{hour:02}:00:00")
    assert zalo.by_phone().error == code


@pytest.mark.parametrize(("tag", "code"), [(1, 0), (2, 0), (3, -234)])
def test_by_uid_at_night_no_promotions_and_no_sound(zalo: Caller, tag: int, code: int) -> None:
    zalo.control.admin("set_template", template=zalo.template, tag=tag)
    zalo.control.set_clock("2026-11-25T23:00:00")
    assert zalo.by_uid(uid(zalo)).error == code
    zalo.control.settle()
    assert [one.silent for one in zalo.control.phone(zalo.user)] == [True] * (code == 0)


def test_the_daily_quota_starts_afresh_at_midnight_in_viet_nam(zalo: Caller) -> None:
    zalo.control.set_oa(zalo.oa, quota=1)
    assert (zalo.by_phone().error, zalo.by_phone().error) == (0, -144)
    zalo.control.set_clock("2026-11-25T23:59:59")
    assert zalo.by_phone().error == -144
    zalo.control.advance(1)
    assert zalo.by_phone().error == 0
    assert zalo.get("/business/message/quota").data["remainingQuota"] == "0"


@pytest.mark.parametrize(("ladder", "after"), [("old", 2000), ("new", 1000)])
def test_two_ladders_of_quotas(zalo: Caller, ladder: str, after: int) -> None:
    zalo.control.settings(quota_ladder=ladder)
    zalo.control.set_oa(zalo.oa, quota=500)
    assert zalo.control.admin("climb_quota", oa=zalo.oa)["after"] == after


def test_promotions_one_a_day_and_month_limits(zalo: Caller) -> None:
    zalo.control.admin("set_template", template=zalo.template, tag=3)
    assert (zalo.by_phone().error, zalo.by_phone().error, zalo.by_uid(uid(zalo)).error) == (0, -1472, -218)
    zalo.control.set_oa(zalo.oa, promotion_user_month_limit=1)
    zalo.control.set_clock("2026-11-26T12:00:00")
    zalo.access = zalo.refresh().json["access_token"]
    assert zalo.by_phone().error == -1471
    zalo.control.set_oa(zalo.oa, promotion_month_limit=1)
    assert zalo.by_phone(zalo.staged["users"][1]["phone"]).error == -1441


def test_sending_mode_3(zalo: Caller) -> None:
    zalo.control.set_oa(zalo.oa, quota=0)
    assert zalo.by_phone(sending_mode="3").error == -145
    zalo.control.set_oa(zalo.oa, sending_mode_3=True)
    zalo.control.admin("set_template", template=zalo.template, tag=3)
    assert zalo.by_phone(sending_mode="3").error == 0
    assert zalo.by_phone(sending_mode="2").error == -132


def test_development_mode_is_for_administrators_and_has_its_own_wallet(zalo: Caller) -> None:
    zalo.control.admin("set_template", template=zalo.template, status="PENDING_REVIEW")
    zalo.control.set_oa(zalo.oa, balance=0)
    assert zalo.by_phone(mode="development").error == -127
    zalo.control.set_oa(zalo.oa, admins=[zalo.phone])
    assert zalo.by_phone(mode="development").error == 0
    zalo.control.set_oa(zalo.oa, development_balance=0)
    assert zalo.by_phone(mode="development").error == -126


def status(zalo: Caller, message_id: str) -> dict[str, Any]:
    return zalo.get("/business/message/status", message_id=message_id).data


def test_status_until_delivered_and_charged_then_alone(zalo: Caller) -> None:
    message = zalo.by_phone().data["msg_id"]
    assert status(zalo, message)["status"] == 0
    zalo.control.settle()
    found = status(zalo, message)
    assert (found["status"], found["delivery_time"].isdigit()) == (1, True)
    assert zalo.control.state("oas")["oas"][0]["charged"] == 120
    assert status(zalo, "nothing")["status"] == -1


def test_a_telephone_switched_off(zalo: Caller) -> None:
    zalo.control.act_go_online(zalo.user, online=False)
    first = zalo.by_phone().data["msg_id"]
    zalo.control.advance(60)
    zalo.control.act_go_online(zalo.user)
    assert status(zalo, first)["status"] == 1
    zalo.control.act_go_online(zalo.user, online=False)
    late = zalo.by_phone().data["msg_id"]
    zalo.control.advance(7200)
    zalo.control.act_go_online(zalo.user)
    assert status(zalo, late)["status"] == 0, "after the time-out it is dropped, and nothing tells"
    assert [one.message_id for one in zalo.control.phone(zalo.user)] == [first]
    assert zalo.control.state("oas")["oas"][0]["charged"] == 120


def test_lists_and_details_of_templates(zalo: Caller) -> None:
    zalo.control.add_template(oa_id=zalo.oa, app_id="another", status="REJECT")
    got = zalo.get("/business/template/all", offset=0, limit=100)
    assert (len(got.data), got.json["metadata"]) == (2, {"total": 2})
    assert len(zalo.get("/business/template/all", status=3).data) == 1
    assert len(zalo.get("/business/template/all", filterPreset=1).data) == 1
    assert zalo.get("/business/template/all", limit=101).error == -132
    info = zalo.get("/business/template/info/v2", template_id=zalo.template).data
    assert info["templateTag"] == "TRANSACTION"
    assert [one["maxLength"] for one in info["listParams"]] == [30, 30, 30]
    assert set(zalo.get("/business/template/sample-data", template_id=zalo.template).data) == set(DATA)
    assert zalo.get("/business/message/template-tag").data == ["TRANSACTION", "CUSTOMER_CARE", "PROMOTION"]
    assert zalo.get("/business/quality").data == {"oaCurrentQuality": "HIGH", "oa7dayQuality": "HIGH"}


def test_handing_in_a_template(zalo: Caller) -> None:
    content = {
        "template_name": "Mẫu tin thử mô phỏng",
        "tag": "1",
        "params": [{"name": "x", "max_length": 5}],
    }
    made = zalo.post("/business/template/create", content).data["template_id"]
    assert zalo.by_phone(template=made, template_data={"x": "1"}).error == -131
    edit = content | {"template_id": made}
    assert zalo.post("/business/template/edit", edit).error == -132
    zalo.control.reject_template(made, "lý do mô phỏng")
    assert zalo.post("/business/template/edit", edit).error == 0
    zalo.control.approve_template(made)
    assert zalo.by_phone(template=made, template_data={"x": "1"}).error == 0
    assert zalo.post("/business/template/create", content | {"template_name": "ngắn"}).error == -132


def test_a_hundred_new_templates_a_day(zalo: Caller) -> None:
    content = {"template_name": "Mẫu tin thử mô phỏng"}
    errors = {zalo.post("/business/template/create", content).error for _number in range(100)}
    assert errors == {0}
    assert zalo.post("/business/template/create", content).error == -160


def test_ratings(zalo: Caller) -> None:
    message = zalo.by_phone().data["msg_id"]
    zalo.control.act_feedback(message, 4, "tốt")
    found = zalo.post("/business/rating/get", {"template_id": zalo.template}).data
    assert (found["total"], found["data"][0]["rate"], found["data"][0]["trackingId"]) == (1, 4, "r-1")
