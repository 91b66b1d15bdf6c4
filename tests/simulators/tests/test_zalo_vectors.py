"""The formulas, by vectors computed beforehand."""

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
