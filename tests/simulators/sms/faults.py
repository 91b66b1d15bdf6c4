"""How the pretended provider misbehaves towards one account: plain values, checked once."""

from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from math import ceil
from typing import Any, Self

EVERYBODY = "*"


@dataclass(frozen=True, slots=True)
class Faults:
    """Without arguments: none. Probabilities are from 0 to 1 and drawn for each message anew.

    `latency`: seconds before every answer, and as many at most in addition (`jitter`).
    `hang`: the request is read and never answered; nothing is taken, and nothing can be asked either.
    `hang_after`: it is taken, and never answered.
    `http`: this status instead of an answer (503, 429, …), also to questions; nothing is taken. With
    `retry_after` the answer names that many seconds, as a number or (`as_date`) as a moment.
    `code`: refused politely: 200 with this code instead of "0".
    `cut_before`, `cut_after`: the connection is closed without an answer before or after the message is taken.
    `garbage`: it is taken, and the answer is 200 with a body that is no JSON.
    `receipts`: seconds after which a message taken is delivered, and its receipt posted to `callback`;
    None: never. `secret`: what receipts are signed with.
    """

    latency: float = 0.0
    jitter: float = 0.0
    hang: bool = False
    hang_after: bool = False
    http: int | None = None
    retry_after: float | None = None
    as_date: bool = False
    code: str = ""
    cut_before: float = 0.0
    cut_after: float = 0.0
    garbage: float = 0.0
    receipts: float | None = None
    secret: str = ""

    @classmethod
    def read(cls, values: dict[str, Any]) -> Self:
        """Raises ValueError for a name that no fault has: a misspelt fault would prove nothing."""
        if unknown := set(values) - {field.name for field in fields(cls)}:
            raise ValueError(f"no such fault: {', '.join(sorted(unknown))}")
        return cls(**values)

    def retry_after_header(self) -> str | None:
        """As the provider writes it; a moment is given in whole seconds, never an earlier one."""
        if self.retry_after is None:
            return None
        if not self.as_date:
            return str(ceil(self.retry_after))
        moment = datetime.now(UTC) + timedelta(seconds=self.retry_after)
        return format_datetime(moment.replace(microsecond=0) + timedelta(seconds=1), usegmt=True)
