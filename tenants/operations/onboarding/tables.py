"""Parts of a province as tables that its administrator takes out, edits and brings back.

Each part's own app sets its rules. A file is first tried out in a transaction that is rolled back, so that
its changes are seen before anything is written.
"""

import base64
import binascii
import hashlib
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from dossiers.deadlines.folder import calendar
from dossiers.lifecycle.actions import calendar_change
from procedures.catalogue.folder.tables import PROCEDURES
from tenants import clock
from tenants.audit import log
from tenants.folder.problems import Refused, in_order, refuse
from tenants.folder.readers.spreadsheets import XLSX, as_csv, as_workbook, workbook_as_csv
from tenants.folder.steps import State, StepReport
from tenants.folder.tables import Part
from tenants.isolation.context import current_province
from tenants.isolation.rehearsal import rolled_back
from tenants.operations.onboarding.dry_run import differences
from tenants.organisation.folder import agencies, staff
from tenants.organisation.rights import is_administrator
from tenants.text import tidy

PARTS = (agencies.TABLE, staff.TABLE, calendar.make_part(calendar_change.effect_of), PROCEDURES)
"""In the order in which one brings them in."""
MOST_BYTES = 8 * 1024 * 1024
ADDED, CHANGED, HIDDEN = "+", "~", "-"
SHOWN = 200
# What is carried from the trial to the confirmation travels in a form, whose size is bounded.
MOST_CARRIED = 1_500_000
_SIGNS = ((ADDED, gettext_lazy("Thêm")), (CHANGED, gettext_lazy("Đổi")), (HIDDEN, gettext_lazy("Ẩn hoặc bỏ")))
_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One row that differs: `changes` are column, before and after."""

    sign: str
    key: str
    name: str
    changes: tuple[tuple[str, str, str], ...] = ()


@dataclass(slots=True)
class Outcome:
    """Changes of a part by a file. `seal` identifies them: only changes that were seen are carried out."""

    report: StepReport
    lines: list[Line] = field(default_factory=list)
    seal: str = ""
    written: bool = False

    def of(self, sign: str) -> list[Line]:
        return [line for line in self.lines if line.sign == sign]


def try_out(part: Part, content: bytes, *, hide_missing: bool = False) -> Outcome:
    """Changes that the file would make. Writes nothing. Raises Refused with all its problems."""
    with rolled_back():
        return _run(part, content, hide_missing)


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


def _run(part: Part, content: bytes, hide_missing: bool) -> Outcome:
    with connection.cursor() as cursor:
        key = f"exchange:{part.code}:{current_province().uuid}"
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
    with TemporaryDirectory() as directory:
        path = _laid_down(part, content, Path(directory))
        before = part.by_key()
        report = part.apply(path, hide_missing)
    lines = list(_compared(part, before, part.by_key()))
    sealed = [
        hashlib.sha256(content).hexdigest(),
        hide_missing,
        report.changes,
        [[one.sign, one.key, one.changes] for one in lines],
    ]
    seal = hashlib.sha256(json.dumps(sealed).encode()).hexdigest()
    return Outcome(report, lines, seal)


def _laid_down(part: Part, content: bytes, directory: Path) -> Path:
    """The file as the part reads it: a workbook with our own heading as CSV."""
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


def _compared(part: Part, before: State, after: State) -> Iterator[Line]:
    """The rows that differ, in their order: what was shown is compared with what is confirmed, maybe elsewhere."""
    changes: dict[str, list[tuple[str, str, str]]] = {}
    for (key, column), values in differences(before, after).items():
        changes.setdefault(key, []).append((column, *values))
    for key, changed in changes.items():
        both = key in before and key in after
        sign = CHANGED if both else HIDDEN if key in before else ADDED
        yield Line(sign, key, (after.get(key) or before[key])[part.name], tuple(changed) if both else ())


def may_open(request: HttpRequest) -> bool:
    """Whether these pages are for this person: an administrator of the province."""
    return is_administrator(request.user)


@never_cache
@require_safe
def overview(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """All parts, each with its export and the way to its import."""
    _refuse_others(request)
    return _page(request, site, "exchange_list.html", title=_("Xuất, nhập dữ liệu"), parts=PARTS)


@never_cache
@require_safe
def export(request: HttpRequest, site: AdminSite, code: str, kind: str) -> HttpResponse:
    """The part as a file for a spreadsheet, in which no cell is a formula. Recorded."""
    _refuse_others(request)
    part = _part(code)
    if kind not in _TYPES:
        raise Http404
    columns, rows = tuple(part.columns), list(part.rows())
    content: str | bytes = as_csv(columns, rows) if kind == "csv" else as_workbook(columns, rows)
    log.record("exchange.export", part.code, request=request, rows=len(rows), kind=kind)
    day = clock.today().isoformat()
    name = f"{slugify(current_province().slug)}-{part.code}-{day}.{kind}"
    return HttpResponse(
        content,
        content_type=_TYPES[kind],
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def bring_in(request: HttpRequest, site: AdminSite, code: str) -> HttpResponse:
    """Ask for a file; show what it would do, or all that is wrong with it; do it when that is confirmed."""
    _refuse_others(request)
    part = _part(code)
    context: dict[str, Any] = {
        "part": part,
        "title": _("Nhập: %(part)s") % {"part": part.title},
        "kinds": list(_TYPES),
    }
    if request.method != "POST":
        return _page(request, site, "exchange_import.html", **context)
    hide = part.may_hide and request.POST.get("hide") == "1"
    seal = request.POST.get("seal", "")
    try:
        content = _content(request, part)
        outcome = (
            carry_out(part, content, seal=seal, hide_missing=hide, request=request)
            if seal
            else try_out(part, content, hide_missing=hide)
        )
    except Refused as refusal:
        context |= {"problems": in_order(refusal.problems), "hide": hide}
        return _page(request, site, "exchange_import.html", status=422, **context)
    context |= {
        "outcome": outcome,
        "groups": _groups(outcome),
        "changes": outcome.report.changes,
        "hide": hide,
    }
    if not outcome.written:
        context |= {"carried": _packed(content), "moved_on": bool(seal)}
    return _page(request, site, "exchange_outcome.html", **context)


def _content(request: HttpRequest, part: Part) -> bytes:
    upload = request.FILES.get("file")
    if upload is None and "carried" in request.POST:
        return _unpacked(request.POST["carried"], part)
    if upload is None:
        raise refuse(part.file, 0, _("xin chọn tệp."))
    content: bytes = upload.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES or len(_packed(content)) > MOST_CARRIED:
        text = _("tệp quá lớn để nhập ở trang này; nhờ đơn vị vận hành nhập bằng lệnh.")
        raise refuse(part.file, 0, text)
    return content


def _packed(content: bytes) -> str:
    return base64.b64encode(zlib.compress(content)).decode("ascii")


def _unpacked(text: str, part: Part) -> bytes:
    try:
        return zlib.decompressobj().decompress(base64.b64decode(text, validate=True), MOST_BYTES)
    except (binascii.Error, zlib.error, ValueError) as error:
        raise refuse(part.file, 0, _("không đọc lại được tệp đã xem thử; xin chọn lại tệp.")) from error


def _groups(outcome: Outcome) -> list[dict[str, Any]]:
    found = [(sign, name, outcome.of(sign)) for sign, name in _SIGNS]
    return [
        {"sign": sign, "name": name, "count": len(lines), "lines": lines[:SHOWN], "more": len(lines) - SHOWN}
        for sign, name, lines in found
        if lines
    ]


def _part(code: str) -> Part:
    for part in PARTS:
        if part.code == code:
            return part
    raise Http404


def _refuse_others(request: HttpRequest) -> None:
    if not may_open(request):
        raise PermissionDenied(_("Chỉ quản trị tỉnh được xuất, nhập dữ liệu."))


def _page(
    request: HttpRequest, site: AdminSite, template: str, status: int = 200, **context: Any
) -> HttpResponse:
    return render(request, f"operations/{template}", {**site.each_context(request), **context}, status=status)
