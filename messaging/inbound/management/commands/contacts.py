"""`manage.py contacts forget daklak --idle-days N`: erase who was not written to for the retention period.
`manage.py contacts export daklak --phone 09… --to tệp.zip`: what is kept of one number.
"""

import os
from argparse import ArgumentParser
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from messaging.inbound import privacy
from tenants import phone_numbers
from tenants.isolation.context import province_context
from tenants.isolation.province_cache import UnknownProvince


class Command(BaseCommand):
    help = (
        "Xóa dữ liệu cá nhân của người nhận đã lâu không được gửi tin và không còn đồng ý nhận tin (forget); xuất mọi "
        "dữ liệu gắn với một số điện thoại (export)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["forget", "export"])
        parser.add_argument("slug", help="tỉnh")
        parser.add_argument(
            "--idle-days", type=int, help="forget: số ngày không gửi tin, theo quy định lưu giữ của tỉnh"
        )
        parser.add_argument("--dry-run", action="store_true", help="forget: chỉ đếm, không xóa")
        parser.add_argument("--phone", default="", help="export: số điện thoại")
        parser.add_argument("--to", type=Path, help="export: tệp ZIP chưa có")

    def handle(self, *args: Any, what: str, slug: str, **options: Any) -> None:
        try:
            with province_context(slug):
                if what == "export":
                    self._export(slug, options["phone"], options["to"])
                else:
                    self._forget(slug, options["idle_days"] or 0, options["dry_run"])
        except UnknownProvince as error:
            raise CommandError(f"Không có tỉnh “{slug}”.") from error

    def _forget(self, slug: str, idle_days: int, dry_run: bool) -> None:
        if idle_days < 1:
            raise CommandError("Số ngày phải từ 1 trở lên.")
        idle = privacy.idle_contacts(timedelta(days=idle_days))
        if dry_run:
            self.stdout.write(f"{slug}: {idle.count()} người nhận sẽ được xóa dữ liệu")
            return
        erased, refused = privacy.erase_all(idle)
        self.stdout.write(f"{slug}: đã xóa dữ liệu của {erased} người nhận, còn vướng {refused}")

    def _export(self, slug: str, phone: str, to: Path | None) -> None:
        if to is None:
            raise CommandError("Thiếu --to, tệp ZIP để ghi.")
        try:
            number = phone_numbers.normalise(phone)
        except phone_numbers.BadPhone as error:
            raise CommandError(str(error)) from error
        try:
            with os.fdopen(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as archive:
                counts = privacy.export(number, archive, None)
        except FileExistsError as error:
            raise CommandError(f"Đã có tệp {to}; xin chọn tên khác.") from error
        except OSError as error:
            raise CommandError(f"Không ghi được {to}: {error.strerror}.") from error
        count = sum(counts.values())
        said = f"đã xuất {count} mục vào {to}" if count else f"không giữ gì của số này; {to} nói đúng điều ấy"
        self.stdout.write(f"{slug}: {said}")
