"""Bringing an archive back beside the running province, and looking it through there."""

import secrets
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.utils.translation import gettext as _
from psycopg import sql

from tenants.backup import archive_store, disaster_recovery, history, hooks, pg_tools, side_schemas
from tenants.backup.archive import BackupRefused, Damaged, Manifest, Reader, reading
from tenants.backup.dump import migrations_of, rows_of
from tenants.backup.side_schemas import Copy
from tenants.isolation import province_cache, schema_migrations, schemas
from tenants.isolation.backend import connection
from tenants.isolation.context import province_context, public_context
from tenants.isolation.province_cache import ProvinceRecord, UnknownProvince

Progress = Callable[[str], None]
_COPYING = ("--no-owner", "--no-privileges")


@dataclass(frozen=True, slots=True)
class Restored:
    """A copy that is whole. `files_back`: stored files that were gone and are there again; `notes`: what was
    seen to in the copy, in sentences."""

    copy: Copy
    manifest: Manifest
    rows: int
    files_back: int
    notes: tuple[str, ...]


def verify(path: Path) -> Manifest:
    """Read an archive to its end; raises Damaged unless it is whole. Needs the key and no database."""
    archive_store.check_sum(path)
    with reading(path, settings.BACKUP_KEYS) as archive:
        for _name, content, _size in archive.members():
            while content.read(1024 * 1024):
                pass
        return archive.manifest


def restore(slug: str, path: Path, name: str, progress: Progress = lambda line: None) -> Restored:
    """Bring the archive back as schema `name` beside the running province, which notices nothing.

    On return the copy has the rows, migrations and order of events that it had when it was backed up, is brought
    up to the migrations of this code, and will send nothing by itself. Stored files that are gone are put back;
    none is replaced. Where it is not whole, no copy is left; whoever is killed leaves one that nothing takes for a
    whole one, and the next restore of the province drops it. Raises NotTheOwner, BackupRefused (also where
    somebody else works on the province), Damaged.
    """
    schemas.require_owner()
    archive_store.check_sum(path)
    with public_context(), side_schemas.alone(slug):
        return _restore(slug, path, name, progress, for_good=True)


def rehearse(slug: str, path: Path, progress: Progress = lambda line: None) -> Restored:
    """Restore, look through, and throw the copy away; the province's log tells that it could be done."""
    schemas.require_owner()
    archive_store.check_sum(path)
    with public_context(), side_schemas.alone(slug):
        name = f"{slug}_thu_{secrets.token_hex(3)}"
        restored = _restore(slug, path, name, progress, for_good=False)
        discard_schema(name)
        if side_schemas.exists(slug):
            with province_context(slug):
                history.note_rehearsed(path.name, rows=restored.rows)
        disaster_recovery.forget(slug)
    return restored


def _restore(slug: str, path: Path, name: str, progress: Progress, *, for_good: bool) -> Restored:
    pg_tools.sweep()
    _sweep(slug)
    try:
        return _restore_alone(slug, path, name, progress, for_good=for_good)
    except BaseException:
        disaster_recovery.forget(slug)
        raise


def _restore_alone(slug: str, path: Path, name: str, progress: Progress, *, for_good: bool) -> Restored:
    with reading(path, settings.BACKUP_KEYS) as archive:
        manifest = archive.manifest
        province = _province_of(slug, manifest)
        side_schemas.refuse_bad_name(slug, name)
        copy = Copy(name, slug, path.name, manifest.made_at, manifest.made_at, ready=False)
        progress(_("Đang giải nén và nạp %(name)s…") % {"name": path.name})
        files_back = _bring_back(archive, province, copy)
    try:
        progress(_("Đang kiểm tra bản phục hồi…"))
        _compare(manifest, name)
        _bring_up_to_date(manifest, name, progress)
        notes = _look_through(province, copy, for_good=for_good)
    except BaseException:
        discard_schema(name)
        raise
    return Restored(copy, manifest, sum(manifest.rows.values()), files_back, tuple(notes))


def _sweep(slug: str) -> None:
    """Drop copies that are not ready: whoever was at one is gone, for the province is ours alone."""
    for copy in side_schemas.of(slug):
        if not copy.ready:
            discard_schema(copy.name)


def discard(slug: str, name: str) -> None:
    """Drop a copy with all that is in it; with the last copy of a province that was lost, its row. Where whoever
    brought a lost province back was killed before the copy was there, the row alone, whatever `name` is.

    Raises BackupRefused for anything but a copy of this province, and where somebody works on it.
    """
    schemas.require_owner()
    with public_context(), side_schemas.alone(slug):
        if not disaster_recovery.is_empty(slug):
            discard_schema(side_schemas.get(slug, name).name)
        disaster_recovery.forget(slug)


def discard_schema(name: str) -> None:
    """Drop a schema that no province has, and the role that migrating it may have made."""
    connection.set_schema_to_public()
    schemas.drop_schema(name)


