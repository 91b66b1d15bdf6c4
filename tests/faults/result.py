"""What one run of a row showed, and whether that is what is promised."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.faults.evidence import Evidence

RECOVERY_SECONDS = 60.0
OTHERS_P95_SECONDS = 10.0


@dataclass(slots=True)
class Result:
    """One run. `in_flight`: as many as may be repeated; `strangers`: repeats under another reference, so many
    must there be none; `called`: about so many somebody has to telephone, because nobody can say whether they
    arrived, `in_doubt`: no more than these may be; `shown`: so many a telephone showed; `p95`: seconds from commit to the provider in lanes that the fault should not touch;
    `rate`: what no second may exceed."""

    row: str
    run: int
    seed: int
    messages: int
    lost: int
    duplicates: int
    in_flight: int
    recovery: float | None = None
    p95: float | None = None
    busiest: int | None = None
    rate: float | None = None
    called: int = 0
    in_doubt: int | None = None
    shown: int | None = None
    others: str = ""
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)
    more_failures: list[str] = field(default_factory=list)

    @property
    def failures(self) -> list[str]:
        """What was promised and not kept."""
        found = list(self.more_failures)
        if self.messages == 0:
            found.append("no message: the run shows nothing")
        if self.lost:
            found.append(f"{self.lost} lost")
        if self.duplicates > self.in_flight:
            found.append(f"{self.duplicates} repeated, {self.in_flight} were on their way")
        if self.in_doubt is not None and self.called > self.in_doubt:
            found.append(f"{self.called} to be telephoned about, {self.in_doubt} were in doubt")
        if self.shown is not None and self.shown + self.called < self.messages - self.lost:
            found.append(f"only {self.shown} were shown by telephones")
        if self.recovery is not None and self.recovery > RECOVERY_SECONDS:
            found.append(f"recovered after {self.recovery:.0f} s")
        if self.p95 is not None and self.p95 > OTHERS_P95_SECONDS:
            found.append(f"others' p95 {self.p95:.1f} s")
        if self.busiest is not None and self.rate is not None and self.busiest > self.rate:
            found.append(f"{self.busiest} in one second, {self.rate:g} allowed")
        return found

    @property
    def passed(self) -> bool:
        return not self.failures

    def as_data(self) -> dict[str, Any]:
        return {**asdict(self), "failures": self.failures, "passed": self.passed}

    @classmethod
    def of(
        cls, row: str, run: int, seed: int, evidence: Evidence, *, in_flight: int, **more: Any
    ) -> "Result":
        """The figures that every row has, from the journal.

        Where the provider cannot be asked, doubtful may be what was on its way, and what it gave no answer to.
        """
        if evidence.shown:
            more |= {
                "called": len(evidence.called),
                "in_doubt": in_flight + evidence.without_word,
                "shown": len(evidence.shown),
            }
            if evidence.needless:
                more["notes"] = [*more.get("notes", ()), f"{evidence.needless} of them arrived"]
        return cls(
            row,
            run,
            seed,
            messages=len(evidence.written),
            lost=len(evidence.lost),
            duplicates=evidence.duplicates,
            in_flight=in_flight,
            **more,
        )

    def line(self) -> str:
        """For whoever waits."""
        figures = [
            f"{self.messages} messages",
            f"{self.lost} lost",
            f"{self.duplicates}/{self.in_flight} repeated",
        ]
        if self.shown is not None:
            figures.append(f"{self.shown} shown, {self.called}/{self.in_doubt} to be telephoned about")
        if self.recovery is not None:
            figures.append(f"recovered in {self.recovery:.1f} s")
        if self.p95 is not None:
            figures.append(f"p95 {self.p95:.2f} s")
        if self.busiest is not None:
            figures.append(f"busiest second {self.busiest} of {self.rate:g}")
        said = "; ".join([", ".join(figures), *self.notes])
        return f"{self.row} {self.run}: {said} – {'ok' if self.passed else 'FAILED: ' + ', '.join(self.failures)}"


def worst(values: Sequence[float | None]) -> float | None:
    """The largest of those that there are."""
    return max((value for value in values if value is not None), default=None)
