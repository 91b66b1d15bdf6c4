"""Đưa tỉnh về đúng những gì thư mục provinces/<slug> nói."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _

from tenants.management import province
from tenants.management.province import invite, plan
from tenants.management.terminal import Terminal
from tenants.onboarding import apply_reports
from tenants.onboarding.apply import ApplyReport, Manual, apply_province


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("slug", help="tên gọi tắt của tỉnh, ví dụ daklak")
    parser.add_argument("--yes", action="store_true", help="không hỏi lại trước khi áp dụng")
    parser.add_argument("--dry-run", action="store_true", help="chỉ xem sẽ đổi gì, như lệnh plan")
    parser.add_argument("--only", default="", metavar="BƯỚC,…", help="chỉ các bước này, ví dụ agencies,staff")
    manual = parser.add_mutually_exclusive_group()
    manual.add_argument(
        "--keep-manual", action="store_true", help="giữ những chỗ đã sửa tay từ lần áp dụng trước"
    )
    manual.add_argument(
        "--overwrite-manual", action="store_true", help="ghi theo tệp cả những chỗ đã sửa tay"
    )


def run(terminal: Terminal, slug: str, yes: bool, dry_run: bool, only: str, **options: Any) -> None:
    if dry_run:
        plan.run(terminal, slug, only=only, format="text")
    if not yes and sys.stdin.isatty():
        answer = input(_("Áp dụng provinces/%(slug)s? [c/K] ") % {"slug": slug})
        if answer.strip().lower() not in ("c", "có", "co"):
            terminal.refuse(_("Đã dừng, chưa có gì thay đổi."))
    manual = (
        Manual.KEEP
        if options["keep_manual"]
        else Manual.OVERWRITE
        if options["overwrite_manual"]
        else Manual.REFUSE
    )
    report = apply_province(slug, terminal.progress(), only=province.listed(only), manual=manual)
    try:
        terminal.line(_("Biên bản: %(file)s") % {"file": apply_reports.write(report)})
    except OSError as error:
        terminal.line(_("! Không ghi được biên bản: %(error)s") % {"error": error.strerror or error})
    _show(terminal, report)


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
        invite.hand_out(terminal, report.slug, done.invited)
    if report.kept:
        terminal.line(_("Giữ nguyên %(count)d chỗ đã sửa tay.") % {"count": report.kept})
    terminal.line(_("%(slug)s: %(count)d thay đổi") % {"slug": report.slug, "count": report.changes})
