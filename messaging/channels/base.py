"""What a channel is: one way to reach a person, behind one small interface.

A channel is called in threads that have no province and no database: it gets plain values and gives plain
values. It makes exactly one attempt per call and ends within its `timeout`; when to try again, whom to
write to and in which order is the relay's business.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils.translation import gettext as _

from messaging.channels.inbound_items import Destination, InboundItem, Rejected
from tenants.validation import Fault

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class OutcomeKind(StrEnum):
    """What one attempt came to. Values are those of `Attempt.Outcome`."""

    ACCEPTED = "accepted"  # the provider has it; its delivery is reported later
    DELIVERED = "delivered"  # the person has it
    TEMPORARY = "temporary"  # it was certainly not sent; another try may succeed
    PERMANENT = "permanent"  # it was certainly not sent, and over this channel no try ever will
    UNKNOWN = "unknown"  # the request left and no answer came: it may have been sent


class Reason(StrEnum):
    """Why an attempt did not succeed. Decides whom it concerns: the message, or the whole lane."""

    NONE = ""
    # The message alone.
    NIGHT = "night"
    OUTSIDE_WINDOW = "outside_window"
    NOT_FOLLOWING = "not_following"
    OPTED_OUT = "opted_out"
    NO_ACCOUNT = "no_account"
    BAD_ADDRESS = "bad_address"
    BAD_PAYLOAD = "bad_payload"
    TEMPLATE_UNUSABLE = "template_unusable"
    # The provider or the way to it: several in a row open the lane's breaker.
    TRANSPORT = "transport"
    PROVIDER = "provider"
    UNMAPPED = "unmapped"
    # What proves the account ours is worn out: it is renewed, then the message is tried again.
    STALE = "stale"
    # The account: the lane rests at once, and the attempt does not count against the message.
    RATE_LIMIT = "rate_limit"
    DAILY_QUOTA = "daily_quota"
    BILLING = "billing"
    CREDENTIAL = "credential"
    CONFIG = "config"
    PLATFORM_BLOCK = "platform_block"

    @property
    def trips(self) -> bool:
        """Whether several of these in a row say that the provider is in trouble."""
        return self in (Reason.TRANSPORT, Reason.PROVIDER, Reason.UNMAPPED)

    @property
    def concerns_account(self) -> bool:
        """Whether any other message of the account would fare the same."""
        return self in (
            Reason.RATE_LIMIT, Reason.DAILY_QUOTA, Reason.BILLING, Reason.CREDENTIAL, Reason.CONFIG,
            Reason.PLATFORM_BLOCK,
        )  # fmt: skip


class Finding(StrEnum):
    """What the provider says when asked about a tracking id. Values are those of `Attempt.Outcome`."""

    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    ABSENT = "absent"  # the provider never got it
    UNDELIVERED = "undelivered"  # the provider took it and gave up delivering it
    UNSUPPORTED = "untold"  # this provider cannot be asked
    LATER = "later"  # it did not answer just now
    AWAITED = "awaited"  # it cannot say; should the message arrive, it will tell by itself


@dataclass(frozen=True, slots=True)
class Outcome:
    """Result of one attempt. `code` is the provider's own; `detail` holds no personal data.

    `retry_after`: the channel named a time; with a reason that concerns the account the whole lane waits for
    it. `provider_id`: the provider's name for the message, by which receipts may come. A permanent outcome
    sends the message to the next channel of its route.

    A channel with several ways to a reader names the `way` it took. With `next_way` a permanent outcome closes
    that way alone: the channel is called again at once, and finds it in `OutgoingMessage.ways_done`. With
    `way_rests` a reason that concerns the account concerns that way of it alone: the way rests, not the lane.
    `form_rests`: the provider's form cannot be used for now, by any message: those that need it wait, and are not
    counted as tried. `cost`: what the provider takes for it, in đồng. `most_tries`: a temporary outcome that is
    permanent from this try on (0: never).
    """

    kind: OutcomeKind
    code: str = ""
    detail: str = ""
    retry_after: timedelta | None = None
    reason: Reason = Reason.NONE
    provider_id: str = ""
    way: str = ""
    next_way: bool = False
    way_rests: bool = False
    form_rests: bool = False
    cost: int = 0
    most_tries: int = 0


@dataclass(frozen=True, slots=True)
class Account:
    """Who sends: the province and its account at the channel. `secrets` and `credentials` never reach a log.

    `callback_url`: where this account's receipts are to be sent, absolute; empty when there is none.
    `credentials`: what the provider granted and `refresh_credentials` renews, of this `generation`.
    """

    province: UUID
    name: str
    external_id: str = ""
    config: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    secrets: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    callback_url: str = ""
    credentials: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    generation: int = 0


@dataclass(frozen=True, slots=True)
class ApprovedTemplate:
    """The provider's own form for a message, approved by it, with the values that fill it.

    `ways`: the channel's ways that may use it. `price`: what it costs over each, in đồng. `dropped_after`: what
    could not be delivered by then never is (None: not known).
    """

    code: str
    values: Mapping[str, str] = field(repr=False)
    ways: frozenset[str] = frozenset()
    price: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    dropped_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Parameter:
    """A place in a provider's form. `longest` and `shortest` in letters of NFC, 0: not known."""

    name: str
    kind: str = ""
    required: bool = True
    longest: int = 0
    shortest: int = 0
    may_be_empty: bool = False


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """What is sent. `tracking_id` is the same on every attempt and goes to the provider each time.

    `address` is of the channel's `address_kind`; a telephone number has its ten digits ("0905123217"). It is
    empty when the channel `falls_back_on_phone` and knows the reader's `phone` alone.

    For channels with several ways to a reader: `heard_ago`, how long ago the reader last spoke to this account
    (None: never); `template`, the provider's form for this message, if it approved one, else `template_problem`
    says in Vietnamese why the form that was chosen cannot carry it, and `template_rests` whether only for now; `ways_done`, those that
    are closed for this message; `ways_resting`, those that the account may not use just now; `may_cost`, whether the lane's money for this month is not spent.
    """

    tracking_id: UUID
    address: str = field(repr=False)
    name: str = field(repr=False)
    title: str
    body: str = field(repr=False)
    rows: tuple[tuple[str, str], ...] = ()
    button_label: str = ""
    button_url: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    heard_ago: timedelta | None = None
    template: ApprovedTemplate | None = None
    template_problem: str = ""
    template_rests: bool = False
    ways_done: frozenset[str] = frozenset()
    ways_resting: frozenset[str] = frozenset()
    may_cost: bool = True


