"""Xem tỉnh đã sẵn sàng đến mức nào: 0 đạt, 1 có cảnh báo, 2 có mục chặn."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from tenants.folder.folder import refuse_bad_slug
from tenants.management.terminal import Terminal
from tenants.readiness import checks, text


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("slug", help="tên gọi tắt của tỉnh, ví dụ daklak")
    parser.add_argument(
        "--level",
        choices=[level.value for level in checks.Level],
        help="mức phải đạt; không nêu thì theo trạng thái của tỉnh",
    )
    parser.add_argument("--format", choices=["text", "json"], default="text", help="cách in kết quả")


def run(terminal: Terminal, slug: str, level: str | None, format: str, **options: Any) -> None:
    refuse_bad_slug(slug)
    report = checks.look(slug, checks.Level(level) if level else None)
    if format == "json":
        terminal.line(json.dumps(text.as_data(report), ensure_ascii=False, indent=2))
    else:
        terminal.line(text.as_text(report))
    sys.exit(report.exit_code)
