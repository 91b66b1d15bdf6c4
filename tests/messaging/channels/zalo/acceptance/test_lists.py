"""What Zalo lists: forms and what becomes of them, and more followers than it lists by offset."""

from messaging.channels.zalo import followers
from messaging.contacts.models import Follower
from messaging.outbox import provider_templates
from messaging.outbox.models.messages import Message
from messaging.outbox.models.phone_calls import Call
from messaging.outbox.models.provider_templates import ProviderTemplate
from messaging.provisioning import provider_sync
from tests.messaging.channels.zalo.acceptance.stage import INTENT, Office, Person, Stage

MANY = 10_050
STATES = ProviderTemplate.State


def states(office: Office) -> dict[str, tuple[str, list[str]]]:
    with office.inside():
        return {one.code: (one.state, one.ways) for one in ProviderTemplate.objects.all()}


def test_forms_are_read_and_follow_what_zalo_decides(stage: Stage, office: Office, person: Person) -> None:
    control = stage.control
    new = control.add_template(
        oa_id=office.oa_id,
        app_id=office.app,
        status="PENDING_REVIEW",
        params=[{"name": "ten", "max_length": 30}],
    )["template_id"]
    for _number in range(25):
        # More than one page.
        control.add_template(oa_id=office.oa_id, app_id=office.app, status="REJECT")
    with office.inside():
        assert provider_sync.fetch_templates(office.row) == 27
    both = ["template_phone", "template_uid"]
    assert states(office)[new] == (STATES.PENDING, [])
    assert states(office)[office.template] == (STATES.ENABLED, both)

    control.approve_template(new)
    control.admin("disable_template", template=office.template, reason="Chất lượng thấp")
    stage.deliver()
    assert (states(office)[new][0], states(office)[office.template][0]) == (STATES.ENABLED, STATES.DISABLED)
    with office.inside():
        assert ProviderTemplate.objects.get(code=office.template).cause == "Chất lượng thấp"
        # Over which ways it may go the list alone tells.
        provider_sync.fetch_templates(office.row)
    assert states(office)[new] == (STATES.ENABLED, both)
    stranger = office.person(follows=False)
    stopped = office.write(stranger, 1)
    stage.run()
    assert (office.tries(stopped), office.state(stopped)) == (["form_rests"], "deferred")
    with office.inside():
        problem = Message.objects.get(pk=stopped.pk).problem
        assert f"mẫu {office.template} {STATES.DISABLED.label}" in problem
        assert not Call.objects.exists(), "it waits for another form"
        provider_templates.unassign(office.row, INTENT)
    without = office.write(stranger, 2)
    stage.run()
    assert office.tries(without) == ["no_template"]


def test_lists_are_read_on_with_a_token_that_is_renewed_on_the_way(stage: Stage, office: Office) -> None:
    stage.control.crowd(office.oa_id, 120)
    stage.later(hours=1)
    office.wear_out()
    with office.inside():
        assert provider_sync.fetch_templates(office.row) == 1
    office.wear_out()
    stage.later(hours=1)
    with office.inside():
        assert provider_sync.sync_followers(office.row) == provider_sync.ReadResult(120, finished=True)
    assert (stage.count("refresh.ok"), stage.count("refresh.spent")) == (2, 0)


def test_more_followers_than_zalo_lists_by_offset(stage, office, person, monkeypatch):
    """Split by day and, where a single day is too long, by the OA's own tags; stopped and gone on with."""
    known = set()
    stage.later(days=3)
    for tag, count in (("Phường Một", MANY // 2), ("Phường Hai", MANY - MANY // 2)):
        known.update(stage.control.crowd(office.oa_id, count, tags=[tag]))
    # Writing so many rows is the database's work, not what is looked at here.
    seen: set[str] = set()
    monkeypatch.setattr(provider_sync, "_record_follower", lambda place, one: seen.add(one.address))
    rounds = 1
    with office.inside():
        while not provider_sync.sync_followers(office.row, pages=100, seconds=60).finished:
            rounds += 1
    assert rounds > 1
    assert known | {person.uid} == seen
    offsets = [entry["query"]["data"] for entry in stage.control.requests("/v3.0/oa/user/getlist")]
    assert len(offsets) < MANY / followers.PAGE * 2 + 100
    with office.inside():
        assert Follower.objects.count() == 1
