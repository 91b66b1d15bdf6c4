"""Walks through the pretended Zalo, each from the first call to what the telephone or the webhook shows."""

import itertools

from tests.simulators.tests.caller import Caller


def test_a_chat_is_free_then_billed_then_refused(zalo: Caller) -> None:
    assert zalo.cs(zalo.control.uid(zalo.user, zalo.oa)) == -232
    for hours, error, charged in [(48, 0, 0), (48.1, 0, 55), (168, 0, 110), (168.1, -230, 110)]:
        uid = zalo.control.last_interaction(zalo.user, zalo.oa, hours_ago=hours)
        assert zalo.cs(uid) == error
        zalo.control.settle()
        (oa,) = [one for one in zalo.control.state("oas")["oas"] if one["oa_id"] == zalo.oa]
        assert (oa["charged"], oa["reserved"]) == (charged, 0)
    assert len(zalo.control.phone(zalo.user)) == 3


def test_a_webhook_that_nobody_answers_climbs_the_ladder(zalo: Caller) -> None:
    zalo.control.act_follow(zalo.user, zalo.oa)
    zalo.control.advance(86400)
    tries = zalo.control.journal("webhook")
    waits = [round(after["at"] - before["at"]) for before, after in itertools.pairwise(tries)]
    assert waits == [30, 300, 900, 1800, 3600]
    assert [entry["headers"].get("num_retry") for entry in tries] == [None, *"12345"]
    assert len({entry["body"] for entry in tries}) == 1
    assert zalo.control.state("apps")["apps"][0]["webhook_enabled"] is False
