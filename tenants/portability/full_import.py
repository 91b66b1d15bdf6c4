"""A province out of its whole export, in an installation that does not have it: all of it, or nothing.

It keeps its uuid, under which its files are called; personal data is encrypted anew with the keys of this
installation, and found through new blind indexes. Nobody can sign in before an invitation, and messages go out
only when accounts have their secrets again.
"""

import hashlib
import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.utils.translation import gettext as _
from django_tenants.utils import schema_exists

from tenants.backup import side_schemas
from tenants.folder.folder import refuse_bad_slug
from tenants.folder.problems import Refused, refuse
from tenants.folder.steps import Tell
from tenants.isolation import advisory_locks, province_cache, schema_migrations, schemas
from tenants.isolation.context import province_context, public_context
from tenants.isolation.models import Domain, Province
from tenants.operators_log import log, two_person_approval
from tenants.portability import full_export
from tenants.portability.full_export import FILES, MANIFEST, TABLES

FileLoader = Callable[[Path], int]
"""Stores all files below a folder for the current province, under their names there; how many."""
ROW_FIELDS = ("name", "short_name", "agency_code", "hotline", "brand", "brand_dark", "tint", "hours", "demo")
AT_ONCE = 500
_SAID = {"province": dict, "migrations": list, "sums": dict, "rows": dict, "files": int}
_OF_PROVINCE = ("uuid", "slug", "host", "merged_codes", "site_verifications", "without_channels", *ROW_FIELDS)

_loaders: list[FileLoader] = []


def load_files_with(loader: FileLoader) -> None:
    """Have this store the files of a room. From `AppConfig.ready()`."""
    if loader not in _loaders:
        _loaders.append(loader)


def import_province(folder: Path, progress: Tell = lambda line: None) -> dict[str, int]:
    """Make the province that this folder holds, paused; rows by table.

    Raises Refused, with nothing made, for a folder that is not whole or was changed, for another code than it was
    made with, and where this installation has the slug, the host or the uuid already. Whatever fails later leaves
    no row, schema or role. Until all of it is here it is unfinished and nothing works in it: what a killed import
    of this province left goes when the next one begins. Raises schemas.NotTheOwner.
    """
    schemas.require_owner()
    said = _manifest(folder)
    slug = str(said["province"]["slug"])
    refuse_bad_slug(slug)
    with advisory_locks.alone(slug), public_context():
        _clear_away(said["province"])
        _refuse_taken(said["province"])
        province = _row(said["province"])
        try:
            province.save(verbosity=0)
            Domain.objects.create(tenant=province, domain=said["province"]["host"], is_primary=True)
            province_cache.forget()
            counted = _fill(slug, folder, said, progress)
            with transaction.atomic():
                Province.objects.filter(pk=province.pk).update(state=Province.State.PAUSED)
                log.record(log.IMPORTED, slug, rows=sum(counted.values()))
            province_cache.forget()
        except BaseException:
            province.delete(force_drop=True)
            province_cache.forget()
            raise
    return counted


def discard(slug: str) -> None:
    """Drop what a killed import left: schema, role, hosts and row of a province that is not whole.

    Raises Refused for any other province, while somebody works on it, and where a copy is kept beside it, which
    may be all there is of the data. Raises schemas.NotTheOwner.
    """
    schemas.require_owner()
    with advisory_locks.alone(slug, wait=False) as free:
        if not free:
            raise refuse(slug, 0, _("đang có lệnh khác làm việc với tỉnh này; chờ xong rồi chạy lại."))
        with two_person_approval.province_row(slug) as province:
            if province.state != Province.State.UNFINISHED:
                text = _("đang ở trạng thái “%(state)s”; chỉ bỏ được tỉnh chưa dựng xong.")
                raise refuse(slug, 0, text % {"state": province.get_state_display()})
            if kept := [copy.name for copy in side_schemas.of(slug)]:
                text = _(
                    "còn bản %(names)s: đưa vào dùng bằng backup swap, hoặc bỏ bằng backup discard trước."
                )
                raise refuse(slug, 0, text % {"names": ", ".join(kept)})
            province.delete(force_drop=True)
            log.record(log.DISCARDED, slug)
    province_cache.forget()


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        said = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        fits = said["format"] == "mot-cua-export" and said["version"] == full_export.VERSION
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise refuse(str(folder), 0, _("không phải một bản xuất trọn vẹn của Một Cửa.")) from error
    if not fits:
        raise refuse(MANIFEST, 0, _("bản xuất kiểu khác, không đọc được."))
    _refuse_gaps(said)
    if set(said["migrations"]) != schema_migrations.of_this_code():
        raise refuse(
            MANIFEST, 0, _("bản xuất làm từ bản mã khác; hãy nhập bằng đúng bản mã ấy rồi nâng cấp.")
        )
    problems = list(_changed(folder, said["sums"]))
    if problems:
        raise Refused(problems)
    return dict(said)


