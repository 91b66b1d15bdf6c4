"""The figures of a period, as pages, files and snapshots hold them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

NOTHING_TO_DIVIDE_BY = "N/A"
_CENT = Decimal("0.01")
_DAYS = ("mean_days", "median_days", "ninetieth_days")


@dataclass(frozen=True, slots=True)
class Counts:
    """Dossiers of one group in one period; what the words mean stands in `dossiers.statistics`.

    opening + received + reopened = settled + open + paused + not_accepted + withdrawn + stopped. `late` and
    `without_term` go over all of these. `unchecked` (filed online, not looked at yet) are among the
    open, `open_due_soon` among those in term, `online` among the received. Days are working days, None when
    nothing was settled; within `ninetieth_days` nine of ten were.
    """

    opening: int = 0
    received: int = 0
    reopened: int = 0
    settled_before: int = 0
    settled_on_time: int = 0
    settled_late: int = 0
    settled_without_term: int = 0
    open_in_term: int = 0
    open_due_soon: int = 0
    open_late: int = 0
    open_without_term: int = 0
    paused: int = 0
    not_accepted: int = 0
    withdrawn: int = 0
    stopped: int = 0
    late: int = 0
    without_term: int = 0
    unchecked: int = 0
    online: int = 0
    mean_days: Decimal | None = None
    median_days: Decimal | None = None
    ninetieth_days: Decimal | None = None

    @property
    def total(self) -> int:
        return self.opening + self.received + self.reopened

    @property
    def with_term(self) -> int:
        """Those with a term: the divisor of the on-time rate."""
        return self.total - self.without_term

    @property
    def settled(self) -> int:
        return self.settled_before + self.settled_on_time + self.settled_late + self.settled_without_term

    @property
    def open(self) -> int:
        """Being worked on at the end."""
        return self.open_in_term + self.open_late + self.open_without_term

    @property
    def on_time(self) -> int:
        """Ended in term or still in term, of those with a term."""
        return self.with_term - self.late

    @property
    def on_time_rate(self) -> Decimal | None:
        """Per cent, two decimals; None when no dossier has a term."""
        return _percent(self.on_time, self.with_term)

    @property
    def online_share(self) -> Decimal | None:
        """Per cent of the received that came online, two decimals; None when nothing was received."""
        return _percent(self.online, self.received)

    def as_dict(self) -> dict[str, Any]:
        """Every count as a number, what is derived from them too; rates and means as text: "97.31", "N/A"."""
        derived = ("total", "settled", "open", "on_time")
        return {
            **asdict(self),
            **{name: getattr(self, name) for name in derived},
            "on_time_rate": _text(self.on_time_rate),
            "online_share": _text(self.online_share),
            **{name: _text(getattr(self, name)) for name in _DAYS},
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Counts":
        known = {item.name: data[item.name] for item in fields(cls) if item.name in data}
        for name in _DAYS:
            text = known.get(name, NOTHING_TO_DIVIDE_BY)
            known[name] = None if text == NOTHING_TO_DIVIDE_BY else Decimal(text)
        return cls(**known)


@dataclass(frozen=True, slots=True)
class Group:
    """The counts of one agency, sector, procedure or channel.

    `key` is its code (agency, procedure), "online"… (channel) or the sector's number, ""
    for dossiers whose procedure has no sector; `name` is for reading, in Vietnamese.
    """

    key: str
    name: str
    counts: Counts

    def as_dict(self) -> dict[str, Any]:
        return {"key": self.key, "name": self.name, **self.counts.as_dict()}


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one period and one kind of dossier: the whole and its groups.

    `until` is the moment whose state is counted: the end of the period, or earlier while it is running.
    As JSON: {"first": "2026-11-01", "last": "2026-11-30", "until": ISO moment with +07:00, "kind": "normal",
    "by": "agency" or null, "total": counts, "groups": [{"key", "name", counts…}, …]}.
    """

    first: date
    last: date
    until: datetime
    kind: str
    by: str | None
    total: Counts
    groups: tuple[Group, ...] = field(default=())

    def as_dict(self) -> dict[str, Any]:
        return {
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "until": self.until.isoformat(),
            "kind": self.kind,
            "by": self.by,
            "total": self.total.as_dict(),
            "groups": [group.as_dict() for group in self.groups],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Figures":
        return cls(
            first=date.fromisoformat(data["first"]),
            last=date.fromisoformat(data["last"]),
            until=datetime.fromisoformat(data["until"]),
            kind=data["kind"],
            by=data["by"],
            total=Counts.from_dict(data["total"]),
            groups=tuple(Group(row["key"], row["name"], Counts.from_dict(row)) for row in data["groups"]),
        )


@dataclass(frozen=True, slots=True)
class LateDossier:
    """One late dossier: its due date then in force, until when it was worked on (its end, the beginning of an open
    pause, or else the end of the period), and how often supplements were asked for."""

    id: int
    due_at: datetime
    worked_until: datetime
    requests: int


@dataclass(frozen=True, slots=True)
class Late:
    """The late dossiers of a period at `until`: those that were asked for, and how many there are in all."""

    until: datetime
    total: int
    dossiers: tuple[LateDossier, ...]


def _percent(part: int, whole: int) -> Decimal | None:
    if not whole:
        return None
    return (Decimal(100 * part) / whole).quantize(_CENT, ROUND_HALF_UP)


def _text(value: Decimal | None) -> str:
    return NOTHING_TO_DIVIDE_BY if value is None else str(value.quantize(_CENT, ROUND_HALF_UP))
