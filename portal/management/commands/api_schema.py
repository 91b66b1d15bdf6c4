"""`manage.py api_schema`: the schema of the API as a file, for those who read it without a server."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.api import schema
from portal.settings import environment

FILE = environment.BASE_DIR / "docs" / "tich-hop" / "openapi.json"


def text() -> str:
    """The schema in Vietnamese, as JSON that is the same on every machine."""
    return json.dumps(schema("vi"), ensure_ascii=False, indent=2) + "\n"


class Command(BaseCommand):
    help = "Viết lại docs/tich-hop/openapi.json từ các cửa của API."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="không ghi; mã thoát 1 khi tệp đã cũ")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        if check and not (FILE.is_file() and FILE.read_text(encoding="utf-8") == text()):
            raise CommandError("docs/tich-hop/openapi.json đã cũ. Chạy: make docs")
        if not check:
            FILE.write_text(text(), encoding="utf-8")
