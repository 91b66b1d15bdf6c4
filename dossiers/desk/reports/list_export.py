"""The list of dossiers at an address as a workbook: the rows and columns that its reader sees there. Recorded."""

from collections.abc import Iterator

from django.contrib import messages
from django.db import DataError, transaction
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from dossiers.deadlines import wording
from dossiers.desk.reports.table import Cell, Column, Row, Table, day, shown
from dossiers.desk.worklist.change_list import DossierList, listed
from dossiers.desk.worklist.filters import NAMES, VIEW
from dossiers.desk.worklist.row import deadline_text
from dossiers.lifecycle.models import Dossier
from tenants import clock
from tenants.accounts.requests import acting_user
from tenants.audit import log

MOST_ROWS = 5_000
COLUMNS = (
    Column(gettext_lazy("Mã hồ sơ"), "code", 24),
    Column(gettext_lazy("Thủ tục"), width=44),
    Column(gettext_lazy("Chủ hồ sơ (dữ liệu cá nhân)"), width=28),
    Column(gettext_lazy("Trạng thái"), width=20),
    Column(gettext_lazy("Tiếp nhận"), "day", 12),
    Column(gettext_lazy("Hẹn trả"), "day", 12),
    Column(gettext_lazy("Còn bao lâu"), width=24),
    Column(gettext_lazy("Đang ở"), width=36),
    Column(gettext_lazy("Người xử lý"), width=26),
)
NOTES = (
    gettext_lazy("Các dòng và các cột đúng như danh sách hồ sơ mà người lập xem được lúc lập."),
    gettext_lazy(
        "Tệp có dữ liệu cá nhân (họ tên chủ hồ sơ): chỉ dùng cho công việc, không chuyển cho người ngoài, xóa khi "
        "dùng xong. Mỗi lần xuất được ghi vào nhật ký."
    ),
)


@require_safe
def page(request: HttpRequest) -> HttpResponseBase:
    """The workbook, at the same parameters as the list; back to the list above MOST_ROWS, and where its address
    cannot be read."""
    try:
        with transaction.atomic():
            found = listed(request)
            number = found.order_by()[: MOST_ROWS + 1].count()
            if number > MOST_ROWS:
                return _back(
                    request,
                    _(
                        "Danh sách này có hơn %(most)s hồ sơ, một tệp chứa được %(most)s. Xin lọc hẹp hơn rồi xuất lại."
                    )
                    % {"most": shown(MOST_ROWS)},
                )
            return _workbook(request, list(found.select_related(*DossierList.list_select_related)))
    except (DataError, OverflowError, ValueError):
        return _back(request, _("Điều kiện lọc trong địa chỉ không đọc được. Chưa xuất được tệp."))


def _workbook(request: HttpRequest, dossiers: list[Dossier]) -> HttpResponseBase:
    from dossiers.desk.reports import files  # slow to import: it brings the writer of workbooks

    table = Table(COLUMNS, _rows(dossiers), len(dossiers), notes=NOTES)
    response, rows = files.workbook(_heading(request), table, f"ho-so-{clock.today():%Y%m%d}.xlsx")
    # What was searched for may be a name: only that there was a search is kept.
    log.record(
        "dossier.export",
        request=request,
        rows=rows,
        view=request.GET.get(VIEW, "") if request.GET.get(VIEW, "") in NAMES else "",
        searched=bool(request.GET.get("q", "").strip()),
    )
    return response


def _rows(dossiers: list[Dossier]) -> Iterator[Row]:
    for one in dossiers:
        cells: tuple[Cell, ...] = (
            one.code,
            one.procedure.short_name,
            one.owner.name,
            str(_(one.status_enum.short)),
            day(one.received_at),
            day(one.due_at),
            str(deadline_text(one).words),
            one.holding_agency.name,
            one.assignee.get_full_name() if one.assignee else "",
        )
        yield Row(cells)


def _heading(request: HttpRequest) -> tuple[str, str, str]:
    """Title; view; who made it when."""
    view = str(NAMES.get(request.GET.get(VIEW, ""), NAMES[""]))
    made = {"when": wording.full(clock.now()), "who": acting_user(request).get_full_name()}
    return (
        _("Danh sách hồ sơ: %(view)s") % {"view": view},
        _("Có dữ liệu cá nhân: chỉ dùng cho công việc."),
        _("Lập lúc %(when)s. Người lập: %(who)s.") % made,
    )


def _back(request: HttpRequest, why: str) -> HttpResponseRedirect:
    messages.error(request, why)
    kept = request.GET.urlencode()
    return HttpResponseRedirect(reverse("admin:dossiers_dossier_changelist") + (f"?{kept}" if kept else ""))
