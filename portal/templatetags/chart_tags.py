"""Charts as SVG, drawn here: no script, no style attribute, no library. `{% column_chart chart %}` draws one.

`chart` has `id`, `title`, `rows` and perhaps `target`; one without rows draws nothing. A tag takes plain rows with
their texts already in words and gives a `figure` whose `title` says the finding. Nothing is read from the picture
alone: the page sets a table with the same numbers beside it. Drawn `WIDTH` wide and stretched by the page; letters are
as large as the text around them, so labels are cut into lines here. What falls short of a target is grey and bold,
never marked by colour alone.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from textwrap import wrap
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()

WIDTH = 372
LETTER = 8.4
"""Mean width of a letter."""
LINE = 21
COLUMN_WITH_LABEL = 72
LABELS_APART = 90
FEW_COLUMNS = WIDTH // COLUMN_WITH_LABEL
LABEL_LETTERS = 30
LABEL_LINES = 2
BAR = 13

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Chart:
    """What all charts have: an `id` that is unique on its page, and the finding as `title`."""

    id: str
    title: str
    rows: Sequence[Row]
    target: float | None = None


def chart_tag(name: str) -> Callable[[Callable[[Chart], SafeString]], Callable[[Chart], SafeString]]:
    """Register a drawing as the template tag *name*, which takes the fields of a Chart as a mapping."""

    def registered(draw: Callable[[Chart], SafeString]) -> Callable[[Chart], SafeString]:
        @register.simple_tag(name=name)
        def tag(chart: Mapping[str, Any]) -> SafeString:
            return draw(Chart(**chart)) if chart["rows"] else SafeString("")

        return draw

    return registered


@chart_tag("column_chart")
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
        body.append(_bar(kind, centre - slot * 0.35, floor - tall, slot * 0.7, tall))
    body.append(_line("floor", f"M0 {floor}h{_number(slot * len(rows))}"))
    if chart.target:
        y = _number(floor - height * chart.target / 100)
        body.append(_line("target", f"M0 {y}h{_number(slot * len(rows))}"))
    body += [
        _text(text, x, 20, anchor, strong=strong) for text, x, anchor, strong in _over_columns(chart, centres)
    ]
    label_step = 1 if slot == COLUMN_WITH_LABEL else ceil(LABELS_APART / slot)
    for place in range(len(rows) - 1, -1, -label_step):
        x, anchor = _inside(centres[place], len(rows[place]["label"]))
        body.append(_text(rows[place]["label"], x, floor + 22, anchor))
    return _figure(chart, floor + 32, body)


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
    x, anchor = _inside(centres[last], len(chart.rows[last]["text"]))
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
        x, anchor = _inside(centres[first], len(chart.rows[first]["text"]))
        yield chart.rows[first]["text"], x, anchor, False


@chart_tag("bar_chart")
def bars(chart: Chart) -> SafeString:
    """One bar under another, from 0 to 100, in the order given.

    Rows: `label`, `value` or None for no bar, `text` for its value, `note` beside the bar.
    """
    long, body, top = 248, [], 0.0
    for row in chart.rows:
        strength = _strength(row["value"], chart.target)
        lines = _lines(row["label"])
        body += [
            _text(line, 0, top + 16 + LINE * number, strong=bool(strength))
            for number, line in enumerate(lines)
        ]
        body.append(_text(row["text"], WIDTH, top + 16, "end", strong=True))
        top += LINE * len(lines) + 2
        body.append(_bar("track", 0, top, long, BAR))
        if row["value"] is not None:
            body.append(_bar(strength, 0, top, long * float(row["value"]) / 100, BAR))
            if chart.target:
                body.append(_tick(long * chart.target / 100, top - 3, BAR + 6))
        body.append(_text(row["note"], WIDTH, top + BAR, "end", second=True))
        top += BAR + 19
    return _figure(chart, top - 10, body)


@chart_tag("span_chart")
def spans(chart: Chart) -> SafeString:
    """How long things take beside how long they may: a dot for the half, a line to nine of ten, a ground for
    the limit.

    Rows: `label`, `text` under it, `middle`, `high` and `limit` in the same unit; limit may be None.
    """
    longest = max(float(row[name] or 0) for row in chart.rows for name in ("middle", "high", "limit")) or 1.0
    scale, body, top = (WIDTH - 20) / longest, [], 0.0
    for row in chart.rows:
        strength = "weak" if row["limit"] is not None and row["high"] > row["limit"] else ""
        lines = _lines(row["label"], LABEL_LETTERS + 6)
        body += [
            _text(line, 0, top + 16 + LINE * number, strong=bool(strength))
            for number, line in enumerate(lines)
        ]
        top += LINE * len(lines)
        body.append(_text(row["text"], 0, top + 16, second=True))
        top += LINE + 4
        middle, high = 10 + scale * float(row["middle"]), 10 + scale * float(row["high"])
        if row["limit"] is not None:
            body.append(_bar("track", 0, top, 10 + scale * float(row["limit"]), 18))
            body.append(_tick(10 + scale * float(row["limit"]), top - 2, 22))
        body.append(_line("floor", f"M0 {_number(top + 9)}h{_number(middle)}"))
        body.append(_bar(strength, middle, top + 6, max(high - middle, 1), 6))
        body.append(
            format_html(
                '<circle class="{}" cx="{}" cy="{}" r="8"/>',
                _class("bar", strength),
                _number(middle),
                _number(top + 9),
            )
        )
        top += 18 + 20
    return _figure(chart, top - 12, body)


@chart_tag("stacked_bar")
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
        body.append(_bar(row["tone"], left, 1, width, tall - 2))
        if width > LETTER * len(row["text"]) + 10:
            body.append(
                format_html(
                    '<text class="{}" x="{}" y="26" text-anchor="middle">{}</text>',
                    _class("in", row["tone"]),
                    _number(left + width / 2),
                    row["text"],
                )
            )
        left += width + gap
    return _figure(chart, tall, body)


def _strength(value: Any, target: float | None) -> str:
    return "weak" if value is not None and target is not None and float(value) < target else ""


def _lines(label: str, letters: int = LABEL_LETTERS) -> list[str]:
    """The label on as many lines as there may be; the table has what is left out."""
    lines = wrap(label, letters) or [""]
    if len(lines) > LABEL_LINES:
        lines = [*lines[: LABEL_LINES - 1], f"{lines[LABEL_LINES - 1].rstrip(',;. ')}…"]
    return lines


def _inside(centre: float, letters: int) -> tuple[float, str]:
    """Where a text around this place is set so that it does not leave the picture."""
    half = LETTER * letters / 2
    if centre - half < 0:
        return 0, "start"
    return (WIDTH, "end") if centre + half > WIDTH else (centre, "middle")


def _figure(chart: Chart, height: float, body: Sequence[SafeString]) -> SafeString:
    return format_html(
        '<figure class="mc-chart"><svg viewBox="0 0 {} {}" role="img" aria-labelledby="{}">'
        '<title id="{}">{}</title>{}</svg></figure>',
        WIDTH,
        _number(height),
        chart.id,
        chart.id,
        chart.title,
        format_html_join("", "{}", ((part,) for part in body)),
    )


def _bar(kind: str, x: float, y: float, width: float, height: float) -> SafeString:
    return format_html(
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>',
        _class("bar", kind),
        *map(_number, (x, y, width, height)),
    )


def _line(kind: str, path: str) -> SafeString:
    return format_html('<path class="{}" d="{}"/>', _class("line", kind), path)


def _tick(x: float, y: float, length: float) -> SafeString:
    return _line("tick", f"M{_number(x)} {_number(y)}v{_number(length)}")


def _text(
    text: str, x: float, y: float, anchor: str = "", *, strong: bool = False, second: bool = False
) -> SafeString:
    return format_html(
        '<text{}{} x="{}" y="{}">{}</text>',
        format_html(' class="mc-chart__{}"', "strong" if strong else "second") if strong or second else "",
        format_html(' text-anchor="{}"', anchor) if anchor else "",
        _number(x),
        _number(y),
        text,
    )


def _class(part: str, kind: str) -> str:
    return f"mc-chart__{part} mc-chart__{part}--{kind}" if kind else f"mc-chart__{part}"


def _number(value: float) -> str:
    """To a tenth, without a needless point, whatever the language of the page."""
    return f"{round(value, 1):g}"
