"""Failure budgets of look-up: guessing gets expensive, looking up does not.

Only failures count. Loose per address, since many phones share one; tighter per code.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from dossiers.rules.codes import CodeError, normalise_code
from tenants.budgets import WINDOW_SECONDS, block, charge, used_up

PER_CODE = 10
PER_ADDRESS = 60
PER_PROVINCE = 2000
LONGEST_CODE = 120

__all__ = [
    "WINDOW_SECONDS",
    "Guesser",
    "block",
    "charge",
    "exhausted",
    "key_is_locked",
    "spend",
    "used_up",
]


@dataclass(frozen=True)
class Guesser:
    """Who guesses, as the budgets they share with others, {name: size}; and at what."""

    broad: tuple[tuple[str, int], ...]
    code: str

    @classmethod
    def at(cls, request_address: str, typed_code: str) -> "Guesser":
        """The guesser behind a request. Spellings of one code share one budget."""
        broad = ((f"guess:from:{block(request_address)}", PER_ADDRESS), ("guess:province", PER_PROVINCE))
        return cls(broad, _spelled(typed_code))

    @classmethod
    def sharing(cls, limits: Mapping[str, int], typed_code: str) -> "Guesser":
        """Somebody who is known by these budgets alone, in a chat: who guesses there costs the web nothing."""
        return cls(tuple(limits.items()), _spelled(typed_code))

    def broad_limits(self) -> dict[str, int]:
        """What bounds the guesser whatever is asked for."""
        return dict(self.broad)

    def code_limits(self) -> dict[str, int]:
        """What bounds everybody who asks for this code."""
        return {f"guess:code:{sha256(self.code.encode()).hexdigest()[:20]}": PER_CODE}

    def limits(self) -> dict[str, int]:
        """All budgets a failure is charged to, with their sizes."""
        return {**self.code_limits(), **self.broad_limits()}


def _spelled(typed_code: str) -> str:
    try:
        return normalise_code(typed_code[:LONGEST_CODE])
    except CodeError:
        return typed_code[:LONGEST_CODE]


def exhausted(guesser: Guesser) -> bool:
    """True when the guesser's broad budgets are used up: answer 429 and look nothing up."""
    return used_up(guesser.broad_limits())


def key_is_locked(guesser: Guesser) -> bool:
    """True when too many wrong keys were tried for this code: no key is compared for a while.

    The code alone still answers, so that nobody can shut the owner out by guessing.
    """
    return used_up(guesser.code_limits())


def spend(guesser: Guesser) -> None:
    """Count one failure."""
    charge(guesser.limits())
