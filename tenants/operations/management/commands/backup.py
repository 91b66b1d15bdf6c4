"""`manage.py backup …`: archives of provinces, and their return."""

import contextlib
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.utils.translation import gettext as _
from django_tenants.utils import schema_exists

from tenants import clock
from tenants.folder.folder import whole_slugs
from tenants.folder.terminal import OperatorCommand
from tenants.isolation import province_cache
from tenants.isolation.context import public_context
from tenants.isolation.province_cache import UnknownProvince
from tenants.isolation.schemas import require_owner
from tenants.operations.backup import archive_store, parts, restore, side_schemas, swap
from tenants.operations.backup import dump as backup_dump
from tenants.operations.backup.archive import BackupRefused, reading

MEGABYTE = 1024 * 1024
YES = ("c", "có", "co")


class Command(OperatorCommand):
    help = "Sao lưu từng tỉnh, phục hồi một tỉnh bên cạnh bản đang chạy rồi đổi chỗ."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_subparsers(dest="what", required=True, metavar="LỆNH")

        def command(name: str, help: str, run: Callable[..., None]) -> ArgumentParser:
            added = what.add_parser(name, help=help, description=help)
            added.set_defaults(run=run)
            return added

        one = command("run", "sao lưu một tỉnh, hay mọi tỉnh", self._run)
        one.add_argument("slug", nargs="*", help="tên gọi tắt của tỉnh")
        one.add_argument(
            "--all", action="store_true", help="mọi tỉnh; một tỉnh hỏng không ngăn các tỉnh khác"
        )
        one = command("list", "các bản sao lưu, và các bản đã phục hồi bên cạnh", self._list)
        one.add_argument("slug", nargs="?", default="")
        one = command("verify", "đọc hết một bản sao lưu xem có nguyên vẹn không", self._verify)
        one.add_argument("file", type=Path, nargs="?")
        one.add_argument("--all", action="store_true", help="bản mới nhất của mọi tỉnh")
        one = command("rehearse", "phục hồi thử bản mới nhất, kiểm tra rồi bỏ đi", self._rehearse)
        one.add_argument("slug")
        one.add_argument("file", nargs="?", default="", help="bỏ trống: bản mới nhất")
        one = command("restore", "phục hồi bên cạnh bản đang chạy, chưa đổi gì", self._restore)
        one.add_argument("slug")
        one.add_argument("file", nargs="?", default="", help="đường dẫn hay tên tệp; bỏ trống: bản mới nhất")
        one.add_argument("--as", dest="name", default="", help="tên schema; bỏ trống: <slug>_moi")
        one = command("swap", "đưa bản đã phục hồi vào chạy, giữ lại bản cũ", self._swap)
        one.add_argument("slug")
        one.add_argument("name", help="tên in ra khi phục hồi, hoặc tên bản cũ để quay lại")
        codes = ", ".join(parts.CODES)
        one.add_argument(
            "--without", default="", metavar="MỤC,…", help=f"đổi dù schema hỏng không cho biết: {codes}"
        )
        one.add_argument("--reason", default="", help="vì sao, để ghi nhật ký; bắt buộc với --without")
        one.add_argument("--yes", action="store_true", help="không hỏi lại")
        one = command("release", "cho gửi các tin phục hồi đang giữ mà chắc chắn chưa gửi", self._release)
        one.add_argument("slug")
        one.add_argument("--yes", action="store_true", help="không hỏi lại")
        one = command("discard", "xóa hẳn một bản phục hồi hay một bản cũ đã giữ", self._discard)
        one.add_argument("slug")
        one.add_argument("name")
        one.add_argument("--yes", action="store_true", help="không hỏi lại")
        one = command("open", "giải mã ra thư mục, để đọc bằng pg_restore", self._open)
        one.add_argument("file", type=Path)
        one.add_argument("--to", type=Path, required=True, help="thư mục chưa có")

    def handle(self, *args: Any, run: Callable[..., None], **options: Any) -> None:
        self._line = self.terminal.line
        try:
            run(**options)
        except OSError as error:
            raise CommandError(f"{error.strerror}: {error.filename}") from error

    def _run(self, slug: list[str], all: bool, **options: Any) -> None:
        if bool(slug) == all:
            raise CommandError(_("Nêu tên tỉnh, hoặc --all cho mọi tỉnh."))
        require_owner()
        failed = []
        # One that was archived may have left its schema to nobody.
        for one in slug or filter(schema_exists, whole_slugs()):
            try:
                self._report(backup_dump.take(one))
                for name in restore.drop_expired(one):
                    self._line("  - " + _("đã xóa bản cũ %(name)s") % {"name": name})
            except (BackupRefused, UnknownProvince, OSError) as error:
                if not all:
                    raise
                failed.append(one)
                self.stderr.write(f"{one}: {error}")
        if failed:
            raise CommandError(_("Không sao lưu được: %(slugs)s.") % {"slugs": ", ".join(failed)})

    def _report(self, taken: backup_dump.Taken) -> None:
        words = {
            "slug": taken.manifest.slug,
            "path": taken.path,
            "size": _size(taken.size),
            "rows": sum(taken.manifest.rows.values()),
            "files": taken.files,
        }
        self._line(_("%(slug)s: %(path)s (%(size)s, %(rows)d dòng, %(files)d tệp)") % words)
        for name in taken.lost:
            self._line("  ! " + _("kho không trả tệp %(name)s") % {"name": name})
        for name in taken.pruned:
            self._line("  - " + _("đã xóa bản cũ %(name)s") % {"name": name})

    def _list(self, slug: str, **options: Any) -> None:
        require_owner()
        found = False
        with public_context():
            known = {record.slug for record in province_cache.all_records()}
            shelved = {path.name for path in Path(settings.BACKUP_DIR).glob("*") if path.is_dir()}
            for one in [slug] if slug else sorted(known | shelved):
                for moment, path in archive_store.archives(one).items():
                    found = True
                    made = f"{moment.astimezone(clock.VIETNAM):%d/%m/%Y %H:%M}"
                    self._line(f"{one:<12} {made}  {_size(path.stat().st_size):>10}  {path}")
                for copy in side_schemas.of(one):
                    found = True
                    kind = (
                        _("phục hồi từ %(file)s") % {"file": copy.archive}
                        if copy.archive
                        else _("bản cũ, giữ đến %(day)s") % {"day": f"{copy.kept_until:%d/%m/%Y}"}
                    )
                    if not copy.ready:
                        kind = _("phục hồi dở dang; lần phục hồi sau tự bỏ")
                    self._line(f"{one:<12} {copy.name:<28} {kind}")
        if not found:
            self._line(_("Chưa có bản sao lưu nào trong %(folder)s.") % {"folder": settings.BACKUP_DIR})

    def _verify(self, file: Path | None, all: bool, **options: Any) -> None:
        if (file is None) != all:
            raise CommandError(_("Nêu tệp, hoặc --all cho bản mới nhất của mọi tỉnh."))
        shelves = sorted(path.name for path in Path(settings.BACKUP_DIR).glob("*") if path.is_dir())
        newest = [next(iter(found.values())) for slug in shelves if (found := archive_store.archives(slug))]
        failed = []
        for one in [file] if file else newest:
            try:
                manifest = restore.verify(one)
            except (BackupRefused, OSError) as error:
                if file:
                    raise
                failed.append(one.name)
                self.stderr.write(f"{one}: {error}")
                continue
            words = {"name": manifest.name, "at": manifest.made_at, "rows": sum(manifest.rows.values())}
            self._line(_("Nguyên vẹn: %(name)s, lúc %(at)s, %(rows)d dòng.") % words)
        if failed or not (file or newest):
            names = {"names": ", ".join(failed) or _("chưa có bản nào")}
            raise CommandError(_("Bản sao lưu không dùng được: %(names)s.") % names)

    def _rehearse(self, slug: str, file: str, **options: Any) -> None:
        restored = restore.rehearse(slug, archive_store.find(slug, file), self._line)
        text = _("%(slug)s: phục hồi thử được, %(rows)d dòng; đã bỏ bản thử.")
        self._line(text % {"slug": slug, "rows": restored.rows})

    def _restore(self, slug: str, file: str, name: str, **options: Any) -> None:
        restored = restore.restore(slug, archive_store.find(slug, file), name or f"{slug}_moi", self._line)
        for note in restored.notes:
            self._line(f"  {note}")
        self._line("  " + _("%(count)d tệp bị mất nay có lại.") % {"count": restored.files_back})
        text = _(
            "Bản phục hồi %(name)s đã đủ và đúng; tỉnh vẫn chạy như cũ. Muốn đổi: backup swap %(slug)s %(name)s"
        )
        self._line(text % {"name": restored.copy.name, "slug": slug})

    def _swap(self, slug: str, name: str, yes: bool, without: str, reason: str, **options: Any) -> None:
        for loss in swap.losses(slug, name):
            self._line(f"  ! {loss}")
        self._ask(_("Đưa %(name)s vào chạy thay %(slug)s?") % {"name": name, "slug": slug}, yes)
        codes = [code.strip() for code in without.split(",") if code.strip()]
        swapped = swap.swap(slug, name, without=codes, reason=reason)
        for line in (
            *(f"  + {line}" for line in swapped.carried),
            *(f"  ! {line}" for line in swapped.trouble),
        ):
            self._line(line)
        self._line(_("%(slug)s nay chạy bằng %(name)s.") % {"slug": slug, "name": name})
        if swapped.kept_as:
            text = _(
                "Bản cũ còn ở %(old)s. Quay lại: backup swap %(slug)s %(old)s. Bỏ hẳn: backup discard %(slug)s %(old)s"
            )
            self._line(text % {"old": swapped.kept_as, "slug": slug})
            with contextlib.suppress(BackupRefused):
                if count := swap.count_held(slug):
                    text = _(
                        "%(count)d tin chắc chắn chưa gửi đang được giữ. Cho gửi: backup release %(slug)s"
                    )
                    self._line(text % {"count": count, "slug": slug})

    def _release(self, slug: str, yes: bool, **options: Any) -> None:
        count = swap.count_held(slug)
        if not count:
            self._line(_("%(slug)s không có tin nào đang giữ mà chắc chắn chưa gửi.") % {"slug": slug})
            return
        self._ask(_("Cho gửi %(count)d tin đang giữ của %(slug)s?") % {"count": count, "slug": slug}, yes)
        self._line(_("Đã cho gửi %(count)d tin.") % {"count": swap.release(slug)})

    def _discard(self, slug: str, name: str, yes: bool, **options: Any) -> None:
        with public_context():
            if restore.is_empty(slug):
                what = _("tỉnh chưa dựng xong %(slug)s, chưa có bản phục hồi nào") % {"slug": slug}
            else:
                what = side_schemas.get(slug, name).name
        self._ask(_("Xóa hẳn %(name)s?") % {"name": what}, yes)
        restore.discard(slug, name)
        self._line(_("Đã xóa %(name)s.") % {"name": what})

    def _open(self, file: Path, to: Path, **options: Any) -> None:
        to.mkdir(mode=0o700, parents=True)
        with reading(file, settings.BACKUP_KEYS) as archive, (to / "database.dump").open("wb") as dump:
            for name, content in archive.members():
                if name.startswith("database/"):
                    dump.write(content.read())
                else:
                    place = to / name
                    place.parent.mkdir(parents=True, exist_ok=True)
                    place.write_bytes(content.read())
        self._line(_("Đã giải mã vào %(folder)s: xóa ngay khi xong việc.") % {"folder": to})

    def _ask(self, question: str, yes: bool) -> None:
        if yes:
            return
        if not sys.stdin.isatty():
            raise CommandError(_("Chưa có gì thay đổi: thêm --yes để đồng ý."))
        if input(f"{question} [c/K] ").strip().lower() not in YES:
            raise CommandError(_("Đã dừng, chưa có gì thay đổi."))


def _size(count: int) -> str:
    return f"{count / MEGABYTE:.1f} MB".replace(".", ",")
