"""`manage.py contacts forget daklak --idle-days N`: erase who was not written to for the retention period."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from messaging import privacy
from tenants.isolation.context import UnknownProvince, province_context


class Command(BaseCommand):
    help = "Xóa dữ liệu cá nhân của người nhận đã lâu không được gửi tin và không còn đồng ý nhận tin."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["forget"])
        parser.add_argument("slug", help="tỉnh")
        parser.add_argument(
            "--idle-days",
            type=int,
            required=True,
            help="số ngày không gửi tin, theo quy định lưu giữ của tỉnh",
        )
        parser.add_argument("--dry-run", action="store_true", help="chỉ đếm, không xóa")

    def handle(self, *args: Any, slug: str, idle_days: int, dry_run: bool, **options: Any) -> None:
        if idle_days < 1:
            raise CommandError("Số ngày phải từ 1 trở lên.")
        try:
            with province_context(slug):
                idle = privacy.idle_contacts(timedelta(days=idle_days))
                if dry_run:
                    self.stdout.write(f"{slug}: {idle.count()} người nhận sẽ được xóa dữ liệu")
                    return
                done = privacy.erase_all(idle)
        except UnknownProvince as error:
            raise CommandError(f"Không có tỉnh “{slug}”.") from error
        self.stdout.write(f"{slug}: đã xóa dữ liệu của {done.erased} người nhận, còn vướng {done.refused}")
