"""Look-up on budgets: where every door goes that takes a typed code and perhaps a key.

Pages, programs and chats guess on the budgets of `guess_limits`, and get the same answer after the same work.
"""

from dataclasses import dataclass

from dossiers.lookup import guess_limits, lookup
from dossiers.rules.codes import CodeError


@dataclass(frozen=True)
class TooManyTries:
    """A budget is used up; trying again makes sense after so many seconds.

    `key_helps`: who types the right key is not refused.
    """

    retry_after: int
    key_helps: bool = False


def ask(address: str, typed_code: str, typed_key: str = "") -> lookup.Answer | TooManyTries:
    """What `lookup.by_code` says to somebody at this network address, unless they failed or saw too much.

    An unreadable code, an unknown one, a wrong key and a complaint without its key are failures. Raises
    CodeError for what is no code, which is counted too: codes of older systems have every form, so a guess
    at one may look like a slip of the finger.
    """
    return ask_as(guess_limits.Guesser.at(address, typed_code), typed_code, typed_key)


def ask_as(
    guesser: guess_limits.Guesser, typed_code: str, typed_key: str = ""
) -> lookup.Answer | TooManyTries:
    """The same for somebody who is not known by a network address."""
    with_key = bool(typed_key.strip())
    tried = guess_limits.begin(guesser, with_key=with_key)
    if isinstance(tried, guess_limits.Spent):
        return TooManyTries(tried.retry_after, key_helps=not with_key)
    try:
        answer = lookup.by_code(typed_code, typed_key)
    except CodeError:
        tried.failed()
        raise
    except BaseException:
        tried.free()
        raise
    if isinstance(answer, lookup.NotFound) or (isinstance(answer, lookup.Progress) and answer.wrong_key):
        tried.failed()
        return TooManyTries(guess_limits.WINDOW_SECONDS, key_helps=True) if tried.among_many else answer
    if isinstance(answer, lookup.Progress):
        tried.found()
    else:
        tried.free()
    return answer
