"""Forgetting a person: on their request, or when nothing has been sent to them for long.

The rows stay, as proof of what was done and for the counts; what tells who it was is blanked. What others know
of the person is theirs to forget: the dossiers' room keeps its records as the archive law asks.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from messaging.inbound import erasure
from messaging.inbound.erasure import opened
from messaging.models import Address, Call, Consent, Contact, Follower, Message
from messaging.recipients import contacts, followers, subscriptions
from tenants.accounts.models import User
from tenants.audit import log as audit

HOW = "xóa dữ liệu cá nhân"
_hindrances: list[Callable[[Contact], str | None]] = []


class StillLive(Exception):
    """Something is not finished yet. The text is a Vietnamese sentence for who tried."""


@dataclass(frozen=True, slots=True)
class Erased:
    """How many rows of each kind were blanked."""

    messages: int
    calls: int
    addresses: int
    inbound: int
    consents_ended: int
    followers: int = 0


@dataclass(frozen=True, slots=True)
class Swept:
    """How many contacts were erased, and how many something stood in the way of."""

    erased: int
    refused: int


def hinder(why: Callable[[Contact], str | None]) -> None:
    """Let a higher room say why a contact cannot be forgotten yet; None when it has nothing against it."""
    _hindrances.append(why)


def is_erased(contact: Contact) -> bool:
    """Whether this contact was forgotten."""
    return contact.phone_index.startswith("erased:")


def idle(since: timedelta) -> QuerySet[Contact]:
    """Contacts to whom nothing was written, and who agreed to nothing, for as long as `since`."""
    messages = Message.objects.filter(contact=OuterRef("pk"), created_at__gt=Now() - since)
    consents = Consent.objects.filter(
        Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gt=Now() - since), contact=OuterRef("pk")
    )
    known = Contact.objects.exclude(phone_index__startswith="erased:").filter(created_at__lt=Now() - since)
    return known.filter(~Exists(messages), ~Exists(consents)).order_by("pk")


def erase(contact: Contact, actor: User | None) -> Erased:
    """Blank the name, number and addresses of a contact, and all that was written to them or told by them.

    Consents end and stay as proof. A second time changes nothing. Raises StillLive while a message is on its
    way, a call is open, or another room has something running.
    """
    with transaction.atomic(durable=True):
        # Before the contact, as everybody who holds a reader does.
        subscriptions.hold_readers([contact])
        contact = Contact.objects.select_for_update().get(pk=contact.pk)
        if is_erased(contact):
            return Erased(0, 0, 0, 0, 0)
        messages = Message.objects.filter(contact=contact)
        calls = _calls(contact)
        _refuse_while_live(contact, calls)
        # Before the consents end, and the links with them.
        readers = followers.known_through(contact)
        traces = _traces(contact, readers)
        done = Erased(
            consents_ended=contacts.withdraw(contact, how=HOW),
            messages=messages.update(
                title="", body="", rows=[], button_url="", facts="", reader="", provider_id=""
            ),
            calls=Call.objects.filter(pk__in=calls).update(name="", phone="", title="", body="", problem=""),
            addresses=Address.objects.filter(contact=contact).update(value="", value_index=""),
            inbound=erasure.blank(traces) + erasure.end_waiting([one.address for one in readers]),
            followers=followers.forget(readers),
        )
        # Unique, and no number's digest.
        Contact.objects.filter(pk=contact.pk).update(
            name="", phone="", phone_index=f"erased:{contact.pk}", phone_last4_index=""
        )
        audit.record(
            "contact.erase", f"contact:{contact.pk}", actor=actor,
            messages=done.messages, calls=done.calls, addresses=done.addresses, inbound=done.inbound,
        )  # fmt: skip
    return done


def erase_all(idle: QuerySet[Contact], actor: User | None = None) -> Swept:
    """Erase each of these contacts in a transaction of its own; who is still busy with something is passed over."""
    erased = refused = 0
    for contact in idle:
        try:
            erase(contact, actor)
            erased += 1
        except StillLive:
            refused += 1
    return Swept(erased, refused)


def _refuse_while_live(contact: Contact, calls: Collection[int]) -> None:
    if Message.objects.live().filter(contact=contact).exists():
        raise StillLive(
            _("Còn tin đang chờ gửi cho người này. Xin chờ gửi xong hoặc ghi thôi nhận tin trước.")
        )
    if Call.objects.filter(pk__in=calls, settled_at__isnull=True).exists():
        raise StillLive(_("Còn cuộc gọi cần thực hiện cho người này."))
    for why in _hindrances:
        if sentence := why(contact):
            raise StillLive(sentence)


def _calls(contact: Contact) -> list[int]:
    """Calls in place of this contact's messages, and those to the same number that never had one."""
    of_messages = Call.objects.filter(message__contact=contact).values_list("pk", flat=True)
    others = Call.objects.filter(message__isnull=True)
    return [*of_messages, *(pk for pk, phone in opened(others, "phone") if phone == contact.phone)]


def _traces(contact: Contact, readers: Collection[Follower]) -> list[str]:
    """What would give the person away in something a provider told us."""
    addresses = [address.value for address in contact.addresses.all()]
    addresses += [address for reader in readers for address in (reader.address, reader.app_address)]
    ids = Message.objects.filter(contact=contact).values_list("tracking_id", "provider_id")
    # Without the leading zero: providers write +84905… or 84905….
    found = [contact.phone[1:], *addresses, *(str(one) for pair in ids for one in pair)]
    return [trace for trace in found if trace]
