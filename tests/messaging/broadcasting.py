"""People to broadcast to, who speaks, and time that passes. People and numbers are invented."""

from datetime import timedelta
from typing import Any

from django.db.models.functions import Now

from messaging.broadcasts.actions import approve, ask, write
from messaging.broadcasts.models import Publication, PublicationRecipient
from messaging.broadcasts.sending.runner import go_on as publications_go_on
from messaging.channels.models import Lane
from messaging.contacts import contacts
from messaging.contacts.contacts import NEWS
from messaging.contacts.models import Contact, Follower, Subscription
from tenants.accounts.models import User

TITLE = "UBND tỉnh Minh Họa: lịch tiếp công dân tháng 12"


def words(**changed: Any) -> dict[str, Any]:
    return {"title": TITLE, "summary": "Từ 01/12, tiếp công dân vào sáng thứ Năm tại Trung tâm.", **changed}


def subscriber(number: int, channel: str = "scripted") -> Contact:
    """Somebody who agreed to news of the province."""
    person = contacts.contact_for(f"09050{number:05d}", f"Người Minh Họa {number}")
    contacts.grant(person, channel, NEWS, evidence="đơn thử")
    return person


def follower(
    number: int,
    *,
    hours_ago: float | None = 1,
    channel: str = "scripted",
    account: str = "chinh",
    **values: Any,
) -> Follower:
    return Follower.objects.create(
        channel=channel,
        account=account,
        address=f"70{number:08d}",
        last_heard_at=None if hours_ago is None else Now() - timedelta(hours=hours_ago),
        **values,
    )


def link(reader: Follower, person: Contact, subject: str = "dossier:1") -> Subscription:
    return Subscription.objects.create(
        follower=reader, channel=reader.channel, subject=subject, contact=person, evidence="mã thử"
    )


def asked(author: User, **changed: Any) -> Publication:
    made = write(words(**{"audiences": ["news"], **changed}), actor=author)
    return ask(made.pk, actor=author, seen=made.version)


def approved(author: User, second: User, **changed: Any) -> Publication:
    made = asked(author, **changed)
    return approve(made.pk, actor=second, seen=made.version)


def make_due(publication: Publication) -> None:
    """Time passes until somebody has to go on with it."""
    Publication.objects.filter(pk=publication.pk, next_step_at__isnull=False).update(next_step_at=Now())


def go_on(publication: Publication, times: int = 1) -> Publication:
    for _ in range(times):
        make_due(publication)
        publications_go_on(seconds=30)
    publication.refresh_from_db()
    return publication


def recipients(publication: Publication) -> list[int]:
    """The contacts that were found, in their order."""
    mine = PublicationRecipient.objects.filter(publication=publication)
    return list(mine.order_by("pk").values_list("contact_id", flat=True))


def lane() -> Lane:
    """The lane of the scripted channel."""
    return Lane.objects.get(channel="scripted")
