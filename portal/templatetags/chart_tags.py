"""The charts of figures: columns, bars, spans, parts, days. `{% load chart_tags %}{% column_chart chart %}` draws one.

What falls short of a target is grey and bold, never marked by colour alone.
"""

from collections.abc import Iterator, Sequence
from math import ceil
from textwrap import wrap
from typing import Any

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from portal.templatetags import svg
from portal.templatetags.svg import LETTER, WIDTH, Chart

register = template.Library()

LINE = 21
COLUMN_WITH_LABEL = 72
LABELS_APART = 90
FEW_COLUMNS = WIDTH // COLUMN_WITH_LABEL
LABEL_LETTERS = 30
LABEL_LINES = 2
TEXT_LETTERS = 42
BAR = 13
WEEK, DAY_GAP, DAY_HEAD, DAY_BOX = 7, 4, 24, 50
HATCH = 10
"""How far apart the strokes over a closed day are."""


@svg.chart_tag(register, "column_chart")
def columns(chart: Chart) -> SafeString:
    """One column for each month, from 0 to 100; the last is the present one.

    Rows: `label` under it, `value` or None for none, `text` over it, `lowest` the text over the lowest.
    A few columns carry all their texts; more of them the first, the lowest and the last.
    """
    rows, floor, height = chart.rows, 156, 124
    slot = min(COLUMN_WITH_LABEL, WIDTH / len(rows))
    centres = [slot * (place + 0.5) for place in range(len(rows))]
    body = []
    for place, (row, centre) in enumerate(zip(rows, centres, strict=True)):
        if row["value"] is None:
            continue
        tall = height * float(row["value"]) / 100
        kind = _strength(row["value"], chart.target) or ("" if place == len(rows) - 1 else "past")
        body.append(svg.bar(kind, centre - slot * 0.35, floor - tall, slot * 0.7, tall))
    body.append(svg.line("floor", f"M0 {floor}h{svg.number(slot * len(rows))}"))
    if chart.target:
        y = svg.number(floor - height * chart.target / 100)
        body.append(svg.line("target", f"M0 {y}h{svg.number(slot * len(rows))}"))
    body += [
        svg.text(text, x, 20, anchor, part="strong" if strong else "")
        for text, x, anchor, strong in _over_columns(chart, centres)
    ]
    label_step = 1 if slot == COLUMN_WITH_LABEL else ceil(LABELS_APART / slot)
    for place in range(len(rows) - 1, -1, -label_step):
        x, anchor = svg.inside(centres[place], len(rows[place]["label"]))
        body.append(svg.text(rows[place]["label"], x, floor + 22, anchor))
    return svg.figure(chart, floor + 32, body)


def _over_columns(chart: Chart, centres: Sequence[float]) -> Iterator[tuple[str, float, str, bool]]:
    """Text, place, anchor and weight of what stands over the columns, without two on each other."""
    known = [place for place, row in enumerate(chart.rows) if row["value"] is not None]
    if len(chart.rows) <= FEW_COLUMNS:
        for place in known:
            yield chart.rows[place]["text"], centres[place], "middle", place == known[-1]
        return
    if not known:
        return
    first, last = known[0], known[-1]
    x, anchor = svg.inside(centres[last], len(chart.rows[last]["text"]))
    yield chart.rows[last]["text"], x, anchor, True
    right_end = x - LETTER * len(chart.rows[last]["text"]) - LETTER
    left_end = 0.0
    lowest = min(known, key=lambda place: chart.rows[place]["value"])
    if lowest not in (first, last):
        wide = LETTER * len(chart.rows[lowest]["lowest"])
        middle = max(wide / 2, min(centres[lowest], right_end - wide / 2))
        yield chart.rows[lowest]["lowest"], middle, "middle", False
        right_end, left_end = middle - wide / 2 - LETTER, 0.0
    wide = LETTER * len(chart.rows[first]["text"])
    if first != last and left_end + wide <= right_end:
        x, anchor = svg.inside(centres[first], len(chart.rows[first]["text"]))
        yield chart.rows[first]["text"], x, anchor, False


