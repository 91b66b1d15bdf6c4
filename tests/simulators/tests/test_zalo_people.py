"""Details, lists and tags: what the OA host says about people and about the OA itself."""

from typing import Any

import pytest

from tests.simulators.tests.caller import Caller
from tests.simulators.zalo.identities import secret_proof

LIST = "/openapi/v3.0/oa/user/getlist"


def test_ids_differ_per_oa_and_per_app_and_repeat_by_seed(zalo: Caller) -> None:
    first, second = zalo.control.uid(zalo.user, zalo.oa), zalo.control.uid(zalo.user, zalo.other_oa)
    zalo.control.act_follow(zalo.user, zalo.oa)
    detail = zalo.get("/openapi/v3.0/oa/user/detail", {"user_id": first}).data
    assert len({first, second, detail["user_id_by_app"]}) == 3
    assert all(17 <= len(one) <= 19 and one.isdigit() for one in (first, second, zalo.oa))
    zalo.control.reset()
    again = Caller(zalo.simulator)
    assert (again.oa, again.control.uid(again.user, again.oa)) == (zalo.oa, first)


def test_detail(zalo: Caller) -> None:
    uid = zalo.control.uid(zalo.user, zalo.oa)
    assert zalo.get("/openapi/v3.0/oa/user/detail", {"user_id": uid}).error == -213
    zalo.control.act_send_text(zalo.user, zalo.oa, "xin chào")
    data = zalo.get("/openapi/v3.0/oa/user/detail", {"user_id": uid}).data
    assert (data["user_last_interaction_date"], data["user_is_follower"]) == ("25/11/2026", False)
    assert zalo.get("/openapi/v2.0/oa/getprofile", {"user_id": uid}).error == -213
    zalo.control.act_follow(zalo.user, zalo.oa)
    assert zalo.get("/openapi/v2.0/oa/getprofile", {"user_id": uid}).error == 0
    assert zalo.get("/openapi/v3.0/oa/user/detail", {"user_id": "1"}).error == -201


def test_ten_thousand_followers_need_tags(zalo: Caller) -> None:
    uids = zalo.control.crowd(zalo.oa, 9_000, tags=["một"]) + zalo.control.crowd(zalo.oa, 1_100, tags=["hai"])
    page = zalo.get(LIST, {"offset": 9951, "count": 50}).data
    assert (page["total"], page["users"][0]["user_id"]) == (10_100, uids[9951])
    assert zalo.get(LIST, {"offset": 9952, "count": 50}).error == -210
    assert zalo.get(LIST, {"offset": 0, "count": 51}).error == -210
    tagged = zalo.get(LIST, {"offset": 1_050, "count": 50, "tag_name": "hai"}).data
    assert (tagged["total"], tagged["users"][-1]["user_id"]) == (1_100, uids[-1])
    assert zalo.get("/openapi/v2.0/oa/getfollowers", {"offset": 0, "count": 1}).data["total"] == 10_100


@pytest.mark.parametrize(
    ("period", "total"),
    [
        ("TODAY", 1),
        ("YESTERDAY", 1),
        ("L7D", 2),
        ("L30D", 2),
        ("2026_11_24:2026_11_24", 1),
        ("2026_1_1:2026_11_25", 2),
    ],
)
def test_lists_by_period(zalo: Caller, period: str, total: int) -> None:
    zalo.control.last_interaction(zalo.user, zalo.oa, hours_ago=1)
    zalo.control.last_interaction(zalo.second, zalo.oa, hours_ago=13)
    assert zalo.get(LIST, {"last_interaction_period": period}).data["total"] == total


def test_a_period_that_is_none(zalo: Caller) -> None:
    assert zalo.get(LIST, {"last_interaction_period": "SOMETIME"}).error == -201


def test_lists_by_following(zalo: Caller) -> None:
    zalo.control.act_follow(zalo.user, zalo.oa)
    zalo.control.act_send_text(zalo.second, zalo.oa, "x")
    assert [zalo.get(LIST, {"is_follower": is_one}).data["total"] for is_one in (True, False)] == [1, 1]


def tag(zalo: Caller, what: str, **content: Any) -> Any:
    return zalo.post(f"/openapi/v2.0/oa/tag/{what}", {"tag_name": "nông dân", **content})


