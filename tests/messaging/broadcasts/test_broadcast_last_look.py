"""What happened between writing a message of a broadcast and sending it: who stopped, what is over, what is paused."""

from datetime import timedelta

import pytest

from messaging.broadcasts.actions import Stale, pause, resume, stop, withdraw
from messaging.broadcasts.drafts import Refused
from messaging.broadcasts.models import Publication
from messaging.broadcasts.sending import enqueue
from messaging.broadcasts.sending.statistics import progress
from messaging.channels.base import Outcome, OutcomeKind
from messaging.channels.models import Lane
from messaging.channels.states import State
from messaging.contacts import contacts
from messaging.contacts.contacts import NEWS
from messaging.delivery import lane_loop
from messaging.delivery.claims import claim
from messaging.delivery.relay import sweep
from messaging.outbox.models.messages import Message
from tenants import clock
from tenants.accounts.models import User
from tenants.isolation import work_discovery
from tests.messaging.broadcasting import approved, go_on, make_due, subscriber
from tests.messaging.conftest import ScriptedChannel, settle
from tests.messaging.conftest import make_due as make_message_due

pytestmark = pytest.mark.usefixtures("all_day", "scripted")

OVER = "Thông báo đã hết thời gian đăng."
WITHDRAWN = "Người nhận không còn đồng ý nhận tin này."


@pytest.fixture
def lane(scripted: ScriptedChannel) -> Lane:
    return Lane.objects.create(channel="scripted", account="chinh")


@pytest.fixture
def telling(author: User, second: User, lane: Lane) -> Publication:
    """Running, with a message each to three who agreed in the outbox."""
    for number in range(3):
        subscriber(number)
    return go_on(approved(author, second), 2)


def sent(lane: Lane, scripted: ScriptedChannel) -> int:
    lane_loop.run_lane(lane.pk)
    return len(scripted.sent)


def show_until(made: Publication, ago: timedelta) -> None:
    Publication.objects.filter(pk=made.pk).update(publish_until=clock.now() - ago)


def test_who_withdrew_before_their_turn_is_left_alone(author, second, lane, scripted, monkeypatch):
    monkeypatch.setattr(enqueue, "AHEAD", 0)
    person = subscriber(1)
    made = go_on(approved(author, second), 2)
    contacts.withdraw(person, "scripted", NEWS, how="thử")
    monkeypatch.setattr(enqueue, "AHEAD", 10)
    go_on(made)
    assert sent(lane, scripted) == 0
    shown = progress(made)
    assert (shown.results[0].left_out, shown.reasons) == (1, ((WITHDRAWN, 1),))


class TestWhatIsOver:
    def test_past_its_days_nothing_more_goes_out(self, telling, lane, scripted):
        """All were given to the outbox while it was news."""
        show_until(telling, timedelta(seconds=1))
        assert sent(lane, scripted) == 0
        made = go_on(telling)
        assert (made.state, progress(made).reasons) == ("done", ((OVER, 3),))

    def test_what_was_withdrawn_is_not_sent_before_anybody_stops_it(self, telling, author, lane, scripted):
        """At night no step is taken; in the morning the relay may be the first."""
        kept = Publication.objects.get(pk=telling.pk)
        withdraw(kept.pk, actor=author, seen=kept.version, reason="Đăng nhầm nội dung")
        assert sent(lane, scripted) == 0

    def test_a_pause_that_outlasted_it_ends_in_no_message(self, telling, author, lane, scripted):
        made = pause(telling.pk, actor=author, seen=telling.version)
        show_until(made, timedelta(seconds=1))
        with pytest.raises(Refused, match="hết thời gian đăng"):
            resume(made.pk, actor=author, seen=made.version)
        made.refresh_from_db()
        assert (made.state, sent(lane, scripted)) == ("paused", 0)

    def test_gone_on_with_it_keeps_the_days_of_the_announcement(self, telling, author):
        made = pause(telling.pk, actor=author, seen=telling.version)
        show_until(made, timedelta(hours=-2))
        resume(made.pk, actor=author, seen=made.version)
        spans = {one.expires_at - one.not_before for one in Message.objects.all()}
        assert max(spans) <= timedelta(hours=2)


class TestPaused:
    def test_what_comes_back_from_a_try_waits_too(self, telling, author, lane, scripted):
        """It was with a relay while all the others were held back, and it was certainly not sent."""
        (work,) = claim(lane.pk, scripted, 1)
        pause(telling.pk, actor=author, seen=telling.version)
        settle(scripted, work, Outcome(OutcomeKind.TEMPORARY, "x", "Thử lại sau."))
        make_message_due(Message.objects.get(pk=work.message_id))
        assert sent(lane, scripted) == 0
        telling.refresh_from_db()
        resume(telling.pk, actor=author, seen=telling.version)
        assert sent(lane, scripted) == 3


def test_a_stop_recalls_what_was_not_sent(telling, author, lane, scripted):
    made = stop(telling.pk, actor=author, reason="Sai ngày tiếp dân")
    assert sent(lane, scripted) == 0
    assert set(Message.objects.values_list("state", flat=True)) == {State.SUPPRESSED}
    assert (made.state, progress(made).results[0].left_out) == ("stopped", 3)


def test_a_stale_second_click_changes_nothing(telling: Publication, author: User) -> None:
    pause(telling.pk, actor=author, seen=telling.version)
    with pytest.raises(Stale):
        pause(telling.pk, actor=author, seen=telling.version)


def test_one_that_is_due_is_found(author: User, second: User) -> None:
    made = approved(author, second)
    make_due(made)
    assert [(one.what, one.id) for one in work_discovery.due_work()] == [(sweep.BROADCAST, made.pk)]
