"""The article to all who follow: tried again by a person when it certainly was not sent, never when nobody knows; and
never by an account that cannot be used."""

from concurrent.futures import Future
from datetime import time, timedelta
from typing import Any

import pytest
from django.db.models.functions import Now

from messaging.broadcasts.actions import (
    Stale,
    approve,
    ask,
    resume,
    settle_article,
    stop,
    try_article_again,
    write,
)
from messaging.broadcasts.drafts import Refused
from messaging.broadcasts.models import Publication, PublicationArticle
from messaging.broadcasts.sending import articles, runner
from messaging.channels.base import Account, Capabilities, Outcome, OutcomeKind, Reason, registry
from messaging.channels.capabilities import Article, Unanswered
from messaging.channels.models import ChannelAccount, Lane
from messaging.contacts.models import Follower
from messaging.delivery.relay import sweep
from messaging.outbox.models.messages import SendingRules
from tenants import clock
from tenants.accounts.models import User
from tenants.audit.models import AuditEntry
from tests.messaging.broadcasting import (
    approved,
    asked,
    follower,
    go_on,
    link,
    make_due,
    recipients,
    subscriber,
    words,
)
from tests.messaging.conftest import ScriptedChannel

pytestmark = pytest.mark.usefixtures("all_day")

State = PublicationArticle.State
REFUSED = Outcome(OutcomeKind.PERMANENT, "-201", "Bài viết bị từ chối.")
LATER = Outcome(OutcomeKind.TEMPORARY, "503", "Kênh bận.", reason=Reason.PROVIDER)
NO_ANSWER = Outcome(OutcomeKind.UNKNOWN, "", "Đứt kết nối.")


class TellingChannel(ScriptedChannel):
    """Tells all who follow. `refusals`: what creating comes to before it succeeds; `sends`: what sending comes to."""

    capabilities = Capabilities(can_be_asked=True)

    def __init__(self) -> None:
        super().__init__()
        self.refusals: list[Outcome] = []
        self.sends: list[Outcome] = []
        self.is_processed = True
        self.created = 0
        self.told: list[str] = []

    def create_article(self, account: Account, article: Article) -> str:
        self.created += 1
        if self.refusals:
            raise Unanswered(self.refusals.pop(0))
        return f"token-{self.created}"

    def finished_article(self, account: Account, token: str) -> str:
        return token.replace("token", "article") if self.is_processed else ""

    def send_article(self, account: Account, article_id: str) -> Outcome:
        outcome = self.sends.pop(0) if self.sends else Outcome(OutcomeKind.ACCEPTED)
        if outcome.kind == OutcomeKind.ACCEPTED:
            self.told.append(article_id)
        return outcome


@pytest.fixture
def channel(settings: Any, monkeypatch: pytest.MonkeyPatch) -> TellingChannel:
    made = TellingChannel()
    monkeypatch.setitem(registry._channels, made.code, made)
    settings.MESSAGING_CHANNELS = [made.code, "mock"]
    return made


@pytest.fixture
def account(channel: TellingChannel, province: Any) -> ChannelAccount:
    Lane.objects.create(channel="scripted", account="chinh")
    return ChannelAccount.objects.create(channel="scripted", name="chinh", external_id="9")


@pytest.fixture
def running(author: User, second: User, account: ChannelAccount) -> Publication:
    """To all who follow: one does."""
    follower(1, state=Follower.State.FOLLOWING)
    return go_on(approved(author, second, audiences=["article"]))


def step(times: int = 5) -> PublicationArticle:
    """Time passes, and somebody comes by."""
    for _ in range(times):
        PublicationArticle.objects.filter(next_try_at__isnull=False).update(next_try_at=Now())
        articles.work_off()
    return PublicationArticle.objects.get()


def again(made: Publication, actor: User) -> Publication:
    return try_article_again(made.pk, actor=actor, article=PublicationArticle.objects.get().pk)


def note(row: PublicationArticle, actor: User, *, was_sent: bool) -> None:
    """A person says what they saw at the account."""
    settle_article(row.publication_id, actor=actor, article=row.pk, seen=row.tries, was_sent=was_sent)


