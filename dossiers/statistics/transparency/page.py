"""The transparency page as plain data: what the template shows, in words."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dossiers.statistics.results import Counts
from dossiers.statistics.transparency import chart_data, wording
from dossiers.statistics.transparency.disclosure_control import PublishedGroup
from dossiers.statistics.transparency.report import Report, Span, Term
from tenants import clock

MOST_ROWS = 20
"""The most rows of a table; the files have every group."""
MOST_MONTHS_OFFERED = 24

Context = dict[str, Any]


def of(report: Report) -> Context:
    """The context of the page about a report."""
    span = report.chosen
    counts = span.whole.counts
    # Where the whole is too little to tell, every part of it is.
    by = report.by if counts else {}
    query = urlencode({"ky": span.period.key})
    return {
        "period": wording.period(span.period),
        "choices": choices(report),
        "running": wording.running(span),
        "updated": wording.updated(
            max(span.counted_at, report.now.counted_at if report.now else span.counted_at)
        ),
        "headline": headline(report, counts) if counts else None,
        "has_parts": bool(span.period.parts),
        "months": {
            "chart": chart_data.months(_from_the_first(report.months)),
            "rows": [_month(month) for month in _from_the_first(report.months)],
        },
        "agencies": _rated("agencies", by.get("agency", ())),
        "sectors": _rated("sectors", by.get("sector", ())),
        "procedures": _procedures(by.get("procedure", ()), report.terms),
        "now": _now(report.now),
        "channels": _channels(by.get("channel", ()), counts),
        "target": chart_data.TARGET,
        "json_url": f"{reverse('transparency-json')}?{query}",
        "csv_url": f"{reverse('transparency-csv')}?{query}",
    }


def choices(report: Report) -> list[Context]:
    """The periods to choose from, by length, the newest first."""
    names = (("month", _("Tháng")), ("quarter", _("Quý")), ("year", _("Năm")))
    found = []
    for unit, name in names:
        periods = [period for period in reversed(report.periods) if period.unit == unit]
        chosen = report.chosen.period
        offered = periods[:MOST_MONTHS_OFFERED]
        if chosen in periods and chosen not in offered:
            offered.append(chosen)
        if offered:
            running = _("%(period)s (đang chạy)")
            options = [
                {
                    "key": period.key,
                    "name": (running if period.last >= clock.today() else "%(period)s")
                    % {"period": wording.period(period)},
                    "selected": period == chosen,
                }
                for period in offered
            ]
            found.append({"name": name, "options": options})
    return found


def headline(report: Report, counts: Counts) -> Context:
    """The one figure, what it is made of, and the bad news beside it."""
    rate = wording.on_time(report.chosen.whole)
    return {
        "rate": wording.tenths(rate) if rate is not None else "",
        "percent": wording.percent(rate),
        "of_all": wording.of_all(counts),
        "part": wording.count(counts.on_time),
        "whole": wording.count(counts.with_term),
        "trend": wording.trend(report),
        "late": wording.late(counts),
        "without_term": wording.without_term(counts),
    }


def _from_the_first(months: Sequence[Span]) -> Sequence[Span]:
    first = next((place for place, month in enumerate(months) if wording.on_time(month.whole) is not None), 0)
    return months[first:]


def _month(span: Span) -> Context:
    return {"name": f"{span.period.start:%m/%Y}", **_row(span.whole)}


def _row(group: PublishedGroup) -> Context:
    rate = wording.on_time(group)
    return {
        "count": wording.count(group.counts.with_term) if group.counts else "–",
        "late": wording.count(group.counts.late) if group.counts else "–",
        "rate": wording.percent(rate),
        "weak": rate is not None and rate < chart_data.TARGET,
    }


def _rated(name: str, groups: Sequence[PublishedGroup]) -> Context:
    shown = _most(groups, lambda group: group.counts is not None)
    shown.sort(key=lambda group: -(wording.on_time(group) or 0))
    return {
        "chart": chart_data.rates(name, groups),
        "rows": [{"name": group.name or _("Chưa phân lĩnh vực"), **_row(group)} for group in shown],
        **_left_out(groups, len(shown)),
    }


def _procedures(groups: Sequence[PublishedGroup], terms: Mapping[str, Term]) -> Context:
    shown = _most(groups, lambda group: group.measure("median_days") is not None)
    rows = [
        {
            "name": group.name,
            "url": reverse("procedure", args=[group.key]),
            "count": wording.count(group.counts.settled),
            "half": wording.days(half),
            "most": wording.days(most),
            "term": wording.limit(terms.get(group.key)),
        }
        for group in shown
        for half, most in [(group.measure("median_days"), group.measure("ninetieth_days"))]
        if group.counts and half is not None and most is not None
    ]
    return {"chart": chart_data.durations(groups, terms), "rows": rows, **_left_out(groups, len(shown))}


def _channels(groups: Sequence[PublishedGroup], counts: Counts | None) -> Context | None:
    if counts is None or not counts.received:
        return None
    chart = chart_data.channels(groups, counts.received)
    return {"chart": chart, **_left_out(groups, len(chart["rows"]))}


def _now(span: Span | None) -> Context | None:
    """The waiting dossiers of the running month; None when they are too few to publish."""
    if span is None or span.whole.counts is None:
        return None
    counts = span.whole.counts
    waiting = counts.open + counts.paused
    if not waiting:
        return None
    return {
        "chart": chart_data.waiting(counts),
        "count": ngettext("%(n)s hồ sơ", "%(n)s hồ sơ", waiting) % {"n": wording.count(waiting)},
        "when": wording.updated(span.until),
    }


def _most(groups: Sequence[PublishedGroup], fits: Callable[[PublishedGroup], bool]) -> list[PublishedGroup]:
    fitting = [group for group in groups if fits(group)]
    return sorted(fitting, key=lambda group: -(group.total or 0))[:MOST_ROWS]


def _left_out(groups: Sequence[PublishedGroup], shown: int) -> Context:
    """How many groups a table does not show: for want of room, and so that no person is recognised."""
    held = sum(group.counts is None for group in groups)
    return {"held": held, "more": max(0, len(groups) - held - shown)}
