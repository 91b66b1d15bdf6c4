"""Groups of people a broadcast may go to. Each registers itself; rooms above register theirs."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from messaging.models import BroadcastRecipient

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from messaging.broadcasts.recipients.routing import Reach

ARTICLE = "article"
"""All who follow an account: no audience of single people, see `articles`."""

Choice = Mapping[str, Any]
"""What somebody chose of an audience, as it is stored with the broadcast."""


NOW = timedelta(0)


class UnknownAudience(LookupError):
    """No room registered an audience of this code."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a person would be reached now: the channel, the way it would take, and what that costs in đồng
    (None: nobody knows)."""

    channel: str
    name: str = ""
    cost: int | None = 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may be written to: a contact, or a follower of an account. `way`: how; `matter`: the subject
    of theirs that it is about, empty where it is about nothing in particular."""

    way: Way
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
    """A group of people. Who is in two groups belongs to the one of lower `rank`: those whom it costs nothing to
    reach first, then those whom it concerns most."""

    code: str
    rank: int
    label: "StrOrPromise"
    purpose: str
    lasts: timedelta | None = None
    """So long after somebody spoke they belong to it; others come meanwhile. None: it does not pass."""

    @abstractmethod
    def page(self, choice: Choice, after: int, limit: int, later: timedelta = NOW) -> Page:
        """The next of them after this row, at most `limit`, always in the same order; as they would be reached when
        it is sent so much later."""

    def problems(self, choice: Choice) -> list[str]:
        """What is wrong with a choice, in Vietnamese sentences."""
        return []

    def describe(self, choice: Choice) -> str:
        """The choice in words; empty where there is nothing to choose."""
        return ""

    def past(
        self, follower_ids: list[int], within: timedelta, reach: "Reach | None" = None
    ) -> dict[int, BroadcastRecipient.Why]:
        """Those of these followers who may be written to no more when it takes `within` until it is sent, each with
        why. `reach`: the channels they are at, where who asks knows them."""
        return {}

    def closed(self, matters: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
        """Those of these matters, each with a channel, of which nobody is to be told over it any more."""
        return set()

    def others(self, choice: Choice, contact_ids: Collection[int]) -> dict[int, Candidate]:
        """How those of these contacts are reached now about some matter of theirs that goes on, by contact."""
        return {}


_audiences: dict[str, Audience] = {}


def register(audience: Audience) -> None:
    """Make an audience known under its code; called from AppConfig.ready()."""
    _audiences[audience.code] = audience


def get(code: str) -> Audience:
    """The audience of this code; raises UnknownAudience."""
    try:
        return _audiences[code]
    except KeyError:
        raise UnknownAudience(code) from None


def codes() -> list[str]:
    """All audiences of single people, in the order in which people are found."""
    return sorted(_audiences, key=lambda code: _audiences[code].rank)


def chosen(choices: Mapping[str, Choice]) -> list[str]:
    """Those of the audiences of single people that were chosen, in the order in which people are found."""
    return [code for code in codes() if code in choices]


def passing(choices: Mapping[str, Choice]) -> dict[str, timedelta]:
    """Those of the chosen audiences to which one belongs for so long only."""
    return {code: lasts for code in chosen(choices) if (lasts := get(code).lasts) is not None}


def pages(code: str, choice: Choice, limit: int, later: timedelta = NOW) -> Iterator[Page]:
    """All of an audience, page by page, as they would be reached so much later."""
    after: int | None = 0
    while after is not None:
        page = get(code).page(choice, after, limit, later)
        after = page.after
        yield page


def contact_key(contact_id: int) -> str:
    """How a contact is named among the recipients of a broadcast."""
    return f"c{contact_id}"


def follower_key(follower_id: int) -> str:
    """How a follower is named among the recipients of a broadcast."""
    return f"f{follower_id}"
