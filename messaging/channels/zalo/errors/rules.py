"""What a code of Zalo's comes to: the words in which its tables are written. Pure."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from messaging.channels.base import OutcomeKind, Reason
from tenants.clock import VIETNAM

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Closes(StrEnum):
    """What is over for the message when a code refuses it for good."""

    NOTHING = "nothing"  # it was refused for now
    WAY = "way"  # the way it went; the next one may do
    FORM = "form"  # what was sent: another way with the same form would fare the same
    READER = "reader"  # this reader cannot be reached over Zalo


class Wait(StrEnum):
    """When it may be tried again."""

    USUAL = "usual"
    SOON = "soon"
    NEXT_MINUTE = "next_minute"
    NEXT_DAY = "next_day"
    MORNING = "morning"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of a table. `words` are for operators; `most_tries`: so many tries and it is refused for good
    (0: as often as there is time); `way_rests`: the account may not use this way just now, but others."""

    kind: OutcomeKind
    reason: Reason
    words: "StrOrPromise"
    closes: Closes = Closes.NOTHING
    wait: Wait = Wait.USUAL
    most_tries: int = 0
    way_rests: bool = False


def refused(reason: Reason, words: "StrOrPromise", closes: Closes = Closes.READER) -> Rule:
    """Certainly not sent, and this way it never will be."""
    return Rule(OutcomeKind.PERMANENT, reason, words, closes)


def unfit(words: "StrOrPromise", reason: Reason = Reason.BAD_PAYLOAD) -> Rule:
    """What was sent is not as Zalo wants it."""
    return Rule(OutcomeKind.PERMANENT, reason, words, Closes.FORM)


def later(reason: Reason, words: "StrOrPromise", wait: Wait = Wait.USUAL, most_tries: int = 0) -> Rule:
    """Certainly not sent, but another try may go well."""
    return Rule(OutcomeKind.TEMPORARY, reason, words, wait=wait, most_tries=most_tries)


def way_rests(reason: Reason, words: "StrOrPromise", wait: Wait = Wait.USUAL) -> Rule:
    """Certainly not sent, as the account may not use this way just now; it says nothing of the other ways."""
    return Rule(OutcomeKind.TEMPORARY, reason, words, wait=wait, way_rests=True)


# Zalo counts a day from midnight; a little later every server of theirs knows.
DAY_BEGINS = time(0, 5)
NIGHT_BEGINS, NIGHT_ENDS, NIGHT_SURELY_ENDS = time(22), time(6), time(7)
# What waited for the morning comes back over this long, so that nobody is stormed at six o'clock.
MORNING_SPREAD = timedelta(minutes=30)
DAY_SPREAD = timedelta(minutes=10)
MINUTE_SPREAD = timedelta(seconds=5)
SOON = timedelta(minutes=15)


def wait_of(rule: Rule, now: datetime, spread: float) -> timedelta | None:
    """How long to wait from `now` (aware) by this rule; None where the relay knows best.

    `spread`, from 0 to 1, is the message's own place among those that wait for the same moment. The wait for
    a new day of the whole account is exact.
    """
    match rule.wait:
        case Wait.USUAL:
            return None
        case Wait.SOON:
            return SOON + spread * MINUTE_SPREAD
        case Wait.NEXT_MINUTE:
            past = timedelta(seconds=now.second, microseconds=now.microsecond)
            return timedelta(minutes=1) - past + spread * MINUTE_SPREAD
        case Wait.NEXT_DAY:
            wait = _next(DAY_BEGINS, now) - now
            return wait if rule.reason.concerns_account else wait + spread * DAY_SPREAD
        case Wait.MORNING:
            return _morning(now) - now + spread * MORNING_SPREAD


def _morning(now: datetime) -> datetime:
    """When the night is over; sources disagree whether at six or at seven, so a refusal after six means seven."""
    local = now.astimezone(VIETNAM).time()
    if NIGHT_ENDS <= local < NIGHT_SURELY_ENDS:
        return _next(NIGHT_SURELY_ENDS, now)
    if local >= NIGHT_BEGINS or local < NIGHT_ENDS:
        return _next(NIGHT_ENDS, now)
    # Refused for the night at daytime: some clock is wrong.
    return now + timedelta(hours=1)


def _next(clock: time, now: datetime) -> datetime:
    """The next moment at which Vietnamese clocks show this."""
    local = now.astimezone(VIETNAM)
    moment = datetime.combine(local.date(), clock, VIETNAM)
    return moment if moment > local else moment + timedelta(days=1)
