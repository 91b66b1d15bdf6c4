"""Xem tỉnh đã sẵn sàng đến mức nào: 0 đạt, 1 có cảnh báo, 2 có mục chặn."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from tenants.onboarding import readiness, readiness_text
from tenants.onboarding.folder import refuse_bad_slug
from tenants.onboarding.terminal import Terminal


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("slug", help="tên gọi tắt của tỉnh, ví dụ daklak")
    parser.add_argument(
        "--level",
        choices=[level.value for level in readiness.Level],
        help="mức phải đạt; không nêu thì theo trạng thái của tỉnh",
    )
    parser.add_argument("--format", choices=["text", "json"], default="text", help="cách in kết quả")


def run(terminal: Terminal, slug: str, level: str | None, format: str, **options: Any) -> None:
    refuse_bad_slug(slug)
    report = readiness.look(slug, readiness.Level(level) if level else None)
    if format == "json":
        terminal.line(json.dumps(readiness_text.as_data(report), ensure_ascii=False, indent=2))
    else:
        terminal.line(readiness_text.as_text(report))
    sys.exit(report.exit_code)