class TestTriedAgain:
    def test_one_that_was_refused_reaches_all_who_follow_after_all(self, running, author, channel):
        channel.refusals = [REFUSED]
        assert step().state == State.FAILED
        made = go_on(running)
        assert (made.state, made.stopped_because) == ("done", "Bài viết bị từ chối.")
        made = again(made, author)
        assert (made.state, made.finished_at, made.stopped_because) == ("running", None, "")
        entry = AuditEntry.objects.get(action="broadcast.article_again")
        assert (entry.actor_id, entry.subject) == (author.pk, running.subject)
        assert step().state == State.SENT
        made = go_on(made)
        assert (made.state, made.stopped_because, len(channel.told)) == ("done", "", 1)

    def test_refused_when_it_was_sent_another_is_made(self, running, author, channel):
        """The provider may have thrown the first away."""
        channel.sends = [REFUSED]
        assert step().state == State.FAILED
        again(go_on(running), author)
        step()
        assert channel.told == ["article-2"]

    def test_after_a_long_trouble_it_is_tried_as_often_as_before(self, running, author, channel):
        channel.refusals = [LATER] * articles.MOST_TROUBLES
        assert step(articles.MOST_TROUBLES).state == State.FAILED
        channel.refusals = [LATER] * 3
        again(running, author)
        assert step(7).state == State.SENT

    def test_what_came_to_nothing_long_ago_does_not_count(self, running, channel):
        """Each step forward begins to count anew."""
        channel.refusals = [LATER] * (articles.MOST_TROUBLES - 1)
        channel.sends = [LATER]
        assert step(articles.MOST_TROUBLES + 4).state == State.SENT

    def test_one_that_the_provider_never_finishes_ends(self, running, channel):
        channel.is_processed = False
        row = step(articles.MOST_TROUBLES + 2)
        assert (row.state, row.problem) == (State.FAILED, "Kênh đang xử lý bài viết.")

    @pytest.mark.parametrize("state", [State.SENT, State.UNKNOWN, State.SENDING, State.READY])
    def test_what_may_have_been_sent_is_not(self, running: Publication, author: User, state: str) -> None:
        PublicationArticle.objects.update(state=state)
        with pytest.raises(Refused, match="chắc chắn chưa gửi"):
            again(running, author)

    def test_an_unknown_one_once_a_person_says_that_it_was_not_sent(self, running, author, channel):
        channel.sends = [NO_ANSWER]
        row = step()
        assert row.state == State.UNKNOWN
        made = go_on(running)
        note(row, author, was_sent=False)
        row.refresh_from_db()
        assert (made.state, row.state) == ("done", State.FAILED)
        again(made, author)
        assert step().state == State.SENT
        assert len(channel.told) == 1

    def test_not_from_a_page_older_than_the_last_try(self, running, author, channel):
        channel.sends = [NO_ANSWER, NO_ANSWER]
        seen = step()
        note(seen, author, was_sent=False)
        assert step().state == State.UNKNOWN
        with pytest.raises(Stale):
            note(seen, author, was_sent=False)
        assert PublicationArticle.objects.get().state == State.UNKNOWN

    @pytest.mark.parametrize(
        ("meanwhile", "why"),
        [
            ("it was stopped", "dừng hẳn"),
            ("it is no news any more", "hết thời gian đăng"),
            ("the account is paused", "tạm dừng"),
        ],
    )
    def test_not_when_it_may_not_be_sent_any_more(self, running, author, channel, meanwhile, why):
        channel.refusals = [REFUSED]
        step()
        if meanwhile == "it was stopped":
            stop(running.pk, actor=author, reason="Sai ngày tiếp dân")
        elif meanwhile == "it is no news any more":
            Publication.objects.update(publish_until=clock.now())
        else:
            Lane.objects.update(state=Lane.State.PAUSED)
        with pytest.raises(Refused, match=why):
            again(running, author)


class TestAccounts:
    @pytest.mark.parametrize("cause", ["paused", "in trouble", "not granted", "switched off"])
    def test_who_follows_one_that_cannot_be_used_is_not_counted_as_reached_by_it(
        self, author: User, account: ChannelAccount, channel: TellingChannel, settings: Any, cause: str
    ) -> None:
        follower(1, hours_ago=None, state=Follower.State.FOLLOWING)
        match cause:
            case "paused":
                Lane.objects.update(state=Lane.State.PAUSED)
            case "in trouble":
                Lane.objects.update(trouble_since=Now() - timedelta(hours=2), trouble="OA bị khóa.")
            case "not granted":
                channel.capabilities = Capabilities(can_be_asked=True, needs_grant=True)
            case _:
                settings.MESSAGING_CHANNELS = ["mock"]
        assert asked(author, audiences=["article"]).people == 0

    @pytest.mark.parametrize("is_usable", [True, False])
    def test_who_follows_it_is_not_written_to_besides(self, author, second, account, *, is_usable):
        """Unless the article cannot reach them."""
        person = subscriber(1)
        link(follower(1, state=Follower.State.FOLLOWING), person)
        Lane.objects.update(trouble_since=None if is_usable else Now() - timedelta(hours=2))
        made = go_on(approved(author, second, audiences=["article", "news"]), 2)
        assert recipients(made) == ([] if is_usable else [person.pk])

    def test_one_that_was_counted_and_fails_meanwhile_waits_and_says_why(self, running, channel):
        Lane.objects.update(state=Lane.State.PAUSED)
        row = step()
        assert (row.state, row.problem, channel.created) == (
            State.TO_CREATE,
            "Luồng tin đang tạm dừng.",
            0,
        )
        Lane.objects.update(state=Lane.State.ACTIVE)
        assert step().state == State.SENT

    def test_one_that_fails_before_it_begins_is_not_forgotten(self, author, second, account):
        follower(1, state=Follower.State.FOLLOWING)
        made = approved(author, second, audiences=["article"])
        Lane.objects.update(state=Lane.State.PAUSED)
        go_on(made)
        assert PublicationArticle.objects.get().followers == 1

    def test_what_waits_for_an_account_ends_with_the_days_of_the_announcement(self, running, channel):
        Lane.objects.update(state=Lane.State.PAUSED)
        Publication.objects.update(publish_until=clock.now() - timedelta(seconds=1))
        assert go_on(running).state == "stopped"
        assert step().state == State.FAILED


