"""What Zalo tells, rightly and wrongly: once, forward only, and to whom it concerns alone."""

from collections import Counter

import pytest

from messaging.channels.models import Lane
from messaging.channels.states import State
from messaging.contacts.models import Consent, Follower, Subscription
from messaging.inbound.models import IncomingMessage, WebhookEvent
from messaging.outbox import provider_templates
from messaging.outbox.models.phone_calls import Call
from messaging.outbox.models.provider_templates import ProviderTemplate
from tenants.isolation.context import province_context
from tests.messaging.channels.zalo.acceptance.conftest import Staging
from tests.messaging.channels.zalo.acceptance.stage import Office, Person, Stage

RECEIVED = "user_received_message"
OAS = ((("daklak", "chinh"), ("dongnai", "chinh")),)


def told(office: Office) -> Counter[str]:
    """What was taken in, by what came of it."""
    with office.inside():
        return Counter(WebhookEvent.objects.values_list("state", flat=True))


# --- Odd, and right


@pytest.mark.parametrize(
    ("fault", "more"),
    [
        ("duplicate", {}),
        ("burst", {}),
        ("replay", {"seconds": 3600}),
        ("late", {}),
        ("upper_hex", {}),
        ("no_mac_prefix", {}),
        ("big_body", {}),
        ("nfd_text", {}),
        ("hold", {"event": RECEIVED}),
    ],
)
def test_however_it_is_told_it_counts_once(stage, office, person, fault, more):
    before = sum(told(office).values())
    stage.control.fault(fault, **more)
    message = office.write(person)
    stage.run()
    stage.deliver()
    office.control.act_see(person.user, office.oa_id)
    stage.deliver()
    stage.later(hours=1, minutes=51)
    assert (office.state(message), len(office.shown(person))) == (State.SEEN, 1)
    # Our own words came back, they arrived, they were read.
    assert sum(told(office).values()) - before == 3
    assert "failed" not in told(office)
    rows = office.rows()
    stage.later(hours=2)
    stage.run()
    assert (office.rows(), office.state(message)) == (rows, State.SEEN)


def test_a_receipt_that_is_lost_is_asked_for(stage: Stage, office: Office) -> None:
    stage.control.fault("lost", event=RECEIVED)
    message = office.write(office.person(follows=False))
    stage.run()
    stage.deliver()
    assert office.state(message) == State.ACCEPTED
    stage.later(minutes=31)
    stage.run()
    assert office.state(message) == State.DELIVERED


# --- Wrong, foreign, unknown


@pytest.mark.parametrize(
    "fault", ["wrong_signature", "no_signature", "tampered", "other_oa", "unknown_oa", "invalid_utf8"]
)
def test_what_is_not_ours_touches_no_province(staging: Staging, fault: str) -> None:
    stage = staging(*OAS)
    # Each OA has a key of its own: what one signs is not believed of another.
    stage.control.settings(oa_secret_scope="oa")
    office, other = stage.offices
    person = office.control.add_user()["user_id"]
    before = [one.rows() for one in stage.offices]
    stage.control.fault(fault, **({"value": other.oa_id} if fault == "other_oa" else {}))
    office.control.act_follow(person, office.oa_id)
    office.control.act_send_text(person, office.oa_id, "Xin chào")
    office.control.act("withdraw", user=person, oa=office.oa_id)
    assert stage.deliver() == 3
    assert [one.rows() for one in stage.offices] == before


def test_what_one_province_is_told_another_does_not_hear(staging: Staging) -> None:
    """Both send through one App whose webhooks have one key."""
    stage = staging(*OAS)
    office, other = stage.offices
    office.person(), other.person()
    before = other.rows()
    person = office.person()
    message = office.write(person)
    stage.run()
    stage.deliver()
    assert (office.state(message), other.rows()) == (State.DELIVERED, before)
    with province_context("dongnai"):
        assert Follower.objects.count() == 1


def test_a_flood_of_bad_signatures_closes_nothing(stage: Stage, office: Office, person: Person) -> None:
    """Zalo would climb its ladder for any other answer than 200, and then tell nothing more."""
    stage.control.settings(retry_on="any_non_200")
    before = office.rows()
    bad = stage.control.fault("wrong_signature")
    stage.control.traffic(office.oa_id, 200, per_second=1000)
    assert stage.deliver() == 200
    assert office.rows() == before
    stage.control.clear_faults(bad)
    assert stage.control.state("apps")["apps"][0]["webhook_enabled"]
    assert (stage.count("webhook.disabled"), stage.count("webhook.refused")) == (0, 0)
    message = office.write(person)
    stage.run()
    stage.deliver()
    assert (office.state(message), office.lane().state) == (State.DELIVERED, Lane.State.ACTIVE)


