"""How often a password and a code of the second factor may be tried.

A guesser is slowed down, and cannot lock another account out. Tries count against the account from one place, the
account from anywhere, and the place. After many at one account each network has two. A browser in which this account has signed in before has a budget of its own, so
that a stranger who uses up the others does not keep the owner from the desk. All budgets fill again by themselves.
"""

from unicodedata import normalize

from django.http import HttpRequest

from tenants.accounts.models import User
from tenants.accounts.signin import sessions
from tenants.isolation import crypto
from tenants.web import rate_limits
from tenants.web.budgets import DAY, NETWORK, SITE, Budget, BudgetSpent, Limit, Taken
from tenants.web.client_address import client_address

PER_ACCOUNT_HERE = 8
PER_ACCOUNT = 24
# From there on each network has this many; three networks of a stranger must not lock the account everywhere.
PER_NETWORK_THEN = 2
PER_ACCOUNT_AT_MOST = 200
# A whole office goes out by one address.
PER_PLACE = 80
PER_BROWSER = 10
CODES_HERE = 6
CODES = 12
# Three of a million codes are right at any time: thirty a day leave a year of guessing below four per cent.
CODES_A_DAY = 30
UNKNOWN_NAMES_RECORDED = 100
PASSWORD_TRIES = Budget(
    "signin", "", Limit("browser", PER_BROWSER), Limit("here", PER_ACCOUNT_HERE), Limit("account", PER_ACCOUNT, narrowed=PER_NETWORK_THEN, narrows="here"),
    Limit("account", PER_ACCOUNT_AT_MOST), Limit(NETWORK, PER_PLACE), Limit(SITE, 4 * PER_PLACE),
)  # fmt: skip
CODE_TRIES = Budget(
    "signin-code", "", Limit("browser", PER_BROWSER), Limit("browser", CODES_A_DAY, DAY), Limit("here", CODES_HERE),
    Limit("account", CODES), Limit("account", CODES_A_DAY, DAY),
)  # fmt: skip


class Try:
    """One try against a budget: a browser that is known here pays for it, or else the account and the network."""

    def __init__(self, budget: Budget, request: HttpRequest, browser: str, account: object = "") -> None:
        address = client_address(request)
        here = f"{account}:{rate_limits.origin(address)}" if account else ""
        self.budget = budget
        self.address = None if browser else address
        self.scopes = {"browser": browser} if browser else {"account": account, "here": here}
        self.taken: Taken | None = None

    def take(self) -> bool:
        """Count one try; False when there is no room for it, and then nothing is counted."""
        try:
            self.taken = self.budget.take(address=self.address, **self.scopes)
        except BudgetSpent:
            return False
        return True

    def give_back(self) -> None:
        """The try was no guess: it succeeded."""
        if self.taken:
            self.taken.give_back()

    def is_recorded(self) -> bool:
        """Whether it was already recorded, in this window, that this budget is used up; says so next time."""
        payer = ":".join(
            map(
                str,
                (self.budget.name, *self.scopes.values(), self.address and rate_limits.block(self.address)),
            )
        )
        return not rate_limits.take({f"told:{payer}"[:200]: 1})


def password_budget(request: HttpRequest, username: str) -> Try:
    """A try at this name, whether or not an account has it."""
    name = crypto.token_digest(normalize("NFKC", username).casefold())[:20]
    return Try(PASSWORD_TRIES, request, sessions.device_id(request, username), name)


def place_budget(request: HttpRequest) -> Try:
    """A try at the first step whose account is not known yet."""
    return Try(PASSWORD_TRIES, request, sessions.known_device(request))


def code_budget(request: HttpRequest, user: User) -> Try:
    """A try at the second factor, after the right password."""
    return Try(CODE_TRIES, request, sessions.device_id(request, user.get_username()), user.pk)


def may_record_unknown() -> bool:
    """Whether one more failure of an unknown name is recorded: strangers must not fill the disk."""
    return rate_limits.take({"signin:unknown": UNKNOWN_NAMES_RECORDED})
