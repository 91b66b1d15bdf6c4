"""Counting the dossiers of a period: prepares the statement, runs it, names its groups."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import accumulate
from typing import Any, cast

from django.db import connection
from django.db.models import Min, QuerySet

from dossiers.deadlines.models import CalendarVersion
from dossiers.deadlines.rules.calendar import WorkCalendar
from dossiers.lifecycle import rules_in_force
from dossiers.lifecycle.models import ENDED, Dossier
from dossiers.statistics import periods
from dossiers.statistics.results import Counts, Figures, Group, Late, LateDossier
from dossiers.statistics.sql import late_statement, statement
from dossiers.workflow.rules.statuses import Status
from procedures.catalogue.models import Procedure, Sector
from tenants import clock
from tenants.accounts.models import User
from tenants.organisation.models import Agency

SOON_DAYS = 2
"""A due date is near when it comes within so many working days."""

DIMENSIONS = ("agency", "sector", "procedure", "channel", "person")
"""The dimensions of the statement. By person is for leaders alone: no snapshot keeps it."""

_OPEN = [int(status) for status in Status if int(status) not in ENDED]

LED = "led"
"""The kind, in figures alone, of dossiers that another system settles: whether it is late is not the province's doing."""
KINDS = (*Dossier.Kind.values, LED)

Rows = dict[tuple[str, str | None], dict[Any, Counts]]
"""By kind and dimension (None for the whole): the counts of each group, by its raw key."""


def figures(
    period_start: date,
    period_end: date,
    *,
    by: str | None = None,
    as_of: datetime | None = None,
    kind: str = Dossier.Kind.NORMAL,
    scope: QuerySet[Dossier] | None = None,
) -> Figures:
    """The figures of a period from its first to its last day, both included, in Viet Nam.

    `by` groups by "agency" (the competent one), "sector", "procedure", "channel" or "person" (who has it at the
    end), in the same statement. `as_of` is the moment to look from, by default now; a running period is counted
    up to it. `kind`, one of KINDS, keeps procedures, complaints, conciliations and what is led elsewhere apart. `scope` leaves out all dossiers but those
    in it.

    Raises ValueError for an unknown `by`, a period that ends before it begins or that has not begun.
    """
    if by is not None and by not in DIMENSIONS:
        raise ValueError(f"cannot group by {by}")
    until = _until(period_start, period_end, as_of or clock.now())
    rows = count(period_start, until, [by] if by else [], scope=scope)
    return of_rows(rows, period_start, period_end, until, kind, by)


def figures_and_led(
    period_start: date, period_end: date, *, by: str, scope: QuerySet[Dossier]
) -> tuple[Figures, int]:
    """The figures of usual procedures as `figures` gives them, and how many dossiers other systems led, in one pass."""
    until = _until(period_start, period_end, clock.now())
    rows = count(period_start, until, [by], scope=scope)
    led = rows.get((LED, None), {}).get(None, Counts())
    return of_rows(rows, period_start, period_end, until, Dossier.Kind.NORMAL, by), led.total


def of_rows(rows: Rows, first: date, last: date, until: datetime, kind: str, by: str | None) -> Figures:
    """The figures of one kind of dossier by one dimension, out of what `count` found in the period."""
    total = rows.get((kind, None), {}).get(None, Counts())
    groups = tuple(named(by, rows.get((kind, by), {}))) if by else ()
    return Figures(first, last, until, str(kind), by, total, groups)


def count(
    first: date, until: datetime, dimensions: Sequence[str], *, scope: QuerySet[Dossier] | None = None
) -> Rows:
    """All kinds of dossiers in the period from a day to a moment, whole and by each of the dimensions: one pass."""
    asked = _asked(first, until, scope)
    if asked is None:
        return {}
    condition, parameters = asked
    with connection.cursor() as cursor:
        cursor.execute(statement(condition, dimensions), parameters)
        found: Rows = {}
        for kind, *rest in cursor.fetchall():
            keys, (grouped, days, dossiers, *counts) = rest[: len(dimensions)], rest[len(dimensions) :]
            dimension = _dimension(grouped, dimensions)
            key = None if dimension is None else keys[dimensions.index(dimension)]
            found.setdefault((kind, dimension), {})[key] = Counts(*(*counts, *_days(days, dossiers)))
    return found


def late(
    period_start: date,
    period_end: date,
    *,
    as_of: datetime | None = None,
    kind: str = Dossier.Kind.NORMAL,
    scope: QuerySet[Dossier] | None = None,
    most: int,
) -> Late:
    """The dossiers that `figures` of the same period counts as late, at most so many of them; two statements more.

    Raises ValueError as `figures` does.
    """
    until = _until(period_start, period_end, as_of or clock.now())
    asked = _asked(period_start, until, scope)
    if asked is None:
        return Late(until, 0, ())
    condition, parameters = asked
    with connection.cursor() as cursor:
        cursor.execute(late_statement(condition), {**parameters, "kind": str(kind), "most": most})
        rows = cursor.fetchall()
    return Late(until, rows[0][-1] if rows else 0, tuple(LateDossier(*row[:-1]) for row in rows))


