"""Everything a province has, taken out and brought in: CSV and JSON per table, files, a guide; no program of ours needed.

Personal data is written in the clear, since its keys stay behind; so the folder is for its owner alone. What
would open an account is left out: passwords, sessions, second factors, secrets of providers. One snapshot of
the database, whatever happens meanwhile.

An import goes into an installation that does not have the province: all of it, or nothing. The province keeps its uuid,
under which its files are called; personal data is encrypted anew with the keys of this installation, and found
through new blind indexes. Accounts cannot sign in before an invitation, and messages go out only when accounts have their
secrets again.
"""

import csv
import hashlib
import itertools
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.core.management.color import no_style
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction
from django.utils.translation import gettext as _
from django_tenants.utils import schema_exists

from tenants import clock
from tenants.audit import operators_log
from tenants.folder.folder import open_private, refuse_bad_slug, require_whole
from tenants.folder.problems import Refused, ValidationProblem, refuse
from tenants.folder.readers.spreadsheets import safe
from tenants.folder.steps import Tell
from tenants.isolation import advisory_locks, province_cache, schema_migrations, schemas
from tenants.isolation.context import current_province, province_context, public_context
from tenants.isolation.models import Domain, Province
from tenants.operations.backup import side_schemas
from tenants.operations.backup.stored_files import copy_files, load_files

VERSION = 1
MANIFEST, GUIDE, TABLES, FILES = "manifest.json", "README.md", "tables", "files"
ROWS_AT_ONCE = 2000
# Made anew by every installation, or good for one browser only.
LEFT_OUT = {
    "auth.permission",
    "contenttypes.contenttype",
    "admin.logentry",
    "accounts.session",
    "accounts.secondfactor",
    "accounts.recoverycode",
    "accounts.passkey",
    "accounts.apikey",
    "accounts.externalidentity",
    "accounts.invitation",
    "accounts.user_user_permissions",
    "auth.group_permissions",
    "audit.unsealed",
}
# They open something: these columns stay empty in every export.
WITHHELD = {
    "accounts.user": {"password"},
    "channels.channelaccount": {"secrets"},
    "channels.credential": {"credentials"},
}
ROW_FIELDS = ("name", "short_name", "agency_code", "hotline", "brand", "brand_dark", "tint", "hours", "demo")
AT_ONCE = 500
_SAID = {"province": dict, "migrations": list, "sums": dict, "rows": dict, "files": int}
_OF_PROVINCE = ("uuid", "slug", "host", "merged_codes", "site_verifications", "without_channels", *ROW_FIELDS)


class Exported(NamedTuple):
    """Contents of an export: rows by table, and files."""

    rows: dict[str, int]
    files: int


def tables() -> list[type[models.Model]]:
    """The models of a province that are exported, by name of their table."""
    labels = {config.label for config in apps.get_app_configs() if config.name in settings.TENANT_APPS}
    found = [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in labels and model._meta.managed and model._meta.label_lower not in LEFT_OUT
    ]
    return sorted(found, key=lambda model: model._meta.db_table)


def export_province(slug: str, folder: Path, progress: Tell = lambda line: None) -> Exported:
    """Write everything a province has into a new or empty folder.

    Raises Refused for a folder that holds something, for a province that is not whole and during a swap of it,
    UnknownProvince. Not inside a transaction.
    """
    require_whole(slug)
    if folder.exists() and any(folder.iterdir()):
        raise refuse(str(folder), 0, _("thư mục đã có tệp; hãy chọn thư mục mới."))
    # The snapshot knows rows, not names: after a swap the next table would be that of the copy.
    with advisory_locks.hold_schema_name(slug) as free, province_context(slug) as province:
        if not free:
            raise refuse(slug, 0, _("đang được đổi chỗ (backup swap); chờ xong rồi chạy lại."))
        (folder / TABLES).mkdir(parents=True, mode=0o700, exist_ok=True)
        folder.chmod(0o700)
        rows: dict[str, int] = {}
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")  # enters the province before the snapshot begins
        with transaction.atomic(durable=True):
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            for number, model in enumerate(tables()):
                if number % 10 == 0:
                    progress(_("xuất từ bảng thứ %(number)d…") % {"number": number + 1})
                rows[model._meta.db_table] = _write_table(model, folder / TABLES)
        counts = {"rows": sum(rows.values()), "tables": len(rows)}
        progress(_("%(rows)d dòng, %(tables)d bảng; đang chép tệp…") % counts)
        files = copy_files(folder / FILES)
        progress(_("%(files)d tệp; đang tính mã băm…") % {"files": files})
        _write(folder / GUIDE, guide())
        said = {
            "format": "mot-cua-export",
            "version": VERSION,
            "made_at": clock.now().isoformat(),
            "province": {name: getattr(province, name) for name in _OF_PROVINCE},
            "migrations": sorted(schema_migrations.code_migrations()),
            "rows": rows,
            "files": files,
            "sums": {
                str(path.relative_to(folder)): _sum(path)
                for path in sorted(folder.rglob("*"))
                if path.is_file()
            },
        }
    # Last: a folder without it is no whole export.
    _write(folder / MANIFEST, json.dumps(said, ensure_ascii=False, indent=2, default=str) + "\n")
    return Exported(rows, files)


