"""Free text: who may be written to, for how long, what it costs; and the families shut down."""

from typing import Any

import pytest

from tests.simulators.tests.caller import Caller


def ago(zalo: Caller, hours: float) -> str:
    return zalo.control.last_interaction(zalo.user, zalo.oa, hours_ago=hours)


@pytest.mark.parametrize(
    ("hours", "error", "charged"), [(0, 0, 0), (48, 0, 0), (48.1, 0, 55), (168, 0, 55), (168.1, -230, 0)]
)
def test_free_then_billed_then_refused(zalo: Caller, hours: float, error: int, charged: int) -> None:
    assert zalo.cs(ago(zalo, hours)).error == error
    zalo.control.settle()
    (oa,) = [one for one in zalo.control.state("oas")["oas"] if one["oa_id"] == zalo.oa]
    assert (oa["charged"], oa["reserved"]) == (charged, 0)


def test_never_interacted(zalo: Caller) -> None:
    assert zalo.cs(zalo.control.uid(zalo.user, zalo.oa)).error == -232


@pytest.mark.parametrize("act", ["follow", "click_chatnow"])
def test_following_and_chatnow_open_the_window(zalo: Caller, act: str) -> None:
    uid = zalo.control.act(act, user=zalo.user, oa=zalo.oa)["uid"]
    assert zalo.cs(uid).error == 0
    zalo.control.act_unfollow(zalo.user, zalo.oa)
    assert zalo.cs(uid).error == 0, "following is not what counts"


def test_no_money_after_48_hours(zalo: Caller) -> None:
    zalo.control.set_oa(zalo.oa, balance=54)
    assert (zalo.cs(ago(zalo, 47)).error, zalo.cs(ago(zalo, 49)).error) == (0, -321)


def test_the_answer_has_zalos_shape(zalo: Caller) -> None:
    zalo.control.settings(cs_quota="constant_8")
    got = zalo.cs(ago(zalo, 0)).json
    assert set(got) == {"data", "error", "message"}
    assert set(got["data"]) == {"message_id", "user_id", "sent_time", "quota"}
    assert len(got["data"]["message_id"]) == 20
    assert got["data"]["sent_time"].isdigit()
    assert got["data"]["quota"] == {"quota_type": "reply", "remain": "8", "total": "8"}
    zalo.control.settings(cs_quota="absent")
    assert "quota" not in zalo.cs(ago(zalo, 0)).data


def test_a_refusal_has_no_data(zalo: Caller) -> None:
    got = zalo.cs("1")
    assert (got.status, set(got.json)) == (200, {"error", "message"})


def test_the_id_of_another_oa_is_nobody(zalo: Caller) -> None:
    ago(zalo, 0)
    stranger = zalo.control.last_interaction(zalo.user, zalo.other_oa, hours_ago=0)
    assert zalo.cs(stranger).error == -201


@pytest.mark.parametrize(
    ("text", "more", "error"),
    [
        ("x" * 2000, {}, 0),
        ("x" * 2001, {}, -210),
        (" ", {}, -201),
        ("ok", {"quote_message_id": "nothing"}, -201),
        (
            "ok",
            {"attachment": {"type": "template", "payload": {"template_type": "list", "elements": []}}},
            -233,
        ),
        ("", {"attachment": {"type": "file", "payload": {"token": "nothing"}}}, -201),
    ],
)
def test_what_is_said_is_checked(zalo: Caller, text: str, more: dict[str, Any], error: int) -> None:
    assert zalo.cs(ago(zalo, 0), text, **more).error == error


def test_lists_on_v3_are_a_setting(zalo: Caller) -> None:
    zalo.control.settings(list_templates_on_v3=True)
    payload = {"template_type": "list", "elements": [{"title": "x"}]}
    assert zalo.cs(ago(zalo, 0), "x", attachment={"type": "template", "payload": payload}).error == 0


def test_limits_of_quota_and_recipient(zalo: Caller) -> None:
    zalo.control.set_oa(zalo.oa, recipient_limit=1)
    uid = ago(zalo, 0)
    assert (zalo.cs(uid).error, zalo.cs(uid).error) == (0, -218)
    zalo.control.set_oa(zalo.oa, cs_quota=1)
    assert zalo.cs(uid).error == -211


@pytest.mark.parametrize(
    ("kind", "error"), [("cs", -244), ("oa", -244), ("invitation", -217), ("template", 0)]
)
def test_blocked(zalo: Caller, kind: str, error: int) -> None:
    uid = ago(zalo, 0)
    zalo.control.act_block(zalo.user, zalo.oa, kind)
    assert zalo.cs(uid).error == error
    zalo.control.act_block(zalo.user, zalo.oa, kind, blocked=False)
    assert zalo.cs(uid).error == 0


@pytest.mark.parametrize(("days", "error"), [(44, 0), (46, -227)])
def test_not_on_zalo_for_45_days(zalo: Caller, days: int, error: int) -> None:
    uid = ago(zalo, 1)
    zalo.control.set_user(zalo.user, last_seen=zalo.control.now() - days * 86400)
    assert zalo.cs(uid).error == error


