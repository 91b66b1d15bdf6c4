"""What the provider's journal proves. Pure: lines in, figures out."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from math import ceil

from tests.simulators.sms.journal import SEND, Line

# A telephone showed it. Providers that know nothing of telephones have no such lines.
SHOWN = "shown"
# What a sender hears when nobody can tell it whether the message was taken.
NO_WORD = frozenset({"cut", "hang", "200", "500", "502", "504"})


@dataclass(frozen=True, slots=True)
class Written:
    """A message that was committed: when (monotonic) and in whose lane."""

    reference: str
    account: str
    at: float


@dataclass
class Evidence:
    """The journal's lines about the messages of one run. `telephoned` says about which of them somebody is to
    telephone, because nobody can tell whether they arrived: our own word, where a provider cannot be asked."""

    written: Sequence[Written]
    lines: Iterable[Line]
    telephoned: Callable[[], Set[str]] = frozenset
    first: dict[str, Line] = field(init=False)
    taken: list[Line] = field(init=False)
    shown: Counter[str] = field(init=False)

    def __post_init__(self) -> None:
        self.lines = list(self.lines)
        known = {message.reference for message in self.written}
        self.taken = [
            line for line in self.lines if line.event == SEND and line.taken and line.reference in known
        ]
        self.shown = Counter(
            line.reference for line in self.lines if line.event == SHOWN and line.reference in known
        )
        self.first = {}
        for line in self.taken:
            self.first.setdefault(line.reference, line)

    @cached_property
    def called(self) -> Set[str]:
        """About these somebody is to telephone."""
        return self.telephoned()

    @property
    def lost(self) -> list[Written]:
        """Committed and never taken by the provider, and nobody is to telephone about it either."""
        return [message for message in self.missing if message.reference not in self.called]

    @property
    def missing(self) -> list[Written]:
        return [message for message in self.written if message.reference not in self.first]

    @property
    def needless(self) -> int:
        """Of how many that arrived nobody knows it, so that somebody telephones about them."""
        return len(self.called & self.first.keys())

    @property
    def without_word(self) -> int:
        """How many of what was never taken had been handed over, and nothing was answered that tells."""
        missing = {message.reference for message in self.missing}
        return len(
            {
                line.reference
                for line in self.lines
                if line.event == SEND and line.answer in NO_WORD and line.reference in missing
            }
        )

    @property
    def duplicates(self) -> int:
        """How often the provider took, or a telephone showed, what it had already."""
        return max(len(self.taken) - len(self.first), self.shown.total() - len(self.shown))

    def waits(self, accounts: Iterable[str] | None = None) -> list[float]:
        """Seconds from commit to the provider, of all lanes or of these."""
        chosen = None if accounts is None else set(accounts)
        return [
            self.first[message.reference].mono - message.at
            for message in self.written
            if message.reference in self.first and (chosen is None or message.account in chosen)
        ]

    def next_after(self, moment: float) -> float | None:
        """Seconds from `moment` until the provider took anything new; None when it never did."""
        after = [line.mono for line in self.first.values() if line.mono > moment]
        return min(after) - moment if after else None

    def recovery(self, moment: float, accounts: Iterable[str] | None = None) -> float | None:
        """Seconds from `moment` until each lane that had work then was at work again: the slowest lane.

        None when no lane had anything left to send.
        """
        chosen = None if accounts is None else set(accounts)
        slowest: float | None = None
        for account in {message.account for message in self.written}:
            if chosen is not None and account not in chosen:
                continue
            after = [
                line.mono
                for message in self.written
                if message.account == account
                and message.at <= moment
                and (line := self.first.get(message.reference)) is not None
                and line.mono > moment
            ]
            if after:
                slowest = max(slowest or 0.0, min(after) - moment)
        return slowest

    def busiest_second(self, since: float) -> int:
        """The largest number of messages that one lane's provider took in one second of the clock."""
        counted: Counter[tuple[str, int]] = Counter(
            (line.account, int(line.mono)) for line in self.taken if line.mono >= since
        )
        return max(counted.values(), default=0)


def percentile(values: Sequence[float], part: float) -> float | None:
    """The value below which this part of them lies; None of none."""
    ordered = sorted(values)
    return ordered[ceil(part * len(ordered)) - 1] if ordered else None


def too_early(lines: Iterable[Line], throttled: str, pauses: Mapping[str, float], grace: float) -> int:
    """Attempts of a lane that came while the provider had asked it to wait.

    `pauses`: seconds asked for, by account. `grace`: what left before the first such answer was heard may
    still arrive so much later.
    """
    wait_from: dict[str, float] = {}
    early: defaultdict[str, int] = defaultdict(int)
    for line in lines:
        if line.event != SEND or line.account not in pauses:
            continue
        begun = wait_from.get(line.account)
        if begun is not None and begun + grace < line.mono < begun + pauses[line.account]:
            early[line.account] += 1
        elif line.answer == throttled and (begun is None or line.mono >= begun + pauses[line.account]):
            wait_from[line.account] = line.mono
    return sum(early.values())