def test_tags_come_by_use_and_tell(hooked: Caller, receiver: Any) -> None:
    uid = hooked.control.uid(hooked.user, hooked.oa)
    assert tag(hooked, "tagfollower", user_id=uid).error == -213
    hooked.control.act_follow(hooked.user, hooked.oa)
    assert tag(hooked, "tagfollower", user_id=uid).error == 0
    assert hooked.get("/openapi/v2.0/oa/tag/gettagsofoa").data == ["nông dân"]
    assert tag(hooked, "rmfollowerfromtag", user_id=uid).error == 0
    tag(hooked, "tagfollower", user_id=uid)
    assert tag(hooked, "rmtag").error == 0
    assert tag(hooked, "rmtag").error == -201
    hooked.control.pump()
    assert receiver.names == [
        "follow", "add_user_to_tag", "remove_user_from_tag", "add_user_to_tag", "remove_tag",
    ]  # fmt: skip
    assert receiver.events[1]["tag"] == {"name": "nông dân", "user_ids": [uid]}


def test_conversations_newest_first_ten_at_most(zalo: Caller) -> None:
    uid = zalo.control.act_follow(zalo.user, zalo.oa)
    zalo.control.act_send_text(zalo.user, zalo.oa, "hỏi")
    zalo.cs(uid, "đáp")
    got = zalo.get("/openapi/v2.0/oa/conversation", {"user_id": uid, "offset": 0, "count": 10}).data
    assert [(one["src"], one["message"]) for one in got] == [(0, "đáp"), (1, "hỏi")]
    assert zalo.get("/openapi/v2.0/oa/conversation", {"user_id": uid, "count": 11}).error == -210
    assert [one["message"] for one in zalo.get("/openapi/v2.0/oa/listrecentchat", {"count": 5}).data] == [
        "đáp"
    ]


def test_quotas_in_three_shapes(zalo: Caller) -> None:
    uid = zalo.control.act_follow(zalo.user, zalo.oa)
    target = "/openapi/v3.0/oa/quota/message"
    assert zalo.post(target, {"user_id": uid}).data["cs_reply"] == {"remain": 8, "total": 8}
    asset = {"quota_owner": "OA", "product_type": "cs", "quota_type": "purchase_quota"}
    assert zalo.post(target, asset).data[0]["quota_type"] == "purchase_quota"
    assert zalo.post(target, {"quota_owner": "X"}).error == -201
    assert zalo.post(target, {"user_id": "1"}).error == -201
    message = zalo.cs(uid).data["message_id"]
    assert zalo.post("/openapi/v2.0/oa/quota/message", {"message_id": message}).error == 0


def test_menu_and_follower_info(zalo: Caller) -> None:
    uid = zalo.control.act_follow(zalo.user, zalo.oa)
    assert zalo.post("/openapi/v2.0/oa/menu", {"menu": []}).error == 0
    for version in ("v2.0", "v3.0"):
        got = zalo.post(f"/openapi/{version}/oa/updatefollowerinfo", {"user_id": uid, "name": version})
        assert got.error == 0
    shared = zalo.get("/openapi/v3.0/oa/user/detail", {"user_id": uid}).data["shared_info"]
    assert shared["name"] == "v3.0"


def test_graph_gives_id_and_phone(zalo: Caller) -> None:
    session = zalo.control.admin("mini_app_session", app=zalo.app, user=zalo.user, oa=zalo.oa)
    token = session["access_token"]
    assert session["idByOA"] == zalo.control.uid(zalo.user, zalo.oa)

    def ask(path: str, **headers: str) -> Any:
        return zalo.request("GET", f"/graph/v2.0/{path}", None, **headers).json

    proof = secret_proof(zalo.secret, token)
    me = ask("me?fields=id,name", access_token=token, appsecret_proof=proof)
    assert me == {"id": session["id"], "name": "Người mô phỏng 1", "error": 0, "message": "Success"}
    assert ask("me", access_token=token)["error"] == -242
    assert ask("me", access_token="x")["error"] == 452
    given = {"access_token": token, "secret_key": zalo.secret, "code": session["phone_token"]}
    assert ask("me/info", **given)["data"] == {"number": zalo.phone}
    assert ask("me/info", **given)["error"] == -201, "once only"
    late = zalo.control.admin("mini_app_session", app=zalo.app, user=zalo.user)
    zalo.control.advance(120)
    given = {"access_token": late["access_token"], "secret_key": zalo.secret, "code": late["phone_token"]}
    assert ask("me/info", **given)["error"] == -201, "for two minutes"