@dataclass(frozen=True, slots=True)
class Question:
    """A message about which the provider is asked: what it was sent as, if that is known.

    `provider_id` and `way` are those of the last attempt that told them; `message` is None when its text can
    not be read any more. `age`: since the first attempt; `sent_ago`: since the last.
    """

    tracking_id: UUID
    provider_id: str = ""
    way: str = ""
    message: OutgoingMessage | None = None
    age: timedelta = timedelta(0)
    sent_ago: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Granted:
    """The provider renewed what proves the account ours: `credentials`, good for `lasts`."""

    credentials: Mapping[str, str] = field(repr=False)
    lasts: timedelta


@dataclass(frozen=True, slots=True)
class GrantLost:
    """The provider will not renew it: a person has to consent anew. `detail` is a Vietnamese sentence."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class GrantUnclear:
    """The request left and no answer came: what was to be renewed may be used up."""

    code: str = ""


@dataclass(frozen=True, slots=True)
class GrantLater:
    """Certainly not renewed, and nothing is used up; another try may succeed."""

    code: str = ""


Renewal = Granted | GrantLost | GrantUnclear | GrantLater


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Capabilities of a channel, so that no code asks for its name.

    `concurrency`: attempts of one account at the same time. `rate`: messages per second unless the province
    sets another; None: no limit. `has_receipts`: an accepted message is followed by word of its delivery.
    `needs_grant`: the provider grants credentials that wear out and are renewed. `has_templates`: it sends
    some messages only in forms that it approved.
    """

    body_max: int = 400
    may_show_phone: bool = True
    has_receipts: bool = False
    can_be_asked: bool = False
    concurrency: int = 8
    rate: float | None = None
    needs_grant: bool = False
    has_templates: bool = False


@dataclass(frozen=True, slots=True)
class Health:
    """Whether an account can send, in words for operators."""

    well: bool
    detail: str = ""


