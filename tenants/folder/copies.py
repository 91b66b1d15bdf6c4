"""What rooms know about backup. Each registers its own in `AppConfig.ready()`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import IO, TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Files(Protocol):
    """Stored files of the present province. Names never change and are never used again."""

    def names(self) -> Iterator[str]:
        """All that are stored, and all that rows name: what is not there to fetch is lost."""

    def fetch(self, name: str) -> IO[bytes]:
        """The bytes; raises where they are gone."""

    def size(self, name: str) -> int:
        """How many bytes."""

    def put_back(self, name: str, content: IO[bytes]) -> bool:
        """Store again under this very name; False, and nothing done, where it is there."""


NUMBERS, MESSAGES, CALLS = "numbers", "messages", "calls"
CONSENTS, CREDENTIALS, ACCOUNTS = "consents", "credentials", "accounts"
ADDRESSES, ERASURES = "addresses", "erasures"
CODES = (NUMBERS, MESSAGES, CALLS, CONSENTS, CREDENTIALS, ACCOUNTS, ADDRESSES, ERASURES)


@dataclass(frozen=True, slots=True)
class Carry:
    """What the running schema learnt since the moment of a copy, which must know it when it takes its place.

    `sql` names the schemas {old} and {new}; %(since)s is that moment, or shortly before. %(parted)s: until then they
    were one; earlier for a schema that was kept, since what replaced it came from an archive. It changes the copy alone.
    `code`, one of CODES, is by what an operator names it who has to do without.
    """

    code: str
    title: "StrOrPromise"
    sql: str


@dataclass(frozen=True, slots=True)
class Loss:
    """What is lost with the running schema and a person has to see to. `sql` gives one number."""

    title: "StrOrPromise"
    sql: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """What a restore holds back of the present province, and a person may let go on.

    `sql` gives the ids of what {new} holds and {old}, the schema that it replaced, certainly did not do. `release`
    is called inside the province with these ids, in a transaction; how many went on.
    """

    sql: str
    release: Callable[[list[int]], int]


Check = Callable[[], Iterator[str]]
"""Called inside a copy, reads only: Vietnamese sentences about what is wrong with it."""
Settle = Callable[[datetime], str]
"""Called inside a copy with its moment (of the backup, or of the swap that kept it): see to it that nothing happens twice; what was done."""
