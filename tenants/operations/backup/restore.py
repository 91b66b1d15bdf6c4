"""Bringing an archive back beside the running province, and looking it through there.

Where an installation lost everything, `public` too, the province's own archive tells who it was.
"""

import contextlib
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, cast

from django.conf import settings
from django.core.files.base import File
from django.core.management import call_command
from django.db import transaction
from django.utils.translation import gettext as _
from django_tenants.utils import schema_exists
from psycopg import sql

from tenants import clock
from tenants.audit import operators_log
from tenants.files import storage
from tenants.folder.steps import Tell
from tenants.isolation import province_cache, schema_migrations, schemas
from tenants.isolation.backend import connection
from tenants.isolation.context import province_context, public_context
from tenants.isolation.models import ChannelRoute, Domain, Province
from tenants.isolation.province_cache import ProvinceRecord, UnknownProvince
from tenants.operations.backup import history, pg_tools, side_schemas
from tenants.operations.backup.archive import BackupRefused, Damaged, Manifest, Reader, reading
from tenants.operations.backup.dump import migrations_of, rows_of
from tenants.operations.backup.parts import CHECKS, SETTLES
from tenants.operations.backup.side_schemas import Copy

EXPIRED = "backup.expired"
_OF_A_ROUTE = ("channel", "app", "external_id", "account", "secret")


@dataclass(frozen=True, slots=True)
class Restored:
    """A copy that is whole. `files_back`: stored files that were gone and are there again; `notes`: what was
    seen to in the copy, in sentences."""

    copy: Copy
    rows: int
    files_back: int
    notes: tuple[str, ...]


def verify(path: Path) -> Manifest:
    """Read an archive to its end; raises Damaged unless it is whole. Needs the key and no database."""
    with reading(path, settings.BACKUP_KEYS) as archive:
        for _name, content in archive.members():
            while content.read(1024 * 1024):
                pass
        return archive.manifest


def restore(slug: str, path: Path, name: str, progress: Tell = lambda line: None) -> Restored:
    """Bring the archive back as schema `name` beside the running province, which notices nothing.

    On return the copy has the rows, migrations and order of events that it had when it was backed up, is brought
    up to the migrations of this code, and will send nothing by itself. Stored files that are gone are put back;
    none is replaced. Where it is not whole, no copy is left; whoever is killed leaves one that nothing takes for a
    whole one, and the next restore of the province drops it. Raises NotTheOwner, BackupRefused (also where
    somebody else works on the province), Damaged.
    """
    schemas.require_owner()
    with public_context(), side_schemas.alone(slug):
        return _restore(slug, path, name, progress, for_good=True)


def rehearse(slug: str, path: Path, progress: Tell = lambda line: None) -> Restored:
    """Restore, look through, and throw the copy away; the province's log tells that it could be done."""
    schemas.require_owner()
    with public_context(), side_schemas.alone(slug):
        name = f"{slug}_thu_{secrets.token_hex(3)}"
        restored = _restore(slug, path, name, progress, for_good=False)
        discard_schema(name)
        if schema_exists(slug):
            with province_context(slug):
                history.note(history.REHEARSED, path.name, rows=restored.rows)
        _forget(slug)
    return restored


def _restore(slug: str, path: Path, name: str, progress: Tell, *, for_good: bool) -> Restored:
    # Copies that are not ready: their restore was cut off, for the province is ours alone.
    for copy in side_schemas.of(slug):
        if not copy.ready:
            discard_schema(copy.name)
    with contextlib.ExitStack() as undo:
        undo.callback(_forget, slug)
        with reading(path, settings.BACKUP_KEYS) as archive:
            manifest = archive.manifest
            province = _province_of(slug, manifest)
            side_schemas.refuse_bad_name(slug, name)
            copy = Copy(name, slug, path.name, manifest.made_at, manifest.made_at, ready=False)
            undo.callback(discard_schema, name)
            progress(_("Đang giải nén và nạp %(name)s…") % {"name": path.name})
            files_back = _bring_back(archive, province, copy)
            progress(_("Đang kiểm tra bản phục hồi…"))
            _compare(manifest, name)
            _bring_up_to_date(manifest, name, progress)
            notes = _look_through(province, copy, for_good=for_good)
        undo.pop_all()
    return Restored(copy, sum(manifest.rows.values()), files_back, tuple(notes))


def discard(slug: str, name: str) -> None:
    """Drop a copy with all that is in it; with the last copy of a province that was lost, its row. Where whoever
    brought a lost province back was killed before the copy was there, the row alone, whatever `name` is.

    Raises BackupRefused for anything but a copy of this province, and where somebody works on it.
    """
    schemas.require_owner()
    with public_context(), side_schemas.alone(slug):
        if not is_empty(slug):
            discard_schema(side_schemas.get(slug, name).name)
        _forget(slug)


def is_empty(slug: str) -> bool:
    """Whether nothing but its row is there: whoever brought the province back was killed before it had a copy."""
    rows = Province.objects.filter(schema_name=slug, state=Province.State.UNFINISHED)
    return rows.exists() and not schema_exists(slug) and not side_schemas.of(slug)


def _forget(slug: str) -> None:
    """Take the row back when nothing came of bringing the province back; nothing where there is a schema of it,
    or a copy that can still take its place."""
    if is_empty(slug):
        Province.objects.get(schema_name=slug).delete()
        province_cache.clear_cache()


