"""One person's data: given out and erased on request, erased after a long time without messages.

What is erased stays as rows, as proof of what was done and for the counts; personal data in them is blanked. Of what
dossiers hold, drafts go; the rest is a record that stays as the archive law asks.
"""

import json
import shutil
import zipfile
from collections.abc import Collection
from datetime import timedelta
from typing import IO, Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from dossiers.filing import personal_data
from dossiers.lifecycle.actions import consents
from messaging.contacts import contacts, followers
from messaging.contacts.contacts import Kept
from messaging.contacts.models import Address, Consent, Contact, Follower
from messaging.inbound import handlers
from messaging.inbound.handlers import blank, decrypted
from messaging.outbox.models.messages import Message
from messaging.outbox.models.phone_calls import Call
from tenants import clock
from tenants.accounts.models import User
from tenants.audit import log as audit

HOW = "xóa dữ liệu cá nhân"
DATA_FILE = "du-lieu.json"


class MessageUnderWay(Exception):
    """Something is not finished yet. The text is a Vietnamese sentence for who tried."""


def is_erased(contact: Contact) -> bool:
    return contact.phone_index.startswith("erased:")


def idle_contacts(since: timedelta) -> QuerySet[Contact]:
    """Contacts to whom nothing was written, and who agreed to nothing, for as long as `since`."""
    messages = Message.objects.filter(contact=OuterRef("pk"), created_at__gt=Now() - since)
    consents = Consent.objects.filter(
        Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gt=Now() - since), contact=OuterRef("pk")
    )
    known = Contact.objects.exclude(phone_index__startswith="erased:").filter(created_at__lt=Now() - since)
    return known.filter(~Exists(messages), ~Exists(consents)).order_by("pk")


def erase(contact: Contact, actor: User | None) -> dict[str, int]:
    """Blank the name, number and addresses of a contact, and all that was written to them or told by them; how many rows of
    each kind, as recorded.

    Consents end and stay as proof. A second time changes nothing. Raises MessageUnderWay while a message is on its
    way, a call is open, or another room has something running.
    """
    with transaction.atomic(durable=True):
        # Before the contact, as everybody who holds a reader does.
        followers.lock_subscribers([contact])
        contact = Contact.objects.select_for_update().get(pk=contact.pk)
        if is_erased(contact):
            return {}
        messages = Message.objects.filter(contact=contact)
        calls = _calls(contact)
        _refuse_while_live(contact, calls)
        # Before the consents end, and the links with them.
        readers = followers.linked_only_to(contact)
        traces = _traces(contact, readers)
        contacts.withdraw(contact, how=HOW)
        done: dict[str, Any] = {
            "messages": messages.update(
                title="", body="", rows=[], button_url="", facts="", reader="", provider_id=""
            ),
            "calls": Call.objects.filter(pk__in=calls).update(
                name="", phone="", title="", body="", problem=""
            ),
            "addresses": Address.objects.filter(contact=contact).update(value="", value_index=""),
            "inbound": handlers.blank_events(traces)
            + handlers.cancel_pending([one.address for one in readers]),
        }
        blank(readers)
        done["elsewhere"] = personal_data.erase(contact)
        # Unique, and no number's digest.
        Contact.objects.filter(pk=contact.pk).update(
            name="", phone="", phone_index=f"erased:{contact.pk}", phone_last4_index=""
        )
        audit.record("contact.erase", f"contact:{contact.pk}", actor=actor, **done)
    return done


def export(phone: str, to: IO[bytes], actor: User | None) -> dict[str, int]:
    """Write all that is kept of a number into `to`, as a ZIP archive of DATA_FILE and the files it names; how many rows
    of each kind. Recorded, without the number. `phone` as `phone_numbers.normalise` writes it.
    """
    kept = [_messages(phone), personal_data.export(phone)]
    rows = {kind: found for one in kept for kind, found in one.rows.items()}
    counts: dict[str, Any] = {kind: len(found) for kind, found in rows.items()}
    with transaction.atomic(durable=True):
        contact = contacts.contact_by_phone(phone)
        subject = f"contact:{contact.pk}" if contact else ""
        audit.record("contact.export", subject, actor=actor, **counts)
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        data = {"phone": phone, "exported_at": clock.now(), **rows}
        text = json.dumps(
            data,
            ensure_ascii=False,
            indent=2,
            default=lambda at: at.astimezone(clock.VIETNAM).isoformat(timespec="seconds"),
        )
        archive.writestr(DATA_FILE, text)
        for path, opened in ((path, opened) for one in kept for path, opened in one.files.items()):
            with opened() as source, archive.open(path, "w") as target:
                shutil.copyfileobj(source, target)
    return counts


def _messages(phone: str) -> Kept:
    """What messages keep of a number. A row is empty of words once it was erased."""
    contact = contacts.contact_by_phone(phone)
    if contact is None:
        return Kept({"contacts": []})
    own = {"name": contact.name, "is_organisation": contact.is_organisation, "created_at": contact.created_at}
    written = Message.objects.filter(contact=contact).order_by("pk")
    calls = Call.objects.filter(pk__in=_calls(contact)).order_by("pk")
    return Kept(
        {
            "contacts": [own],
            "addresses": _rows(contact.addresses.order_by("pk"), "kind", "value", "created_at"),
            "consents": _rows(
                contact.consents.order_by("pk"),
                "channel", "purpose", "granted_at", "evidence", "withdrawn_at", "withdrawn_how", "refused_at",
            ),
            "messages": _rows(written, "subject", "intent", "reader", "title", "body", "rows", "created_at"),
            "calls": _rows(calls, "subject", "name", "title", "body", "opened_at", "settled_at", "outcome"),
        }
    )  # fmt: skip


def _rows(found: QuerySet[Any], *columns: str) -> list[dict[str, Any]]:
    return [{name: getattr(row, name) for name in columns} for row in found]


def erase_all(idle: QuerySet[Contact]) -> tuple[int, int]:
    """Erase each of these contacts in a transaction of its own; those still busy with something are passed over. How many
    were erased, and how many were not."""
    erased = refused = 0
    for contact in idle:
        try:
            if personal_data.has_open_draft(contact):
                raise MessageUnderWay
            erase(contact, None)
            erased += 1
        except MessageUnderWay:
            refused += 1
    return erased, refused


def _refuse_while_live(contact: Contact, calls: Collection[int]) -> None:
    if Message.objects.live().filter(contact=contact).exists():
        raise MessageUnderWay(
            _("Còn tin đang chờ gửi cho người này. Xin chờ gửi xong hoặc ghi thôi nhận tin trước.")
        )
    if Call.objects.filter(pk__in=calls, settled_at__isnull=True).exists():
        raise MessageUnderWay(_("Còn cuộc gọi cần thực hiện cho người này."))
    if sentence := consents.find_erasure_hindrance(contact):
        raise MessageUnderWay(sentence)


def _calls(contact: Contact) -> list[int]:
    of_messages = Call.objects.filter(message__contact=contact).values_list("pk", flat=True)
    others = Call.objects.filter(message__isnull=True)
    return [*of_messages, *(pk for pk, phone in decrypted(others, "phone") if phone == contact.phone)]


def _traces(contact: Contact, readers: Collection[Follower]) -> list[str]:
    addresses = [address.value for address in contact.addresses.all()]
    addresses += [address for reader in readers for address in (reader.address, reader.app_address)]
    ids = Message.objects.filter(contact=contact).values_list("tracking_id", "provider_id")
    # Without the leading zero: providers write +84905… or 84905….
    found = [contact.phone[1:], *addresses, *(str(one) for pair in ids for one in pair)]
    return [trace for trace in found if trace]
