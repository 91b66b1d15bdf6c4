"""Diễn tập: đưa một hồ sơ thử qua mọi bước, trong một tỉnh thử dựng từ thư mục rồi bỏ đi."""

import sys
from argparse import ArgumentParser
from contextlib import closing
from typing import Any

from django.utils.translation import gettext as _

from tenants.management.terminal import Terminal
from tenants.onboarding import sandbox_province
from tenants.onboarding.sandbox_province import Seen
from tenants.operators_log import log
from tenants.readiness import smoke_check

_MARKS = {True: "✓", False: "✗", None: "–"}
FAILED, STOPPED = 1, 143


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("slug", help="tên gọi tắt của tỉnh, ví dụ daklak")


def run(terminal: Terminal, slug: str, **options: Any) -> None:
    seen: list[Seen] = []
    try:
        with closing(sandbox_province.rehearse(slug)) as telling:
            for one in telling:
                seen.append(one)
                terminal.line(f" {_MARKS[one.well]} {one.title}")
                if one.cause:
                    terminal.line(f"     {one.cause}")
    except sandbox_province.Stopped:
        terminal.line(_("Đã dừng; tỉnh thử đã bỏ."))
        sys.exit(STOPPED)
    failed = sum(one.well is False for one in seen)
    passed = sum(one.well is True for one in seen)
    log.record(smoke_check.ACT, slug, passed=passed, failed=failed)
    counts = {"slug": slug, "passed": passed, "failed": failed}
    terminal.line(_("%(slug)s: %(passed)d đạt, %(failed)d không đạt. Tỉnh thử đã bỏ.") % counts)
    sys.exit(FAILED if failed else 0)
