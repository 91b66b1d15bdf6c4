"""`manage.py files sweep`: stored bytes that no row knows, and rows whose bytes are gone."""

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import CommandError

from tenants.folder.terminal import OperatorCommand
from tenants.isolation.context import each_province, province_context
from tenants.isolation.province_cache import ProvinceRecord
from tenants.isolation.schemas import NotTheOwner
from tenants.operations.backup import stored_files
from tenants.operations.backup.archive import BackupRefused


class Command(OperatorCommand):
    help = "Dọn kho tệp: xóa tệp thừa (không hồ sơ nào biết, cũ hơn một ngày), báo tệp mất nội dung."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["sweep"])
        parser.add_argument("slug", nargs="?", help="chỉ một tỉnh; bỏ trống: mọi tỉnh")
        parser.add_argument("--dry-run", action="store_true", help="chỉ báo, không xóa")

    def handle(self, *args: Any, what: str, slug: str | None, dry_run: bool, **options: Any) -> None:
        lost, left = 0, []
        for province in _provinces(slug):
            try:
                found = stored_files.find() if dry_run else stored_files.sweep()
            except (BackupRefused, NotTheOwner) as error:
                # Of one province, and nothing was removed there: the others are swept.
                self.stderr.write(f"{province.slug}: {error}")
                left.append(province.slug)
                continue
            verb = "có" if dry_run else "xóa"
            self.stdout.write(f"{province.slug}: {verb} {len(found.orphans)} tệp thừa")
            for pk in found.missing:
                self.stdout.write(f"{province.slug}: tệp số {pk} mất nội dung")
            lost += len(found.missing)
        if left:
            raise CommandError(f"Chưa dọn: {', '.join(left)}.")
        if lost:
            raise CommandError(f"{lost} tệp mất nội dung: tìm lại từ bản sao lưu của kho tệp.")


def _provinces(slug: str | None) -> Iterator[ProvinceRecord]:
    if slug is None:
        yield from each_province()
    else:
        with province_context(slug) as province:
            yield province
