"""Over which channel a person would be reached with a broadcast now.

Asked before approval for the count, and again when the recipients are found: the same answer from the same code.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

from django.conf import settings

from messaging.broadcasts.sending.articles import INTENT
from messaging.channels.accounts.channel_accounts import account_of
from messaging.channels.base import ApprovedTemplate, Channel, OutgoingMessage, registry
from messaging.channels.lanes.lanes import ensure_lane
from messaging.contacts.models import Address, Contact
from messaging.outbox.models.provider_templates import ProviderTemplate, TemplateAssignment

_NO_ID = UUID(int=0)
_DUMMY = "0"


def find_channels(agreed: Mapping[int, Collection[str]]) -> dict[int, str]:
    """The first channel, in the order of the installation, that each of these contacts agreed to and that reaches
    them; who is reached by none is left out."""
    found: dict[int, str] = {}
    for code in settings.MESSAGING_CHANNELS:
        missing = [pk for pk in agreed if pk not in found and code in agreed[pk]]
        if missing and code in registry.codes():
            found |= dict.fromkeys(_over(registry.get(code), missing), code)
    return found


def _over(channel: Channel, ids: list[int]) -> Iterable[int]:
    by_number = channel.address_kind == "phone"
    if channel.typed_at_desk and not by_number:
        typed = Address.objects.filter(contact__in=ids, kind=channel.address_kind).exclude(value_index="")
        return typed.values_list("contact_id", flat=True) if _has_way(channel, address=_DUMMY) else ()
    # No reader of a chat is known by the number alone.
    way = (
        _has_way(channel, address=_DUMMY)
        if by_number
        else (channel.falls_back_on_phone and _has_way(channel, phone=_DUMMY))
    )
    numbers = Contact.objects.filter(pk__in=ids).exclude(phone_index__startswith="erased:")
    return numbers.values_list("pk", flat=True) if way else ()


def _has_way(channel: Channel, *, address: str = "", phone: str = "") -> bool:
    """Whether the channel would send to a person of whom so much is known."""
    if not channel.ways:
        return True
    account = account_of(channel.code, ensure_lane(channel.code)[0].account)
    form = _form(channel.code, account.name)
    message = OutgoingMessage(_NO_ID, address, "", "", "", phone=phone, template=form)
    return bool(channel.way_of(account, message))


def _form(code: str, account: str) -> ApprovedTemplate | None:
    """The provider's form, whatever fills it: only its ways count here."""
    uses = TemplateAssignment.objects.filter(account__channel=code, account__name=account, intent=INTENT)
    use: Any = uses.select_related("template").first()
    if use is None or use.template.state != ProviderTemplate.State.ENABLED:
        return None
    ways = frozenset(use.template.ways) - frozenset(use.template.ways_closed)
    return ApprovedTemplate(use.template.code, {}, ways, dict(use.template.price)) if ways else None
