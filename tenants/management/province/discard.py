"""Bỏ phần dở dang của một tỉnh chưa dựng xong (lần nhập bị dừng giữa chừng), không đụng tỉnh nào khác."""

from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _

from tenants.management.terminal import Terminal
from tenants.portability import full_import


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("slug", help="tên gọi tắt của tỉnh, ví dụ daklak")


def run(terminal: Terminal, slug: str, **options: Any) -> None:
    full_import.discard(slug)
    terminal.line(_("%(slug)s: đã bỏ phần dở dang; tên gọi tắt này dùng lại được.") % {"slug": slug})