# --- What people and consoles do


def test_who_withdraws_is_forgotten(stage: Stage, office: Office, person: Person) -> None:
    office.control.act_send_text(person.user, office.oa_id, "Hồ sơ của tôi đến đâu?")
    stage.deliver()
    sent = office.write(person, 1)
    stage.run()
    stage.deliver()
    waiting = office.write(person, 2)
    office.control.act("withdraw", user=person.user, oa=office.oa_id)
    stage.deliver()
    stage.run()
    assert office.state(sent) == State.DELIVERED
    assert (office.state(waiting), len(office.shown(person))) == (State.SUPPRESSED, 1)
    with office.inside():
        follower = Follower.objects.get()
        assert (follower.state, follower.address, follower.app_address) == (Follower.State.ERASED, "", "")
        assert not Subscription.objects.exists()
        assert not IncomingMessage.objects.exists()
        assert not Consent.objects.filter(channel="zalo", withdrawn_at__isnull=True).exists()
        # Nothing that was told names them any more, not even what asked for it.
        assert [one for one in WebhookEvent.objects.all() if person.uid in one.raw] == []


def test_a_form_that_is_stopped_with_a_full_queue(stage: Stage, office: Office) -> None:
    """Its messages go on by the next channel, each once; when Zalo allows it again it is used again."""
    stranger = office.person(follows=False)
    many = 50
    stop = {
        "admin": "disable_template",
        "arguments": {"template": office.template, "reason": "Chất lượng thấp"},
    }
    stage.control.fault("admin_after", path="/message/template", nth=10, **stop)
    messages = [office.write(stranger, number, then=["mock"]) for number in range(1, many + 1)]
    stage.carry_on()
    shown = len(office.shown(stranger))
    assert 10 <= shown < many
    with office.inside():
        by_mock = [one for one in messages if one.lane.channel == "mock" or one.refresh_from_db() is None]
        assert Counter(one.state for one in by_mock) == {"delivered": many}
        assert sum(one.lane.channel == "mock" for one in messages) == many - shown
        assert ProviderTemplate.objects.get().state == ProviderTemplate.State.DISABLED
        assert office.template in " ".join(str(one) for one in provider_templates.find_missing(office.row))
    # What was in hand was refused; the others were not even tried.
    assert len(stage.control.requests("/message/template", error=-146)) < (many - shown) // 2

    office.control.approve_template(office.template)
    stage.deliver()
    again = office.write(stranger, many + 1)
    stage.run()
    stage.deliver()
    assert (office.state(again), len(office.shown(stranger))) == (State.DELIVERED, shown + 1)


def test_a_form_that_is_stopped_keeps_its_messages_until_it_is_approved_again(stage, office):
    """Each of them would be a telephone call; Zalo is asked no more about what it stopped."""
    stranger = office.person(follows=False)
    stage.control.admin("disable_template", template=office.template)
    for number in range(1, 4):
        office.write(stranger, number)
    stage.carry_on(rounds=2, minutes=15)
    with office.inside():
        assert (office.states(), Call.objects.exists()) == ({"deferred": 3}, False)
    assert len(stage.control.requests("/message/template")) <= 3
    office.control.approve_template(office.template)
    stage.deliver()
    stage.later(minutes=16)
    stage.carry_on(rounds=2)
    assert len(office.shown(stranger)) == 3


def test_a_webhook_key_that_is_reset_in_mid_flight(stage: Stage, office: Office, person: Person) -> None:
    """What was signed before and is told late is believed beside what is signed with the new key."""
    stage.control.fault("late", event=RECEIVED, times=1)
    first = office.write(person, 1)
    stage.run()
    stage.deliver()
    old = office.secrets()["oa_secret"]
    new = stage.control.admin("reset_secret", app=office.app)["oa_secret"]
    second = office.write(person, 2)
    stage.run()
    stage.deliver()
    # Nobody typed the new key yet: not believed, and not held against us either.
    assert office.state(second) == State.ACCEPTED
    office.save({"oa_secret": new, "oa_secret_old": old})
    third = office.write(person, 3)
    stage.run()
    stage.deliver()
    stage.later(hours=1, minutes=51)
    assert [office.state(one) for one in (first, second, third)] == ["delivered", "accepted", "delivered"]
    assert stage.control.state("apps")["apps"][0]["webhook_enabled"]
