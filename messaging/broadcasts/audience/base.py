"""What a group of people is to whom a broadcast may go."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from messaging.broadcasts.models import PublicationRecipient

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from messaging.broadcasts.sending.routing import Reach

ARTICLE = "article"
"""All who follow an account: no audience of single people, see `articles`."""

Choice = Mapping[str, Any]
"""What somebody chose of an audience, as it is stored with the broadcast."""

Place = tuple[str, str]
"""Channel and account."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may be written to over this channel: a contact, or a follower of an account. `matter`: the subject
    of theirs that it is about, empty where it is about nothing in particular."""

    channel: str
    contact_id: int | None = None
    follower_id: int | None = None
    matter: str = ""

    @property
    def person(self) -> str:
        """Their name among the recipients of a broadcast."""
        return contact_key(self.contact_id) if self.contact_id else follower_key(self.follower_id or 0)


@dataclass(frozen=True, slots=True)
class Page:
    """Some of an audience; `after` is where it goes on, None at its end. A page may be empty and go on."""

    candidates: tuple[Candidate, ...]
    after: int | None = None


class Audience(ABC):
    """A group of people."""

    code: str
    label: "StrOrPromise"
    purpose: str
    lasts: timedelta | None = None
    """So long after somebody spoke they belong to it; others come meanwhile. None: it does not pass."""

    @abstractmethod
    def page(self, choice: Choice, after: int, limit: int) -> Page:
        """The next of them after this row, at most `limit`, always in the same order."""

    def problems(self, choice: Choice) -> list[str]:
        """What is wrong with a choice, in Vietnamese sentences."""
        return []

    def describe(self, choice: Choice) -> str:
        """The choice in words; empty where there is nothing to choose."""
        return ""

    def past(
        self, follower_ids: list[int], within: timedelta, reach: "Reach | None" = None
    ) -> dict[int, PublicationRecipient.Why]:
        """Those of these followers who may be written to no more when it takes `within` until it is sent, each with
        why. `reach`: the channels they are at, where who asks knows them."""
        return {}

    def closed(self, matters: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
        """Those of these matters, each with a channel, of which nobody is to be told over it any more."""
        return set()


def contact_key(contact_id: int) -> str:
    """How a contact is named among the recipients of a broadcast."""
    return f"c{contact_id}"


def follower_key(follower_id: int) -> str:
    """How a follower is named among the recipients of a broadcast."""
    return f"f{follower_id}"
