"""Cho biết áp dụng thư mục sẽ đổi gì, không thay đổi gì. Mã thoát 2 khi có thay đổi, 0 khi không."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _

from tenants.management import province
from tenants.management.terminal import Terminal
from tenants.onboarding import apply_reports
from tenants.onboarding.dry_run import Change, RehearsedStep
from tenants.onboarding.plan import plan_province

CHANGES = 2
SHOWN = 20
"""So many values of a step are named on the terminal; `--format json` names all."""
LONGEST = 60


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("slug", help="tên gọi tắt của tỉnh, ví dụ daklak")
    parser.add_argument("--only", default="", metavar="BƯỚC,…", help="chỉ các bước này, ví dụ agencies,staff")
    parser.add_argument("--format", choices=["text", "json"], default="text", help="cách in kết quả")


def run(terminal: Terminal, slug: str, only: str, format: str, **options: Any) -> None:
    found, remarks = plan_province(slug, terminal.progress(), only=province.listed(only))
    if format == "json":
        terminal.line(json.dumps(apply_reports.plan_data(slug, found), ensure_ascii=False, indent=2))
        sys.exit(CHANGES if found.changes else 0)
    terminal.faults(remarks)
    if found.created:
        terminal.line(_("Tỉnh chưa có: sẽ tạo lược đồ, vai trò, các bảng."))
    for change in found.row_changes:
        terminal.line(f"  {change}")
    for step in found.steps:
        _show(terminal, step, details=not found.created)
    counts = {"slug": slug, "count": found.changes, "by_hand": len(found.by_hand)}
    if found.by_hand:
        terminal.line(
            _("! %(by_hand)d chỗ đã sửa tay sẽ bị ghi đè; apply từ chối nếu không nêu rõ.") % counts
        )
    terminal.line(_("%(slug)s: sẽ có %(count)d thay đổi") % counts)
    sys.exit(CHANGES if found.changes else 0)


def _show(terminal: Terminal, one: RehearsedStep, *, details: bool) -> None:
    report = one.report
    by_hand = sum(change.by_hand for change in one.changes)
    counts = f"+ {report.added}  ~ {report.changed}  - {report.hidden}  = {report.unchanged}  ! {by_hand}"
    terminal.line(f"  {one.step.title}: {counts}")
    for note in report.notes:
        terminal.line(f"    {note}")
    if not details:
        return
    # What people changed comes first: it is what somebody has to decide.
    ordered = sorted(one.changes, key=lambda change: not change.by_hand)
    for change in ordered[:SHOWN]:
        terminal.line(f"    {_line(change)}")
    if len(ordered) > SHOWN:
        terminal.line(_("    … và %(count)d giá trị khác") % {"count": len(ordered) - SHOWN})


def _line(change: Change) -> str:
    mark = "!" if change.by_hand else "~"
    return f"{mark} {change.place}: {_cut(change.before)} → {_cut(change.after)}"


def _cut(value: str) -> str:
    value = " ".join(value.split()) or "–"
    return value if len(value) <= LONGEST else f"{value[:LONGEST]}…"