class Channel(ABC):
    """One way to reach people. Stateless: the account comes with each call.

    `address_kind`: "phone", or the kind of `Address` under which readers of this channel are kept.
    """

    code: str
    name: "StrOrPromise"
    capabilities: Capabilities
    timeout: timedelta
    address_kind: str = "phone"
    # Whether people can state their address of this channel at a desk; not so where a callback brings it: there a
    # reader is reached only about linked subjects, see `messaging.contacts.contacts`.
    typed_at_desk: bool = True
    # Whether a reader without an address of this kind may still be reached at the telephone number.
    falls_back_on_phone: bool = False
    # The ways to a reader that one account has, in the order in which they are tried; empty where there is but one.
    ways: tuple[str, ...] = ()
    # What people call the codes that the channel writes: its ways, kinds of places, tags and qualities of forms.
    words: "Mapping[str, StrOrPromise]" = MappingProxyType({})
    # A callback that is not the provider's gets the same answer as one that is: for providers that switch a
    # hook off after refusals.
    refuses_quietly: bool = False

    @abstractmethod
    def send(self, account: Account, message: OutgoingMessage) -> Outcome:
        """Make exactly one attempt; provider errors are outcomes, not exceptions."""

    @abstractmethod
    def classify(self, answer: Any) -> Outcome:
        """What a provider's answer means: a pure table."""

    @abstractmethod
    def reconcile_unknown(self, account: Account, question: Question) -> Finding:
        """Ask the provider what became of this message."""

    @abstractmethod
    def health(self, account: Account) -> Health:
        """Whether this account can send now. May ask the provider; called in a thread, never in a request."""

    def is_answering(self, account: Account) -> bool:
        """Whether the provider gives an answer that can be read, be it a refusal; asked after an outage in place of
        anybody's message. Called in a thread; ends within `timeout`."""
        return self.health(account).well

    def normalise(self, address: str) -> str:
        """The one way to write an address of this channel; raises ValueError with a Vietnamese sentence."""
        return address.strip()

    def way_of(self, account: Account, message: OutgoingMessage) -> str:
        """The way that this message would go now; "" when none is open. Only asked where there are `ways`. Pure."""
        raise NotImplementedError(self.code)

    def check_template_values(
        self, parameters: Sequence[Parameter], values: Mapping[str, str], cut: Collection[str]
    ) -> Mapping[str, str]:
        """The values as the provider takes them in a form, those of the places in `cut` shortened where they are too
        long; raises ValueError, in Vietnamese and without values. Taken as they are unless the channel says more. Pure.
        """
        return values

    def shared_limit(self, account: Account) -> tuple[str, int] | None:
        """Where the provider counts the calls of several accounts together: under which name, “code:app” without
        secrets, and how many a minute may hold. Pure."""
        return None

    def public_address(self, external_id: str) -> str:
        """Where everybody can open this account, for posters and links; empty where there is no such page."""
        return ""

    def check_account(self, config: Mapping[str, Any], secrets: Mapping[str, str]) -> list[str]:
        """What is wrong with an account's settings, in Vietnamese sentences; no input or output."""
        return []

    def where_secrets_go(self, config: Mapping[str, Any]) -> Any:
        """What says, beside names of servers, where secrets go: with any change of it they are asked for again. Pure."""
        return None

    def refresh_credentials(self, account: Account) -> Renewal:
        """Renew what proves that the account is ours: one attempt. Only asked where it `needs_grant`.

        The caller holds the lease of this account's credentials, and has recorded that it asks.
        """
        raise NotImplementedError(self.code)

    def destination(self, raw: bytes) -> Destination | None:
        """The accounts that a callback at the shared address names; None where the channel has no such address.

        Raises ValueError when it names none. Nothing of `raw` is proven yet.
        """
        return None

    def callback_secrets(self, config: Mapping[str, Any]) -> frozenset[str]:
        """Names of the secrets by which `verify_webhook` knows a callback of an account with this config.

        Where there is an address of all provinces, and the config has an `app_id`, these alone are kept outside
        the province, and `verify_webhook` has to do with them, the config and the account's id.
        """
        return frozenset()

    def event_key(self, raw: bytes) -> bytes:
        """The key by which a repeated callback is recognised: itself, unless the provider names its events."""
        return raw

    def verify_webhook(self, account: Account, headers: Mapping[str, str], raw: bytes) -> Rejected | None:
        """None when `raw` comes from the provider of this account. Constant time, no database.

        Header names are in lower case. A channel without callbacks refuses all of them.
        """
        return Rejected("this channel has no callbacks")

    def parse_events(self, account: Account, raw: bytes) -> Iterable[InboundItem]:
        """The items of a verified callback of this account. Raises ValueError when it cannot be read.

        Called when the callback comes and once more when it is processed. A callback without items is stored, and
        not processed.
        """
        return ()


def describe_faults(faults: Iterable[Fault]) -> list[str]:
    """Sentences for `check_account` of a channel whose settings are a pydantic model; each names its key.

    Values are not repeated: one may be a secret that was put into the wrong place.
    """
    said = ((one.place, _(one.message) % {**one.params, "value": "…"}) for one in faults)
    return [f"“{place}”: {text}" if place else text for place, text in said]


class UnknownChannel(LookupError):
    """No channel of this code is installed."""


class ChannelRegistry:
    """The channels of this installation. A channel registers itself in its AppConfig.ready()."""

    def __init__(self) -> None:
        self._channels: dict[str, Channel] = {}

    def register(self, channel: Channel) -> None:
        """Make a channel known under its code; the last one registered counts."""
        self._channels[channel.code] = channel

    def get(self, code: str) -> Channel:
        """The channel of this code; raises UnknownChannel."""
        try:
            return self._channels[code]
        except KeyError:
            raise UnknownChannel(code) from None

    def codes(self) -> list[str]:
        """Codes of all installed channels."""
        return sorted(self._channels)


registry = ChannelRegistry()


def read_uuid(text: str) -> UUID | None:
    """The id that a provider repeats; None where it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None
