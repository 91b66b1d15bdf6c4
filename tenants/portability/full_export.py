"""Everything a province has, in formats that need none of our programs: CSV and JSON per table, files, a guide.

Personal data is written in the clear, since its keys stay behind; so the folder is for its owner alone. What
would open an account is left out: passwords, sessions, second factors, secrets of providers. One snapshot of
the database, whatever happens meanwhile.
"""

import csv
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction
from django.utils.translation import gettext as _

from tenants import clock
from tenants.folder.completeness import require_whole
from tenants.folder.problems import refuse
from tenants.folder.steps import Tell
from tenants.isolation import advisory_locks, schema_migrations
from tenants.isolation.context import current_province, province_context

VERSION = 1
MANIFEST, GUIDE, TABLES, FILES = "manifest.json", "README.md", "tables", "files"
ROWS_AT_ONCE = 2000
# Begins like a formula: a spreadsheet would run it.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
# Made anew by every installation, or good for one browser only.
LEFT_OUT = {
    "auth.permission",
    "contenttypes.contenttype",
    "admin.logentry",
    "accounts.session",
    "accounts.secondfactor",
    "accounts.recoverycode",
    "accounts.invitation",
    "accounts.user_user_permissions",
    "auth.group_permissions",
}
FileCopier = Callable[[Path], int]
"""Copies all stored files of the current province below a folder; how many."""

_withheld: dict[str, set[str]] = {"accounts.user": {"password"}}
_copiers: list[FileCopier] = []


@dataclass(slots=True)
class Exported:
    """What an export holds: rows by table, and files."""

    folder: Path
    rows: dict[str, int] = field(default_factory=dict)
    files: int = 0


def withhold(model: str, *columns: str) -> None:
    """Leave these columns of “app.model” empty in every export: they open something. From `AppConfig.ready()`."""
    _withheld.setdefault(model, set()).update(columns)


def copy_files_with(copier: FileCopier) -> None:
    """Have this copy the files of a room. From `AppConfig.ready()`."""
    if copier not in _copiers:
        _copiers.append(copier)


def tables() -> list[type[models.Model]]:
    """The models of a province that are exported, by name of their table."""
    labels = {config.label for config in apps.get_app_configs() if config.name in settings.TENANT_APPS}
    found = [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in labels and model._meta.managed and model._meta.label_lower not in LEFT_OUT
    ]
    return sorted(found, key=lambda model: model._meta.db_table)


def export(slug: str, folder: Path, progress: Tell = lambda line: None) -> Exported:
    """Write everything a province has into a new or empty folder.

    Raises Refused for a folder that holds something, for a province that is not whole and during a swap of it,
    UnknownProvince. Not inside a transaction.
    """
    require_whole(slug)
    if folder.exists() and any(folder.iterdir()):
        raise refuse(str(folder), 0, _("thư mục đã có tệp; hãy chọn thư mục mới."))
    # The snapshot knows rows, not names: after a swap the next table would be that of the copy.
    with advisory_locks.in_place(slug) as free:
        if not free:
            raise refuse(slug, 0, _("đang được đổi chỗ (backup swap); chờ xong rồi chạy lại."))
        return _export(slug, folder, progress)


