"""Capabilities of some channels beside sending: lists, templates, articles, and accounts connected by OAuth.

A channel that has these methods is asked; others need not have them. All of them are called in a thread, a task or
a command, never in a transaction and never in a request; each makes as few calls as it can and raises Unanswered
when the provider did not answer with what was asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from messaging.channels.base import Account, Outcome, Parameter, Reason, Renewal

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Unanswered(Exception):
    """A question to the provider went unanswered; `outcome` says why, in words for operators."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.detail)
        self.outcome = outcome

    @property
    def is_stale(self) -> bool:
        """Whether what proves the account ours is to be renewed, and the question asked again."""
        return self.outcome.reason is Reason.STALE


@dataclass(frozen=True, slots=True)
class ListedFollower:
    """One reader as the provider lists them; what it does not tell is None."""

    address: str = field(repr=False)
    follows: bool | None = None


@dataclass(frozen=True, slots=True)
class FollowerPage:
    """Part of the list; `cursor` is where it goes on, "" at its end. A page may be empty and go on."""

    followers: tuple[ListedFollower, ...]
    cursor: str = ""


@runtime_checkable
class ListsFollowers(Protocol):
    """A channel whose provider tells who reads an account."""

    def list_followers(self, account: Account, cursor: str) -> FollowerPage:
        """The page at `cursor`, "" for the first."""


@dataclass(frozen=True, slots=True)
class ListedTemplate:
    """A form as the provider tells of it now. `state`: a value of `ProviderTemplate.State`."""

    code: str
    name: str = ""
    state: str = ""
    tag: str = ""
    quality: str = ""
    parameters: tuple[Parameter, ...] = ()
    ways: frozenset[str] = frozenset()
    price: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    dropped_after: timedelta | None = None
    preview_url: str = ""


@dataclass(frozen=True, slots=True)
class TemplatePage:
    """Part of the list; `cursor` is where it goes on, "" at its end."""

    templates: tuple[ListedTemplate, ...]
    cursor: str = ""


@runtime_checkable
class ListsTemplates(Protocol):
    """A channel whose provider tells its forms."""

    def list_templates(self, account: Account, cursor: str) -> TemplatePage:
        """The page at `cursor`, "" for the first."""


@dataclass(frozen=True, slots=True)
class Article:
    """What all who follow an account are to read. `address`: where it stands on the web."""

    title: str
    summary: str
    author: str = ""
    body: str = ""
    address: str = ""


@runtime_checkable
class SendsArticles(Protocol):
    """A channel that tells all who follow an account at once, by an article that its provider finished before.

    A created article is hidden, so that creating it twice informs no reader twice.
    """

    def create_article(self, account: Account, article: Article) -> str:
        """Begin an article; a token by which it is asked about."""

    def finished_article(self, account: Account, token: str) -> str:
        """The article's id once the provider has finished it; "" while it has not."""

    def send_article(self, account: Account, article_id: str) -> Outcome:
        """Send a finished one to all followers: exactly one attempt; provider errors are outcomes."""


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

    @property
    def texts(self) -> list["StrOrPromise"]:
        """All that people read of it."""
        return [self.label, self.hint, *(label for _value, label in self.choices)]


@dataclass(frozen=True, slots=True)
class Invitation:
    """The provider's page on which a person of the account consents, without a `state`, and the verifier that the
    exchange of the code needs."""

    url: str
    verifier: str = field(default="", repr=False)


@runtime_checkable
class Connects(Protocol):
    """A channel that `needs_grant`, and whose accounts a person can connect on a page of the desk.

    `setup`: what that page asks for.
    """

    setup: tuple[SetupField, ...]

    def invitation(self, account: Account, redirect_uri: str) -> Invitation:
        """The page on which a person of the account consents. Pure.

        Raises ValueError with a Vietnamese sentence for settings that do not allow it.
        """

    def exchange_code(self, account: Account, code: str, verifier: str = "") -> Renewal:
        """What a consent grants, for the code that came of it: one attempt."""
