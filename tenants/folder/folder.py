"""The folder `provinces/<slug>/` as the steps read it, and as it is written from what stands in a province."""

import io
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import yaml
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django_tenants.utils import schema_exists
from pydantic import BaseModel

from tenants.folder.file_schema import load
from tenants.folder.manifest import FILE, Manifest, read_manifest
from tenants.folder.problems import ValidationProblem, refuse
from tenants.folder.readers.csv_reader import Table, TableRow, read_table
from tenants.folder.readers.spreadsheets import write_csv
from tenants.folder.readers.text_reader import read_text
from tenants.folder.readers.yaml_reader import Document, document_to_check, read_document
from tenants.isolation import province_cache
from tenants.isolation.models import RESERVED_SLUGS, Province, slug_shape
from tenants.isolation.province_cache import ProvinceRecord
from tenants.validation import shown


@dataclass(frozen=True)
class Folder:
    """A province's folder whose manifest has been read. All readers raise Refused with file and line."""

    slug: str
    path: Path
    manifest: Manifest
    problems: tuple[ValidationProblem, ...]
    """What is wrong with the manifest."""
    kept: frozenset[tuple[str, str]] = frozenset()
    """Things and fields that were changed by hand and are to stay so, of the step that gets the folder."""
    manifest_document: Document = field(default_factory=lambda: Document(FILE, {}, {}))

    def keeps(self, thing: str, *fields: str) -> bool:
        """Whether one of these fields of a thing, or anything of it when none is named, is to stay as it is."""
        return any(one == thing and (not fields or name in fields) for one, name in self.kept)

    def has(self, file: str) -> bool:
        return (self.path / file).exists()

    def text(self, file: str) -> str:
        return read_text(self.path / file, file)

    def files_in(self, directory: str, ending: str) -> tuple[str, ...]:
        """The files of a directory inside the folder that end so, such as `workflows/one.yaml`, by name."""
        found = sorted((self.path / directory).glob(f"*{ending}"))
        return tuple(f"{directory}/{path.name}" for path in found if not path.name.startswith("."))

    def document(self, file: str) -> Document:
        return read_document(self.path / file, file)

    def document_to_check(self, file: str) -> tuple[Document, list[ValidationProblem]]:
        """The same, with all faults instead of the first: see `yaml_reader.document_to_check`."""
        return document_to_check(self.path / file, file)

    def content[Model: BaseModel](
        self, file: str, model: type[Model], instead: Mapping[str, Any] | None = None
    ) -> tuple[Document, Model | None, list[ValidationProblem]]:
        """An optional YAML file as a model, like `file_schema.load`; None, without a problem, where there is none."""
        if not self.has(file):
            return Document(file, {}, {}), None, []
        document = self.document(file)
        return document, *load(model, document, instead=instead)

    def table[Row: TableRow](self, file: str, model: type[Row], *, key: tuple[str, ...] = ()) -> Table[Row]:
        return read_table(self.path / file, model, key=key)


def open_folder(slug: str) -> Folder:
    """The folder of a slug under `settings.PROVINCES_DIR`.

    Raises Refused for an impossible slug, a missing folder and an unreadable manifest. Faults of a readable
    manifest are in `problems`.
    """
    refuse_bad_slug(slug)
    path = settings.PROVINCES_DIR / slug
    if not path.is_dir():
        known = ", ".join(slugs_with_folder()) or _("chưa có")
        text = _("không có thư mục này trong provinces/. Các thư mục: %(known)s.") % {"known": known}
        raise refuse(slug, 0, text)
    document, before = document_to_check(path / FILE)
    manifest, problems = read_manifest(document, slug)
    return Folder(slug, path, manifest, (*before, *problems), manifest_document=document)


def refuse_bad_slug(slug: str) -> None:
    """Raise Refused for a slug that cannot be a province's: its shape, or a reserved name."""
    try:
        slug_shape(slug)
    except ValidationError as error:
        raise refuse(shown(slug) or "–", 0, str(error.message)) from error
    if slug in RESERVED_SLUGS:
        raise refuse(slug, 0, _("tên gọi tắt này dành cho hệ thống; hãy chọn tên khác."))


def slugs_with_folder() -> list[str]:
    if not settings.PROVINCES_DIR.is_dir():
        return []
    return sorted(path.parent.name for path in settings.PROVINCES_DIR.glob(f"*/{FILE}"))


def reports_folder(slug: str) -> Path:
    """The folder of a province's reports: with the data of this machine, not in the province's folder."""
    return Path(settings.DATA_DIR) / "reports" / slug


def open_private(path: Path, mode: str = "w", **options: Any) -> IO[Any]:
    """A new file that only this account of the machine can read, open for writing. Raises OSError."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), mode, **options)


class Draft:
    """Files by name, with what could not be written in any."""

    def __init__(self, slug: str) -> None:
        self.slug = slug
        self.files: dict[str, str | bytes] = {}
        self.notes: list[str] = []

    def table(
        self,
        file: str,
        columns: Sequence[str],
        rows: Iterable[Mapping[str, str]],
        note: str = "",
        *,
        empty: bool = False,
    ) -> None:
        """A CSV file under a comment; without rows only if it may be `empty`. No cell runs as a formula."""
        stream = io.StringIO()
        if write_csv(stream, columns, rows) or empty:
            self.files[file] = _comment(note) + stream.getvalue()

    def document(self, file: str, data: Mapping[str, Any], note: str) -> None:
        """A YAML file under a comment, every text in quotes where YAML could take it for something else."""
        # As our reader reads it: block style, in its own order, Vietnamese unescaped, no aliases.
        options: dict[str, Any] = {"allow_unicode": True, "sort_keys": False, "default_flow_style": None}
        self.files[file] = _comment(note) + yaml.dump(data, Dumper=_Dumper, width=110, **options)


def _comment(note: str) -> str:
    return "".join(f"# {line}\n" for line in note.splitlines())


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def unfinished_words() -> str:
    """Notice about a province that is still being imported or restored, and the way out."""
    return _(
        "tỉnh chưa dựng xong: chạy lại province import, hoặc backup restore rồi backup swap; muốn thôi thì province discard."
    )


def missing_parts(record: ProvinceRecord) -> str:
    """Why nothing can be read in this province, and what leads out; "" where all of it is there."""
    if not record.is_whole:
        return unfinished_words()
    if schema_exists(record.slug):
        return ""
    if record.state == Province.State.DRAFT:
        return _("tỉnh chưa có lược đồ; chạy province apply.")
    return _("lược đồ của tỉnh không còn; phục hồi bằng backup restore.")


def require_whole(slug: str) -> ProvinceRecord:
    """The province of this slug. Raises Refused where it is not whole; UnknownProvince."""
    refuse_bad_slug(slug)
    record = province_cache.by_slug(slug)
    if text := missing_parts(record):
        raise refuse(slug, 0, text)
    return record


def whole_slugs() -> list[str]:
    """The provinces of this installation that can be worked in, by name."""
    return [record.slug for record in province_cache.all_records() if record.is_whole]


def refuse_at_rest(province: Province) -> None:
    """Raise Refused for a province to which no folder is applied: one that is not whole yet, or was archived."""
    if province.state == Province.State.UNFINISHED:
        raise refuse(province.slug, 0, unfinished_words())
    if province.state == Province.State.ARCHIVED:
        text = _("tỉnh đã lưu trữ, không áp dụng được; muốn dùng lại thì province offboard --withdraw trước.")
        raise refuse(province.slug, 0, text)
