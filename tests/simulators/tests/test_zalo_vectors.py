"""The formulas, by vectors computed beforehand."""

from tests.simulators.tests.caller import Caller
from tests.simulators.zalo import identities

BODY = (
    b'{"app_id":"360846524940903967","event_name":"follow","oa_id":"388613280878808645",'
    b'"follower":{"id":"246845883529197922"},"source":"oa_profile","timestamp":"1540363714987"}'
)


def test_webhook_mac() -> None:
    mac = identities.webhook_mac("360846524940903967", BODY, "1540363714987", "oa-secret-for-tests")
    assert mac == "e259b5759370c21c238ec8479d1cbd1eee8b53f718453acec7714a4a539ae314"


def test_pkce_challenge() -> None:
    assert identities.challenge("A" * 43) == "DwBzhbb51LfusnSGBa_hqYSgo7-j8BTQnip4TOnlzRo"


def test_proof_of_the_secret() -> None:
    proof = identities.secret_proof("app-secret-for-tests", "access-token-for-tests")
    assert proof == "7196be12396e82d498574863aab45f32c0f0c84c6d6d4038d19a0d78120bdf44"


def test_hash_of_a_telephone_number() -> None:
    hashed = "116ce31ae9170769b075a11dedca1198f41d30318334919fb90917e9c617b438"
    assert identities.phone_hash("84987654321") == hashed


def test_a_template_goes_to_a_hashed_number(zalo: Caller) -> None:
    user = zalo.control.add_user(phone="0987654321")
    content = {
        "hash_phone": user["phone_hash"],
        "template_id": zalo.template,
        "template_data": {"ten": "A", "ma_ho_so": "B", "trang_thai": "C"},
        "tracking_id": "r-1",
    }
    assert zalo.post("/business/message/template/hashphone", content).error == 0
    assert zalo.post("/business/message/template/hashphone", content | {"hash_phone": "0" * 64}).error == -118
    assert (
        zalo.post("/business/message/template/hashphone", content | {"hash_phone": "84987654321"}).error
        == -108
    )
    zalo.control.settle()
    assert len(zalo.control.phone(user["phone"])) == 1
