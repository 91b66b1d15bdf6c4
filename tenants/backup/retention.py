"""Which archives are kept. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

_RULE = re.compile(r"\s*(\d{1,4})d\s+(\d{1,4})w\s+(\d{1,4})m\s*\Z")


@dataclass(frozen=True, slots=True)
class Rule:
    """Everything of the last `days`; of each of the last `weeks` and `months` the newest."""

    days: int
    weeks: int
    months: int

    @classmethod
    def parse(cls, text: str) -> "Rule":
        """From "14d 8w 12m"; raises ValueError for anything else."""
        found = _RULE.match(text)
        if found is None:
            raise ValueError(text)
        return cls(*(int(number) for number in found.groups()))


def superfluous(made: Iterable[datetime], rule: Rule, now: datetime) -> list[datetime]:
    """Those that no part of the rule keeps, oldest first. The newest is always kept."""
    newest_first = sorted(set(made), reverse=True)
    kept = set(newest_first[:1])
    kept.update(moment for moment in newest_first if now - moment < timedelta(days=rule.days))
    for count, period in ((rule.weeks, _week), (rule.months, _month)):
        latest: dict[tuple[int, int], datetime] = {}
        for moment in newest_first:
            latest.setdefault(period(moment.date()), moment)
        kept.update(list(latest.values())[:count])
    return sorted(set(newest_first) - kept)


def _week(day: date) -> tuple[int, int]:
    year, week, _weekday = day.isocalendar()
    return year, week


def _month(day: date) -> tuple[int, int]:
    return day.year, day.month
