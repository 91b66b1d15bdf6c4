"""Parts of a province as tables that its administrator takes out, edits and brings back.

Each part's own app sets its rules. A file is first tried out in a transaction that is rolled back, so that
its changes are seen before anything is written.
"""

import base64
import binascii
import hashlib
import json
import zlib
from dataclasses import dataclass
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

from dossiers.deadlines import folder as calendar
from dossiers.lifecycle.actions import calendar_change
from procedures.catalogue.folder.tables import PROCEDURES
from tenants import clock
from tenants.audit import log
from tenants.folder.problems import Refused, in_order, refuse
from tenants.folder.readers.spreadsheets import XLSX, as_csv, as_sheets, workbook_as_csv
from tenants.folder.steps import State, StepReport
from tenants.folder.tables import Part
from tenants.isolation.context import current_province
from tenants.operations.onboarding.apply import differences
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
Line = dict[str, Any]
"""A row that differs: `sign`, `key`, `name`, and `changes` as column, before and after."""
_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(slots=True)
class Outcome:
    """Changes of a part by a file, as sign, key, name and values. `seal` identifies them."""

    report: StepReport
    lines: list[Line]
    seal: str
    written: bool = False

    @property
    def groups(self) -> list[dict[str, Any]]:
        """The changes by their sign, of each some lines and how many there are."""
        found = [(sign, name, [line for line in self.lines if line["sign"] == sign]) for sign, name in _SIGNS]
        return [
            {"name": name, "count": len(lines), "lines": lines[:SHOWN], "more": len(lines) - SHOWN}
            for _sign, name, lines in found
            if lines
        ]


def bring(
    part: Part,
    content: bytes,
    *,
    seal: str = "",
    hide_missing: bool = False,
    request: HttpRequest | None = None,
) -> Outcome:
    """Changes that the file makes: written and recorded only where their seal is the one that was shown.

    Without a seal it is a trial. When the province changed in between so that the file would now do something else,
    nothing is written and the outcome says what it would do. Raises Refused with all its problems.
    """
    digest = hashlib.sha256(content).hexdigest()
    with transaction.atomic():
        with connection.cursor() as cursor:
            key = f"exchange:{part.code}:{current_province().uuid}"
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
        with TemporaryDirectory() as directory:
            path = _laid_down(part, content, Path(directory))
            before = part.by_key()
            report = part.apply(path, hide_missing)
        lines = _compared(part, before, part.by_key())
        sealed = [digest, hide_missing, report.changes, lines]
        outcome = Outcome(report, lines, hashlib.sha256(json.dumps(sealed).encode()).hexdigest())
        outcome.written = outcome.seal == seal
        if not outcome.written:
            transaction.set_rollback(True)
        elif report.changes:
            log.record("exchange.import", part.code, request=request, **report.counts, sha256=digest)
    return outcome


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


def _compared(part: Part, before: State, after: State) -> list[Line]:
    """The rows that differ, in their order: what was shown is compared with what is confirmed, maybe elsewhere."""
    changes: dict[str, list[tuple[str, str, str]]] = {}
    for (key, column), values in differences(before, after).items():
        changes.setdefault(key, []).append((column, *values))
    return [
        {
            "sign": HIDDEN if key not in after else CHANGED if key in before else ADDED,
            "key": key,
            "name": (after.get(key) or before[key])[part.name],
            "changes": changed if key in before and key in after else [],
        }
        for key, changed in changes.items()
    ]


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
    content: str | bytes = as_csv(columns, rows) if kind == "csv" else as_sheets([("", columns, rows)])
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
        outcome = bring(part, content, seal=seal, hide_missing=hide, request=request)
    except Refused as refusal:
        context |= {"problems": in_order(refusal.problems), "hide": hide}
        return _page(request, site, "exchange_import.html", status=422, **context)
    context |= {"outcome": outcome, "changes": outcome.report.changes, "hide": hide}
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


def _part(code: str) -> Part:
    part = next((part for part in PARTS if part.code == code), None)
    if part is None:
        raise Http404
    return part


def _refuse_others(request: HttpRequest) -> None:
    if not may_open(request):
        raise PermissionDenied(_("Chỉ quản trị tỉnh được xuất, nhập dữ liệu."))


def _page(
    request: HttpRequest, site: AdminSite, template: str, status: int = 200, **context: Any
) -> HttpResponse:
    return render(request, f"operations/{template}", {**site.each_context(request), **context}, status=status)
