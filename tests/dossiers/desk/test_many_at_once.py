"""One act on many dossiers: each stands alone and is reported."""

from dossiers.lifecycle import actions as services
from tests.dossiers.walking import received, take
from tests.factories import Office


def test_a_refusal_stops_only_its_own(office: Office) -> None:
    fresh, moved, other = received(office), received(office), received(office)
    take(office, moved, "forward")
    batch = services.apply_transition_each(
        {fresh.pk: 1, moved.pk: 1, other.pk: 1, 10**9: 1},
        "forward",
        actor=office.clerk,
        given=services.TransitionInput(assignee=office.specialist),
    )
    assert batch.done == [fresh.pk, other.pk]
    assert set(batch.refused) == {moved.pk, 10**9}
    assert "người khác cập nhật" in batch.refused[moved.pk]


def test_each_has_its_own_event(office: Office) -> None:
    dossiers = [received(office) for _ in range(3)]
    services.apply_transition_each(
        {dossier.pk: 1 for dossier in dossiers},
        "forward",
        actor=office.clerk,
        given=services.TransitionInput(assignee=office.specialist),
    )
    assert [dossier.events.count() for dossier in dossiers] == [2, 2, 2]
