"""The usual way of a dossier of a procedure, drawn small. `{% workflow_road procedure as road %}`, then `{% road_chart road.chart %}`."""

from typing import Any

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from dossiers.lifecycle.rules_in_force import applicable
from dossiers.workflow.models import WorkflowVersion
from dossiers.workflow.rules.diagram import responsible, wrap
from dossiers.workflow.rules.diagram_layout import usual_road
from portal.templatetags import svg
from portal.templatetags.svg import WIDTH, Chart
from procedures.catalogue.contents.filing_place import ways_to_file
from procedures.catalogue.models import Channel, Procedure, ProcedureKind

register = template.Library()

SIZE = 16
LINE = 22
INSET = 14
SIDE = 44
"""How far a step beside the way is set in."""
GAP = 24


@register.simple_tag
def workflow_road(procedure: Procedure) -> dict[str, Any] | None:
    """The steps as rows for `road_chart` and for its table; None where no dossier is taken in."""
    if not procedure.handled or procedure.kind == ProcedureKind.DENUNCIATION:
        return None
    try:
        workflow = applicable(procedure).workflow
    except WorkflowVersion.DoesNotExist:
        return None
    stops, rows = usual_road(workflow), list[dict[str, Any]]()
    if procedure.channels and Channel.ONLINE not in ways_to_file(procedure, procedure.channels):
        codes = [step.code for step, _waits in stops]
        stops = stops[codes.index(workflow.start) if workflow.start in codes else 0 :]
    for step, waits in stops:
        who = "" if step.status.is_closed else responsible(step, _)
        rows.append({"name": _(step.name), "who": who, "waits": False})
        rows += [{"name": _(side.name), "who": _("chờ ông/bà"), "waits": True} for side in waits]
    names = " → ".join(_(step.name) for step, _waits in stops)
    title = _("Đường đi của hồ sơ: %(steps)s.") % {"steps": names}
    return {"chart": {"id": "chart-road", "title": title, "rows": rows}}


@svg.chart_tag(register, "road_chart")
def road(chart: Chart) -> SafeString:
    """Steps under each other, joined by arrows; a step that waits for the reader is set in, with a broken edge.

    Rows: `name`, `who`, `waits`.
    """
    body, top = [], 2.0
    for place, row in enumerate(chart.rows):
        left = SIDE if row["waits"] else 1
        room = WIDTH - left - 1
        lines = [(line, "strong") for line in wrap(row["name"], room - 2 * INSET, SIZE, bold=True)]
        lines += [(line, "second") for line in wrap(row["who"], room - 2 * INSET, SIZE)]
        if place:
            body.append(_arrow(left + 24, top, GAP))
            top += GAP
        tall = LINE * len(lines) + 14
        body.append(svg.bar("waiting" if row["waits"] else "step", left, top, room, tall))
        body += [
            svg.text(line, left + INSET, top + 4 + LINE * (number + 1) - 5, part=part)
            for number, (line, part) in enumerate(lines)
        ]
        top += tall
    return svg.figure(chart, top + 2, body)


def _arrow(x: float, y: float, length: float) -> str:
    tip = y + length - 2
    return svg.line("floor", f"M{svg.number(x)} {svg.number(y)}V{svg.number(tip)}m-5 -6l5 6l5 -6")
