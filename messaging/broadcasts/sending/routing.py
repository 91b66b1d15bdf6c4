"""Over which channel somebody would be reached with a broadcast now.

Asked before approval for the count, and again when the recipients are found: the same answer from the same code.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import F
from django.db.models.functions import Now

from messaging.broadcasts.sending.articles import INTENT
from messaging.channels.accounts.channel_accounts import account_of
from messaging.channels.base import Account, ApprovedTemplate, Channel, OutgoingMessage, registry
from messaging.channels.capabilities import PricesWays
from messaging.channels.lanes.lanes import ensure_lane
from messaging.contacts.models import Address, Contact, Subscription
from messaging.outbox.models.provider_templates import ProviderTemplate, TemplateAssignment

_NO_ID = UUID(int=0)
_DUMMY = "0"


@dataclass(frozen=True, slots=True)
class Open:
    """A channel that is switched on, with the account of its lane and the provider's form for broadcasts."""

    channel: Channel
    account: Account
    form: ApprovedTemplate | None

    def reaches(
        self, *, address: bool, phone: bool = False, heard_ago: timedelta | None = None, free: bool = False
    ) -> bool:
        """Whether it would reach somebody of whom so much is known; `free`: for nothing."""
        if not isinstance(self.channel, PricesWays):
            return (address or phone) and (not free or self.channel.capabilities.price == 0)
        message = OutgoingMessage(
            _NO_ID, _DUMMY if address else "", "", "", "", phone=_DUMMY if phone else "",
            heard_ago=heard_ago, template=self.form,
        )  # fmt: skip
        found = self.channel.way_of(self.account, message)
        return found is not None and not (free and found[1])


@dataclass(frozen=True, slots=True)
class Reach:
    """The channels of this province that are open to broadcasts, looked up once for many people."""

    open: Sequence[Open] = field(default_factory=lambda: [_opened(code) for code in _codes()])

    def of_contacts(
        self, agreed: Mapping[int, Collection[str]], matters: Mapping[int, str] | None = None
    ) -> dict[int, str]:
        """The first channel, in the order of the installation, that each contact agreed to and that reaches them;
        who is reached by none is left out. `matters`: the subject by which a reader may be linked."""
        matters = matters or {}
        with_phone = set(
            Contact.objects.filter(pk__in=agreed)
            .exclude(phone_index__startswith="erased:")
            .values_list("pk", flat=True)
        )
        found: dict[int, str] = {}
        for one in self.open:
            missing = [pk for pk in agreed if pk not in found and one.channel.code in agreed[pk]]
            if missing:
                found |= dict.fromkeys(self._over(one, missing, with_phone, matters), one.channel.code)
        return found

    def of_followers(self, followers: Sequence[tuple[int, str, str, timedelta | None]]) -> dict[int, str]:
        """The channel of each of these followers (number, channel, account, how long ago they spoke) who is reached
        for nothing, in the chat they began. Followers of an account that does not send are left out."""
        places = {(one.channel.code, one.account.name): one for one in self.open}
        return {
            pk: channel
            for pk, channel, account, ago in followers
            if (one := places.get((channel, account))) and one.reaches(address=True, heard_ago=ago, free=True)
        }

    def _over(self, one: Open, ids: list[int], with_phone: set[int], matters: Mapping[int, str]) -> list[int]:
        channel = one.channel
        if channel.address_kind == "phone":
            return [pk for pk in ids if pk in with_phone and one.reaches(address=True)]
        if channel.typed_at_desk:
            said = Address.objects.filter(contact__in=ids, kind=channel.address_kind).exclude(value_index="")
            return list(said.values_list("contact_id", flat=True)) if one.reaches(address=True) else []
        heard = self._linked(one, ids, matters)
        return [
            pk
            for pk in ids
            if one.reaches(
                address=pk in heard,
                phone=channel.falls_back_on_phone and pk in with_phone,
                heard_ago=heard.get(pk),
            )
        ]

    @staticmethod
    def _linked(one: Open, ids: list[int], matters: Mapping[int, str]) -> dict[int, timedelta | None]:
        if not matters:
            return {}
        links = Subscription.objects.filter(
            contact__in=ids,
            channel=one.channel.code,
            follower__account=one.account.name,
            subject__in=[matters[pk] for pk in ids if pk in matters],
        ).exclude(follower__address="")
        rows = links.annotate(ago=Now() - F("follower__last_heard_at"))
        return {
            pk: ago
            for pk, subject, ago in rows.values_list("contact_id", "subject", "ago")
            if matters.get(pk) == subject
        }


def _codes() -> list[str]:
    return [code for code in settings.MESSAGING_CHANNELS if code in registry.codes()]


def _opened(code: str) -> Open:
    lane, _made = ensure_lane(code)
    return Open(registry.get(code), account_of(code, lane.account), _form(code, lane.account))


def _form(code: str, account: str) -> ApprovedTemplate | None:
    """The provider's form, whatever fills it: only its ways count here."""
    uses = TemplateAssignment.objects.filter(account__channel=code, account__name=account, intent=INTENT)
    use: Any = uses.select_related("template").first()
    if use is None or use.template.state != ProviderTemplate.State.ENABLED:
        return None
    ways = frozenset(use.template.ways) - frozenset(use.template.ways_closed)
    return ApprovedTemplate(use.template.code, {}, ways, dict(use.template.price)) if ways else None
