"""Sub-commands that stop a province's service for a while and start it again."""

from argparse import ArgumentParser
from typing import Any

from tenants.lifecycle.pause_resume import pause_province, resume_province
from tenants.management.terminal import Terminal


class Pause:
    """Tạm dừng phục vụ: mọi trang của tỉnh trả lời đang bảo trì."""

    @staticmethod
    def add_arguments(parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="tên gọi tắt của tỉnh, ví dụ daklak")

    @staticmethod
    def run(terminal: Terminal, slug: str, **options: Any) -> None:
        province = pause_province(slug)
        terminal.line(f"{province.name}: {province.get_state_display()}")


class Resume:
    """Cho một tỉnh đang tạm dừng phục vụ trở lại."""

    @staticmethod
    def add_arguments(parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="tên gọi tắt của tỉnh, ví dụ daklak")
        parser.add_argument("--pilot", action="store_true", help="phục vụ trở lại ở mức chạy thử")

    @staticmethod
    def run(terminal: Terminal, slug: str, pilot: bool, **options: Any) -> None:
        province = resume_province(slug, pilot=pilot)
        terminal.line(f"{province.name}: {province.get_state_display()}")


COMMANDS = {"pause": Pause, "resume": Resume}
