"""Days drawn as boxes, in one row or by the weeks of a calendar. `{% load day_tags %}{% day_chart chart %}` draws them."""

from django import template
from django.utils.safestring import SafeString

from portal.templatetags import svg
from portal.templatetags.svg import WIDTH, Chart

register = template.Library()

COLUMNS = 7
GAP = 4
HEAD = 24
BOX = 50
HATCH = 10
"""How far apart the strokes over a closed day are."""


@svg.chart_tag(register, "day_chart")
def days(chart: Chart) -> SafeString:
    """A box for each day with its date and what was counted by then.

    Rows: `line` and `column` (0 to 6), `weekday` for the head of the column, `day`, `text`, and `tone`: received,
    counted, closed, paused, added, due. Closed days are hatched.
    """
    slot = WIDTH / COLUMNS
    wide, step = slot - GAP, BOX + GAP
    body, hatched = [], []
    heads = {row["column"]: row["weekday"] for row in chart.rows}
    body += [svg.text(name, slot * (column + 0.5), 16, "middle") for column, name in sorted(heads.items())]
    for row in chart.rows:
        left, top = slot * row["column"] + GAP / 2, HEAD + step * row["line"]
        body.append(svg.bar(row["tone"], left, top, wide, BOX))
        if row["tone"] == "closed":
            hatched.append(_hatch(left, top, wide))
    if hatched:
        body.append(svg.line("hatch", "".join(hatched)))
    for row in chart.rows:
        middle, top = slot * (row["column"] + 0.5), HEAD + step * row["line"]
        tone = "in" if row["tone"] == "due" else ""
        body.append(svg.text(row["day"], middle, top + 19, "middle", part=tone or "second"))
        if row["text"]:
            body.append(svg.text(row["text"], middle, top + 41, "middle", part=tone or "strong"))
    return svg.figure(chart, HEAD + step * (max(row["line"] for row in chart.rows) + 1) - GAP, body)


def _hatch(left: float, top: float, wide: float) -> str:
    """Strokes from lower left to upper right that stay inside the box."""
    parts = []
    place = HATCH
    while place < wide + BOX:
        x1, y1 = max(0.0, place - BOX), min(float(place), BOX)
        x2, y2 = min(float(place), wide), max(0.0, place - wide)
        parts.append(
            f"M{svg.number(left + x1)} {svg.number(top + y1)}L{svg.number(left + x2)} {svg.number(top + y2)}"
        )
        place += HATCH
    return "".join(parts)
