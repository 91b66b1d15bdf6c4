"""How long a procedure really took, as far as it may be published: what the transparency page publishes, no more."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dossiers.statistics.periods import Period, end
from dossiers.statistics.snapshots import several
from dossiers.statistics.transparency import disclosure_control, wording
from dossiers.statistics.transparency.report import Term, groups_by
from procedures.catalogue.formats.terms import term_text
from procedures.catalogue.models import Procedure, ProcedureVersion
from tenants import clock
from tenants.organisation import catalogue

TOPIC = "figures"


@dataclass(frozen=True, slots=True)
class WaitingTime:
    """Working days within which half, and nine of ten, of the settled dossiers of a whole period were settled."""

    period: Period
    half: Decimal
    most: Decimal
    settled: int


def waiting_time(code: str) -> WaitingTime | None:
    """The time of the last whole quarter, else of the last whole year; None where neither may be published.

    One statement, none where the page knows the version of the figures; one more for a process that has not read
    them yet.
    """
    today = clock.today()
    return catalogue.kept(("waiting times", today), lambda: _published(today), TOPIC).get(code)


def sentences(procedure: Procedure, version: ProcedureVersion) -> dict[str, Any]:
    """The time of a procedure beside the one that the law gives, for its page; nothing where none is published."""
    found = waiting_time(procedure.code)
    if found is None:
        return {}
    limit = wording.limit(Term(version.term_value, version.term_unit))
    has_term = bool(term_text(version.term_value, version.term_unit))
    return {
        "waiting": _half(found.half),
        "limit": _("quy định %(term)s") % {"term": limit} if has_term else "",
        "detail": ngettext(
            "Chín phần mười xong trong %(days)s ngày làm việc. Theo %(count)s hồ sơ đã xong trong %(period)s.",
            "Chín phần mười xong trong %(days)s ngày làm việc. Theo %(count)s hồ sơ đã xong trong %(period)s.",
            1 if found.most <= 1 else 2,
        )
        % {
            "days": wording.days(found.most),
            "count": wording.count(found.settled),
            "period": wording.inside(found.period),
        },
        "figures_url": f"{reverse('transparency')}?ky={found.period.key}",
    }


def _half(days: Decimal) -> str:
    if not days:
        return _("Một nửa số hồ sơ xong ngay trong ngày")
    return ngettext(
        "Một nửa số hồ sơ xong trong %(days)s ngày làm việc",
        "Một nửa số hồ sơ xong trong %(days)s ngày làm việc",
        1 if days <= 1 else 2,
    ) % {"days": wording.days(days)}


def _published(today: date) -> Mapping[str, WaitingTime]:
    """The times of all procedures, those of the quarter in place of those of the year."""
    periods = (Period.of("year", today).previous, Period.of("quarter", today).previous)
    kept = several([(one, "procedure") for period in periods for one in period.with_parts])
    by_period = groups_by("procedure", kept)
    totals = {one: found.figures.total for (one, _by), found in kept.items()}
    times: dict[str, WaitingTime] = {}
    for period in periods:
        found = kept.get((period, "procedure"))
        # Counted for the last time before its end, a period is not whole yet.
        if found is None or found.figures.until < end(period.last):
            continue
        if disclosure_control.whole(period, totals).counts is None:
            continue
        for group in disclosure_control.groups(period, by_period):
            half, most = group.measure("median_days"), group.measure("ninetieth_days")
            if group.counts and half is not None and most is not None:
                times[group.key] = WaitingTime(period, half, most, group.counts.settled)
    return times
