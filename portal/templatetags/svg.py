"""Parts of which the charts are drawn as SVG: no script, no style attribute, no library.

A chart has `id`, `title`, `rows` and perhaps `target`; one without rows draws nothing. A tag takes plain rows with
their texts already in words and gives a `figure` whose `title` says the finding. Nothing is read from the picture
alone: the page sets a table with the same numbers beside it. Drawn `WIDTH` wide and stretched by the page; letters are
as large as the text around them, so labels are cut into lines here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString

WIDTH = 372
LETTER = 8.4
"""Mean width of a letter."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Chart:
    """What all charts have: an `id` that is unique on its page, and the finding as `title`."""

    id: str
    title: str
    rows: Sequence[Row]
    target: float | None = None


Drawing = Callable[[Chart], SafeString]


def chart_tag(register: template.Library, name: str) -> Callable[[Drawing], Drawing]:
    """Register a drawing as the template tag *name*, which takes the fields of a Chart as a mapping."""

    def registered(draw: Drawing) -> Drawing:
        @register.simple_tag(name=name)
        def tag(chart: Mapping[str, Any]) -> SafeString:
            return draw(Chart(**chart)) if chart["rows"] else SafeString("")

        return draw

    return registered


def inside(centre: float, letters: int) -> tuple[float, str]:
    """Where a text around this place is set so that it does not leave the picture."""
    half = LETTER * letters / 2
    if centre - half < 0:
        return 0, "start"
    return (WIDTH, "end") if centre + half > WIDTH else (centre, "middle")


# Put together by hand: a drawing has hundreds of parts, and Django's own formatting takes ten times as long. Tones and
# parts are names of this code; words from elsewhere are escaped.


def figure(chart: Chart, height: float, body: Sequence[str]) -> SafeString:
    """The drawing in its frame, with the finding as its name. `body` is what the functions below give."""
    name, title = escape(chart.id), escape(chart.title)
    return SafeString(
        f'<figure class="mc-chart"><svg viewBox="0 0 {WIDTH} {number(height)}" role="img" aria-labelledby="{name}">'
        f'<title id="{name}">{title}</title>{"".join(body)}</svg></figure>'
    )


def bar(kind: str, x: float, y: float, width: float, height: float) -> str:
    place = f'x="{number(x)}" y="{number(y)}" width="{number(width)}" height="{number(height)}"'
    return f'<rect class="{class_of("bar", kind)}" {place}/>'


def dot(kind: str, x: float, y: float, radius: float) -> str:
    place = f'cx="{number(x)}" cy="{number(y)}" r="{number(radius)}"'
    return f'<circle class="{class_of("bar", kind)}" {place}/>'


def line(kind: str, path: str) -> str:
    return f'<path class="{class_of("line", kind)}" d="{path}"/>'


def tick(x: float, y: float, length: float) -> str:
    return line("tick", f"M{number(x)} {number(y)}v{number(length)}")


def text(words: str, x: float, y: float, anchor: str = "", *, part: str = "") -> str:
    """Words at a place; `anchor` as SVG has it, `part` is strong, second, or in for words on a full ground."""
    part = f' class="mc-chart__{part}"' if part else ""
    anchor = f' text-anchor="{anchor}"' if anchor else ""
    return f'<text{part}{anchor} x="{number(x)}" y="{number(y)}">{escape(words)}</text>'


def class_of(part: str, kind: str) -> str:
    """The class of a part, and of its tone."""
    return f"mc-chart__{part} mc-chart__{part}--{kind}" if kind else f"mc-chart__{part}"


def number(value: float) -> str:
    """To a tenth, without a needless point, whatever the language of the page."""
    return f"{round(value, 1):g}"
