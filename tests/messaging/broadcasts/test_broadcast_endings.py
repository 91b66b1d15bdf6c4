"""How a broadcast pauses, stops, ends by itself, and is tried out before; and the broadcast of a planned outage."""

import pytest

from messaging.broadcasts.actions import Stale, pause, resume, stop, withdraw
from messaging.broadcasts.models import Publication
from messaging.broadcasts.sending.statistics import progress
from messaging.channels.states import State
from messaging.delivery import lane_loop
from messaging.outbox.models.messages import Message
from tenants.accounts.models import User
from tests.messaging.broadcasting import approved, go_on, subscriber
from tests.messaging.conftest import ScriptedChannel, lane

pytestmark = pytest.mark.usefixtures("all_day", "scripted")


class TestStopping:
    @pytest.fixture
    def running(self, author: User, second: User, scripted: ScriptedChannel) -> Publication:
        for number in range(4):
            subscriber(number)
        return go_on(approved(author, second))

    def test_a_pause_holds_what_waits(self, running: Publication, author: User) -> None:
        made = pause(running.pk, actor=author, seen=running.version)
        assert (lane_loop.run_lane(lane().pk).settled, go_on(made).state) == (0, "paused")
        resume(made.pk, actor=author, seen=made.version)
        assert lane_loop.run_lane(lane().pk).settled == 4

    def test_a_stop_recalls_what_was_not_sent(
        self, running: Publication, author: User, scripted: ScriptedChannel
    ) -> None:
        made = stop(running.pk, actor=author, reason="Sai ngày tiếp dân")
        lane_loop.run_lane(lane().pk)
        assert (scripted.sent, set(Message.objects.values_list("state", flat=True))) == (
            [],
            {State.SUPPRESSED},
        )
        assert (made.state, progress(made).results[0].left_out) == ("stopped", 4)

    def test_what_is_withdrawn_from_the_web_is_sent_to_nobody_more(
        self, running: Publication, author: User
    ) -> None:
        kept = running
        kept.refresh_from_db()
        withdraw(kept.pk, actor=author, seen=kept.version, reason="Đăng nhầm nội dung")
        made = go_on(running)
        assert (made.state, made.stopped_because) == ("stopped", "Thông báo đã được rút lại.")

    def test_a_stale_second_click_changes_nothing(self, running: Publication, author: User) -> None:
        pause(running.pk, actor=author, seen=running.version)
        with pytest.raises(Stale):
            pause(running.pk, actor=author, seen=running.version)
