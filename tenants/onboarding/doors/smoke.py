"""Diễn tập: đưa một hồ sơ thử qua mọi bước, trong một tỉnh thử dựng từ thư mục rồi bỏ đi."""

import sys
from argparse import ArgumentParser
from contextlib import closing
from typing import Any

from django.utils.translation import gettext as _

from tenants.onboarding import operators_log, smoke_check, throwaway
from tenants.onboarding.terminal import Terminal
from tenants.onboarding.throwaway import Seen

_MARKS = {True: "✓", False: "✗", None: "–"}
FAILED, STOPPED = 1, 143


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("slug", help="tên gọi tắt của tỉnh, ví dụ daklak")


def run(terminal: Terminal, slug: str, **options: Any) -> None:
    seen: list[Seen] = []
    try:
        with closing(throwaway.rehearse(slug)) as telling:
            for one in telling:
                seen.append(one)
                terminal.line(f" {_MARKS[one.well]} {one.title}")
                if one.cause:
                    terminal.line(f"     {one.cause}")
    except throwaway.Stopped:
        terminal.line(_("Đã dừng; tỉnh thử đã bỏ."))
        sys.exit(STOPPED)
    failed = sum(one.well is False for one in seen)
    passed = sum(one.well is True for one in seen)
    operators_log.record(smoke_check.ACT, slug, passed=passed, failed=failed)
    counts = {"slug": slug, "passed": passed, "failed": failed}
    terminal.line(_("%(slug)s: %(passed)d đạt, %(failed)d không đạt. Tỉnh thử đã bỏ.") % counts)
    sys.exit(FAILED if failed else 0)
