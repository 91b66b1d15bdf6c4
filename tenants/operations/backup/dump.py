"""Making an archive of one province while it is being worked in."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, LiteralString

import psycopg
from django.conf import settings
from django.core import serializers
from django.utils.translation import gettext as _
from psycopg import sql

from tenants import clock
from tenants.files import storage
from tenants.isolation import append_only
from tenants.isolation.context import province_context, public_context
from tenants.isolation.models import ChannelRoute, Domain, Province
from tenants.isolation.province_cache import ProvinceRecord
from tenants.isolation.schemas import require_owner
from tenants.operations.backup import archive_store, pg_tools, side_schemas, stored_files
from tenants.operations.backup import history as backup_history
from tenants.operations.backup.archive import BackupRefused, Manifest, Writer, writing


@dataclass(frozen=True, slots=True)
class Taken:
    """An archive that was made, of so many `files`. `lost`: those that the database knows and the store does not give
    out. `pruned`: archives that the rule no longer keeps and that are gone."""

    path: Path
    manifest: Manifest
    files: int
    size: int
    lost: tuple[str, ...]
    pruned: tuple[str, ...]


def take(slug: str) -> Taken:
    """Back up one province; the archive appears whole or not at all, and the province's log tells of it.

    Database and files: the database first, so that no row of it lacks its file. Raises UnknownProvince,
    NotTheOwner, BackupRefused (no key, no program, not whole, another backup or a swap of it is running), OSError.
    """
    require_owner()
    if not settings.BACKUP_KEYS:
        text = _(
            "Chưa có khóa sao lưu. Đặt BACKUP_KEYS (tạo bằng: openssl rand -base64 32) và cất một bản ở nơi khác."
        )
        raise BackupRefused(text)
    with province_context(slug) as province, side_schemas.in_place(slug):
        # Half a province would look like a whole one in its archive, and push whole ones off the shelf.
        if not province.is_whole:
            text = _(
                "%(slug)s chưa dựng xong, chưa có gì đủ để sao lưu: chạy lại province import, hoặc backup restore rồi "
                "backup swap."
            )
            raise BackupRefused(text % {"slug": slug})
        with pg_tools.connect() as snapshot:
            _one_at_a_time(snapshot, province)
            place = pg_tools.folder(snapshot.info.server_version // 10000, ["pg_dump"])
            # One snapshot for the counts and the dump: a number that differs later means damage.
            snapshot.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            # By the database's clock, as the times of messages are.
            moment = _one(snapshot, "SELECT statement_timestamp()").astimezone(clock.VIETNAM)
            manifest = _manifest(snapshot, province, moment)
            with archive_store.new(slug, moment) as (file, path):
                files, lost = _write(file, place, snapshot, manifest)
        size = path.stat().st_size
        history = {table: manifest.rows[table] for table in append_only.tables(slug)}
        backup_history.note(
            backup_history.MADE, path.name, size=size, files=files, lost=len(lost), history=history
        )
        return Taken(path, manifest, files, size, tuple(lost), tuple(archive_store.prune(slug)))


def _one_at_a_time(snapshot: psycopg.Connection[Any], province: ProvinceRecord) -> None:
    key = f"backup:{province.uuid}"
    if not _one(snapshot, "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [key]):
        raise BackupRefused(_("Đang có một lần sao lưu khác của %(slug)s.") % {"slug": province.slug})


def _one(at: psycopg.Connection[Any], query: sql.Composed | LiteralString, values: Sequence[str] = ()) -> Any:
    row = at.execute(query, values).fetchone()
    assert row is not None
    return row[0]


def _manifest(snapshot: psycopg.Connection[Any], province: ProvinceRecord, moment: datetime) -> Manifest:
    return Manifest(
        slug=province.slug,
        uuid=str(province.uuid),
        name=province.name,
        made_at=moment.isoformat(),
        version=settings.VERSION,
        postgres=snapshot.info.server_version,
        migrations=migrations_of(snapshot, province.slug),
        rows=rows_of(snapshot, province.slug),
        public=_public_rows(province),
    )


def rows_of(at: psycopg.Connection[Any], schema: str) -> dict[str, int]:
    """How many rows each table of a schema has."""
    tables = at.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s ORDER BY 1", [schema])
    counted = {}
    for (table,) in tables.fetchall():
        counted[table] = _one(at, sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, table)))
    return counted


def migrations_of(at: psycopg.Connection[Any], schema: str) -> list[str]:
    """The migrations that a schema has had, as "app.name"."""
    rows = at.execute(
        sql.SQL("SELECT app || '.' || name FROM {}").format(sql.Identifier(schema, "django_migrations"))
    )
    return sorted(name for (name,) in rows.fetchall())


def _public_rows(province: ProvinceRecord) -> dict[str, Any]:
    with public_context():
        return {
            name: json.loads(serializers.serialize("json", rows))
            for name, rows in (
                ("province", Province.objects.filter(pk=province.pk)),
                ("domains", Domain.objects.filter(tenant_id=province.pk)),
                ("routes", ChannelRoute.objects.filter(province_id=province.pk)),
            )
        }


def _write(
    file: IO[bytes], place: Path, snapshot: psycopg.Connection[Any], manifest: Manifest
) -> tuple[int, list[str]]:
    exported = _one(snapshot, "SELECT pg_export_snapshot()")
    with writing(file, settings.BACKUP_KEYS[0]) as writer:
        writer.manifest(manifest)
        with pg_tools.Program(
            place, "pg_dump", "--format=custom", f"--schema={manifest.slug}", f"--snapshot={exported}",
            "--no-owner", "--no-privileges", "--lock-wait-timeout=60s",
            stdout=subprocess.PIPE,
        ) as dump:  # fmt: skip
            assert dump.process.stdout is not None
            writer.dump(dump.process.stdout)
            dump.end()
        lost = _write_files(writer)
    return writer.files, lost


def _write_files(writer: Writer) -> list[str]:
    lost: list[str] = []
    for name in stored_files.names():
        try:
            size, content = storage.size(name), storage.fetch(name)
        except Exception:
            # Each store fails in its own way, and one lost file must not cost the whole backup.
            lost.append(name)
            continue
        with content:
            writer.file(name, content, size)
    return lost
