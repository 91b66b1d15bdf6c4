"""How a broadcast pauses, stops, ends by itself, and is tried out before; and the broadcast of a planned outage."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from messaging.broadcasts.actions import Stale, pause, resume, stop, withdraw
from messaging.broadcasts.models import Publication
from messaging.broadcasts.queries import alerts, forget_all
from messaging.broadcasts.sending.statistics import progress
from messaging.channels.states import State
from messaging.delivery import lane_loop
from messaging.outbox.models.messages import Message
from tenants import clock
from tenants.accounts.models import User
from tests.messaging.broadcasting import TITLE, approved, go_on, subscriber
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
        assert lane_loop.run_lane(lane().pk).settled == 0
        resume(made.pk, actor=author, seen=made.version)
        assert lane_loop.run_lane(lane().pk).settled == 4

    def test_while_paused_nobody_goes_on_with_it(self, running: Publication, author: User) -> None:
        made = pause(running.pk, actor=author, seen=running.version)
        assert go_on(made).state == "paused"

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


class TestOutage:
    @staticmethod
    def outage(day: str) -> dict[str, Any]:
        begins = datetime.fromisoformat(f"{day}T22:00").replace(tzinfo=clock.VIETNAM)
        return {"kind": "outage", "starts_at": begins, "ends_at": begins + timedelta(hours=4)}

    def test_one_act_announces_it_on_every_page_and_to_people(
        self, author: User, second: User, scripted: ScriptedChannel
    ) -> None:
        subscriber(1)
        forget_all()
        go_on(approved(author, second, **self.outage("2026-12-05")))
        lane_loop.run_lane(lane().pk)
        forget_all()
        assert ([one.title for one in alerts()], len(scripted.sent)) == ([TITLE], 1)
