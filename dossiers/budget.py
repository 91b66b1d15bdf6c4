"""Failure budgets of look-up: guessing gets expensive, looking up does not.

Only failures count. Loose per address, since many phones share one; tighter per code.
"""

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
    """From where and at what somebody guesses."""

    address: str
    code: str

    @classmethod
    def at(cls, request_address: str, typed_code: str) -> "Guesser":
        """The guesser behind a request. Spellings of one code share one budget."""
        try:
            code = normalise_code(typed_code[:LONGEST_CODE])
        except CodeError:
            code = typed_code[:LONGEST_CODE]
        return cls(request_address, code)

    def broad_limits(self) -> dict[str, int]:
        """What bounds the guesser whatever is asked for."""
        limits = self.limits()
        return {key: limit for key, limit in limits.items() if not key.startswith("guess:code:")}

    def limits(self) -> dict[str, int]:
        """All budgets a failure is charged to, with their sizes."""
        return {
            f"guess:code:{sha256(self.code.encode()).hexdigest()[:20]}": PER_CODE,
            f"guess:from:{block(self.address)}": PER_ADDRESS,
            "guess:province": PER_PROVINCE,
        }


def exhausted(guesser: Guesser) -> bool:
    """True when the guesser's broad budgets are used up: answer 429 and look nothing up."""
    return used_up(guesser.broad_limits())


def key_is_locked(guesser: Guesser) -> bool:
    """True when too many wrong keys were tried for this code: no key is compared for a while.

    The code alone still answers, so that nobody can shut the owner out by guessing.
    """
    return used_up({key: limit for key, limit in guesser.limits().items() if key.startswith("guess:code:")})


def spend(guesser: Guesser) -> None:
    """Count one failure."""
    charge(guesser.limits())
