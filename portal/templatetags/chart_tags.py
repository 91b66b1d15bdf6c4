"""Charts in templates: `{% column_chart chart %}`, where `chart` has `id`, `title`, `rows` and perhaps `target`.

A chart without rows draws nothing.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django import template
from django.utils.safestring import SafeString

from portal import charts

register = template.Library()

Described = Mapping[str, Any]


@register.simple_tag
def column_chart(chart: Described) -> SafeString:
    """Months beside each other."""
    return _drawn(charts.columns, chart)


@register.simple_tag
def bar_chart(chart: Described) -> SafeString:
    """Agencies, sectors, channels under each other."""
    return _drawn(charts.bars, chart)


@register.simple_tag
def span_chart(chart: Described) -> SafeString:
    """Days that procedures take, beside those they may take."""
    return _drawn(charts.spans, chart)


@register.simple_tag
def stacked_bar(chart: Described) -> SafeString:
    """One bar of parts."""
    return _drawn(charts.stack, chart)


def _drawn(draw: Callable[[charts.Chart], SafeString], chart: Described) -> SafeString:
    return draw(charts.Chart(**chart)) if chart["rows"] else SafeString("")
