"""Broadcasts of a province that came back from a backup: nobody is told twice, and a person decides."""

import pytest

from messaging.broadcasts.actions import resume
from messaging.broadcasts.models import Publication, PublicationRecipient
from messaging.broadcasts.sending import runner
from messaging.broadcasts.sending.statistics import progress
from messaging.delivery import lane_loop
from messaging.outbox.models.messages import Message
from tenants import clock
from tenants.accounts.models import User
from tenants.operations.backup.parts import SETTLES
from tests.messaging.broadcasting import approved, go_on, lane, recipients, subscriber

pytestmark = pytest.mark.usefixtures("all_day", "scripted")


class TestAfterARestore:
    def test_what_was_going_on_waits_for_a_person(self, author: User, second: User) -> None:
        """The copy does not know what was sent after it was made: going on by itself could send it again."""
        subscriber(1)
        going = approved(author, second)
        said = runner.pause_restored(clock.now())
        going.refresh_from_db()
        assert (going.state, going.next_step_at, said) == (
            Publication.State.PAUSED,
            None,
            "1 đợt gửi tin được tạm dừng.",
        )
        assert "có thể đã nhận tin" in going.returned_because

    def test_what_had_not_begun_begins_when_a_person_says_so(self, author: User, second: User) -> None:
        person = subscriber(1)
        held = approved(author, second)
        runner.pause_restored(clock.now())
        held.refresh_from_db()
        resumed = resume(held.pk, actor=author, seen=held.version)
        assert (resumed.state, resumed.returned_because) == (Publication.State.APPROVED, "")
        assert recipients(go_on(resumed, 2)) == [person.pk]

    def test_who_has_a_message_that_was_carried_over_gets_no_other(self, author, second, scripted):
        """What was written since the backup stays; to whom it was given is forgotten."""
        for number in range(3):
            subscriber(number)
        made = go_on(approved(author, second))
        lane_loop.run_lane(lane().pk)
        PublicationRecipient.objects.filter(publication=made).update(message=None)
        subscriber(3)
        late = PublicationRecipient.objects.create(
            publication=made, channel="scripted", contact=subscriber(4)
        )
        made = go_on(made)
        lane_loop.run_lane(lane().pk)
        late.refresh_from_db()
        assert (late.message is not None, len(scripted.sent), Message.objects.count()) == (True, 4, 4)
        made = go_on(made)
        assert (made.state, progress(made).total.sent) == ("done", 4)

    def test_a_restore_asks_for_it(self) -> None:
        assert runner.pause_restored in SETTLES