@svg.chart_tag(register, "bar_chart")
def bars(chart: Chart) -> SafeString:
    """One bar under another, from 0 to 100, in the order given.

    Rows: `label`, `value` or None for no bar, `text` for its value, `note` beside the bar, and perhaps `tone`.
    """
    long, body, top = 248, [], 0.0
    for row in chart.rows:
        strength = row.get("tone") or _strength(row["value"], chart.target)
        lines = _label(row["label"], top, "strong" if strength else "")
        body += [*lines, svg.text(row["text"], WIDTH, top + 16, "end", part="strong")]
        top += LINE * len(lines) + 2
        body.append(svg.bar("track", 0, top, long, BAR))
        if row["value"] is not None:
            body.append(svg.bar(strength, 0, top, long * float(row["value"]) / 100, BAR))
            if chart.target:
                body.append(svg.tick(long * chart.target / 100, top - 3, BAR + 6))
        body.append(svg.text(row["note"], WIDTH, top + BAR, "end", part="second"))
        top += BAR + 19
    return svg.figure(chart, top - 10, body)


@svg.chart_tag(register, "span_chart")
def spans(chart: Chart) -> SafeString:
    """How long things take beside how long they may: a dot for the half, a line to nine of ten, a ground for
    the limit.

    Rows: `label`, `text` under it, `middle`, `high` and `limit` in the same unit; limit may be None.
    """
    longest = max(float(row[name] or 0) for row in chart.rows for name in ("middle", "high", "limit")) or 1.0
    scale, body, top = (WIDTH - 20) / longest, [], 0.0
    for row in chart.rows:
        strength = "weak" if row["limit"] is not None and row["high"] > row["limit"] else ""
        for words, letters, part in (
            (row["label"], LABEL_LETTERS + 6, "strong" if strength else ""),
            (row["text"], TEXT_LETTERS, "second"),
        ):
            lines = _label(words, top, part, letters)
            body += lines
            top += LINE * len(lines)
        top += 4
        middle, high = 10 + scale * float(row["middle"]), 10 + scale * float(row["high"])
        if row["limit"] is not None:
            body.append(svg.bar("track", 0, top, 10 + scale * float(row["limit"]), 18))
            body.append(svg.tick(10 + scale * float(row["limit"]), top - 2, 22))
        body.append(svg.line("floor", f"M0 {svg.number(top + 9)}h{svg.number(middle)}"))
        body.append(svg.bar(strength, middle, top + 6, max(high - middle, 1), 6))
        body.append(svg.dot(strength, middle, top + 9, 8))
        top += 18 + 20
    return svg.figure(chart, top - 12, body)


@svg.chart_tag(register, "stacked_bar")
def stack(chart: Chart) -> SafeString:
    """One bar of parts. Rows: `value`, `text`, `tone`; its text stands in a part that has room for it."""
    rows = [row for row in chart.rows if row["value"]]
    gap, tall = 2, 40
    room = WIDTH - gap * (len(rows) - 1)
    # The smallest part is still seen; what it takes too much is missing from the others alike.
    wide = [max(4.0, room * row["value"] / sum(one["value"] for one in rows)) for row in rows]
    wide = [width * room / sum(wide) for width in wide]
    body, left = [], 0.0
    for row, width in zip(rows, wide, strict=True):
        body.append(svg.bar(row["tone"], left, 1, width, tall - 2))
        if width > LETTER * len(row["text"]) + 10:
            tone = f"in mc-chart__in--{row['tone']}" if row["tone"] else "in"
            body.append(svg.text(row["text"], left + width / 2, 26, "middle", part=tone))
        left += width + gap
    return svg.figure(chart, tall, body)


def _strength(value: Any, target: float | None) -> str:
    return "weak" if value is not None and target is not None and float(value) < target else ""


def _label(words: str, top: float, part: str, letters: int = LABEL_LETTERS) -> list[str]:
    """The label on as many lines as there may be; the table has what is left out."""
    lines = wrap(words, letters) or [""]
    if len(lines) > LABEL_LINES:
        lines = [*lines[: LABEL_LINES - 1], f"{lines[LABEL_LINES - 1].rstrip(',;. ')}…"]
    return [svg.text(line, 0, top + 16 + LINE * place, part=part) for place, line in enumerate(lines)]


@svg.chart_tag(register, "count_chart")
def counted_columns(chart: Chart) -> SafeString:
    """One column for each row, as tall as its number; the highest fills the height.

    Rows: `labels`, two short ones under each other, `value`, `text` over the column.
    """
    floor, height = 132, 104
    slot = WIDTH / len(chart.rows)
    most = max(row["value"] for row in chart.rows) or 1
    body = []
    for place, row in enumerate(chart.rows):
        middle, tall = slot * (place + 0.5), height * row["value"] / most
        if row["value"]:
            body.append(svg.bar("", middle - slot * 0.35, floor - tall, slot * 0.7, tall))
        body.append(svg.text(row["text"], middle, floor - tall - 6, "middle", part="strong"))
        upper, lower = row["labels"]
        body.append(svg.text(upper, middle, floor + 20, "middle", part="second"))
        body.append(svg.text(lower, middle, floor + 20 + LINE, "middle"))
    body.append(svg.line("floor", f"M0 {floor}h{WIDTH}"))
    return svg.figure(chart, floor + 26 + LINE, body)


