"""`manage.py schemas …`: how far each schema has come, and bringing all to the head of this code."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tenants.folder.folder import unfinished_words
from tenants.isolation import schema_migrations, schemas
from tenants.isolation.backend import server
from tenants.isolation.schema_migrations import MigrationStatus
from tenants.operations.backup import side_schemas

BEHIND, REFUSED = 1, 2
SHOWN = 3


class Command(BaseCommand):
    help = "Xem và nâng cấp lược đồ của mọi tỉnh."
    requires_migrations_checks = False
    # They import every page: more than the work itself.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["status", "migrate"], help="xem, hoặc nâng cấp")
        parser.add_argument(
            "--workers",
            type=int,
            default=schema_migrations.usual_workers(),
            help="migrate: bao nhiêu tiến trình chạy cùng lúc",
        )
        parser.add_argument("--format", choices=["text", "json"], default="text", help="status: cách in")

    def handle(self, *args: Any, action: str, workers: int, format: str, **options: Any) -> None:
        try:
            schemas.require_owner()
            server.require()
            if action == "migrate":
                self._migrate(max(1, min(workers, schema_migrations.MOST_WORKERS)))
            else:
                self._status(format)
        except (schemas.NotTheOwner, server.UnfitServer) as error:
            self.stderr.write(str(error))
            sys.exit(REFUSED)

    def _status(self, format: str) -> None:
        found = schema_migrations.all_statuses()
        if format == "json":
            self.stdout.write(json.dumps([_as_data(one) for one in found], ensure_ascii=False, indent=2))
        else:
            for one in found:
                self.stdout.write(f"{one.slug:<16} {in_words(one)}")
            self._verdict(found)
        sys.exit(_exit_code(found))

    def _migrate(self, workers: int) -> None:
        outcome = schema_migrations.migrate(self._said, workers=workers)
        for slug, why in outcome.failed.items():
            self.stderr.write(f"✗ {slug}: {why}")
        found = schema_migrations.all_statuses()
        for one in found:
            if not one.is_reached and one.slug not in outcome.failed:
                self.stderr.write(f"✗ {one.slug}: {in_words(one)}")
        self._warn_of_copies()
        self._verdict(found)
        sys.exit(_exit_code(found))

    def _warn_of_copies(self) -> None:
        # An upgrade does not reach them, and they can take nobody's place any more.
        for copy in side_schemas.of():
            if not schema_migrations.status_of(copy.name).missing:
                continue
            text = _(
                "! %(slug)s: %(name)s nằm bên cạnh không được nâng cấp, không đổi chỗ được nữa; xem "
                "docs/van-hanh/nang-cap.md."
            )
            self.stdout.write(text % {"slug": copy.slug, "name": copy.name})

    def _said(self, slug: str, word: str) -> None:
        texts = {
            schema_migrations.DONE: _("đã nâng cấp"),
            schema_migrations.FAILED: _("không xong"),
            schema_migrations.WAITING: _("có tiến trình khác đang làm; đang chờ…"),
        }
        self.stdout.write(f"{slug:<16} {texts[word]}")
        self.stdout.flush()

    def _verdict(self, found: list[MigrationStatus]) -> None:
        if server.lets_all_make_large_objects(settings.DATABASE_RUNTIME_USER):
            self.stdout.write(
                _("! Mọi đăng nhập tạo được large object: chạy phần cuối của deploy/roles.sql.")
            )
        reached = sum(one.is_reached for one in found)
        text = ngettext(
            "%(reached)d/%(count)d lược đồ đủ bảng của bản mã này.",
            "%(reached)d/%(count)d lược đồ đủ bảng của bản mã này.",
            len(found),
        )
        self.stdout.write(text % {"reached": reached, "count": len(found)})


def in_words(one: MigrationStatus) -> str:
    """Where a schema stands, in a few words."""
    if not one.whole:
        return unfinished_words()
    if not one.exists:
        return _("chưa có lược đồ; chạy province apply")
    words = []
    if one.is_foreign:
        words.append(_("do bản mã khác dựng, không nâng cấp được; xem docs/van-hanh/nang-cap.md"))
    elif one.missing:
        names = ", ".join(one.missing[:SHOWN]) + ("…" if len(one.missing) > SHOWN else "")
        words.append(_("thiếu %(count)d: %(names)s") % {"count": len(one.missing), "names": names})
    elif one.unfinished:
        words.append(_("đủ bảng, chưa đủ quyền: lần nâng cấp trước dừng giữa chừng"))
    else:
        words.append(_("đủ"))
    if one.unknown and not one.is_foreign:
        words.append(_("có %(count)d của bản mã khác") % {"count": len(one.unknown)})
    if one.busy:
        words.append(_("đang có tiến trình làm"))
    return "; ".join(words)


def _as_data(one: MigrationStatus) -> dict[str, Any]:
    return {
        "slug": one.slug,
        "exists": one.exists,
        "reached": one.is_reached,
        "missing": list(one.missing),
        "unknown": list(one.unknown),
        "unfinished": one.unfinished,
        "busy": one.busy,
    }


def _exit_code(found: list[MigrationStatus]) -> int:
    """0: all stand at the head; 1: some do not."""
    return 0 if all(one.is_reached for one in found) else BEHIND
