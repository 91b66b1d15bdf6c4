"""Nêu mọi chỗ sai trong thư mục của tỉnh, không thay đổi gì. Mã thoát 2 khi còn chỗ phải sửa."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from tenants import clock
from tenants.folder.folder import refuse_bad_slug, reports_folder
from tenants.folder.problems import Problem, blocking, summary
from tenants.management.terminal import REFUSED, Terminal
from tenants.onboarding import validation_reports
from tenants.onboarding.validate import validate_province

FORMATS = ("text", "json", "html", "xlsx")


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("slug", help="tên gọi tắt của tỉnh, ví dụ daklak")
    parser.add_argument(
        "--format",
        choices=FORMATS,
        default="text",
        help="text và json in ra; html và xlsx ghi thành tệp để gửi lại cho tỉnh",
    )
    parser.add_argument("--out", type=Path, default=None, metavar="TỆP", help="html, xlsx: ghi vào tệp này")


def run(terminal: Terminal, slug: str, format: str, out: Path | None, **options: Any) -> None:
    problems = validate_province(slug)
    if format == "json":
        terminal.line(json.dumps(validation_reports.as_data(slug, problems), ensure_ascii=False, indent=2))
        sys.exit(REFUSED if blocking(problems) else 0)
    if format != "text":
        terminal.line(_("Đã ghi %(file)s") % {"file": _write(slug, format, out, problems)})
    else:
        terminal.faults(problems)
    if blocking(problems):
        terminal.refuse(summary(problems))
    terminal.line(_("%(slug)s: hợp lệ.") % {"slug": slug})


def _write(slug: str, format: str, out: Path | None, problems: list[Problem]) -> Path:
    refuse_bad_slug(slug)
    target = out or reports_folder(slug) / f"{clock.now():%Y%m%d-%H%M%S}-validate.{format}"
    target.parent.mkdir(parents=True, exist_ok=True)
    if format == "html":
        target.write_text(validation_reports.as_page(slug, problems), encoding="utf-8")
    else:
        target.write_bytes(validation_reports.as_workbook(slug, problems))
    return target
