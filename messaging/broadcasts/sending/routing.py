"""How somebody would be reached with a broadcast now: over which channel, by which way, at what cost.

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

from messaging.broadcasts.audience.base import NOW, Way
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

    def way(self, *, address: bool, phone: bool, heard_ago: timedelta | None = None) -> Way | None:
        """How it would reach somebody of whom so much is known; None when it would not."""
        code = self.channel.code
        if not isinstance(self.channel, PricesWays):
            return Way(code, cost=self.channel.capabilities.price) if address or phone else None
        message = OutgoingMessage(
            _NO_ID, _DUMMY if address else "", "", "", "", phone=_DUMMY if phone else "",
            heard_ago=heard_ago, template=self.form,
        )  # fmt: skip
        found = self.channel.way_of(self.account, message)
        return None if found is None else Way(code, *found)


@dataclass(frozen=True, slots=True)
class Reach:
    """The channels of this province that are open to broadcasts, looked up once for many people; as they would
    reach them so much `later`."""

    open: Sequence[Open] = field(default_factory=lambda: [_opened(code) for code in _codes()])
    later: timedelta = NOW

    def of_contacts(
        self, agreed: Mapping[int, Collection[str]], matters: Mapping[int, str] | None = None
    ) -> dict[int, Way]:
        """The first channel, in the order of the installation, that each contact agreed to and that reaches them;
        who is reached by none is left out. `matters`: the subject by which a reader may be linked."""
        matters = matters or {}
        with_phone = set(
            Contact.objects.filter(pk__in=agreed)
            .exclude(phone_index__startswith="erased:")
            .values_list("pk", flat=True)
        )
        found: dict[int, Way] = {}
        for one in self.open:
            missing = [pk for pk in agreed if pk not in found and one.channel.code in agreed[pk]]
            if missing:
                found |= self._over(one, missing, with_phone, matters)
        return found

    def of_followers(self, followers: Sequence[tuple[int, str, str, timedelta | None]]) -> dict[int, Way]:
        """How each of these followers (number, channel, account, how long ago they spoke) is reached for nothing,
        in the chat they began. Followers of an account that does not send are left out."""
        places = {(one.channel.code, one.account.name): one for one in self.open}
        found = {}
        for pk, channel, account, ago in followers:
            one = places.get((channel, account))
            way = one.way(address=True, phone=False, heard_ago=ago) if one else None
            if way is not None and way.cost == 0:
                found[pk] = way
        return found

    def _over(
        self, one: Open, ids: list[int], with_phone: set[int], matters: Mapping[int, str]
    ) -> dict[int, Way]:
        channel = one.channel
        if channel.address_kind == "phone":
            ways = {pk: one.way(address=True, phone=False) for pk in ids if pk in with_phone}
        elif channel.typed_at_desk:
            said = Address.objects.filter(contact__in=ids, kind=channel.address_kind).exclude(value_index="")
            ways = {
                pk: one.way(address=True, phone=False) for pk in said.values_list("contact_id", flat=True)
            }
        else:
            heard = self._linked(one, ids, matters)
            ways = {
                pk: one.way(
                    address=pk in heard,
                    phone=channel.falls_back_on_phone and pk in with_phone,
                    heard_ago=heard.get(pk),
                )
                for pk in ids
            }
        return {pk: way for pk, way in ways.items() if way is not None}

    def _linked(self, one: Open, ids: list[int], matters: Mapping[int, str]) -> dict[int, timedelta | None]:
        if not matters:
            return {}
        links = Subscription.objects.filter(
            contact__in=ids,
            channel=one.channel.code,
            follower__account=one.account.name,
            subject__in=[matters[pk] for pk in ids if pk in matters],
        ).exclude(follower__address="")
        rows = links.annotate(ago=Now() - F("follower__last_heard_at")).values_list(
            "contact_id", "subject", "ago"
        )
        later = self.later
        return {
            pk: ago if ago is None else ago + later for pk, subject, ago in rows if matters.get(pk) == subject
        }


def _codes() -> list[str]:
    return [code for code in settings.MESSAGING_CHANNELS if code in registry.codes()]


def _opened(code: str) -> Open:
    lane, _made = ensure_lane(code)
    return Open(registry.get(code), account_of(code, lane.account), _form(code, lane.account))


def _form(code: str, account: str) -> ApprovedTemplate | None:
    """The provider's form, whatever fills it: only its ways and prices count here."""
    uses = TemplateAssignment.objects.filter(account__channel=code, account__name=account, intent=INTENT)
    use: Any = uses.select_related("template").first()
    if use is None or use.template.state != ProviderTemplate.State.ENABLED:
        return None
    ways = frozenset(use.template.ways) - frozenset(use.template.ways_closed)
    return ApprovedTemplate(use.template.code, {}, ways, dict(use.template.price)) if ways else None
