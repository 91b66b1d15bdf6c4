"""Cho một tỉnh đang tạm dừng phục vụ trở lại."""

from argparse import ArgumentParser
from typing import Any

from tenants.onboarding.states import resume_province
from tenants.onboarding.terminal import Terminal


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("slug", help="tên gọi tắt của tỉnh, ví dụ daklak")
    parser.add_argument("--pilot", action="store_true", help="phục vụ trở lại ở mức chạy thử")


def run(terminal: Terminal, slug: str, pilot: bool, **options: Any) -> None:
    province = resume_province(slug, pilot=pilot)
    terminal.line(f"{province.name}: {province.get_state_display()}")
