"""How often one may try. A guesser is slowed down; nobody can shut somebody else out.

Tries count against the account from one place, the account from anywhere, and the place. A browser in which
this account has signed in before has a budget of its own, so that a stranger who uses up the others does not
keep the owner from the desk. All budgets fill again by themselves.
"""

from dataclasses import dataclass
from unicodedata import normalize

from django.http import HttpRequest

from tenants import crypto, rate_limits
from tenants.accounts.models import User
from tenants.accounts.requests import client_address
from tenants.signin import sessions

PER_ACCOUNT_HERE = 8
PER_ACCOUNT = 24
# A whole office goes out by one address.
PER_PLACE = 80
PER_BROWSER = 10
CODES_HERE = 6
CODES = 12
# Three of a million codes are right at any time: thirty a day leave a year of guessing below four per cent.
CODES_A_DAY = 30
DAY = 24 * 60 * 60
UNKNOWN_NAMES_RECORDED = 100


@dataclass(frozen=True)
class Budget:
    """The budgets that one try is taken from: what ends soon, and what lasts a day."""

    soon: dict[str, int]
    daily: dict[str, int]

    def take(self) -> bool:
        """Count one try; False when there is no room for it, and then nothing is counted."""
        if not rate_limits.take(self.soon):
            return False
        if self.daily and not rate_limits.take(self.daily, seconds=DAY):
            rate_limits.give_back(self.soon)
            return False
        return True

    def give_back(self) -> None:
        """The try was no guess: it succeeded."""
        rate_limits.give_back([*self.soon, *self.daily])

    def is_recorded(self) -> bool:
        """Whether it was already recorded, in this window, that these budgets are used up; says so next time."""
        return not rate_limits.take({f"told:{'|'.join(self.soon)}"[:200]: 1})


def of_password(request: HttpRequest, username: str) -> Budget:
    """Budgets of a try at this name, whether or not an account has it."""
    name = crypto.token_digest(normalize("NFKC", username).casefold())[:20]
    browser = sessions.known_as(request, username)
    if browser:
        return Budget({f"signin:browser:{browser}": PER_BROWSER}, {})
    place = rate_limits.block(client_address(request))
    return Budget(
        {
            f"signin:here:{name}:{place}": PER_ACCOUNT_HERE,
            f"signin:account:{name}": PER_ACCOUNT,
            f"signin:place:{place}": PER_PLACE,
        },
        {},
    )


def of_code(request: HttpRequest, user: User) -> Budget:
    """Budgets of a try at the second factor, for who knew the password."""
    browser = sessions.known_as(request, user.get_username())
    if browser:
        return Budget({f"code:browser:{browser}": PER_BROWSER}, {f"code:browser-day:{browser}": CODES_A_DAY})
    place = rate_limits.block(client_address(request))
    return Budget(
        {f"code:here:{user.pk}:{place}": CODES_HERE, f"code:account:{user.pk}": CODES},
        {f"code:day:{user.pk}": CODES_A_DAY},
    )


def may_record_unknown() -> bool:
    """Whether one more failure of a name that nobody has is written down: strangers must not fill the disk."""
    return rate_limits.take({"signin:unknown": UNKNOWN_NAMES_RECORDED})
