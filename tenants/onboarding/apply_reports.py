"""What an apply did, kept as files: JSON for programs, a page that people read and print."""

import getpass
import json
import socket
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string

from tenants import clock
from tenants.folder.folder import reports_folder
from tenants.onboarding.apply import ApplyReport
from tenants.onboarding.dry_run import Rehearsal


def write(report: ApplyReport) -> Path:
    """Write `<time>-apply.json` and `.html`; the page. What is shown only once (invitations) is in neither."""
    now = clock.now()
    folder = reports_folder(report.slug)
    folder.mkdir(parents=True, exist_ok=True)
    data = apply_data(report) | {"at": now.isoformat(timespec="seconds"), "by": _who()}
    page = folder / f"{now:%Y%m%d-%H%M%S}-apply.html"
    page.with_suffix(".json").write_text(json.dumps(data, ensure_ascii=False, indent=2), encoding="utf-8")
    page.write_text(render_to_string("onboarding/apply.html", data | {"moment": now}), encoding="utf-8")
    return page


def apply_data(report: ApplyReport) -> dict[str, Any]:
    """An apply for programs."""
    return {
        "province": report.slug,
        "created": report.created,
        "changes": report.changes,
        "kept": report.kept,
        "seconds": round(report.seconds, 2),
        "row": report.row_changes,
        "steps": [
            {
                "code": step.code,
                "title": str(step.title),
                "added": done.added,
                "changed": done.changed,
                "hidden": done.hidden,
                "unchanged": done.unchanged,
                "notes": done.notes,
            }
            for step, done in report.steps
        ],
        "remarks": [str(problem) for problem in report.remarks],
    }


def plan_data(slug: str, found: Rehearsal) -> dict[str, Any]:
    """A plan for programs."""
    return {
        "province": slug,
        "created": found.created,
        "changes": found.changes,
        "row": found.row_changes,
        "steps": [
            {
                "code": one.step.code,
                "title": str(one.step.title),
                "added": one.report.added,
                "changed": one.report.changed,
                "hidden": one.report.hidden,
                "unchanged": one.report.unchanged,
                "notes": one.report.notes,
                "values": [
                    {
                        "thing": change.thing,
                        "field": change.field,
                        "before": change.before,
                        "after": change.after,
                        "by_hand": change.by_hand,
                    }
                    for change in one.changes
                ],
            }
            for one in found.steps
        ],
    }


def _who() -> str:
    return f"{getpass.getuser()}@{socket.gethostname()}"
