"""A swap is taken back after hours of work on the restored copy: what happened in them does not happen again."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction

from dossiers.feedback import submit
from dossiers.feedback.models import Feedback
from dossiers.lifecycle import actions as services
from dossiers.lifecycle.models import Dossier, Event
from messaging.contacts import contacts
from messaging.contacts.models import Consent
from messaging.outbox import enqueue, phone_calls
from messaging.outbox import wording as templates
from messaging.outbox.models.messages import Message
from messaging.outbox.models.phone_calls import Call
from tenants import clock
from tenants.accounts.models import Passkey, User
from tenants.audit import sealer
from tenants.isolation.province_cache import ProvinceRecord
from tenants.operations.backup import history, side_schemas, swap
from tests.conftest import NOON, as_owner
from tests.dossiers.exchange.following import Follower
from tests.system.backing_up import Site, standing_site

pytestmark = pytest.mark.committed


@dataclass
class Between:
    """What was given out while the copy ran; the province runs again as it did before."""

    site: Site
    dossier: Dossier
    event: int
    feedback: Feedback
    sent_again: Message
    called: Message
    reminder: str
    losses: list[str]
    returned: swap.Swapped
    follower: Follower

    def inside(self) -> Any:
        return self.site.inside()


@pytest.fixture(scope="module")
def between(kept_province: ProvinceRecord, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Between]:
    with standing_site(kept_province, tmp_path_factory.mktemp("between")) as site:
        with site.inside():
            site.receive()
            site.receive()
            gone = add_passkey(site, "gone")
            follower = Follower()
            then = followed(site, follower)
        site.back_up()
        with site.inside():
            add_passkey(site, "added")
            with clock.frozen(NOON):
                services.receive(site.office.intake(), actor=site.office.clerk)
            assert followed(site, follower) == then + 1
        site.restore()
        kept_as = site.swap().kept_as
        with site.inside():
            assert len(follower.follow()) == then, "the swap said what was gone"
            first, second, _third = Message.objects.order_by("pk")
            assert enqueue.send_again(first, site.office.clerk)
            phone_calls.record(second.call.pk, actor=site.office.clerk, outcome="told")
            reminder = remind(site)
            dossier = site.receive()
            feedback = complain()
            event = dossier.events.get().pk
            assert followed(site, follower) == then + 1
        site.run_relay()
        with site.inside():
            first.refresh_from_db()
            assert first.state == "delivered"
            contacts.withdraw(first.contact, how="ở quầy")
            User.objects.filter(pk=site.office.leader.pk).update(is_active=False)
            Passkey.objects.get(pk=gone.pk).delete()
        with as_owner():
            losses = swap.losses(site.slug, kept_as)
            returned = swap.swap(site.slug, kept_as)
        yield Between(site, dossier, event, feedback, first, second, reminder, losses, returned, follower)


def followed(site: Site, follower: Follower) -> int:
    """How many events it holds of those that have been written."""
    sealer.seal(site.slug)
    return len(follower.follow())


def add_passkey(site: Site, name: str) -> Passkey:
    return Passkey.objects.create(
        user=site.office.clerk, host="h.vn", name=name, credential_id=name, public_key="k"
    )


def remind(site: Site) -> str:
    """The job that writes reminders asks the outbox which it wrote; the tracking id."""
    with transaction.atomic():
        written = enqueue.enqueue(
            subject=site.dossier.subject, event="1:reminder", intent="reminder",
            contact=Message.objects.order_by("pk")[0].contact,
            rendered=templates.Rendered(title="Nhắc", body="Nhắc bổ sung", button=""),
        )  # fmt: skip
    assert written is not None
    return written.tracking_id


def complain() -> Feedback:
    with clock.frozen(NOON):
        return submit.send({"topic": "behaviour", "text": "Chờ lâu (minh họa)"})


def test_codes_and_numbers_given_meanwhile_are_not_given_again(between: Between) -> None:
    with between.inside():
        fresh = between.site.receive()
        assert fresh.code > between.dossier.code
        assert fresh.events.get().pk > between.event
        assert complain().code > between.feedback.code


def test_who_follows_the_events_holds_again_what_the_province_holds(between: Between) -> None:
    with between.inside():
        sealer.seal(between.site.slug)
        held = [(one["subject"], one["sequence"]) for one in between.follower.follow()]
        assert sorted(held) == sorted(Event.objects.values_list("dossier__code", "sequence"))
        assert len(held) == len(set(held)) >= 4
        assert list(sealer.find_broken(["dossiers_event"])) == []


def test_who_was_told_meanwhile_is_not_told_again_and_of_the_unknown_a_person_asks(between: Between) -> None:
    with between.inside():
        sent = Message.objects.get(tracking_id=between.sent_again.tracking_id)
        assert (sent.state, sent.attempts) == ("delivered", between.sent_again.attempts)
        assert not Call.objects.filter(message=sent, settled_at=None).exists()
        called = Message.objects.get(tracking_id=between.called.tracking_id)
        assert (called.state, called.call.outcome) == ("failed", "told")
        (call,) = Call.objects.filter(settled_at=None)
        assert (call.reason, call.message.state) == ("uncertain", "failed")
        assert remind(between.site) == between.reminder
        assert Message.objects.get(tracking_id=between.reminder).state == "delivered"


def test_what_was_taken_away_meanwhile_stays_away(between: Between) -> None:
    with between.inside():
        assert not User.objects.get(pk=between.site.office.leader.pk).is_active
        # Added after the archive, and still there; the other one was removed meanwhile.
        assert [key.name for key in Passkey.objects.all()] == ["added"]
        assert Consent.objects.filter(withdrawn_how="ở quầy").exists()


def test_the_operator_hears_what_is_lost_by_going_back(between: Between) -> None:
    assert sorted(loss.partition(":")[0] for loss in between.losses) == [
        "Hồ sơ có việc sau thời điểm của bản này, phải ghi lại",
        "Phản ánh, kiến nghị gửi sau thời điểm của bản này, phải ghi lại",
    ]


def test_the_log_tells_of_the_return_which_proves_no_backup(between: Between) -> None:
    with between.inside():
        entry = history.last(history.RETURNED)
        assert entry is not None
        assert entry.detail["kept_as"] == between.returned.kept_as
        assert history.proved() is None


def test_what_ran_meanwhile_is_kept(between: Between) -> None:
    with as_owner(), side_schemas.inside(between.site.province, between.returned.kept_as):
        assert Dossier.objects.filter(code=between.dossier.code).exists()