@register.simple_tag
def load_bar(whole: int, part: int, most: int, words: str) -> SafeString:
    """A bar in a cell of a table: as long as `whole` of `most`, of which `part` is marked; `words` say both."""
    scale = 100 / (most or 1)
    parts = svg.bar("", 0, 0, whole * scale, 10) + (svg.bar("late", 0, 0, part * scale, 10) if part else "")
    return SafeString(
        f'<svg class="mc-loadbar" viewBox="0 0 100 10" preserveAspectRatio="none" role="img"><title>{escape(words)}'
        f"</title>{parts}</svg>"
    )


@register.simple_tag
def sparkline(name: str, points: Sequence[tuple[str, float | None, str]]) -> SafeString:
    """A line over time for a cell of a table; its title says the lowest, the highest and the last.

    A point is its month, its number or None for a gap, and the number in words; oldest first.
    """
    known = [
        (place, month, float(number), words)
        for place, (month, number, words) in enumerate(points)
        if number is not None
    ]
    if not known:
        return SafeString("")
    low, high = min(known, key=lambda one: one[2]), max(known, key=lambda one: one[2])
    reach = high[2] - low[2] or 1.0
    path, before, x, y = "", -2, 0.0, 0.0
    for place, _month, value, _words in known:
        x, y = 2 + 96 * place / max(1, len(points) - 1), 21 - 18 * (value - low[2]) / reach
        path += f"{'L' if place == before + 1 else 'M'}{svg.number(x)} {svg.number(y)}"
        before = place
    title = _(
        "%(name)s: thấp nhất %(low)s (%(low_month)s), cao nhất %(high)s (%(high_month)s), gần nhất %(last)s"
    )
    said = title % {
        "name": name,
        "low": low[3],
        "low_month": low[1],
        "high": high[3],
        "high_month": high[1],
        "last": f"{known[-1][3]} ({known[-1][1]})",
    }
    return SafeString(
        f'<svg class="op-spark" viewBox="0 0 100 24" role="img"><title>{escape(said)}</title>'
        f"{svg.line('spark', path)}{svg.dot('', x, y, 2.5)}</svg>"
    )


@svg.chart_tag(register, "day_chart")
def days(chart: Chart) -> SafeString:
    """A box for each day with its date and what was counted by then.

    Rows: `line` and `column` (0 to 6), `weekday` for the head of the column, `day`, `text`, and `tone`: received,
    counted, closed, paused, added, due. Closed days are hatched.
    """
    slot = WIDTH / WEEK
    wide, step = slot - DAY_GAP, DAY_BOX + DAY_GAP
    body, hatched = [], []
    heads = {row["column"]: row["weekday"] for row in chart.rows}
    body += [svg.text(name, slot * (column + 0.5), 16, "middle") for column, name in sorted(heads.items())]
    for row in chart.rows:
        left, top = slot * row["column"] + DAY_GAP / 2, DAY_HEAD + step * row["line"]
        body.append(svg.bar(row["tone"], left, top, wide, DAY_BOX))
        if row["tone"] == "closed":
            hatched.append(_hatch(left, top, wide))
    if hatched:
        body.append(svg.line("hatch", "".join(hatched)))
    for row in chart.rows:
        middle, top = slot * (row["column"] + 0.5), DAY_HEAD + step * row["line"]
        tone = "in" if row["tone"] == "due" else ""
        body.append(svg.text(row["day"], middle, top + 19, "middle", part=tone or "second"))
        if row["text"]:
            body.append(svg.text(row["text"], middle, top + 41, "middle", part=tone or "strong"))
    return svg.figure(chart, DAY_HEAD + step * (max(row["line"] for row in chart.rows) + 1) - DAY_GAP, body)


def _hatch(left: float, top: float, wide: float) -> str:
    """Strokes from lower left to upper right that stay inside the box."""
    parts = []
    place = HATCH
    while place < wide + DAY_BOX:
        x1, y1 = max(0.0, place - DAY_BOX), min(float(place), DAY_BOX)
        x2, y2 = min(float(place), wide), max(0.0, place - wide)
        parts.append(
            f"M{svg.number(left + x1)} {svg.number(top + y1)}L{svg.number(left + x2)} {svg.number(top + y2)}"
        )
        place += HATCH
    return "".join(parts)
