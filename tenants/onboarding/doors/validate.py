"""Nêu mọi chỗ sai trong thư mục của tỉnh, không thay đổi gì."""

from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _

from tenants.onboarding.faults import validate_province
from tenants.onboarding.problems import blocking, summary
from tenants.onboarding.terminal import Terminal


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("slug", help="tên gọi tắt của tỉnh, ví dụ daklak")


def run(terminal: Terminal, slug: str, **options: Any) -> None:
    problems = validate_province(slug)
    terminal.faults(problems)
    if blocking(problems):
        terminal.refuse(summary(problems))
    terminal.line(_("%(slug)s: hợp lệ.") % {"slug": slug})
