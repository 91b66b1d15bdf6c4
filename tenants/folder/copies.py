"""What a restore carries over from the schema that it replaces, and what is lost with it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

NUMBERS, MESSAGES, CALLS = "numbers", "messages", "calls"
CONSENTS, CREDENTIALS, ACCOUNTS = "consents", "credentials", "accounts"
ADDRESSES, ERASURES = "addresses", "erasures"
CODES = (NUMBERS, MESSAGES, CALLS, CONSENTS, CREDENTIALS, ACCOUNTS, ADDRESSES, ERASURES)


@dataclass(frozen=True, slots=True)
class Carry:
    """What the running schema learnt since the moment of a copy, which must know it when it takes its place.

    `sql` names the schemas {old} and {new}; %(since)s is that moment, or shortly before. %(parted)s: until then they
    were one; earlier for a schema that was kept, since what replaced it came from an archive. It changes the copy alone.
    `code`, one of CODES, is by what an operator names it who has to do without. Without a code it tells, by one
    number, what is lost with the running schema and a person has to see to.
    """

    code: str
    title: "StrOrPromise"
    sql: str
