"""Readers whose texts are removed: on their request, or after a time."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.db.models.functions import Now
from django.utils.translation import gettext as _

from messaging.channels.states import UNSENT, State
from messaging.contacts import contacts
from messaging.contacts.followers import KEPT_FOR
from messaging.contacts.models import Follower, Subscription
from messaging.inbound.models import IncomingMessage
from messaging.outbox.models.messages import Message
from tenants.audit import log as audit
from tenants.isolation.crypto import blind_indexes


def erase(follower: Any) -> None:
    """Erase this reader: messages, links, addresses. The row stays for the counts.

    Consents on which the links depended end and stay as proof: without them nothing is sent to the telephone number
    either.
    """
    contacts.opt_out(follower.channel, follower.address, _("người đọc yêu cầu xóa liên kết"))
    blank([follower])
    audit.record("follower.erase", f"follower:{follower.pk}", channel=follower.channel)


def blank(readers: Collection[Follower]) -> int:
    """Blank all data of these readers; how many."""
    for pk in (reader.pk for reader in readers):
        IncomingMessage.objects.filter(follower_id=pk).delete()
        Subscription.objects.filter(follower_id=pk).delete()
        answers = Message.objects.filter(follower_id=pk)
        answers.filter(state__in=UNSENT).update(state=State.SUPPRESSED, finished_at=Now())
        answers.update(title="", body="", rows=[], button_url="", provider_id="")
        # Unique, and no address's digest.
        Follower.objects.filter(pk=pk).update(
            address="", address_index=f"erased:{pk}", app_address="", app_address_index="",
            state=Follower.State.ERASED,
        )  # fmt: skip
    return len(readers)


def purge_messages(older_than: timedelta = KEPT_FOR) -> int:
    """Delete messages older than this: they hold personal data. How many."""
    return IncomingMessage.objects.filter(heard_at__lt=Now() - older_than).delete()[0]


def reader_keys(address: str) -> list[str]:
    """The keys under which pending events of the reader at this address may stand, that of the newest index key first."""
    return [index[:16] for index in blind_indexes(address, "inbound_reader")]