def _export(slug: str, folder: Path, progress: Tell) -> Exported:
    (folder / TABLES).mkdir(parents=True, mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    exported = Exported(folder)
    with province_context(slug) as province:
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")  # enters the province before the snapshot begins
        with transaction.atomic(durable=True):
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            for model in tables():
                exported.rows[model._meta.db_table] = _write_table(model, folder / TABLES)
            progress(_("%(rows)d dòng, %(tables)d bảng") % _counts(exported))
        for copier in _copiers:
            exported.files += copier(folder / FILES)
        progress(_("%(files)d tệp") % _counts(exported))
        _write(folder / GUIDE, guide())
        said = {
            "format": "mot-cua-export",
            "version": VERSION,
            "made_at": clock.now().isoformat(),
            "province": _described(province),
            "migrations": sorted(schema_migrations.of_this_code()),
            "rows": exported.rows,
            "files": exported.files,
            "sums": _sums(folder),
        }
    # Last: a folder without it is no whole export.
    _write(folder / MANIFEST, json.dumps(said, ensure_ascii=False, indent=2) + "\n")
    return exported


def columns(model: type[models.Model]) -> "list[models.Field[Any, Any]]":
    """The columns of a table that are exported, in their order."""
    return list(model._meta.concrete_fields)


def guide() -> str:
    """What every table and column means, from the names that the portal itself uses."""
    record = current_province()
    head = _(
        "# Dữ liệu của %(name)s\n\nXuất từ Một Cửa lúc %(at)s. `tables/` có mỗi bảng hai bản: CSV (UTF-8, mở bằng bảng tính; ô bắt "
        "đầu như công thức có thêm dấu ' ở trước) và JSON (mỗi dòng một đối tượng, đúng nguyên giá trị). `files/` là các tệp, "
        "tên đúng như cột `stored_name` ghi. `manifest.json` ghi số dòng và tổng kiểm SHA-256.\n\n"
        "**Có dữ liệu cá nhân, không mã hóa.** Không có mật khẩu, phiên đăng nhập, mã xác nhận, bí mật của kênh gửi tin.\n"
    )
    names = {"name": record.name, "at": f"{clock.now().astimezone(clock.VIETNAM):%H:%M %d/%m/%Y}"}
    return "\n".join([head % names, *(_about(model) for model in tables())])


def _about(model: type[models.Model]) -> str:
    title = f"## {model._meta.db_table} – {model._meta.verbose_name_plural}"
    lines = [title, "", f"| {_('cột')} | {_('kiểu')} | {_('nghĩa')} |", "|---|---|---|"]
    lines += [_line(one, model) for one in columns(model)]
    return "\n".join([*lines, ""])


def _line(one: "models.Field[Any, Any]", model: type[models.Model]) -> str:
    meaning = [str(one.verbose_name)]
    if one.remote_field:
        meaning.append(f"→ {one.remote_field.model._meta.db_table}")
    if one.choices:
        meaning.append("; ".join(f"{value} = {label}" for value, label in one.flatchoices))
    if one.help_text:
        meaning.append(str(one.help_text))
    if one.attname in _withheld.get(model._meta.label_lower, ()):
        meaning.append(_("để trống khi xuất"))
    text = ". ".join(meaning).replace("|", "\\|").replace("\n", " ")
    return f"| `{one.attname}` | {one.get_internal_type()} | {text} |"


def _write_table(model: type[models.Model], folder: Path) -> int:
    names = [one.attname for one in columns(model)]
    count = 0
    base = folder / model._meta.db_table
    with _private(f"{base}.csv", "utf-8-sig") as as_csv, _private(f"{base}.jsonl", "utf-8") as as_json:
        table = csv.writer(as_csv)
        table.writerow(names)
        for row in _rows(model):
            as_json.write(json.dumps(row, ensure_ascii=False, cls=DjangoJSONEncoder) + "\n")
            table.writerow([_cell(row[name]) for name in names])
            count += 1
    return count


def _rows(model: type[models.Model]) -> Iterator[dict[str, Any]]:
    hidden = _withheld.get(model._meta.label_lower, set())
    rows = model._base_manager.order_by("pk").iterator(chunk_size=ROWS_AT_ONCE)
    for row in rows:
        yield {
            one.attname: "" if one.attname in hidden else getattr(row, one.attname) for one in columns(model)
        }


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA) else value
    return json.dumps(value, ensure_ascii=False, cls=DjangoJSONEncoder).strip('"')


def _described(province: Any) -> dict[str, Any]:
    names = ("slug", "name", "short_name", "agency_code", "merged_codes", "hotline", "brand", "brand_dark")
    more = ("tint", "hours", "demo", "host", "site_verifications", "without_channels")
    return {"uuid": str(province.uuid), **{name: getattr(province, name) for name in (*names, *more)}}


def _sums(folder: Path) -> dict[str, str]:
    found = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        with path.open("rb") as file:
            found[str(path.relative_to(folder))] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def _private(path: str, encoding: str) -> Any:
    return os.fdopen(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding=encoding, newline=""
    )


def _write(path: Path, text: str) -> None:
    with _private(str(path), "utf-8") as file:
        file.write(text)


def _counts(exported: Exported) -> dict[str, int]:
    rows = sum(exported.rows.values())
    return {"rows": rows, "tables": len(exported.rows), "files": exported.files}