class TestTimes:
    @pytest.mark.parametrize("column", ["publish_until", "withdrawn_at"])
    def test_past_its_days_and_withdrawn_nothing_is_sent(self, running, channel, column):
        Publication.objects.update(**{column: clock.now()})
        step()
        assert channel.told == []

    def test_outside_the_hours_a_late_hint_sends_nothing(self, running, channel):
        SendingRules.objects.update(window_from=time(7, 0), window_until=time(7, 30))
        step()
        assert (channel.created, channel.told) == (0, [])

    def test_stopped_while_it_was_being_sent_it_does_not_wait_for_ever(self, running, author, channel):
        row = step(2)
        assert row.state == State.READY
        taken = articles._taken(row.pk)
        stop(running.pk, actor=author, reason="Sai ngày tiếp dân")
        channel.sends = [LATER]
        articles._go_on(taken)
        row.refresh_from_db()
        assert (row.state, row.problem) == (State.FAILED, "Đợt gửi đã dừng.")

    def test_one_that_breaks_keeps_no_other_waiting(self, running, channel, monkeypatch):
        other = ChannelAccount.objects.create(channel="scripted", name="khac", external_id="8")
        sound = PublicationArticle.objects.create(publication=running, account=other, next_try_at=Now())
        create = channel.create_article

        def breaks(account: Account, article: Article) -> str:
            if account.name == "chinh":
                raise KeyError("words")
            return create(account, article)

        monkeypatch.setattr(channel, "create_article", breaks)
        articles.work_off()
        sound.refresh_from_db()
        assert sound.state == State.CREATED


def test_without_a_queue_the_article_goes_out_all_the_same(running, channel, monkeypatch):
    """The relay alone is enough: nobody takes the tasks."""

    class Here:
        """In place of a thread, which would not see what this test wrote."""

        def __init__(self, *_given: Any, **_named: Any) -> None:
            self.submit, self.shutdown = self.do, lambda: None

        @staticmethod
        def do(work: Any, *given: Any) -> "Future[None]":
            work(*given)
            over: Future[None] = Future()
            over.set_result(None)
            return over

    monkeypatch.setattr(sweep, "ThreadPoolExecutor", Here)
    monkeypatch.setattr(sweep.connections, "close_all", lambda: None)
    monkeypatch.setattr(sweep, "close_old_connections", lambda: None)
    beside = sweep.Beside()
    for _ in range(4):
        make_due(running)
        PublicationArticle.objects.filter(next_try_at__isnull=False).update(next_try_at=Now())
        beside("daklak")
    beside.end()
    assert len(channel.told) == 1


class TestAfterARestore:
    @pytest.mark.parametrize("state", ["draft", "asked", "approved"])
    def test_what_had_not_begun_asks_a_person_before_it_tells_again(self, author, second, account, state):
        """It may have been approved and sent after the backup, of which the copy knows nothing."""
        made = write(words(audiences=["article"]), actor=author)
        if state != "draft":
            made = ask(made.pk, actor=author, seen=made.version)
        if state == "approved":
            made = approve(made.pk, actor=second, seen=made.version)
        runner.pause_restored(clock.now())
        if state == "draft":
            made = ask(made.pk, actor=author, seen=made.version)
        if state == "approved":
            made = resume(made.pk, actor=second, seen=made.version)
        else:
            made = approve(made.pk, actor=second, seen=made.version)
        go_on(made)
        article = PublicationArticle.objects.get()
        assert (article.state, article.next_try_at) == (State.UNKNOWN, None)
        assert "không rõ bài viết đã gửi chưa" in article.problem

    def test_what_is_written_afterwards_asks_nobody(self, author, second, account):
        runner.pause_restored(clock.now())
        go_on(approved(author, second, audiences=["article"]))
        assert PublicationArticle.objects.get().state == State.TO_CREATE
