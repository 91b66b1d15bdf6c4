"""Each lane of a broadcast by itself: one that cannot send keeps no other waiting, is not filled, and says why."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now

from messaging.broadcasts.models import Publication
from messaging.broadcasts.sending import enqueue
from messaging.broadcasts.sending.runner import go_on as publications_go_on
from messaging.broadcasts.sending.statistics import progress
from messaging.channels.models import Lane
from messaging.delivery import lane_loop
from messaging.outbox.models.messages import Message
from tenants import clock
from tenants.accounts.models import User
from tests.messaging.broadcasting import approved, go_on, make_due, subscriber

pytestmark = pytest.mark.usefixtures("all_day", "scripted")


@pytest.fixture
def lane() -> Lane:
    """The lane of the channel that comes first."""
    return Lane.objects.create(channel="scripted", account="chinh")


def limit(lane: Lane, **values: Any) -> None:
    Lane.objects.filter(pk=lane.pk).update(spent_month=clock.today().replace(day=1), **values)


def written_over() -> dict[str, int]:
    found: dict[str, int] = {}
    for channel in Message.objects.filter(bulk=True).values_list("lane__channel", flat=True):
        found[channel] = found.get(channel, 0) + 1
    return found


def test_a_lane_that_is_full_leaves_room_in_the_others(author, second, lane, monkeypatch):
    """Nobody sends in the first lane: what waits there counts for nothing in the second."""
    monkeypatch.setattr(enqueue, "AHEAD", 2)
    for number in range(4):
        subscriber(number)
    for number in range(10, 14):
        subscriber(number, "mock")
    go_on(approved(author, second), 4)
    assert written_over() == {"scripted": 2, "mock": 2}


@pytest.mark.parametrize(
    ("stands", "why"),
    [
        ({"state": Lane.State.PAUSED}, "Luồng tin đang tạm dừng."),
        (
            {"rests": 3, "rests_until": Now() + timedelta(hours=1), "trouble": "Quyền gửi đã mất."},
            "Luồng tin đang nghỉ: Quyền gửi đã mất.",
        ),
        (
            {"monthly_budget": 10, "spent": 9},
            "Hết hạn mức tháng này cho đợt gửi tin; phần còn lại để dành cho tin hồ sơ.",
        ),
        (
            {"money_limit": 1000, "money_spent": 900},
            "Hết kinh phí tháng này cho đợt gửi tin; phần còn lại để dành cho tin hồ sơ.",
        ),
    ],
)
def test_a_lane_that_cannot_send_is_given_nobody_and_says_why(author, second, lane, stands, why):
    """In the outbox they would grow stale, one hundred after the other, and be missed."""
    limit(lane, **stands)
    subscriber(1)
    made = go_on(approved(author, second), 2)
    shown = progress(made)
    assert (Message.objects.count(), made.state, shown.obstacles) == (0, "running", {"scripted": why})


def test_a_channel_that_is_switched_off_meanwhile_waits(author, second, lane, settings):
    subscriber(1)
    made = approved(author, second)
    make_due(made)
    publications_go_on(seconds=0)
    publications_go_on(seconds=0)
    assert progress(made).total.people == 1
    settings.MESSAGING_CHANNELS = ["mock"]
    made = go_on(made)
    assert (Message.objects.count(), progress(made).obstacles) == (
        0,
        {"scripted": "Kênh này đang tắt."},
    )


def test_no_more_are_given_than_the_months_budget_lets_through(author, second, lane):
    limit(lane, monthly_budget=10, spent=5)
    for number in range(6):
        subscriber(number)
    go_on(approved(author, second), 3)
    assert written_over() == {"scripted": 3}


def test_a_lane_that_tries_how_things_are_is_given_one(author: User, second: User, lane: Lane) -> None:
    limit(lane, rests=2, rests_until=Now() - timedelta(seconds=1))
    for number in range(3):
        subscriber(number)
    go_on(approved(author, second), 2)
    assert written_over() == {"scripted": 1}


def test_what_waits_for_a_lane_goes_on_when_it_works_again(author, second, lane, scripted):
    limit(lane, state=Lane.State.PAUSED)
    for number in range(3):
        subscriber(number)
    made = go_on(approved(author, second), 2)
    limit(lane, state=Lane.State.ACTIVE)
    go_on(made)
    lane_loop.run_lane(lane.pk)
    assert (go_on(made).state, len(scripted.sent)) == (Publication.State.DONE, 3)


def test_a_lane_without_means_does_not_keep_it_going_past_its_days(author, second, lane):
    limit(lane, monthly_budget=0)
    subscriber(1)
    made = go_on(approved(author, second), 2)
    Publication.objects.filter(pk=made.pk).update(publish_until=clock.now() - timedelta(minutes=1))
    made = go_on(made)
    assert (made.state, made.stopped_because) == ("stopped", "Thông báo đã hết thời gian đăng.")
    assert progress(made).results[0].left_out == 1
