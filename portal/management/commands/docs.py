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

# Below this line of the page the rows are written; what stands above it is edited there.
_ROWS = "|---|---|---|\n"


def settings_page() -> str:
    """All environment variables as Markdown, a row for each in the order of the declaration.

    It is the same on every machine: paths inside the project are shown relative to it.
    """
    rows = (
        f"| `{name}` | {_default(setting)} | {_cell(setting.description or '')} |\n"
        for name, setting in environment.Environment.model_fields.items()
    )
    head = (DOCS / SETTINGS).read_text(encoding="utf-8").partition(_ROWS)[0]
    return "".join([head, _ROWS, *rows])


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
