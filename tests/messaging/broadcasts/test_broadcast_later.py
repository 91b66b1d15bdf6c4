"""What was approved for a later hour: counted for that hour, looked at again when it comes, and about words that stay
what they were."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone

from messaging.broadcasts.actions import Stale, approve, ask, publish, rewrite, stop, withdraw
from messaging.broadcasts.drafts import Refused
from messaging.broadcasts.models import Publication
from messaging.broadcasts.queries import get
from messaging.broadcasts.sending.articles import INTENT
from messaging.outbox import wording as templates
from messaging.outbox.models.messages import Message, SendingRules
from messaging.outbox.wording import Text
from tenants import clock
from tenants.accounts.models import User
from tenants.audit.models import AuditEntry
from tests.messaging.broadcasting import approved, asked, go_on, recipients, subscriber, words

pytestmark = pytest.mark.usefixtures("all_day", "scripted")

NIGHT = datetime(2026, 11, 25, 23, 30, tzinfo=clock.VIETNAM)


def in_hours(hours: float) -> datetime:
    return clock.now() + timedelta(hours=hours)


def at_its_hour(publication: Publication) -> Publication:
    assert publication.scheduled_for is not None
    with clock.frozen(publication.scheduled_for):
        return go_on(publication)


@pytest.fixture
def night(all_day: None) -> Iterator[None]:
    SendingRules.objects.update(window_from=time(7), window_until=time(21))
    with clock.frozen(NIGHT):
        yield


class TestCounting:
    def test_at_its_hour_who_agreed_meanwhile_is_told_too(self, author: User, second: User) -> None:
        subscriber(1)
        made = approved(author, second, scheduled_for=in_hours(3))
        subscriber(2)
        assert at_its_hour(made).state == "running"
        with clock.frozen(in_hours(3)):
            go_on(made, times=3)
        assert (made.people, len(recipients(made))) == (1, 2)


class TestWords:
    def test_the_wording_around_them_is_approved_too(self, author: User, second: User) -> None:
        subscriber(1)
        waiting, made = asked(author), approved(author, second)
        templates.reword(INTENT, Text("{tieu_de}", "Lời khác: {tom_tat}"), actor=author)
        go_on(made, times=3)
        assert "Lời khác" not in Message.objects.get().body
        with pytest.raises(Stale, match="đã sửa"):
            approve(waiting.pk, actor=second, seen=waiting.version)

    @pytest.mark.parametrize("done", ["asked", "approved"])
    def test_corrected_ones_are_asked_for_anew(self, author: User, second: User, done: str) -> None:
        subscriber(1)
        made = asked(author, scheduled_for=in_hours(3))
        if done == "approved":
            made = approve(made.pk, actor=second, seen=made.version)
        version = made.version
        rewrite(made.pk, words(title="Đổi ngày"), actor=author, seen=version)
        made = at_its_hour(made)
        assert (made.state, made.words, made.approved_by) == ("draft", {}, None)
        assert "đã sửa" in made.returned_because
        assert not Message.objects.exists()
        assert AuditEntry.objects.filter(action="broadcast.corrected").count() == 1

    def test_what_no_message_says_changes_nothing(self, author: User, second: User) -> None:
        made = approved(author, second, scheduled_for=in_hours(3))
        draft = words(title_en="Reception days", summary_en="Thursday mornings.")
        rewrite(made.pk, draft, actor=author, seen=made.version)
        made.refresh_from_db()
        assert made.state == "approved"

    def test_what_was_withdrawn_waits_for_no_approval(self, author: User) -> None:
        made = asked(author)
        made = publish(made.pk, actor=author, seen=made.version)
        made = withdraw(made.pk, actor=author, seen=made.version, reason="Đăng nhầm nội dung")
        assert (made.state, made.words) == ("draft", {})
        with pytest.raises(Refused, match="đã rút lại"):
            ask(made.pk, actor=author, seen=made.version)


class TestPageFirst:
    def test_no_message_leaves_before_its_page_is_shown(self, author: User, second: User) -> None:
        subscriber(1)
        made = approved(author, second, scheduled_for=in_hours(1), publish_from=in_hours(3))
        made.refresh_from_db()
        assert made.next_step_at is not None
        assert made.next_step_at - timezone.now() > timedelta(hours=2)
        assert made.publish_from == in_hours(3)

    def test_the_page_may_be_shown_before_its_message_leaves(self, author: User, second: User) -> None:
        made = approved(author, second, scheduled_for=in_hours(3), publish_from=in_hours(1))
        with clock.frozen(in_hours(1)):
            assert get(made.pk) is not None
        made.refresh_from_db()
        assert made.next_step_at is not None
        assert made.next_step_at - timezone.now() > timedelta(hours=2)

    def test_without_recipients_its_own_hour_is_kept(self, author: User, second: User) -> None:
        made = approved(author, second, audiences=[], publish_from=in_hours(3))
        assert (made.publish_from, get(made.pk)) == (in_hours(3), None)


class TestStopping:
    def test_it_is_stopped_from_a_page_older_than_its_beginning(self, author: User, second: User) -> None:
        subscriber(1)
        made = approved(author, second)
        Publication.objects.filter(pk=made.pk).update(state="running", started_at=clock.now(), version=99)
        stop(made.pk, actor=author, reason="Gửi nhầm người")
        made.refresh_from_db()
        assert made.state == "stopped"


@pytest.mark.usefixtures("night")
class TestAtNight:
    def test_the_web_says_it_at_any_hour(self, author: User, second: User) -> None:
        made = go_on(approved(author, second, audiences=[], kind="urgent"))
        assert made.state == "done"
        assert get(made.pk) is not None

    def test_people_are_not_written_to(self, author: User, second: User) -> None:
        made = asked(author, kind="urgent")
        with pytest.raises(Refused, match="Tỉnh chỉ gửi tin từ"):
            approve(made.pk, actor=second, seen=made.version)
