"""The charts as plain rows with their words; the frame draws them (`portal.templatetags.chart_tags`).

Each picture has its finding as title, and the table of the page has the same numbers.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dossiers.statistics.periods import Period
from dossiers.statistics.results import Counts
from dossiers.statistics.transparency import wording
from dossiers.statistics.transparency.disclosure_control import PublishedGroup
from dossiers.statistics.transparency.report import Span, Term

TARGET = 95
"""Per cent. A mark to compare by, set by us and not by the law; the page says so."""

MOST_BARS = 7

Picture = dict[str, Any]

# Name of a part, how it is counted, its tone.
WAITING = (
    (gettext_lazy("Trong hạn"), lambda counts: counts.open_in_term - counts.open_due_soon, "plain"),
    (gettext_lazy("Sắp đến hạn (2 ngày làm việc)"), lambda counts: counts.open_due_soon, "soon"),
    (gettext_lazy("Tạm dừng, chờ bổ sung, nộp tiền hoặc ý kiến"), lambda counts: counts.paused, "wait"),
    (gettext_lazy("Không quy định thời hạn"), lambda counts: counts.open_without_term, "free"),
    (gettext_lazy("Quá hạn"), lambda counts: counts.open_late, "late"),
)


def months(spans: Sequence[Span]) -> Picture:
    """Better or worse: a column for each month, a gap for one without figures. No rows where there are not
    two to compare."""
    rows, known = [], []
    figures = {span.period: span.whole for span in spans}
    for month in _without_gaps(list(figures)):
        rate = wording.on_time(figures[month]) if month in figures else None
        label = f"{month.start:%m/%Y}"
        text = wording.tenths(rate) if rate is not None else ""
        rows.append(
            {"label": label, "value": rate, "text": text, "lowest": _("thấp nhất %(rate)s") % {"rate": text}}
        )
        if rate is not None:
            known.append((rate, label))
    if len(known) < 2:
        return {"id": "chart-months", "title": "", "rows": []}
    lowest, highest = min(known), max(known)
    title = _(
        "Tỷ lệ đúng hạn từng tháng: %(last)s vào %(last_month)s; thấp nhất %(low)s vào %(low_month)s, cao nhất "
        "%(high)s vào %(high_month)s."
    ) % {
        "last": wording.percent(known[-1][0]),
        "last_month": known[-1][1],
        "low": wording.percent(lowest[0]),
        "low_month": lowest[1],
        "high": wording.percent(highest[0]),
        "high_month": highest[1],
    }
    return {"id": "chart-months", "title": title, "rows": rows, "target": TARGET}


def _without_gaps(months: Sequence[Period]) -> Sequence[Period]:
    found = list(months[-1:])
    while found and found[0] != months[0]:
        found.insert(0, found[0].previous)
    return found


def rates(name: str, groups: Sequence[PublishedGroup]) -> Picture:
    """Where is it slow: bars of the groups with the most dossiers, the best first."""
    rated = [(rate, group) for group in groups if (rate := wording.on_time(group)) is not None]
    rated = sorted(rated, key=lambda pair: -(pair[1].total or 0))[:MOST_BARS]
    rated.sort(key=lambda pair: -pair[0])
    rows = [
        {
            "label": group.name or _("Chưa phân lĩnh vực"),
            "value": rate,
            "text": wording.percent(rate),
            "note": wording.count(group.counts.with_term if group.counts else 0),
        }
        for rate, group in rated
    ]
    title = ""
    if rows:
        title = _("Cao nhất: %(best)s, %(best_rate)s. Thấp nhất: %(worst)s, %(worst_rate)s.") % {
            "best": rows[0]["label"],
            "best_rate": rows[0]["text"],
            "worst": rows[-1]["label"],
            "worst_rate": rows[-1]["text"],
        }
    return {"id": f"chart-{name}", "title": title, "rows": rows, "target": TARGET}


def durations(groups: Sequence[PublishedGroup], terms: Mapping[str, Term]) -> Picture:
    """How long it really takes: the half and nine of ten, beside the term, in working days."""
    timed = sorted(
        (group for group in groups if group.measure("median_days") is not None and group.counts),
        key=lambda group: -(group.counts.settled if group.counts else 0),
    )
    rows: list[Picture] = []
    for group in timed[:MOST_BARS]:
        term = terms.get(group.key)
        rows.append(
            {
                "label": group.name,
                "text": _("Một nửa xong trong %(half)s ngày, 9/10 trong %(most)s ngày, %(term)s")
                % {
                    "half": wording.days(group.measure("median_days") or Decimal(0)),
                    "most": wording.days(group.measure("ninetieth_days") or Decimal(0)),
                    "term": wording.limit_in_words(term),
                },
                "middle": group.measure("median_days"),
                "high": group.measure("ninetieth_days"),
                "limit": wording.working_days(term),
            }
        )
    slow = [row["label"] for row in rows if row["limit"] is not None and row["high"] > row["limit"]]
    title = ""
    if rows and all(row["limit"] is not None for row in rows):
        title = _("Chín phần mười số hồ sơ xong trong thời hạn, ở mọi thủ tục vẽ tại đây.")
    elif rows:
        title = f"{rows[0]['label']}: {rows[0]['text']}"
    if slow:
        title = _("Chín phần mười số hồ sơ lâu hơn thời hạn ở: %(names)s.") % {"names": "; ".join(slow)}
    return {"id": "chart-days", "title": title, "rows": rows}


def waiting(counts: Counts) -> Picture:
    """The waiting dossiers: one bar of parts."""
    rows = [
        {"name": str(name), "value": number(counts), "text": wording.count(number(counts)), "tone": tone}
        for name, number, tone in WAITING
    ]
    title = _("Đang giải quyết: %(parts)s.") % {
        "parts": ", ".join(f"{row['name']} {row['text']}" for row in rows if row["value"])
    }
    shown = [row for row in rows if row["value"]]
    return {"id": "chart-now", "title": title, "rows": shown}


def channels(groups: Sequence[PublishedGroup], whole: int) -> Picture:
    """Through which door: the share of all that was received."""
    counted = [(group, group.counts.received) for group in groups if group.counts]
    rows = [
        {
            "label": wording.channel(group.key),
            "value": (part := wording.share(received, whole)),
            "text": wording.percent(part),
            "note": wording.count(received),
        }
        for group, received in sorted(counted, key=lambda pair: -pair[1])
        if whole
    ]
    title = _("Nhiều nhất: %(name)s, %(share)s.") % {
        "name": rows[0]["label"] if rows else "",
        "share": rows[0]["text"] if rows else "",
    }
    return {"id": "chart-channels", "title": title, "rows": rows}
