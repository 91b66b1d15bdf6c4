"""Parts of a province as tables that its administrator takes out, edits and brings back.

What a file may say and what it does is the rule of the room that registers a part; here a file is first tried out
in a transaction that is rolled back, so that everybody sees what it would do before anything is written.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from tenants.audit import log
from tenants.folder.folder import Folder
from tenants.folder.manifest import FILE, FormerProvince, Manifest
from tenants.folder.problems import refuse
from tenants.folder.spreadsheets import XLSX, workbook_as_csv
from tenants.folder.steps import StepReport
from tenants.folder.yaml_reader import Document
from tenants.isolation.context import current_province
from tenants.text.cleaning import tidy

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

MOST_BYTES = 8 * 1024 * 1024
ADDED, CHANGED, HIDDEN = "+", "~", "-"
Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Part:
    """A table of the province.

    `file` is the name under which `apply` expects the CSV file; `apply(path, hide_missing)` writes it into the
    present province, all or nothing, and raises Refused for a faulty one; applied again it reports 0 changes.
    `rows()` are what an export holds, and what a file is compared with: `key` names a row, `name` is the column
    that people know it by. `columns` say what each column means. With `takes_others` also files of other kinds
    are handed to `apply` as they are; with `may_hide` rows that the file lacks can be hidden.
    """

    code: str
    title: "StrOrPromise"
    explained: "StrOrPromise"
    file: str
    key: tuple[str, ...]
    name: str
    columns: Mapping[str, "StrOrPromise"]
    rows: Callable[[], Iterable[Row]]
    apply: Callable[[Path, bool], StepReport]
    order: int
    takes_others: bool = False
    may_hide: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One row that differs: `changes` are column, before and after."""

    sign: str
    key: str
    name: str
    changes: tuple[tuple[str, str, str], ...] = ()


@dataclass(slots=True)
class Outcome:
    """What a file does to a part, or did. `seal` stands for it: carry out what was seen, or nothing."""

    report: StepReport
    lines: list[Line] = field(default_factory=list)
    seal: str = ""
    written: bool = False

    def of(self, sign: str) -> list[Line]:
        return [line for line in self.lines if line.sign == sign]


_parts: dict[str, Part] = {}


def register(part: Part) -> None:
    """Add a part; called in `AppConfig.ready()`. Raises ValueError when another one has its code."""
    if _parts.setdefault(part.code, part) != part:
        raise ValueError(f"part {part.code!r} is registered twice")


def parts() -> list[Part]:
    """All parts in the order in which one brings them in."""
    return sorted(_parts.values(), key=lambda part: (part.order, part.code))


def try_out(part: Part, content: bytes, *, hide_missing: bool = False) -> Outcome:
    """What the file would do. Writes nothing. Raises Refused with everything that is wrong with it."""
    with transaction.atomic():
        outcome = _run(part, content, hide_missing)
        transaction.set_rollback(True)
    return outcome


def carry_out(
    part: Part, content: bytes, *, seal: str, hide_missing: bool = False, request: HttpRequest
) -> Outcome:
    """Do what `try_out` showed, in one transaction, and record it.

    When the province changed in between so that the file would now do something else, nothing is written and the
    outcome says what it would do. Raises Refused.
    """
    with transaction.atomic():
        outcome = _run(part, content, hide_missing)
        if outcome.seal != seal:
            transaction.set_rollback(True)
            return outcome
        report = outcome.report
        if report.changes:
            log.record(
                "exchange.import",
                part.code,
                request=request,
                added=report.added,
                changed=report.changed,
                hidden=report.hidden,
                sha256=hashlib.sha256(content).hexdigest(),
            )
    outcome.written = True
    return outcome


def present_folder(path: Path) -> Folder:
    """A folder with files of the present province, whose manifest is the province itself."""
    province = current_province()
    manifest = Manifest(
        slug=province.slug,
        name=province.name,
        short_name=province.short_name,
        agency_code=province.agency_code,
        merged_from=tuple(FormerProvince(code, "") for code in province.merged_codes),
        hosts=(province.host,),
        hotline=province.hotline,
        hours=province.hours,
        brand=province.brand,
        brand_dark=province.brand_dark,
        tint=province.tint,
        demo=province.demo,
        site_verifications=province.site_verifications,
        without_channels=province.without_channels,
        state=province.state,
        document=Document(FILE, {}, {}),
    )
    return Folder(province.slug, path, manifest, ())


def _run(part: Part, content: bytes, hide_missing: bool) -> Outcome:
    with connection.cursor() as cursor:
        key = f"exchange:{part.code}:{current_province().uuid}"
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
    with TemporaryDirectory() as directory:
        path = _laid_down(part, content, Path(directory))
        before = _by_key(part)
        report = part.apply(path, hide_missing)
    lines = list(_compared(part, before, _by_key(part)))
    sealed = [
        hashlib.sha256(content).hexdigest(),
        hide_missing,
        report.changes,
        [[one.sign, one.key, one.changes] for one in lines],
    ]
    seal = hashlib.sha256(json.dumps(sealed).encode()).hexdigest()
    return Outcome(report, lines, seal)


def _laid_down(part: Part, content: bytes, directory: Path) -> Path:
    """The file as the part's room reads it: a workbook with our own heading as CSV."""
    path = directory / part.file
    if not content.strip():
        raise refuse(part.file, 0, _("tệp trống."))
    path.write_bytes(content)
    if content.startswith(XLSX):
        workbook = directory / f"{path.stem}.xlsx"
        path.rename(workbook)
        text = workbook_as_csv(workbook)
        heading = {tidy(cell).lower() for cell in text.partition("\n")[0].split(",")}
        if part.takes_others and not heading & set(part.columns):
            return workbook
        path.write_text(text, encoding="utf-8")
    return path


def _by_key(part: Part) -> dict[str, Row]:
    return {" · ".join(row[column] for column in part.key): row for row in part.rows()}


def _compared(part: Part, before: Mapping[str, Row], after: Mapping[str, Row]) -> Iterator[Line]:
    for key, row in after.items():
        old = before.get(key)
        if old is None:
            yield Line(ADDED, key, row[part.name])
        elif old != row:
            changes = ((name, old[name], row[name]) for name in part.columns if old[name] != row[name])
            yield Line(CHANGED, key, row[part.name], tuple(changes))
    # In the order of the rows: what was shown is compared with what is confirmed, maybe by another process.
    for key, row in before.items():
        if key not in after:
            yield Line(HIDDEN, key, row[part.name])
