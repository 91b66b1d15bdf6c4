"""What was approved for a later hour: counted for that hour, looked at again when it comes, and about words that stay
what they were."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

import pytest

from messaging import announcements, broadcasts
from messaging.announcements import Draft
from messaging.broadcasts import Count, Plan, Refused
from messaging.channels import registry
from messaging.channels.base import Account, OutgoingMessage
from messaging.models import Broadcast, ChannelAccount, Message, SendingRules
from tenants import clock
from tenants.accounts.models import User
from tenants.audit.models import AuditEntry

from .broadcasting import approved, asked, follower, go_on, recipients, subscriber, words
from .conftest import ScriptedChannel

pytestmark = pytest.mark.usefixtures("all_day", "scripted")

NIGHT = datetime(2026, 11, 25, 23, 30, tzinfo=clock.VIETNAM)


class ForTwoDays(ScriptedChannel):
    """Who wrote may be written to for two days."""

    ways = ("tư vấn",)

    def way_of(self, account: Account, message: OutgoingMessage) -> tuple[str, int] | None:
        ago = message.heard_ago
        return ("tư vấn", 0) if ago is not None and ago <= timedelta(hours=48) else None


def in_hours(hours: float) -> datetime:
    return clock.now() + timedelta(hours=hours)


def count_of(broadcast: Broadcast) -> int:
    return Count.read(broadcast.counted).people


def at_its_hour(broadcast: Broadcast) -> Broadcast:
    assert broadcast.scheduled_for is not None
    with clock.frozen(broadcast.scheduled_for):
        return go_on(broadcast)


@pytest.fixture
def night(all_day: None) -> Iterator[None]:
    SendingRules.objects.update(window_from=time(7), window_until=time(21))
    with clock.frozen(NIGHT):
        yield


class TestCounting:
    def test_who_may_be_written_to_then_is_counted(
        self, author: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(registry._channels, "scripted", ForTwoDays())
        ChannelAccount.objects.create(channel="scripted", name="chinh", external_id="9")
        for number, hours_ago in enumerate((1, 20, 40)):
            follower(number, hours_ago=hours_ago)
        assert count_of(asked(author, Plan({"chat": {}}))) == 3
        assert count_of(asked(author, Plan({"chat": {}}, in_hours(20)))) == 2

    def test_who_wrote_is_gone_when_it_is_too_late(self, author: User) -> None:
        follower(1)
        with pytest.raises(Refused) as refusal:
            asked(author, Plan({"chat": {}}, in_hours(49)))
        assert "không còn nhắn được" in refusal.value.problems["scheduled_for"]
        assert not Broadcast.objects.exists()

    def test_at_its_hour_many_more_are_looked_at_by_a_person_first(self, author: User, second: User) -> None:
        subscriber(1)
        made = approved(author, second, Plan({"news": {}}, in_hours(3)))
        for number in range(2, 5):
            subscriber(number)
        made = at_its_hour(made)
        assert (made.state, made.approved_by, count_of(made)) == ("asked", None, 4)
        assert "đã tăng nhiều" in made.returned_because
        assert not Message.objects.exists()
        assert AuditEntry.objects.filter(action="broadcast.ask_again").count() == 1
        with clock.frozen(made.scheduled_for):  # type: ignore[arg-type]
            broadcasts.approve(made.pk, actor=second, seen=made.version)
            go_on(made, times=4)
        assert len(recipients(made)) == 4

    def test_at_its_hour_as_many_begin(self, author: User, second: User) -> None:
        subscriber(1)
        made = approved(author, second, Plan({"news": {}}, in_hours(3)))
        assert at_its_hour(made).state == "running"

    def test_who_wrote_meanwhile_holds_nothing_up(self, author: User, second: User) -> None:
        made = approved(author, second, Plan({"chat": {}}, in_hours(3)))
        for number in range(3):
            follower(number)
        assert at_its_hour(made).started_at is not None


class TestWords:
    @pytest.mark.parametrize("done", ["asked", "approved"])
    def test_corrected_ones_are_asked_for_anew(self, author: User, second: User, done: str) -> None:
        subscriber(1)
        plan = Plan({"news": {}}, in_hours(3))
        made = asked(author, plan) if done == "asked" else approved(author, second, plan)
        version = made.announcement.version
        announcements.rewrite(made.announcement_id, words(title="Đổi ngày"), actor=author, seen=version)
        made = at_its_hour(made)
        assert (made.state, made.words, made.approved_by) == ("draft", {}, None)
        assert "đã sửa" in made.returned_because
        assert not Message.objects.exists()
        assert AuditEntry.objects.filter(action="broadcast.corrected").count() == 1

    def test_what_no_message_says_changes_nothing(self, author: User, second: User) -> None:
        made = approved(author, second, Plan({"news": {}}, in_hours(3)))
        draft = words(title_en="Reception days", summary_en="Thursday mornings.")
        announcements.rewrite(made.announcement_id, draft, actor=author, seen=made.announcement.version)
        made.refresh_from_db()
        assert made.state == "approved"

    def test_published_meanwhile_they_are_the_same(self, author: User, second: User) -> None:
        made = asked(author)
        said = made.announcement
        announcements.publish(said.pk, actor=author, seen=said.version)
        broadcasts.approve(made.pk, actor=second, seen=made.version)
        made.refresh_from_db()
        assert (made.state, made.approved_by) == ("approved", second)


class TestStopping:
    def test_it_is_stopped_from_a_page_older_than_its_beginning(self, author: User, second: User) -> None:
        subscriber(1)
        made = approved(author, second)
        Broadcast.objects.filter(pk=made.pk).update(state="running", started_at=clock.now(), version=99)
        broadcasts.stop(made.pk, actor=author, reason="Gửi nhầm người")
        made.refresh_from_db()
        assert made.state == "stopped"


@pytest.mark.usefixtures("night")
class TestAtNight:
    def test_the_web_says_it_at_any_hour(self, author: User, second: User) -> None:
        made = go_on(approved(author, second, Plan(), kind="urgent"))
        assert made.state == "done"
        assert announcements.get(made.announcement_id) is not None

    def test_people_are_not_written_to(self, author: User, second: User) -> None:
        made = asked(author, Plan({"news": {}}), kind="urgent")
        with pytest.raises(Refused, match="Tỉnh chỉ gửi tin từ"):
            broadcasts.approve(made.pk, actor=second, seen=made.version)


class TestOutage:
    """Wednesday 25/11/2026."""

    def draft(self, starts: str, **changed: str) -> Draft:
        begins = datetime.fromisoformat(f"{starts}+07:00")
        return words(kind="outage", starts_at=begins, ends_at=begins + timedelta(hours=4), **changed)

    def test_days_count_from_the_hour_it_is_sent_at(self, author: User) -> None:
        noon = datetime(2026, 11, 25, 12, tzinfo=clock.VIETNAM)
        with clock.frozen(noon):
            draft = self.draft("2026-12-07T22:00")
            made = broadcasts.write(draft, Plan({}, noon + timedelta(days=1)), actor=author)
            with pytest.raises(Refused, match="Báo trước 6 ngày"):
                broadcasts.ask(made.pk, actor=author, seen=made.version)
            said = made.announcement
            notice = announcements.notice_of(said, made.scheduled_for)
            assert notice is not None
            assert (notice.days, notice.is_short) == (6, True)
            assert announcements.last_day_to_announce(said) == noon.date()
            assert announcements.last_day_to_announce(said, made.scheduled_for) is None

    def test_the_day_on_which_it_begins_is_no_day_ahead(self) -> None:
        noon = datetime(2026, 11, 25, 12, tzinfo=clock.VIETNAM)
        for hour in (0, 22):
            begins = datetime(2026, 12, 4, hour, 30, tzinfo=clock.VIETNAM)
            assert announcements.lead(noon, begins).days == 6