def drop_expired(slug: str) -> list[str]:
    """Drop what swaps kept of this province longer than KEPT_FOR; the names. The operators' log tells of it.

    Nothing while another command works on the province.
    """
    dropped: list[str] = []
    with public_context(), contextlib.suppress(BackupRefused), side_schemas.alone(slug):
        for copy in side_schemas.of(slug):
            if not copy.is_restored and copy.kept_until < clock.now():
                discard_schema(copy.name)
                operators_log.record(EXPIRED, slug, name=copy.name)
                dropped.append(copy.name)
    return dropped


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
        _bring_back_province(manifest)
        province = province_cache.by_slug(slug)
    if not province.is_whole and schema_exists(slug):
        raise BackupRefused(
            _("%(slug)s đang được nhập dở dang (province import): chạy lại lệnh ấy.") % {"slug": slug}
        )
    if str(province.uuid) != manifest.uuid:
        text = _("%(slug)s ở bản cài này là một tỉnh khác (khác uuid): dữ liệu đã mã hóa sẽ không đọc được.")
        raise BackupRefused(text % {"slug": slug})
    return province


def _bring_back_province(manifest: Manifest) -> None:
    """Write the province's row, hosts and routes as the archive has them, with the uuid that its encrypted data
    need. It is unfinished, so nothing works in it, until a copy takes its place: its schema is not made here.

    Raises BackupRefused when another province has one of its hosts or accounts.
    """
    rows = manifest.public
    hosts = [row["fields"]["domain"] for row in rows["domains"]]
    if Domain.objects.filter(domain__in=hosts).exists():
        raise BackupRefused(_("Tên miền của %(slug)s đang thuộc một tỉnh khác.") % {"slug": manifest.slug})
    with transaction.atomic():
        (row,) = rows["province"]
        fields = {name: value for name, value in row["fields"].items() if name not in ("state", "created_at")}
        province = Province(**fields, state=Province.State.UNFINISHED)
        province.auto_create_schema = False
        province.save(verbosity=0)
        for row in rows["domains"]:
            fields = row["fields"]
            Domain.objects.create(tenant=province, domain=fields["domain"], is_primary=fields["is_primary"])
        for row in rows["routes"]:
            fields = {name: row["fields"][name] for name in _OF_A_ROUTE}
            ChannelRoute.objects.create(province=province, **fields)
    province_cache.clear_cache()


def _bring_back(archive: Reader, province: ProvinceRecord, copy: Copy) -> int:
    """Load the archive under its own name in one transaction, in which the running schema has another name; no
    other session sees either. Then put back files. How many files were gone."""
    members, files_back = archive.members(), 0
    file = _load(members, copy)
    while file is not None:
        with province_context(province):
            files_back += storage.put_back(file[0].removeprefix("files/"), File(file[1]))
        file = next(members, None)
    return files_back


def _load(members: Iterator[tuple[str, IO[bytes]]], copy: Copy) -> tuple[str, IO[bytes]] | None:
    before, after = _frame(copy)
    place = pg_tools.folder(connection.pg_version // 10000)
    end_of_script, script = os.pipe()
    with (
        os.fdopen(script, "wb") as script_file,
        os.fdopen(end_of_script, "rb") as source,
        pg_tools.Program(
            place, "psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1",
            stdin=source, stdout=subprocess.DEVNULL,
        ) as load,
    ):  # fmt: skip
        # psql alone holds its end now, so that who writes notices when it ends.
        source.close()
        script_file.write(before)
        script_file.flush()
        member = None
        try:
            with pg_tools.Program(
                place, "pg_restore", "--file=-", "--no-owner", "--no-privileges",
                connects=False, stdin=subprocess.PIPE, stdout=script_file,
            ) as unpack:  # fmt: skip
                while (member := next(members, None)) and member[0].startswith("database/"):
                    shutil.copyfileobj(member[1], cast(IO[bytes], unpack.process.stdin))
                unpack.end()
            _commit(script_file, after)
        except (BrokenPipeError, BackupRefused) as error:
            # Without the last line nothing is kept. What psql says is nearer to the cause than a broken pipe.
            with contextlib.suppress(BrokenPipeError):
                script_file.close()
            load.end()
            refused = isinstance(error, BackupRefused)
            raise Damaged(str(error) if refused else _("Bản sao lưu không nạp được.")) from error
        load.end()
    return member


def _commit(script_file: IO[bytes], last: bytes) -> None:
    script_file.write(last)
    script_file.close()


def _frame(copy: Copy) -> tuple[bytes, bytes]:
    own = sql.Identifier(copy.slug)
    hidden = sql.Identifier(side_schemas.free_name(copy.slug, "tam"))
    rename = sql.SQL("ALTER SCHEMA {} RENAME TO {};\n")
    away, back = rename.format(own, hidden), rename.format(hidden, own)
    there = schema_exists(copy.slug)
    before = sql.SQL("BEGIN;\n") + (away if there else sql.SQL(""))
    after = rename.format(own, sql.Identifier(copy.name)) + side_schemas.marking(copy) + sql.SQL(";\n")
    after += (back if there else sql.SQL("")) + sql.SQL("COMMIT;\n")
    return before.as_bytes(None), after.as_bytes(None)


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


def _bring_up_to_date(manifest: Manifest, name: str, progress: Tell) -> None:
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
        faults = [fault for check in CHECKS for fault in check()]
        if faults:
            raise Damaged(" ".join(faults))
        with transaction.atomic():
            notes = [settle(copy.moment) for settle in SETTLES]
            side_schemas.mark(replace(copy, ready=for_good))
            return notes