def named(dimension: str, counted: dict[Any, Counts]) -> list[Group]:
    """Groups with code and name, in their usual order."""
    keys = [key for key in counted if key is not None]
    without = [Group("", "", counted[None])] if None in counted else []
    match dimension:
        case "agency":
            agencies = Agency.objects.filter(pk__in=counted).order_by("code")
            return [Group(agency.code, agency.name, counted[agency.pk]) for agency in agencies]
        case "procedure":
            procedures = Procedure.objects.filter(pk__in=counted).only("code", "short_name").order_by("code")
            return [Group(found.code, found.short_name, counted[found.pk]) for found in procedures]
        case "sector":
            sectors = Sector.objects.filter(pk__in=keys)
            return [Group(str(one.pk), one.name, counted[one.pk]) for one in sectors] + without
        case "person":
            people = User.objects.filter(pk__in=keys).order_by("full_name", "pk")
            return [Group(str(one.pk), one.get_full_name(), counted[one.pk]) for one in people] + without
        case "channel":
            return [
                Group(channel.value, str(channel.label), counted[channel.value])
                for channel in Dossier.Channel
                if channel.value in counted
            ]
    raise ValueError(f"cannot group by {dimension}")


def _asked(
    first: date, until: datetime, scope: QuerySet[Dossier] | None
) -> tuple[str, dict[str, Any]] | None:
    """The condition of a statement and its parameters; None in a province without dossiers."""
    earliest = Dossier.objects.aggregate(first=Min("received_at"))["first"]
    if earliest is None:
        return None
    last_day = until.astimezone(clock.VIETNAM).date()
    first_day = min(earliest.astimezone(clock.VIETNAM).date(), last_day)
    condition, parameters = _condition(scope)
    calendar = CalendarVersion.in_force().calendar
    return condition, {
        "leaders": list(rules_in_force.leaders()),
        "led": LED,
        "since": clock.beginning(first),
        "until": until,
        "soon": periods.end(calendar.add_open_days(last_day, SOON_DAYS)),
        "open": _OPEN,
        "ended": ENDED,
        "first_day": first_day,
        "opened": _open_days(calendar, first_day, last_day),
        **parameters,
    }


def _until(first: date, last: date, as_of: datetime) -> datetime:
    if last < first or clock.beginning(first) > as_of:
        raise ValueError(f"no such period at {as_of}: {first} to {last}")
    return min(periods.end(last), as_of).astimezone(clock.VIETNAM)


def _dimension(grouped: int, dimensions: Sequence[str]) -> str | None:
    """The dimension of a row: GROUPING has a bit for each dimension that it is not, the last the lowest."""
    for place, dimension in enumerate(reversed(dimensions)):
        if not grouped >> place & 1:
            return dimension
    return None


def _days(
    days: Sequence[int | None], dossiers: Sequence[int]
) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    """Mean, median and ninetieth percentile of working days, from how many dossiers took each number of them."""
    settled = sorted(
        (taken, number) for taken, number in zip(days, dossiers, strict=True) if taken is not None
    )
    if not settled:
        return None, None, None
    total, counted = sum(number for _, number in settled), list(accumulate(number for _, number in settled))

    def at(place: int) -> int:
        return settled[bisect_right(counted, place)][0]

    def within(tenths: int) -> Decimal:
        """Between the two values around that place, as far as the place lies between them."""
        place, rest = divmod((total - 1) * tenths, 10)
        return _rounded(10 * at(place) + rest * (at(min(place + 1, total - 1)) - at(place)), 10)

    return _rounded(sum(taken * number for taken, number in settled), total), within(5), within(9)


def _rounded(number: int, parts: int) -> Decimal:
    return (Decimal(number) / parts).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _condition(scope: QuerySet[Dossier] | None) -> tuple[str, dict[str, Any]]:
    if scope is None:
        return "", {}
    sql, values = scope.order_by().values("pk").query.sql_with_params()
    parameters = {f"scope_{place}": value for place, value in enumerate(values)}
    names = tuple(f"%({name})s" for name in parameters)
    return f"AND dossier.id IN ({cast(str, sql).replace('%%', '%%%%') % names})", parameters


def _open_days(calendar: WorkCalendar, first: date, last: date) -> list[int]:
    """For each day from the first to the last: how many days were open until then."""
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return list(accumulate(int(calendar.is_open_day(day)) for day in days))
