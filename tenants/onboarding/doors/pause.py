"""Tạm dừng phục vụ: mọi trang của tỉnh trả lời đang bảo trì."""

from argparse import ArgumentParser
from typing import Any

from tenants.onboarding.states import pause_province
from tenants.onboarding.terminal import Terminal


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("slug", help="tên gọi tắt của tỉnh, ví dụ daklak")


def run(terminal: Terminal, slug: str, **options: Any) -> None:
    province = pause_province(slug)
    terminal.line(f"{province.name}: {province.get_state_display()}")
