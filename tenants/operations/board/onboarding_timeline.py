"""The two weeks that bring a province in: what is done, what waits, and for whom.

Each day stands for checks of `province check`: it is done when all of them were looked at and are well, and by
nothing else. Facts that no machine sees are checks as well: confirmed by name. Days count from
the day on which the province was made.
"""

import csv
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants import clock
from tenants.folder.readiness import Owner, Report
from tenants.isolation.context import public_context
from tenants.isolation.models import Province
from tenants.operations.golive import confirmations
from tenants.text import StrOrPromise

DAYS = 14
WHOLE, LIVE = "whole", "live"
"""What the province itself tells: that it is there, and that it serves."""


@dataclass(frozen=True, slots=True)
class Milestone:
    """One day's work. `needs`: ids of the findings that all have to be well, or WHOLE, or LIVE."""

    code: str
    day: int
    title: StrOrPromise
    owner: Owner
    needs: tuple[str, ...]

    @property
    def confirmation(self) -> str:
        """The code under which it is confirmed by name; "" where machines see it."""
        id = self.needs[0]
        return id.removeprefix(confirmations.PREFIX) if id.startswith(confirmations.PREFIX) else ""


@dataclass(frozen=True, slots=True)
class Day:
    """A milestone of one province. `by`: the confirming person, in words."""

    milestone: Milestone
    due: date
    done: bool
    by: str = ""

    @property
    def state(self) -> str:
        """“done”, “late”, “today” or “ahead”."""
        if self.done:
            return "done"
        today = clock.today()
        return "late" if self.due < today else "today" if self.due == today else "ahead"

    @property
    def state_text(self) -> str:
        if self.state == "late":
            return _("trễ %(count)d ngày") % {"count": (clock.today() - self.due).days}
        return {"done": _("xong"), "today": _("hôm nay"), "ahead": f"{self.due:%d/%m}"}[self.state]

    @property
    def icon(self) -> str:
        return {"done": "check", "late": "error", "today": "play_arrow", "ahead": ""}[self.state]


@dataclass(frozen=True, slots=True)
class Timeline:
    start: date
    days: tuple[Day, ...]

    @property
    def today(self) -> int:
        """Which day it is, from 1; past the last one it goes on counting."""
        return (clock.today() - self.start).days + 1

    @property
    def done(self) -> int:
        return sum(day.done for day in self.days)

    @property
    def next(self) -> Day | None:
        """The first thing that is not done."""
        return next((day for day in self.days if not day.done), None)


FILE = Path(__file__).with_name("milestones.csv")
with FILE.open(encoding="utf-8", newline="") as stream:
    MILESTONES = tuple(
        Milestone(
            row["code"],
            int(row["day"]),
            gettext_lazy(row["title"]),
            Owner(row["owner"]),
            tuple(row["needs"].split()),
        )
        for row in csv.DictReader(stream)
    )


def timeline_of(report: Report) -> Timeline:
    """The two weeks of a province whose readiness was looked at up to GOLIVE just now."""
    slug = report.province.slug
    with public_context():
        made = Province.objects.values_list("created_at", flat=True).get(schema_name=slug)
    start = made.astimezone(clock.VIETNAM).date()
    confirmed = confirmations.standing(slug)
    facts = {WHOLE: report.province.is_whole, LIVE: report.province.state == Province.State.LIVE}
    days = []
    for milestone in MILESTONES:
        entry = confirmed.get(milestone.confirmation)
        due = start + timedelta(days=milestone.day - 1)
        done = all(facts[id] if id in facts else report.has_seen(id) for id in milestone.needs)
        days.append(Day(milestone, due, done, confirmations.in_words(entry) if entry else ""))
    return Timeline(start, tuple(days))
