"""`manage.py audit verify`: is history guarded, and are there holes in it? Of its rows only those are read that were sealed."""

from argparse import ArgumentParser
from functools import partial
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from tenants.audit import log, sealer
from tenants.folder.folder import require_whole, whole_slugs
from tenants.folder.terminal import OperatorCommand
from tenants.isolation.context import province_context
from tenants.operations.backup.history import shrunk_tables
from tenants.operations.backup.stored_files import out_of_order

SEALED = ("dossiers_event",)
HISTORY_CHECKS = (shrunk_tables, out_of_order, partial(sealer.find_broken, SEALED))


class Command(OperatorCommand):
    help = (
        "Kiểm tra khóa của nhật ký và lịch sử (quyền, trigger), số thứ tự, số dòng, niêm của sự kiện hồ sơ."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["verify"])
        parser.add_argument("slug", nargs="*", help="chỉ các tỉnh này; bỏ trống: mọi tỉnh")

    def handle(self, *args: Any, what: str, slug: list[str], **options: Any) -> None:
        count = 0
        for one in slug or whole_slugs():
            with province_context(require_whole(one)):
                found = list(log.verify(HISTORY_CHECKS))
            well = _("quyền, trigger, số thứ tự, số dòng: không thấy gì lạ")
            self.stdout.write(f"{one}: {'' if found else well}".rstrip())
            for fault in found:
                self.stdout.write(f"  ✗ {fault}")
            count += len(found)
        self.stdout.write(
            _(
                "Chưa kiểm nội dung từng dòng, trừ sự kiện hồ sơ, mà niêm cho biết: người có quyền chủ cơ sở dữ liệu sửa "
                "một dòng khác, xóa dòng mới hơn bản sao lưu, hay tính lại mọi niêm, thì chỉ lộ khi so với bản sao lưu."
            )
        )
        if count:
            raise CommandError(_("%(count)d điều bất thường: xem docs/van-hanh/su-co.md.") % {"count": count})