def _refuse_gaps(said: dict[str, Any]) -> None:
    """Raise Refused for what the manifest has to say and does not."""
    province = said.get("province")
    province = province if isinstance(province, dict) else {}
    gaps = [name for name, kind in _SAID.items() if not isinstance(said.get(name), kind)]
    gaps += [f"province.{name}" for name in _OF_PROVINCE if name not in province]
    try:
        UUID(str(province.get("uuid")))
    except ValueError:
        gaps.append("province.uuid")
    if gaps:
        text = _("thiếu hoặc sai: %(names)s.") % {"names": ", ".join(dict.fromkeys(gaps))}
        raise refuse(MANIFEST, 0, text)


def _changed(folder: Path, sums: dict[str, str]) -> Iterator[Any]:
    for name, expected in sums.items():
        path = folder / name
        found = ""
        if path.is_file() and folder.resolve() in path.resolve().parents:
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != expected:
            yield refuse(name, 0, _("thiếu, hoặc đã bị sửa sau khi xuất.")).problems[0]


def _clear_away(described: dict[str, Any]) -> None:
    """Drop what an import of this very province left that was killed: nobody is at it, for the lock is ours."""
    left = Province.objects.filter(
        schema_name=described["slug"], uuid=described["uuid"], state=Province.State.UNFINISHED
    )
    for province in left:
        province.delete(force_drop=True)
        province_cache.forget()


def _refuse_taken(described: dict[str, Any]) -> None:
    slug, host = described["slug"], described["host"]
    if schema_exists(slug) or Province.objects.filter(schema_name=slug).exists():
        raise refuse(slug, 0, _("bản cài này đã có tỉnh hoặc lược đồ mang tên ấy."))
    if Province.objects.filter(uuid=described["uuid"]).exists():
        raise refuse(slug, 0, _("bản cài này đã có chính tỉnh ấy dưới tên khác."))
    if Domain.objects.filter(domain=host).exists():
        raise refuse(slug, 0, _("tên miền %(host)s đang thuộc tỉnh khác.") % {"host": host})


def _row(described: dict[str, Any]) -> Province:
    return Province(
        schema_name=described["slug"],
        uuid=described["uuid"],
        state=Province.State.UNFINISHED,
        merged_from=[{"agency_code": code} for code in described["merged_codes"]],
        site_verifications=described["site_verifications"],
        without_channels=described["without_channels"],
        **{name: described[name] for name in ROW_FIELDS},
    )


def _fill(slug: str, folder: Path, said: dict[str, Any], progress: Tell) -> dict[str, int]:
    with province_context(slug), _moments_as_they_were():
        with transaction.atomic(durable=True):
            # Foreign keys are looked at when this commits, so the order of tables does not matter.
            counted = {model._meta.db_table: _load(model, folder / TABLES) for model in full_export.tables()}
            _go_on_counting()
        if counted != said["rows"]:
            raise refuse(slug, 0, _("số dòng nhập được khác số dòng đã xuất."))
        stored = sum(loader(folder / FILES) for loader in _loaders)
        if stored != said["files"]:
            raise refuse(slug, 0, _("số tệp nhập được khác số tệp đã xuất."))
        progress(_("%(rows)d dòng, %(files)d tệp") % {"rows": sum(counted.values()), "files": stored})
    return counted


def _load(model: type[models.Model], folder: Path) -> int:
    # What migrations wrote is in the export as well.
    model._base_manager.all().delete()
    count = 0
    with (folder / f"{model._meta.db_table}.jsonl").open(encoding="utf-8") as lines:
        for some in itertools.batched(lines, AT_ONCE):
            try:
                made = [_instance(model, json.loads(line)) for line in some]
            except (KeyError, TypeError, ValueError, ValidationError) as error:
                text = _("từ dòng %(first)d có chỗ thiếu cột hoặc sai giá trị: %(error)s.")
                raise refuse(lines.name, 0, text % {"first": count + 1, "error": error}) from error
            if model.save is models.Model.save:
                model._base_manager.bulk_create(made)
            else:
                for one in made:  # its save makes blind indexes and folded names
                    one.save(force_insert=True)
            count += len(made)
    return count


def _instance(model: type[models.Model], row: dict[str, Any]) -> models.Model:
    values = {one.attname: one.to_python(row[one.attname]) for one in full_export.columns(model)}
    if model._meta.label_lower == "accounts.user":
        values["password"] = make_password(None)
    return model(**values)


@contextmanager
def _moments_as_they_were() -> Iterator[None]:
    """Inside the block no column fills itself with the present moment."""
    with ExitStack() as stack:
        for model in full_export.tables():
            for one in full_export.columns(model):
                for name in ("auto_now", "auto_now_add"):
                    if getattr(one, name, False):
                        setattr(one, name, False)
                        stack.callback(setattr, one, name, True)
        yield


def _go_on_counting() -> None:
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), full_export.tables()):
            cursor.execute(statement)
