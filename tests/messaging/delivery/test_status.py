"""What operators are told about the lanes of a province. People and numbers are invented."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from messaging.channels.models import ChannelAccount, Lane
from messaging.channels.states import State
from messaging.contacts.models import Contact
from messaging.delivery import monitoring
from messaging.outbox.models.messages import Message
from messaging.outbox.models.phone_calls import Call
from tenants import clock
from tenants.isolation.province_cache import ProvinceRecord, UnknownProvince
from tests.messaging.conftest import NUMBER, ScriptedChannel, agreed, write


def the_lane() -> monitoring.LaneStatus:
    return next(lane for lane in monitoring.lanes() if lane.channel == "scripted")


def changed(message: Message, **columns: Any) -> None:
    Message.objects.filter(pk=message.pk).update(**columns)


def given_up(message: Message, problem: str = "Số này không có tài khoản.", **columns: Any) -> None:
    changed(message, **{"state": State.FAILED, "finished_at": Now(), "problem": problem, **columns})


@pytest.fixture
def message(contact: Contact, scripted: ScriptedChannel) -> Message:
    return write(contact)


def test_what_waits_for_its_time_is_not_due_and_what_is_done_with_is_not_counted(message: Message) -> None:
    changed(message, next_attempt_at=Now() + timedelta(minutes=1))
    assert (the_lane().waiting, the_lane().due, the_lane().oldest) == (1, 0, None)
    changed(message, state=State.DELIVERED, finished_at=Now())
    assert (the_lane().waiting, the_lane().due, the_lane().dead) == (0, 0, 0)


def test_the_dead_of_the_last_day_are_counted(message: Message) -> None:
    given_up(message)
    old = write(agreed("0905000218"), "2")
    given_up(old, finished_at=Now() - timedelta(hours=25))
    assert the_lane().dead == 1


def test_the_rate_is_the_channels_until_the_lane_has_its_own(message: Message) -> None:
    before = the_lane()
    Lane.objects.filter(pk=message.lane_id).update(rate=2.5)
    after = the_lane()
    assert (before.rate, before.rate_is_own, after.rate, after.rate_is_own) == (None, False, 2.5, True)


def test_last_months_spending_does_not_count(message: Message) -> None:
    month = clock.today().replace(day=1)
    lanes = Lane.objects.filter(pk=message.lane_id)
    lanes.update(monthly_budget=10, spent=9, spent_month=month)
    this_month = the_lane().budget_left
    lanes.update(spent_month=(month - timedelta(days=1)).replace(day=1))
    assert (this_month, the_lane().budget_left) == (1, 10)


@pytest.mark.parametrize(("rests", "text"), [(1, "đang chạy"), (2, "đang thử lại")])
def test_one_answer_that_was_not_read_is_no_trouble_once_its_rest_is_over(message, rests, text):
    """There may be no message for hours that shows how things are."""
    over = Now() - timedelta(seconds=1)
    Lane.objects.filter(pk=message.lane_id).update(failures=5, rests=rests, rests_until=over)
    assert the_lane().state_text == text


def test_who_holds_the_lane_is_told_until_the_lease_runs_out(message: Message) -> None:
    token = "0f0e0d0c-0000-4000-8000-000000000000"
    lanes = Lane.objects.filter(pk=message.lane_id)
    lanes.update(lease_token=token, lease_until=Now() + timedelta(seconds=15))
    held = the_lane().holder
    lanes.update(lease_until=Now() - timedelta(seconds=1))
    assert (held, the_lane().holder) == ("0f0e0d0c", "")


def test_a_lane_of_a_channel_that_is_gone_keeps_its_code(province: ProvinceRecord) -> None:
    Lane.objects.create(channel="fax", account="chinh")
    assert [lane.channel_name for lane in monitoring.lanes() if lane.channel == "fax"] == ["fax"]


def test_the_lanes_cost_five_statements(message: Message) -> None:
    with CaptureQueriesContext(connection) as asked:
        monitoring.lanes()
    assert len(asked) == 5


# --- The report and what to look into


def complaints(slug: str = "daklak") -> list[str]:
    return monitoring.find_faults(monitoring.report(slug))


@pytest.mark.parametrize(
    ("ail", "told"),
    [
        (
            lambda message: changed(message, next_attempt_at=Now() - timedelta(minutes=6)),
            "có tin đến hạn đã chờ 6 phút.",
        ),
        (
            lambda message: Lane.objects.filter(pk=message.lane_id).update(rests=1, trouble="Hết tiền."),
            "luồng đang nghỉ: Hết tiền.",
        ),
        (given_up, "1 tin không gửi được trong 24 giờ qua."),
    ],
    ids=["waits", "rests", "dead"],
)
def test_what_ails_a_lane_is_looked_into(message: Message, ail: Callable[[Message], Any], told: str) -> None:
    assert complaints() == []
    ail(message)
    assert complaints() == [f"daklak, scripted/chinh: {told}"]


def test_a_channel_without_an_account_it_needs_is_looked_into(message, scripted, monkeypatch):
    monkeypatch.setattr(
        scripted, "check_account", lambda config, secrets: [] if config else ["Thiếu địa chỉ."]
    )
    without = complaints()
    ChannelAccount.objects.create(channel="scripted", name="chinh", config={"url": "https://sms.example/"})
    assert (without, complaints()) == (["daklak: kênh scripted chưa có tài khoản dùng được."], [])


def test_a_province_in_trouble_hides_no_other(message: Message, monkeypatch: pytest.MonkeyPatch) -> None:
    healthy = monitoring.lanes

    def broken_here() -> list[monitoring.LaneStatus]:
        if connection.schema_name == "daklak":  # type: ignore[attr-defined]
            raise RuntimeError("hỏng")
        return healthy()

    monkeypatch.setattr(monitoring, "lanes", broken_here)
    offices = {office.slug: office.error for office in monitoring.report().offices}
    assert (offices["daklak"], offices["dongnai"]) == ("RuntimeError", "")


def test_an_unknown_province_is_refused(province: ProvinceRecord) -> None:
    with pytest.raises(UnknownProvince):
        monitoring.report("hanoi")


def test_open_calls_are_counted(province: ProvinceRecord) -> None:
    for event, outcome in (("1", ""), ("2", "told")):
        Call.objects.create(
            subject="dossier:H15.08-261125-0001", event=event, intent="received", name="Nguyễn Thị Thử",
            title="T", body="B", reason="no_channel", outcome=outcome, settled_at=Now() if outcome else None,
        )  # fmt: skip
    assert monitoring.report("daklak").offices[0].calls_open == 1


def test_the_text_begins_each_line_with_province_and_lane_and_tells_nothing_of_a_person(message):
    assert "daklak\tscripted/chinh\tđang chạy\tchờ 1" in monitoring.as_text(monitoring.report("daklak"))
    given_up(message)
    said = monitoring.report("daklak")
    text = monitoring.as_text(said) + monitoring.as_json(said)
    assert not [secret for secret in (NUMBER, "Nguyễn Thị Thử", "H15.08-261125-0001") if secret in text]


# --- Cost: what is done with is not read


@contextmanager
def no_scans() -> Iterator[None]:
    """The planner of a small table would rather read all of it."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    yield


@pytest.mark.parametrize(
    ("messages", "index"),
    [
        (lambda: Message.objects.live(), "messaging_due"),
        (lambda: Message.objects.filter(state__in=monitoring.DEAD, finished_at__gt=Now()), "messaging_dead"),
    ],
)
def test_counts_use_the_partial_indexes(province: ProvinceRecord, messages: Any, index: str) -> None:
    with no_scans():
        counted = messages().order_by().values("lane_id").annotate(count=monitoring.Count("pk"))
        assert index in counted.explain()