def guide() -> str:
    """The meaning of every table and column, from the names that the portal itself uses."""
    record = current_province()
    head = _(
        "# Dữ liệu của %(name)s\n\nXuất từ Một Cửa lúc %(at)s. `tables/` có mỗi bảng hai bản: CSV (UTF-8, mở bằng bảng tính; ô bắt "
        "đầu như công thức có thêm dấu ' ở trước) và JSON (mỗi dòng một đối tượng, đúng nguyên giá trị). `files/` là các tệp, "
        "tên đúng như cột `stored_name` ghi. `manifest.json` ghi số dòng và tổng kiểm SHA-256.\n\n"
        "**Có dữ liệu cá nhân, không mã hóa.** Không có mật khẩu, phiên đăng nhập, mã xác nhận, bí mật của kênh gửi tin.\n"
    )
    lines = [head % {"name": record.name, "at": clock.in_words(clock.now())}]
    for model in tables():
        title = f"## {model._meta.db_table} – {model._meta.verbose_name_plural}"
        lines += [title, "", f"| {_('cột')} | {_('kiểu')} | {_('nghĩa')} |", "|---|---|---|"]
        lines += [*(_line(one, model) for one in model._meta.concrete_fields), ""]
    return "\n".join(lines)


def _line(one: "models.Field[Any, Any]", model: type[models.Model]) -> str:
    meaning = [str(one.verbose_name)]
    if one.remote_field:
        meaning.append(f"→ {one.remote_field.model._meta.db_table}")
    if one.choices:
        meaning.append("; ".join(f"{value} = {label}" for value, label in one.flatchoices))
    if one.help_text:
        meaning.append(str(one.help_text))
    if one.attname in WITHHELD.get(model._meta.label_lower, ()):
        meaning.append(_("để trống khi xuất"))
    text = ". ".join(meaning).replace("|", "\\|").replace("\n", " ")
    return f"| `{one.attname}` | {one.get_internal_type()} | {text} |"


def _write_table(model: type[models.Model], folder: Path) -> int:
    names = [one.attname for one in model._meta.concrete_fields]
    count = 0
    base = folder / model._meta.db_table
    with (
        open_private(base.with_suffix(".csv"), encoding="utf-8-sig", newline="") as as_csv,
        open_private(base.with_suffix(".jsonl"), encoding="utf-8", newline="") as as_json,
    ):
        table = csv.writer(as_csv)
        table.writerow(names)
        for row in _rows(model):
            as_json.write(json.dumps(row, ensure_ascii=False, cls=DjangoJSONEncoder) + "\n")
            table.writerow([_cell(row[name]) for name in names])
            count += 1
    return count


def _rows(model: type[models.Model]) -> Iterator[dict[str, Any]]:
    hidden = WITHHELD.get(model._meta.label_lower, set())
    for row in model._base_manager.order_by("pk").iterator(chunk_size=ROWS_AT_ONCE):
        values = {one.attname: getattr(row, one.attname) for one in model._meta.concrete_fields}
        for one in model._meta.concrete_fields:
            if isinstance(one, models.BinaryField):
                values[one.attname] = one.value_to_string(row)  # in base64, as its field reads it back
        yield values | dict.fromkeys(hidden, "")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return safe(value)
    return json.dumps(value, ensure_ascii=False, cls=DjangoJSONEncoder).strip('"')


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(path: Path, text: str) -> None:
    with open_private(path, encoding="utf-8") as file:
        file.write(text)


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
    with advisory_locks.exclusive_schema_lock(slug), public_context():
        _make_room(said["province"])
        province = _row(said["province"])
        try:
            province.save(verbosity=0)
            Domain.objects.create(tenant=province, domain=said["province"]["host"], is_primary=True)
            province_cache.clear_cache()
            counted = _fill(slug, folder, said, progress)
            with transaction.atomic():
                Province.objects.filter(pk=province.pk).update(state=Province.State.PAUSED)
                operators_log.record(operators_log.IMPORTED, slug, rows=sum(counted.values()))
            province_cache.clear_cache()
        except BaseException:
            province.delete(force_drop=True)
            province_cache.clear_cache()
            raise
    return counted


