"""From the first page to the last receipt, with each point that sources dispute played both ways."""

from typing import Any

import pytest

from messaging.channels.base import registry
from messaging.channels.models import Credential
from messaging.channels.zalo import oauth
from messaging.contacts.models import Follower
from messaging.provisioning import provider_sync, readiness
from tests import tables
from tests.deep import share
from tests.messaging.channels.zalo.acceptance.conftest import Staging
from tests.simulators.zalo.identities import Identities
from tests.simulators.zalo.settings import CHECKS

VERIFIER = "A" * 43
Play = tuple[dict[str, Any], dict[str, Any], dict[str, Any]]
PLAYS: dict[str, Play] = {
    **tables.read(__file__, "disputed.yaml"),
    "a challenge of the console": (
        {},
        {"pkce_mode": "fixed", "fixed_challenge": oauth.challenge_of(VERIFIER)},
        {"pkce_mode": "fixed"},
    ),
    "other checks first, no proof sent": (
        {
            "check_order": CHECKS[::-1],
            "dead_token_code": -216,
            "phone_night": "tags_2_3",
            "conversation": "nothing",
        },
        {},
        {"appsecret_proof": False},
    ),
}


@pytest.mark.sampled
@pytest.mark.parametrize("name", share([*PLAYS], 0, 3))
def test_connect_send_by_every_way_and_hear(staging: Staging, name: str) -> None:
    played, console, config = PLAYS[name]
    stage = staging(**played)
    (office,) = stage.offices
    stage.control.set_app(office.app, **console)
    secrets = {"pkce_verifier": VERIFIER} if config.get("pkce_mode") == "fixed" else {}
    if played.get("oa_secret_scope") == "oa":
        secrets["oa_secret"] = Identities(1).hexadecimal(24, stage.app["oa_secret"], office.oa_id)
    office.save(secrets, **config)
    office.consent(pastes=not played.get("state_echo", True))
    assert (office.grant().state, stage.count("exchange.ok")) == (Credential.State.ACTIVE, 1)
    stage.until(12)
    office.fetch_forms()
    with office.inside():
        assert readiness.ask_provider(registry.get("zalo"), office.name).well

    person, stranger = office.person(), office.person(follows=False)
    office.control.act_send_text(person.user, office.oa_id, "Hồ sơ https://a/b đến đâu?")
    stage.deliver()
    with office.inside():
        assert Follower.objects.get().address == person.uid
    messages = [office.write(person, 1), office.write(stranger, 2)]
    stage.run()
    stage.deliver()
    stage.later(hours=49)
    messages.append(office.write(person, 3))
    stage.run()
    stage.deliver()
    office.control.act_see(person.user, office.oa_id)
    stage.deliver()
    assert [office.state(one) for one in messages] == ["seen", "delivered", "seen"]
    shown = [one.kind for one in (*office.shown(person), *office.shown(stranger))]
    assert shown == ["cs", "template_uid", "template_phone"]
    with office.inside():
        assert provider_sync.sync_followers(office.row).seen == 1
    assert (stage.count("refresh.spent"), stage.control.journal("mistake")) == (0, [])
