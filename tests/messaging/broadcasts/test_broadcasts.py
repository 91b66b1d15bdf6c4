"""Broadcasts through the door of their room: who may, what is counted, how it goes on, pauses and ends."""

from datetime import time, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from messaging.broadcasts import audience as finding
from messaging.broadcasts.actions import Stale, approve, ask, recount, rewrite, write
from messaging.broadcasts.drafts import Refused
from messaging.broadcasts.models import Publication, PublicationRecipient
from messaging.broadcasts.queries import get
from messaging.broadcasts.sending import enqueue
from messaging.broadcasts.sending.runner import go_on as publications_go_on
from messaging.broadcasts.sending.statistics import Result, progress
from messaging.contacts import contacts
from messaging.contacts.contacts import NEWS
from messaging.delivery import lane_loop
from messaging.outbox.models.messages import Message, SendingRules
from tenants import clock
from tenants.accounts.models import User
from tenants.audit.models import AuditEntry
from tenants.web.absolute_urls import absolute
from tests.messaging.broadcasting import (
    TITLE,
    approved,
    asked,
    follower,
    go_on,
    lane,
    link,
    make_due,
    recipients,
    subscriber,
    words,
)
from tests.messaging.conftest import ScriptedChannel

pytestmark = pytest.mark.usefixtures("all_day", "scripted")


class TestWho:
    def test_who_corrected_the_words_does_not_approve(self, author: User, second: User) -> None:
        """Whoever came after changed a letter of it, and asked: the words are the second person's all the same."""
        made = write(words(audiences=["news"]), actor=author)
        theirs = words(summary="Từ 01/12, tiếp công dân vào chiều thứ Sáu tại Trung tâm.")
        corrected = rewrite(made.pk, theirs, actor=second, seen=made.version)
        last = {**theirs, "title": f"{TITLE}."}
        made = rewrite(made.pk, last, actor=author, seen=corrected.version)
        made = ask(made.pk, actor=author, seen=made.version)
        with pytest.raises(Refused, match="người thứ hai"):
            approve(made.pk, actor=second, seen=made.version)

    def test_the_database_wants_a_second_person_too(self, author: User) -> None:
        made = asked(author)
        with pytest.raises(IntegrityError), transaction.atomic():
            Publication.objects.filter(pk=made.pk).update(approved_by=author)

    def test_nothing_is_sent_unapproved(self, author: User) -> None:
        made = asked(author)
        with pytest.raises(IntegrityError), transaction.atomic():
            Publication.objects.filter(pk=made.pk).update(state="running")

    def test_each_act_is_on_record(self, author: User, second: User) -> None:
        made = go_on(approved(author, second))
        acts = AuditEntry.objects.filter(subject=made.subject).order_by("pk")
        assert [(one.action, one.actor_id) for one in acts] == [
            ("announcement.write", author.pk),
            ("broadcast.ask", author.pk),
            ("announcement.publish", second.pk),
            ("broadcast.approve", second.pk),
            ("broadcast.begin", None),
            ("broadcast.done", None),
        ]


class TestApproving:
    def test_at_its_hour_both_begin(self, author: User, second: User) -> None:
        hour = clock.now() + timedelta(hours=3)
        made = approved(author, second, scheduled_for=hour)
        assert (made.publish_from, get(made.pk)) == (hour, None)
        publications_go_on(seconds=30)
        made.refresh_from_db()
        assert made.state == "approved"

    def test_an_hour_in_the_night_is_refused(self, author: User) -> None:
        SendingRules.objects.update(window_from=time(7, 0), window_until=time(21, 30))
        night = clock.now().astimezone(clock.VIETNAM).replace(hour=23)
        with pytest.raises(Refused) as refusal:
            write(words(audiences=["news"], scheduled_for=night), actor=author)
        assert set(refusal.value.problems) == {"scheduled_for"}
        assert Publication.objects.count() == 0


class TestCounting:
    def test_who_withdrew_or_agreed_to_something_else_is_not_counted(self, author: User) -> None:
        contacts.withdraw(subscriber(1), how="thử")
        contacts.grant(contacts.contact_for("0905000002", "Hai"), "scripted", evidence="đơn thử")
        assert asked(author).people == 0


