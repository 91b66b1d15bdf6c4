"""What a provider tells us by a callback, in words that no provider owns.

Addresses are of the channel's `address_kind`, as its `normalise` writes them. Times are by the provider's clock.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Rejected:
    """A callback that does not come from the provider; `cause` is for the log."""

    cause: str


class ReceiptKind(StrEnum):
    DELIVERED = "delivered"
    SEEN = "seen"
    UNDELIVERED = "undelivered"


@dataclass(frozen=True, slots=True)
class Receipt:
    """Word about one message: named by our `tracking_id` or the provider's `provider_id`."""

    kind: ReceiptKind
    tracking_id: UUID | None = None
    provider_id: str = ""
    code: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class OptOut:
    """This reader wants no more messages over the channel. `how` is kept as evidence."""

    address: str = field(repr=False)
    how: str = ""


@dataclass(frozen=True, slots=True)
class MessageIn:
    """A reader wrote to the account. `reported_at`: when, by the provider's clock."""

    address: str = field(repr=False)
    provider_id: str
    text: str = field(default="", repr=False)
    reported_at: datetime | None = None
    app_address: str = field(default="", repr=False)


class ContactKind(StrEnum):
    FOLLOWED = "followed"
    UNFOLLOWED = "unfollowed"
    HEARD = "heard"  # any other sign of life that lets us answer: a click, an accepted call


@dataclass(frozen=True, slots=True)
class Approached:
    """A reader began, ended or renewed the connection to the account, without words."""

    kind: ContactKind
    address: str = field(repr=False)
    reported_at: datetime | None = None
    app_address: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ErasureAsked:
    """A reader wants the provider and us to forget the connection between them and this account."""

    address: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AnsweredByHand:
    """A person of the account wrote to this reader with the provider's own tools."""

    address: str = field(repr=False)
    provider_id: str
    reported_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TemplateChanged:
    """The provider approved, refused or switched off one of its forms, or changed what it thinks of it."""

    code: str
    state: str = ""
    quality: str = ""
    cause: str = ""
    reported_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class QuotaChanged:
    """The provider lets the account send so many messages a day from now on."""

    daily: int
    reported_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rated:
    """A reader's opinion of a message, without a name. `rating`: 1 to 5."""

    tracking_id: UUID | None
    rating: int
    note: str = field(default="", repr=False)


# What `parse_events` may give. Channels to come add kinds; unknown ones are left alone.
InboundItem = (
    Receipt | OptOut | MessageIn | Approached | ErasureAsked | AnsweredByHand | TemplateChanged
    | QuotaChanged | Rated
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Destination:
    """Whom a callback at the address of all provinces names, before anything of it is believed.

    `app` and each of `accounts` are ids at the provider: which of the accounts is ours is not always told.
    """

    app: str
    accounts: tuple[str, ...]
