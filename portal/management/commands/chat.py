"""`manage.py chat menu daklak --out DIR`: what is pasted into the province's account, as files."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from messaging.inbound.chat.portal import menu_files
from tenants.isolation.context import province_context
from tenants.isolation.province_cache import UnknownProvince


class Command(BaseCommand):
    help = (
        "Viết thực đơn, lời chào và mã QR tra cứu cho trò chuyện của một tỉnh, để dán vào trang quản lý OA."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["menu"], help="menu: thực đơn, lời chào, mã QR")
        parser.add_argument("slug", help="tỉnh")
        parser.add_argument(
            "--out", metavar="THƯ MỤC", type=Path, help="nơi viết; không có thì in thực đơn ra"
        )

    def handle(self, *args: Any, what: str, slug: str, out: Path | None, **options: Any) -> None:
        try:
            with province_context(slug):
                files = menu_files()
        except UnknownProvince as error:
            raise CommandError(_("Không có tỉnh “%(slug)s”.") % {"slug": slug}) from error
        if out is None:
            self.stdout.write(files["menu.txt"].decode())
            return
        out.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (out / name).write_bytes(content)
            self.stdout.write(str(out / name))
