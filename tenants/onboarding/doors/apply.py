"""Đưa tỉnh về đúng những gì thư mục provinces/<slug> nói."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _

from tenants.onboarding.apply import ApplyReport, apply_province
from tenants.onboarding.terminal import Terminal


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("slug", help="tên gọi tắt của tỉnh, ví dụ daklak")
    parser.add_argument("--yes", action="store_true", help="không hỏi lại trước khi áp dụng")


def run(terminal: Terminal, slug: str, yes: bool, **options: Any) -> None:
    if not yes and sys.stdin.isatty():
        answer = input(_("Áp dụng provinces/%(slug)s? [c/K] ") % {"slug": slug})
        if answer.strip().lower() not in ("c", "có", "co"):
            terminal.refuse(_("Đã dừng, chưa có gì thay đổi."))
    _show(terminal, apply_province(slug, terminal.line))


def _show(terminal: Terminal, report: ApplyReport) -> None:
    terminal.faults(report.remarks)
    if report.created:
        terminal.line(_("Đã tạo tỉnh mới."))
    for change in report.row_changes:
        terminal.line(f"  {change}")
    for step, done in report.steps:
        counts = f"+ {done.added}  ~ {done.changed}  - {done.hidden}  = {done.unchanged}"
        terminal.line(f"  {step.title}: {counts}")
        for note in done.notes:
            terminal.line(f"    {note}")
    terminal.line(_("%(slug)s: %(count)d thay đổi") % {"slug": report.slug, "count": report.changes})
