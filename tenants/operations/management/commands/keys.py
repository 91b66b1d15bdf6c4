"""`manage.py keys rotate|status`: from older keys to the newest, while the portal serves."""

from argparse import ArgumentParser
from dataclasses import asdict
from functools import partial
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from tenants.folder.folder import whole_slugs
from tenants.folder.terminal import OperatorCommand
from tenants.isolation import crypto, province_cache
from tenants.isolation.context import public_context
from tenants.operations import key_rotation
from tenants.operations.backup import side_schemas
from tenants.operations.key_rotation import Rotated


class Command(OperatorCommand):
    help = (
        "Đổi khóa: mã hóa lại dữ liệu cá nhân bằng khóa đứng đầu FIELD_KEYS, INDEX_KEYS (rotate), "
        "hoặc chỉ đếm phần còn dùng khóa cũ (status)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["rotate", "status"])
        parser.add_argument("slug", nargs="*", help="chỉ các tỉnh này; bỏ trống: mọi tỉnh và phần chung")

    def handle(self, *args: Any, what: str, slug: list[str], **options: Any) -> None:
        self._line, write = self.terminal.line, what == "rotate"
        total = Rotated()

        def tell(slug: str, table: str, rows: int) -> None:
            if options["verbosity"] > 1:
                self._line(f"  {slug} {table}: {rows}")

        if text := crypto.find_other_keys():
            raise CommandError(text)
        if write and not slug:
            text = _("phần chung: %(count)d bí mật đã mã hóa lại")
            self._line(text % {"count": key_rotation.rotate_public()})
        for one in slug or whole_slugs():
            found = key_rotation.rotate(one, write=write, progress=partial(tell, one))
            total.add(found)
            text = _("%(slug)s: %(looked)d dòng, %(old)d dùng khóa cũ, %(left)d không đổi được")
            self._line(text % {"slug": one, **asdict(found)})
        if total.left:
            text = _(
                "%(count)d dòng không đổi được (không khóa nào mở được, hoặc trùng với dòng khác): chưa được bỏ khóa cũ; xem docs/van-hanh/doi-khoa.md."
            )
            raise CommandError(text % {"count": total.left})
        if total.old and not write:
            text = _("Còn %(count)d dòng dùng khóa cũ: chạy keys rotate trước khi bỏ khóa.")
            raise CommandError(text % {"count": total.old})
        older = max(len(settings.FIELD_KEYS), len(settings.INDEX_KEYS)) > 1
        # An older key may be needed for them: this login cannot look into them.
        with public_context():
            known = slug or [record.slug for record in province_cache.all_records()]
            beside = [copy for one in known for copy in side_schemas.of(one)] if older else []
        text = _("%(slug)s: còn bản giữ lại %(name)s, có thể dùng khóa cũ; keys rotate không với tới.")
        for copy in beside:
            self._line(text % {"slug": copy.slug, "name": copy.name})
        if beside:
            text = _(
                "Còn %(count)d bản giữ lại: chưa bỏ khóa cũ. Bỏ các bản ấy trước (backup discard), hoặc để khóa cũ đến khi bỏ."
            ) % {"count": len(beside)}
            if not write:
                raise CommandError(text)
            self._line(text)
        elif not slug and older:
            self._line(
                _(
                    "Mọi dữ liệu dùng khóa mới. Bỏ được khóa cũ khỏi FIELD_KEYS, INDEX_KEYS; cất khóa cũ cho đến khi bản "
                    "sao lưu cuối cùng làm trước hôm nay đã bị xóa."
                )
            )
        elif not slug:
            self._line(_("Mọi dữ liệu dùng khóa hiện nay."))
