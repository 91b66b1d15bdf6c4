"""The time limits of complaints, from `dossiers/workflow/data/complaint_limits.yaml`: rows with the day since which they hold."""

from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import ConfigDict, Field

from dossiers.deadlines.rules.deadlines import LONGEST_TERM, Term, TermUnit
from tenants.validation import PlainText, Schema, read

FILE = Path(__file__).parents[1] / "data" / "complaint_limits.yaml"
FIRST_ROUND, SECOND_ROUND = 1, 2

Round = Literal[1, 2]
Days = Annotated[int, Field(ge=1, le=LONGEST_TERM)]


class Limit(Schema):
    """A limit that holds from the day `since`. `source`: the article of the law."""

    model_config = ConfigDict(frozen=True)

    since: date
    source: PlainText


class AcceptanceLimit(Limit):
    """Within which a complaint is accepted or refused, from its receipt."""

    value: Days
    unit: TermUnit

    @property
    def term(self) -> Term:
        """The term that can be counted."""
        return Term(self.value, self.unit)


class SettlingLimit(Limit):
    """Within which a round of complaint is settled, from its acceptance, in calendar days."""

    round: Round
    code: str
    name: PlainText
    days: Days


class PublicationRule(Limit):
    """Decisions of these rounds are made public within so many calendar days of the day of the decision."""

    rounds: frozenset[Round]
    days: Days


class ComplaintLimits(Schema):
    """The whole file."""

    acceptance: tuple[AcceptanceLimit, ...]
    settling: tuple[SettlingLimit, ...]
    publication: tuple[PublicationRule, ...]


@cache
def limits() -> ComplaintLimits:
    """All limits that the portal knows. Raises ValueError for a faulty file."""
    found, faults = read(ComplaintLimits, yaml.safe_load(FILE.read_text(encoding="utf-8")))
    if found is None:
        raise ValueError("; ".join(map(str, faults)))
    return found


def acceptance_on(day: date) -> AcceptanceLimit:
    """The limit for accepting a complaint received on this day; raises LookupError before the law."""
    return _newest(limits().acceptance, day)


def settling_on(day: date, round_: int) -> tuple[SettlingLimit, ...]:
    """The limits to choose from for this round of a complaint accepted on this day, in the file's order."""
    rows = [limit for limit in limits().settling if limit.round == round_]
    codes = dict.fromkeys(limit.code for limit in rows)
    return tuple(_newest((limit for limit in rows if limit.code == code), day) for code in codes)


def publication_on(day: date) -> PublicationRule:
    """The rule on publishing a decision of this day; raises LookupError before there was one."""
    return _newest(limits().publication, day)


def _newest[Row: Limit](rows: Iterable[Row], day: date) -> Row:
    known = [row for row in rows if row.since <= day]
    if not known:
        raise LookupError(day)
    return max(known, key=lambda row: row.since)