@pytest.mark.parametrize("code", [-233, -240])
def test_dead_families(zalo: Caller, code: int) -> None:
    zalo.control.settings(dead_family_code=code)
    for family in ("transaction", "promotion"):
        content = {"recipient": {"user_id": ago(zalo, 0)}, "message": {}}
        assert zalo.post(f"/openapi/v3.0/oa/message/{family}", content).error == code


def test_version_2_takes_no_text_to_a_person(zalo: Caller) -> None:
    content = {"recipient": {"user_id": ago(zalo, 0)}, "message": {"text": "x"}}
    assert zalo.post("/openapi/v2.0/oa/message", content).error == -240


def test_anonymous_chat_and_reaction(zalo: Caller) -> None:
    content = {"recipient": {"anonymous_id": "1", "conversation_id": "2"}, "message": {"text": "x"}}
    assert zalo.post("/openapi/v2.0/oa/message", content).error == 0
    message = zalo.control.act_send_text(zalo.user, zalo.oa, "cảm ơn")
    action = {"react_message_id": message, "react_icon": "/-strong"}
    content = {"recipient": {"user_id": ago(zalo, 0)}, "sender_action": action}
    assert zalo.post("/openapi/v2.0/oa/message", content).error == 0


def upload(zalo: Caller, kind: str, name: str, content: bytes = b"x") -> Any:
    body = (
        f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
        + content
        + b"\r\n--b--\r\n"
    )
    return zalo.request(
        "POST", f"/openapi/v2.0/oa/upload/{kind}", body, access_token=zalo.access,
        content__type="multipart/form-data; boundary=b",
    )  # fmt: skip


def test_uploads_last_seven_days(zalo: Caller) -> None:
    image = upload(zalo, "image", "a.png", b"\x89PNG\r\n\x00").data["attachment_id"]
    token = upload(zalo, "file", "a.pdf").data["token"]
    media = {"template_type": "media", "elements": [{"media_type": "image", "attachment_id": image}]}
    attachments = [{"type": "template", "payload": media}, {"type": "file", "payload": {"token": token}}]
    for attachment in attachments:
        assert zalo.cs(ago(zalo, 0), "", attachment=attachment).error == 0
    zalo.control.settings(access_seconds=10 * 86400)
    zalo.access = zalo.refresh().json["access_token"]
    zalo.control.advance(7 * 86400)
    for attachment in attachments:
        assert zalo.cs(ago(zalo, 0), "", attachment=attachment).error == -100


def test_uploads_are_checked(zalo: Caller) -> None:
    assert upload(zalo, "image", "a.exe").error == -201
    assert upload(zalo, "image", "a.png", b"x" * 1_000_001).error == -210
    assert zalo.post("/openapi/v2.0/oa/upload/file", {}).error == -201


def broadcast(zalo: Caller, article: str) -> Any:
    payload = {"template_type": "media", "elements": [{"media_type": "article", "attachment_id": article}]}
    return zalo.post(
        "/openapi/v2.0/oa/message",
        {
            "recipient": {"target": {"gender": [0]}},
            "message": {"attachment": {"type": "template", "payload": payload}},
        },
    )


def test_a_broadcast_needs_a_finished_article(zalo: Caller) -> None:
    zalo.control.act_follow(zalo.user, zalo.oa)
    created = zalo.post("/openapi/v2.0/article/create", {"title": "Thông báo mô phỏng"}).data["token"]
    assert zalo.post("/openapi/v2.0/article/verify", {"token": created}).error == -214
    zalo.control.advance(5)
    article = zalo.post("/openapi/v2.0/article/verify", {"token": created}).data["id"]
    assert broadcast(zalo, "nothing").error == -201
    assert broadcast(zalo, article).error == 0
    zalo.control.settle()
    assert [one.text for one in zalo.control.phone(zalo.user)] == ["Thông báo mô phỏng"]
    assert zalo.control.phone(zalo.second) == []
    free_text = {"recipient": {"target": {}}, "message": {"text": "x"}}
    assert zalo.post("/openapi/v2.0/oa/message", free_text).error == -201


@pytest.mark.parametrize(
    ("moment", "error"), [("26T05:59", -234), ("26T06:00", 0), ("25T21:59", 0), ("25T22:00", -234)]
)
def test_no_broadcast_at_night(zalo: Caller, moment: str, error: int) -> None:
    created = zalo.post("/openapi/v2.0/article/create", {"title": "x"}).data["token"]
    zalo.control.advance(5)
    article = zalo.post("/openapi/v2.0/article/verify", {"token": created}).data["id"]
    zalo.control.set_clock(f"2026-11-{moment}:00")
    assert broadcast(zalo, article).error == error
    assert zalo.cs(ago(zalo, 0)).error == 0, "consultation goes at any hour"
