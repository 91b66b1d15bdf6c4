"""Taking tables of the province out and bringing them back, for its administrator: export, try out, confirm."""

import base64
import binascii
import zlib
from typing import Any

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tenants import clock
from tenants.audit import log
from tenants.folder.problems import Refused, in_order, refuse
from tenants.folder.spreadsheets import as_csv, as_workbook
from tenants.isolation.context import current_province
from tenants.organisation.rights import is_administrator
from tenants.table_exchange import exchange
from tenants.table_exchange.exchange import ADDED, CHANGED, HIDDEN, MOST_BYTES, Outcome, Part

SHOWN = 200
# What is carried from the trial to the confirmation travels in a form, whose size is bounded.
MOST_CARRIED = 1_500_000
_SIGNS = ((ADDED, gettext_lazy("Thêm")), (CHANGED, gettext_lazy("Đổi")), (HIDDEN, gettext_lazy("Ẩn hoặc bỏ")))
CSV, XLSX = "csv", "xlsx"
_TYPES = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def may_open(request: HttpRequest) -> bool:
    """Whether these pages are for this person: who administers the province."""
    return is_administrator(request.user)


@never_cache
@require_safe
def overview(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """All parts, each with its export and the way to its import."""
    _refuse_others(request)
    return _page(request, site, "exchange_list.html", title=_("Xuất, nhập dữ liệu"), parts=exchange.parts())


@never_cache
@require_safe
def export(request: HttpRequest, site: AdminSite, code: str, kind: str) -> HttpResponse:
    """The part as a file for a spreadsheet, in which no cell is a formula. Recorded."""
    _refuse_others(request)
    part = _part(code)
    if kind not in _TYPES:
        raise Http404
    columns, rows = tuple(part.columns), list(part.rows())
    content: str | bytes = as_csv(columns, rows) if kind == CSV else as_workbook(columns, rows)
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
        "kinds": [CSV, XLSX],
    }
    if request.method != "POST":
        return _page(request, site, "exchange_import.html", **context)
    hide = part.may_hide and request.POST.get("hide") == "1"
    seal = request.POST.get("seal", "")
    try:
        content = _content(request, part)
        outcome = (
            exchange.carry_out(part, content, seal=seal, hide_missing=hide, request=request)
            if seal
            else exchange.try_out(part, content, hide_missing=hide)
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
    for part in exchange.parts():
        if part.code == code:
            return part
    raise Http404


def _refuse_others(request: HttpRequest) -> None:
    if not may_open(request):
        raise PermissionDenied(_("Chỉ quản trị tỉnh được xuất, nhập dữ liệu."))


def _page(
    request: HttpRequest, site: AdminSite, template: str, status: int = 200, **context: Any
) -> HttpResponse:
    return render(request, f"onboarding/{template}", {**site.each_context(request), **context}, status=status)