def discard_unfinished(slug: str) -> None:
    """Drop what a killed import left: schema, role, hosts and row of a province that is not whole.

    Raises Refused for any other province, while it is locked, and where a copy is kept beside it, which
    may be all there is of the data. Raises schemas.NotTheOwner.
    """
    schemas.require_owner()
    with advisory_locks.exclusive_schema_lock(slug, wait=False) as free:
        if not free:
            raise refuse(slug, 0, _("đang có lệnh khác làm việc với tỉnh này; chờ xong rồi chạy lại."))
        with operators_log.province_row(slug) as province:
            if province.state != Province.State.UNFINISHED:
                text = _("đang ở trạng thái “%(state)s”; chỉ bỏ được tỉnh chưa dựng xong.")
                raise refuse(slug, 0, text % {"state": province.get_state_display()})
            if kept := [copy.name for copy in side_schemas.of(slug)]:
                text = _(
                    "còn bản %(names)s: đưa vào dùng bằng backup swap, hoặc bỏ bằng backup discard trước."
                )
                raise refuse(slug, 0, text % {"names": ", ".join(kept)})
            province.delete(force_drop=True)
            operators_log.record(operators_log.DISCARDED, slug)
    province_cache.clear_cache()


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        said = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        fits = said["format"] == "mot-cua-export" and said["version"] == VERSION
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise refuse(str(folder), 0, _("không phải một bản xuất trọn vẹn của Một Cửa.")) from error
    if not fits:
        raise refuse(MANIFEST, 0, _("bản xuất kiểu khác, không đọc được."))
    province = said.get("province") if isinstance(said.get("province"), dict) else {}
    gaps = [name for name, kind in _SAID.items() if not isinstance(said.get(name), kind)]
    gaps += [f"province.{name}" for name in _OF_PROVINCE if name not in province]
    try:
        UUID(str(province.get("uuid")))
    except ValueError:
        gaps.append("province.uuid")
    if gaps:
        text = _("thiếu hoặc sai: %(names)s.") % {"names": ", ".join(dict.fromkeys(gaps))}
        raise refuse(MANIFEST, 0, text)
    missing, unknown = schema_migrations.compare(map(str, said["migrations"]))
    if missing or unknown:
        text = _(
            "bản xuất làm từ bản mã khác (khác ở %(migration)s): chưa đổi gì. Nhập bằng đúng bản mã ấy rồi nâng cấp "
            "(docs/van-hanh/nang-cap.md, mục Bản mã khác)."
        )
        raise refuse(MANIFEST, 0, text % {"migration": (unknown or missing)[0]})
    if problems := list(_changed(folder, said["sums"])):
        raise Refused(problems)
    return dict(said)


def _changed(folder: Path, sums: dict[str, str]) -> Iterator[ValidationProblem]:
    for name, expected in sums.items():
        path = folder / name
        is_here = path.is_file() and folder.resolve() in path.resolve().parents
        if not is_here or _sum(path) != expected:
            yield ValidationProblem(name, 0, _("thiếu, hoặc đã bị sửa sau khi xuất."))


def _make_room(described: dict[str, Any]) -> None:
    """Drop the remains of a killed import of this very province: no other import runs, for the lock is ours.

    Raises Refused for a slug, a host or a uuid that is taken.
    """
    slug, host, uuid = described["slug"], described["host"], described["uuid"]
    for left in Province.objects.filter(schema_name=slug, uuid=uuid, state=Province.State.UNFINISHED):
        left.delete(force_drop=True)
        province_cache.clear_cache()
    if schema_exists(slug) or Province.objects.filter(schema_name=slug).exists():
        raise refuse(slug, 0, _("bản cài này đã có tỉnh hoặc lược đồ mang tên ấy."))
    if Province.objects.filter(uuid=uuid).exists():
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
            with connection.cursor() as cursor:  # entries keep the times and names that they had
                cursor.execute("ALTER TABLE audit_auditentry DISABLE TRIGGER audit_auditentry_origin")
                counted = {model._meta.db_table: _load(model, folder / TABLES) for model in tables()}
                cursor.execute("ALTER TABLE audit_auditentry ENABLE TRIGGER audit_auditentry_origin")
                # Rows that were just written wait for a position; most have one.
                cursor.execute(
                    "DELETE FROM audit_unsealed u USING audit_seal s WHERE (s.source, s.row_id) = (u.source, u.row_id)"
                )
            _go_on_counting()
        if counted != said["rows"]:
            raise refuse(slug, 0, _("số dòng nhập được khác số dòng đã xuất."))
        stored = load_files(folder / FILES)
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
    values = {one.attname: one.to_python(row[one.attname]) for one in model._meta.concrete_fields}
    if model._meta.label_lower == "accounts.user":
        values["password"] = make_password(None)
    return model(**values)


@contextmanager
def _moments_as_they_were() -> Iterator[None]:
    with ExitStack() as stack:
        for model in tables():
            for one in model._meta.concrete_fields:
                for name in ("auto_now", "auto_now_add"):
                    if getattr(one, name, False):
                        setattr(one, name, False)
                        stack.callback(setattr, one, name, True)
        yield


def _go_on_counting() -> None:
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), tables()):
            cursor.execute(statement)