class TestBesideOthers:
    def test_one_that_cannot_go_on_keeps_no_other_waiting(self, author, second, monkeypatch):
        subscriber(1)
        broken, sound = approved(author, second), approved(author, second)
        begin = finding.begin

        def fails_for_one(found: Publication) -> None:
            if found.pk == broken.pk:
                raise KeyError("audience")
            begin(found)

        monkeypatch.setattr(finding, "begin", fails_for_one)
        make_due(broken)
        Publication.objects.filter(pk=sound.pk).update(next_step_at=Now())
        publications_go_on(seconds=30)
        sound.refresh_from_db()
        broken.refresh_from_db()
        assert (broken.state, sound.state != Publication.State.APPROVED) == (Publication.State.APPROVED, True)

    def test_new_numbers_are_not_approved_by_who_saw_the_old_ones(self, author: User, second: User) -> None:
        subscriber(1)
        made = asked(author)
        subscriber(2)
        recount(made.pk, actor=author)
        with pytest.raises(Stale):
            approve(made.pk, actor=second, seen=made.version)


class TestOnceToEach:
    def test_one_reader_of_two_accounts_of_an_app_is_one_person(self, author: User, second: User) -> None:
        first, other = subscriber(1), subscriber(2)
        link(follower(1, app_address="9001"), first)
        link(follower(2, account="khac", app_address="9001"), other, "dossier:2")
        assert recipients(go_on(approved(author, second), 2)) == [first.pk]

    @pytest.mark.parametrize("page", [finding.PAGE, 1], ids=["on one page", "on two"])
    def test_two_numbers_of_one_reader_are_one_person(self, author, second, monkeypatch, page):
        monkeypatch.setattr(finding, "PAGE", page)
        first, other = subscriber(1), subscriber(2)
        reader = follower(1)
        link(reader, first)
        link(reader, other, "dossier:2")
        made = approved(author, second)
        assert (made.people, recipients(go_on(made, 4))) == (1, [first.pk])

    def test_the_database_takes_nobody_twice(self, author: User, second: User) -> None:
        subscriber(1)
        made = go_on(approved(author, second))
        row = PublicationRecipient.objects.get()
        row.pk = None
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save()
        assert recipients(made)

    def test_finding_goes_on_where_it_stopped(self, author, second, monkeypatch):
        monkeypatch.setattr(finding, "PAGE", 2)
        people = [subscriber(number) for number in range(5)]
        made = approved(author, second)
        for _ in range(8):
            make_due(made)
            publications_go_on(seconds=0)
        assert recipients(made) == [one.pk for one in people]


class TestGoingOn:
    def test_all_are_told_once_and_it_ends(self, author, second, scripted):
        for number in range(5):
            subscriber(number)
        made = go_on(approved(author, second))
        lane_loop.run_lane(lane().pk)
        made = go_on(made)
        assert made.state == "done"
        assert {(one.title, one.button_url) for one in scripted.sent} == {
            (TITLE, absolute(f"/thong-bao/{made.pk}/"))
        }
        assert len(scripted.sent) == 5
        assert progress(made).results == (Result("news", "scripted", people=5, sent=5, arrived=5),)

    def test_the_outbox_is_never_fed_far_ahead(self, author, second, monkeypatch):
        monkeypatch.setattr(enqueue, "AHEAD", 2)
        for number in range(5):
            subscriber(number)
        made = approved(author, second)
        go_on(made, 3)
        assert Message.objects.count() == 2
        lane_loop.run_lane(lane().pk)
        go_on(made)
        assert Message.objects.count() == 4

    def test_outside_the_hours_it_waits(self, author: User, second: User) -> None:
        subscriber(1)
        made = approved(author, second)
        SendingRules.objects.update(window_from=time(7, 0), window_until=time(7, 30))
        make_due(made)
        publications_go_on(seconds=30)
        made.refresh_from_db()
        assert (made.state, Message.objects.count()) == ("approved", 0)


def test_news_needs_its_own_consent(author: User, second: User, scripted: ScriptedChannel) -> None:
    person = subscriber(1)
    made = go_on(approved(author, second))
    contacts.withdraw(person, "scripted", NEWS, how="thử")
    lane_loop.run_lane(lane().pk)
    assert (scripted.sent, recipients(made)) == ([], [person.pk])
