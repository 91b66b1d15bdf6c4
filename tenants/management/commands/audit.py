"""`manage.py audit verify`: is history guarded, and is all of it there?"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from tenants import records
from tenants.audit import verify
from tenants.context import UnknownProvince, province_context
from tenants.onboarding.problems import Refused
from tenants.onboarding.wholeness import require_whole


class Command(BaseCommand):
    help = "Kiểm tra nhật ký và lịch sử: còn được chặn sửa, xóa không, có thiếu bước không."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["verify"])
        parser.add_argument("slug", nargs="*", help="chỉ các tỉnh này; bỏ trống: mọi tỉnh")

    def handle(self, *args: Any, what: str, slug: list[str], **options: Any) -> None:
        count = 0
        try:
            for one in slug or [record.slug for record in records.all_records() if record.is_whole]:
                with province_context(require_whole(one)):
                    found = list(verify.faults())
                self.stdout.write(
                    f"{one}: {_('lịch sử đủ và được giữ nguyên') if not found else ''}".rstrip()
                )
                for fault in found:
                    self.stdout.write(f"  ✗ {fault}")
                count += len(found)
        except UnknownProvince as error:
            raise CommandError(_("Không có tỉnh “%(slug)s”.") % {"slug": error}) from error
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        if count:
            raise CommandError(_("%(count)d điều bất thường: xem docs/van-hanh/su-co.md.") % {"count": count})
