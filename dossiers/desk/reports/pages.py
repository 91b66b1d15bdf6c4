"""The page of the reports, and the same report as a workbook and as PDF."""

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from dossiers.deadlines import wording
from dossiers.desk.reports import query, tables
from dossiers.desk.reports.query import Asked, Kind, Span
from dossiers.desk.reports.table import Row, Table, shown
from dossiers.lifecycle.desk.form_fields import day_field
from dossiers.lifecycle.desk.frame import for_staff, forbid_caching, shell
from dossiers.printing.typst_pool import TypesettingError
from tenants import clock
from tenants.accounts.models import User
from tenants.accounts.requests import acting_user
from tenants.audit import log
from tenants.organisation.staff_site.form_fields import select_field
from tenants.organisation.staff_site.sites import province_site

DEFAULTS = {"loai": Kind.AGENCY.value, "ky": Span.MONTH.value}
EARLIEST = 2000
WRONG_CHOICE = {"invalid_choice": gettext_lazy("Xin chọn một mục trong danh sách.")}


class ReportForm(forms.Form):
    """Which report, of which agency, over which days."""

    def __init__(self, *args: Any, actor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actor = actor
        self.agencies = {agency.code: agency for agency in query.agencies_for(actor).select_related("parent")}
        offered = [(kind.value, kind.label) for kind in query.kinds_for(actor)]
        # What is not offered is refused by who decides, with the reason.
        self.fields["loai"] = select_field(gettext_lazy("Báo cáo"), Kind.choices, error_messages=WRONG_CHOICE)
        self.fields["loai"].widget.choices = offered
        self.fields["co-quan"] = select_field(
            gettext_lazy("Cơ quan"),
            [
                ("", _("Tất cả trong phạm vi của tôi")),
                *((code, f"{agency.name} ({code})") for code, agency in self.agencies.items()),
            ],
            required=False,
            error_messages=WRONG_CHOICE,
        )
        self.fields["ky"] = select_field(gettext_lazy("Kỳ"), Span.choices, error_messages=WRONG_CHOICE)
        self.fields["tu"] = day_field(gettext_lazy("Từ ngày"))
        self.fields["den"] = day_field(gettext_lazy("Đến ngày"))
        for name in ("tu", "den"):
            # Said once, under both.
            self.fields[name].help_text = ""

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if "ky" not in values or self.errors:
            return values
        span, today = Span(values["ky"]), clock.today()
        if span is not Span.DAYS:
            self.days = query.days_of(span, today)
            return values
        for name in ("tu", "den"):
            if values.get(name) is None:
                self.add_error(name, _("Xin nhập ngày."))
        if not self.errors:
            self.days = values["tu"], values["den"]
            self._check_days(*self.days, today)
        return values

    def _check_days(self, first: date, last: date, today: date) -> None:
        if first.year < EARLIEST:
            self.add_error("tu", _("Xin chọn ngày từ năm %(year)s trở đi.") % {"year": EARLIEST})
        elif first > today:
            self.add_error("tu", _("Kỳ này chưa bắt đầu. Xin chọn ngày đầu không sau hôm nay."))
        if last < first:
            self.add_error("den", _("Ngày cuối phải từ ngày đầu trở đi."))
        elif last.year > today.year:
            self.add_error("den", _("Ngày cuối không được sau năm nay."))

    def asked(self) -> Asked:
        """The report that was chosen; raises PermissionDenied as `query.ask` does."""
        values = self.cleaned_data
        agency = self.agencies[values["co-quan"]] if values["co-quan"] else None
        return query.ask(Kind(values["loai"]), *self.days, agency, self.actor)


SHOWN_ROWS = 200
TABLES: dict[Kind, Callable[[Asked, int], Table]] = {
    Kind.AGENCY: tables.by_agency,
    Kind.PERSON: tables.by_person,
    Kind.LATE: tables.late_dossiers,
    Kind.REGISTER: tables.dossier_register,
}
NAMES_CITIZENS = (Kind.LATE, Kind.REGISTER)


def _of_valid_form(
    view: Callable[[HttpRequest, ReportForm, Asked], HttpResponseBase | None],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Give a view the form of its address and the report that it asks for. A faulty form, and one to which the view
    added a fault before it returned None, is shown instead."""

    @for_staff
    @require_safe
    @wraps(view)
    def answer(request: HttpRequest) -> HttpResponseBase:
        form = ReportForm({**DEFAULTS, **request.GET.dict()}, actor=acting_user(request))
        found = view(request, form, form.asked()) if form.is_valid() else None
        return _page(request, form, status=422) if found is None else found

    return answer


@_of_valid_form
def page(request: HttpRequest, form: ReportForm, asked: Asked) -> HttpResponse:
    """A report on the page, its first rows; without a choice: the agencies' of this month."""
    table = TABLES[asked.kind](asked, SHOWN_ROWS)
    rows = [_on_page(table, row) for row in table.rows]
    if asked.kind in NAMES_CITIZENS and rows:
        _record(request, asked, "report.read", rows=len(rows))
    return _page(
        request,
        form,
        {
            "heading": _heading(asked),
            "columns": table.columns,
            "rows": rows,
            "total": _on_page(table, table.total) if table.total else None,
            "notes": table.notes,
            "found": table.found,
            "most": SHOWN_ROWS,
            "query": request.GET.urlencode(),
        },
    )


def register(request: HttpRequest) -> HttpResponse:
    """The report that is the register of form 07, for the menu."""
    return HttpResponseRedirect(f"{reverse('reports')}?loai={Kind.REGISTER.value}")


@_of_valid_form
def as_workbook(request: HttpRequest, form: ReportForm, asked: Asked) -> HttpResponseBase | None:
    """The whole report as a workbook; refused above files.MOST_WORKBOOK_ROWS. Recorded."""
    from dossiers.desk.reports import files  # slow to import: it brings the writer of workbooks

    table = TABLES[asked.kind](asked, files.MOST_WORKBOOK_ROWS)
    if table.found > files.MOST_WORKBOOK_ROWS:
        form.add_error(None, _too_many(table.found, files.MOST_WORKBOOK_ROWS))
        return None
    response, rows = files.workbook(_heading(asked), table, _file_name(asked, "xlsx"))
    _record(request, asked, "report.export", rows=rows, format="xlsx")
    return response


@_of_valid_form
def as_sheet(request: HttpRequest, form: ReportForm, asked: Asked) -> HttpResponseBase | None:
    """The whole report as PDF, in Vietnamese; refused above files.MOST_PDF_ROWS. Recorded."""
    from dossiers.desk.reports import files  # as above

    with translation.override("vi"):
        table = TABLES[asked.kind](asked, files.MOST_PDF_ROWS)
    if table.found > files.MOST_PDF_ROWS:
        advice = _("Hoặc tải tệp Excel, chứa được nhiều dòng hơn.")
        form.add_error(None, f"{_too_many(table.found, files.MOST_PDF_ROWS)} {advice}")
        return None
    try:
        with translation.override("vi"):
            made = files.write_pdf(asked, _heading(asked), table)
    except TypesettingError:
        form.add_error(
            None, _("Chưa dựng được tệp PDF. Xin chọn khoảng ngắn hơn, hoặc báo quản trị nếu vẫn không được.")
        )
        return None
    _record(request, asked, "report.export", rows=table.found, format="pdf")
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{_file_name(asked, "pdf")}"'
    return forbid_caching(response)


def _page(
    request: HttpRequest, form: ReportForm, report: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    context = {"title": _("Báo cáo"), "form": form, "report": report, **shell(request)}
    return forbid_caching(render(request, "desk/report.html", context, status=status))


def _on_page(table: Table, row: Row) -> list[tuple[str, str, Any]]:
    """Text, link and column of each cell."""
    return [
        (shown(cell), row.links.get(place, ""), column)
        for place, (cell, column) in enumerate(zip(row.cells, table.columns, strict=True))
    ]


def _heading(asked: Asked) -> tuple[str, str, str]:
    """Title; agency and days; who made it when."""
    agency = asked.agency.name if asked.agency else _("Tất cả trong phạm vi của người lập")
    days = {"first": f"{asked.first:%d/%m/%Y}", "last": f"{asked.last:%d/%m/%Y}", "agency": agency}
    made = {"when": wording.full(clock.now()), "who": asked.actor.get_full_name()}
    return (
        str(asked.kind.label),
        _("%(agency)s. Từ ngày %(first)s đến ngày %(last)s.") % days,
        _("Lập lúc %(when)s. Người lập: %(who)s.") % made,
    )


def _too_many(found: int, most: int) -> str:
    numbers = {"found": shown(found), "most": shown(most)}
    return (
        _(
            "Báo cáo này có %(found)s dòng, một tệp chứa được %(most)s. Xin chọn kỳ ngắn hơn, hoặc một cơ quan."
        )
        % numbers
    )


def _record(request: HttpRequest, asked: Asked, action: str, **detail: Any) -> None:
    log.record(
        action,
        request=request,
        report=asked.kind.value,
        first=asked.first.isoformat(),
        last=asked.last.isoformat(),
        agency=asked.agency.code if asked.agency else "",
        **detail,
    )


def _file_name(asked: Asked, ending: str) -> str:
    return f"bao-cao-{asked.kind.value}-{asked.first:%Y%m%d}-{asked.last:%Y%m%d}.{ending}"


_guarded = province_site.admin_view

urlpatterns = [
    path("", _guarded(page), name="reports"),
    path("bao-cao.xlsx", _guarded(as_workbook), name="report-workbook"),
    path("bao-cao.pdf", _guarded(as_sheet), name="report-sheet"),
]
