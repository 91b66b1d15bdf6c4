"""Dựng lại một tỉnh từ bản xuất toàn bộ (province offboard --export), ở một bản cài chưa có tỉnh ấy."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from tenants.onboarding import whole_import
from tenants.onboarding.terminal import Terminal


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("folder", metavar="THƯ_MỤC", help="thư mục của bản xuất")


def run(terminal: Terminal, folder: str, **options: Any) -> None:
    counted = whole_import.import_province(Path(folder), terminal.line)
    text = _(
        "Đã nhập %(rows)d dòng. Tỉnh đang tạm dừng; mời cán bộ (province invite), khai lại bí mật của kênh, rồi resume."
    )
    terminal.line(text % {"rows": sum(counted.values())})