def _province_of(slug: str, manifest: Manifest) -> ProvinceRecord:
    if manifest.slug != slug:
        raise BackupRefused(
            _("Bản sao lưu này là của %(of)s, không phải của %(slug)s.") % {"of": manifest.slug, "slug": slug}
        )
    if unknown := schema_migrations.compare(manifest.migrations).unknown:
        raise BackupRefused(
            _("Bản sao lưu do bản mã khác ghi (phần mềm %(version)s, có %(migration)s): chưa đổi gì. Phục hồi bằng "
              "bản mã ấy (docs/van-hanh/nang-cap.md, mục Bản mã khác).")
            % {"version": manifest.version, "migration": unknown[0]}
        )  # fmt: skip
    try:
        province = province_cache.by_slug(slug)
    except UnknownProvince:
        disaster_recovery.bring_back(manifest)
        province = province_cache.by_slug(slug)
    if not province.is_whole and side_schemas.exists(slug):
        raise BackupRefused(
            _("%(slug)s đang được nhập dở dang (province import): chạy lại lệnh ấy.") % {"slug": slug}
        )
    if str(province.uuid) != manifest.uuid:
        raise BackupRefused(
            _("%(slug)s ở bản cài này là một tỉnh khác (khác uuid): dữ liệu đã mã hóa sẽ không đọc được.")
            % {"slug": slug}
        )
    return province


def _bring_back(archive: Reader, province: ProvinceRecord, copy: Copy) -> int:
    """Into a database of its own first: only there can the schema change its name without meeting the running
    one. Then, in one transaction and marked for what it is, beside the running one."""
    place = pg_tools.folder(_server())
    with pg_tools.scratch() as beside:
        files_back = _load(archive, place, beside, province)
        with pg_tools.connect(beside) as inside:
            inside.execute(
                sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(
                    sql.Identifier(province.slug), sql.Identifier(copy.name)
                )
            )
            inside.execute(side_schemas.marking(copy))
        dump = pg_tools.Program(
            place, "pg_dump", "--format=custom", f"--schema={copy.name}", *_COPYING,
            database=beside, stdout=subprocess.PIPE,
        )  # fmt: skip
        load = pg_tools.Program(
            place,
            "pg_restore",
            "--single-transaction",
            "--exit-on-error",
            *_COPYING,
            known_as=beside,
            stdin=dump.process.stdout,
        )
        try:
            if dump.process.stdout:
                # pg_restore alone holds it now, so that each notices when the other ends.
                dump.process.stdout.close()
            load.end()
            dump.end()
        finally:
            load.kill()
            dump.kill()
    return files_back


def _load(archive: Reader, place: Path, database: str, province: ProvinceRecord) -> int:
    load = pg_tools.Program(
        place, "pg_restore", "--exit-on-error", *_COPYING, database=database, stdin=subprocess.PIPE
    )
    files_back, loading = 0, True
    try:
        pipe = load.process.stdin
        assert pipe is not None
        for member, content, _size in archive.members():
            if member.startswith("files/"):
                if loading:
                    load.end()
                    loading = False
                files_back += _put_back(province, member.removeprefix("files/"), content)
            else:
                _feed(pipe, content)
        if loading:
            load.end()
    except BrokenPipeError:
        # It has ended already; its own words tell why.
        load.process.stdin = None
        load.end()
        raise Damaged(_("Bản sao lưu không nạp được.")) from None
    finally:
        load.kill()
    return files_back


def _feed(pipe: IO[bytes], content: IO[bytes]) -> None:
    while block := content.read(1024 * 1024):
        pipe.write(block)


def _put_back(province: ProvinceRecord, name: str, content: IO[bytes]) -> bool:
    source = hooks.files()
    if source is None:
        return False
    with province_context(province):
        return source.put_back(name, content)


def _compare(manifest: Manifest, name: str) -> None:
    with pg_tools.connect() as at:
        rows, migrations = rows_of(at, name), migrations_of(at, name)
    wrong = sorted(
        table for table in manifest.rows.keys() | rows if manifest.rows.get(table) != rows.get(table)
    )
    if wrong:
        raise Damaged(
            _("Bản phục hồi không đủ: số dòng khác lúc sao lưu ở %(tables)s.") % {"tables": ", ".join(wrong)}
        )
    if migrations != manifest.migrations:
        raise Damaged(_("Bản phục hồi không có đúng các migration như lúc sao lưu."))


def _bring_up_to_date(manifest: Manifest, name: str, progress: Progress) -> None:
    """Migrate the copy where this code is newer; the role that this makes for it is not kept."""
    if schema_migrations.compare(manifest.migrations).missing:
        progress(_("Bản sao lưu cũ hơn phần mềm: đang chạy migration cho bản phục hồi…"))
        call_command("migrate_schemas", tenant=True, schema_name=name, interactive=False, verbosity=0)
        connection.set_schema_to_public()
        schemas.revoke_all(name, schemas.runtime_role(name))
        schemas.drop_role(name)
    with connection.cursor() as cursor:
        # The planner knows nothing yet of tables that were filled a moment ago.
        tables = sql.SQL(", ").join(sql.Identifier(name, table) for table in sorted(manifest.rows))
        cursor.execute(sql.SQL("ANALYZE {}").format(tables))


def _look_through(province: ProvinceRecord, copy: Copy, *, for_good: bool) -> list[str]:
    """What is not for good never gets ready: it is to be gone, whatever becomes of this process."""
    with side_schemas.inside(province, copy.name):
        faults = [fault for check in hooks.checks for fault in check()]
        if faults:
            raise Damaged(" ".join(faults))
        with transaction.atomic():
            notes = [settle(copy.moment) for settle in hooks.settles]
            side_schemas.mark(replace(copy, ready=for_good))
            return notes


def _server() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int / 10000")
        return int(cursor.fetchone()[0])
