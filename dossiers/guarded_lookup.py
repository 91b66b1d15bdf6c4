"""Look-up on the failure budgets: where every door goes that takes a typed code and perhaps a key.

Pages and programs guess on the same budgets, and get the same answer after the same work.
"""

from dataclasses import dataclass

from dossiers import budget, lookup
from dossiers.rules.codes import CodeError


@dataclass(frozen=True)
class TooManyTries:
    """A budget is used up. Nothing was looked up; trying again makes sense after so many seconds."""

    retry_after: int


def ask(address: str, typed_code: str, typed_key: str = "") -> lookup.Answer | TooManyTries:
    """What `lookup.by_code` says to somebody at this network address, unless they failed too often.

    An unreadable code, an unknown one, a wrong key and a complaint without its key are failures. Raises
    CodeError for what is no code, which is counted too: codes of older systems have every form, so a guess
    at one may look like a slip of the finger.
    """
    return ask_as(budget.Guesser.at(address, typed_code), typed_code, typed_key)


def ask_as(guesser: budget.Guesser, typed_code: str, typed_key: str = "") -> lookup.Answer | TooManyTries:
    """The same for somebody who is not known by a network address."""
    if budget.exhausted(guesser) or (typed_key.strip() and budget.key_is_locked(guesser)):
        return TooManyTries(budget.WINDOW_SECONDS)
    try:
        answer = lookup.by_code(typed_code, typed_key)
    except CodeError:
        budget.spend(guesser)
        raise
    if isinstance(answer, lookup.NotFound) or (isinstance(answer, lookup.Progress) and answer.wrong_key):
        budget.spend(guesser)
    return answer
