"""`manage.py docs`: the documents that the code writes, for those who read it without a server."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from pydantic.fields import FieldInfo

from portal.api import schema
from portal.settings import environment

DOCS = environment.BASE_DIR / "docs"
SETTINGS, API = "van-hanh/cau-hinh.md", "tich-hop/openapi.json"

_HEAD = """\
# Cấu hình

Trang này do `make docs` viết ra từ `portal/settings/environment.py`. Đừng sửa tay: sửa lời khai ở đó rồi chạy lại.

Mọi cấu hình là biến môi trường, đọc một lần khi tiến trình khởi động; đổi xong phải khởi động lại. Để trống cũng
như không đặt. Biến có hai trạng thái nhận `1`, `on`, `true`, `yes` là có, `0`, `off`, `false`, `no` là không. Giá trị
không dùng được thì tiến trình từ chối khởi động và nói một lần mọi chỗ sai.

Đặt `TÊN_FILE` thay cho `TÊN` thì giá trị được đọc từ tệp ấy, ví dụ `FIELD_KEYS_FILE=/run/secrets/field_keys`: bí mật
không nằm trong môi trường của tiến trình.

“–” là biến phải có. Khi `make demo` hoặc `python -m portal.embedded start` đã chạy, địa chỉ cơ sở dữ
liệu, Valkey và các khóa còn thiếu được đọc từ `services.json`, `secrets.json` trong `DATA_DIR`; nơi khác phải tự đặt,
nếu không tiến trình từ chối khởi động và nói thiếu biến nào.

| biến | mặc định | ý nghĩa |
|---|---|---|
"""


def settings_page() -> str:
    """All environment variables as Markdown, a row for each in the order of the declaration.

    It is the same on every machine: paths inside the project are shown relative to it.
    """
    rows = (
        f"| `{name}` | {_default(setting)} | {_cell(setting.description or '')} |\n"
        for name, setting in environment.Environment.model_fields.items()
    )
    return _HEAD + "".join(rows)


def api_schema() -> str:
    """The schema of the API in Vietnamese, as JSON that is the same on every machine."""
    return json.dumps(schema("vi"), ensure_ascii=False, indent=2) + "\n"


class Command(BaseCommand):
    help = "Viết lại trang cấu hình và lược đồ API trong docs/ từ mã."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="không ghi; mã thoát 1 khi tệp đã cũ")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        for name, text in ((SETTINGS, settings_page()), (API, api_schema())):
            file = DOCS / name
            if not check:
                file.write_text(text, encoding="utf-8")
            elif not (file.is_file() and file.read_text(encoding="utf-8") == text):
                raise CommandError(f"docs/{name} đã cũ. Chạy: make docs")


def _default(setting: FieldInfo) -> str:
    if setting.is_required():
        return "–"
    if isinstance(setting.default, bool):
        return f"`{setting.default:d}`"
    return (
        f"`{_cell(str(setting.default).removeprefix(f'{environment.BASE_DIR}/'))}`"
        if setting.default
        else "trống"
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
