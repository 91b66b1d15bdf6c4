"""Tokens that wear out, are renewed by somebody else, get lost on the way, or are taken back."""

from datetime import timedelta

import pytest

from messaging.channels.accounts import credentials
from messaging.channels.models import Credential, CredentialEvent
from tests.messaging.channels.zalo.acceptance.conftest import Staging
from tests.messaging.channels.zalo.acceptance.stage import Office

LOST = Credential.State.REAUTH_REQUIRED


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What may be used up is shown again without the pause between."""
    monkeypatch.setattr(credentials, "BEFORE_SECOND_TRY", timedelta(0))


def kinds(office: Office) -> list[str]:
    with office.inside():
        return list(CredentialEvent.objects.filter(account=office.row).values_list("kind", flat=True))


@pytest.mark.parametrize("code", [-220, -216])
@pytest.mark.parametrize("known", [True, False], ids=["by our account too", "by Zalo's alone"])
def test_a_worn_out_token_is_renewed_once(stage, office, person, code, known):
    stage.control.settings(dead_token_code=code)
    with office.inside():
        # A grant that was renewed a moment ago is not renewed again.
        Credential.objects.update(granted_at=office.grant().granted_at - timedelta(hours=1))
    office.wear_out(known=known)
    messages = [office.write(person, number) for number in range(1, 13)]
    messages.append(office.write(office.person(follows=False), 13))
    stage.run()
    stage.deliver()
    assert office.states() == {"delivered": len(messages)}
    assert (stage.count("refresh.ok"), stage.count("refresh.spent")) == (1, 0)
    assert (len(office.shown(person)), stage.accepted()) == (12, 13)
    if known:
        assert stage.count("token.dead") == 0


@pytest.mark.parametrize("style", ["error_name", "empty_message"])
def test_a_renewal_whose_answer_was_lost_waits_for_a_person(staging: Staging, style: str) -> None:
    stage = staging((("daklak", "chinh"), ("dongnai", "chinh")), oauth_error_style=style)
    office, other = stage.offices
    person, neighbour = office.person(), other.person()
    messages = [office.write(person, number) for number in range(1, 6)]
    office.wear_out(known=True)
    stage.control.fault("cut_after", host="oauth", oa=office.oa_id, nth=1)
    stage.run()
    # Shown once more, for it may not have been used up; it was.
    assert (stage.count("refresh.ok"), stage.count("refresh.spent"), stage.accepted()) == (1, 1, 0)
    assert (office.grant().state, kinds(office)) == (LOST, ["consented", "asked", "unclear", "asked", "lost"])
    assert "“Cấp quyền”" in office.lane().trouble
    assert {(one.state, one.attempts) for one in office.messages()} == {("queued", 0)}

    # It stays like that, asks nothing more of Zalo, and holds up nobody else.
    other.write(neighbour)
    for _hour in range(3):
        stage.later(minutes=20)
        stage.run()
    stage.deliver()
    assert (other.states(), office.states()) == ({"delivered": 1}, {"queued": len(messages)})
    assert (stage.count("refresh.spent"), stage.count("refresh.ok")) == (1, 1)

    assert "Đã cấp quyền" in office.consent()
    assert office.grant().state == Credential.State.ACTIVE
    stage.run()
    stage.deliver()
    assert (office.states(), len(office.shown(person))) == ({"delivered": 5}, 5)


def test_a_renewal_that_brings_no_new_refresh_token_keeps_the_old(stage, office, person):
    """It may still be good. Where it is not, the account waits for a person like any other."""
    office.control.fault("no_refresh_token", host="oauth", times=1)
    before = office.credentials()
    office.wear_out(known=True)
    message = office.write(person)
    stage.run()
    stage.deliver()
    after = office.credentials()
    assert office.state(message) == "delivered"
    assert after["refresh_token"] == before["refresh_token"]
    assert after["access_token"] != before["access_token"]
    stage.later(hours=21)
    with office.inside():
        credentials.renew_due()
    assert office.grant().state == LOST
