"""What a channel is: one way to reach a person, behind one small interface.

A channel is called in threads that have no province and no database: it gets plain values and gives plain
values. It makes exactly one attempt per call and ends within its `timeout`; when to try again, whom to
write to and in which order is the relay's business.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class OutcomeKind(StrEnum):
    """What one attempt came to. Values are those of `Attempt.Outcome`."""

    ACCEPTED = "accepted"  # the provider has it; delivery will be told later
    DELIVERED = "delivered"  # the person has it
    TEMPORARY = "temporary"  # it was certainly not sent; another try may succeed
    PERMANENT = "permanent"  # it was certainly not sent, and no try ever will
    UNKNOWN = "unknown"  # the request left and no answer came: it may have been sent


class Finding(StrEnum):
    """What the provider says when asked about a tracking id. Values are those of `Attempt.Outcome`."""

    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    ABSENT = "absent"  # the provider never got it
    UNTOLD = "untold"  # this provider cannot be asked
    LATER = "later"  # it did not answer just now


@dataclass(frozen=True, slots=True)
class Outcome:
    """Result of one attempt. `code` is the provider's own; `detail` holds no personal data."""

    kind: OutcomeKind
    code: str = ""
    detail: str = ""
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """Who sends: the province and the name of its account at the channel."""

    province: UUID
    name: str


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """What is sent. `tracking_id` is the same on every attempt and goes to the provider each time."""

    tracking_id: UUID
    number: str
    name: str
    title: str
    body: str
    rows: tuple[tuple[str, str], ...] = ()
    button_label: str = ""
    button_url: str = ""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the channel can do, so that nobody asks for its name."""

    body_max: int = 400
    may_show_phone: bool = True
    has_receipts: bool = False
    can_be_asked: bool = False


@dataclass(frozen=True, slots=True)
class Health:
    """Whether an account can send, in words for operators."""

    well: bool
    detail: str = ""


class Channel(ABC):
    """One way to reach people. Stateless: the account comes with each call."""

    code: str
    name: "StrOrPromise"
    capabilities: Capabilities
    timeout: timedelta

    @abstractmethod
    def send(self, account: Account, message: OutgoingMessage) -> Outcome:
        """Make exactly one attempt; provider errors are outcomes, not exceptions."""

    @abstractmethod
    def classify(self, answer: object) -> Outcome:
        """What a provider's answer means: a pure table."""

    @abstractmethod
    def reconcile_unknown(self, account: Account, tracking_id: UUID) -> Finding:
        """Ask the provider whether it has the message of this tracking id."""

    @abstractmethod
    def health(self, account: Account) -> Health:
        """Whether this account can send now."""
