"""What a channel offers whose accounts are connected by a person's consent at the provider's."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from messaging.channels.base import Account, Renewal

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class SetupField:
    """One setting or secret that a person types to set an account up. `choices`: (value, label) pairs.

    `external_id` is always asked for; a field of this name says how the channel calls it.
    """

    name: str
    label: "StrOrPromise"
    hint: "StrOrPromise" = ""
    secret: bool = False
    required: bool = True
    choices: tuple[tuple[str, "StrOrPromise"], ...] = ()


@dataclass(frozen=True, slots=True)
class Invitation:
    """The provider's page on which somebody of the account consents, without a `state`, and what the exchange
    of his code will want to see."""

    url: str
    verifier: str = field(default="", repr=False)


@runtime_checkable
class Connects(Protocol):
    """A channel that `needs_grant`, and whose accounts a person can connect on a page of the desk.

    `setup`: what that page asks for.
    """

    setup: tuple[SetupField, ...]

    def invitation(self, account: Account, redirect_uri: str) -> Invitation:
        """Where somebody of the account consents. Pure.

        Raises ValueError with a Vietnamese sentence for settings with which nobody can be asked.
        """

    def exchange_code(self, account: Account, code: str, verifier: str = "") -> Renewal:
        """What a consent grants, for the code that came of it: one attempt."""
