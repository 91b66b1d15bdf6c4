"""The report for machines: JSON by the schema beside this file, and one table as CSV.

Names of fields and columns are promises (docs/tich-hop/so-lieu-mo.md): they are never translated, and change
only with `VERSION`. Numbers are those of the page. Null, or an empty cell, is a value not published because
there are too few dossiers, and what has nothing to divide by.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils import translation

from dossiers.statistics.transparency.disclosure_control import FEWEST, PublishedGroup
from dossiers.statistics.transparency.report import DIMENSIONS, Report, Span
from procedures.catalogue.formats.terms import term_text
from tenants import clock
from tenants.folder.readers import spreadsheets
from tenants.isolation.province_cache import ProvinceRecord

VERSION = 1
SCHEMA = Path(__file__).with_name("minh-bach.schema.json")

LICENCE = {
    "name": "CC BY 4.0",
    "url": "https://creativecommons.org/licenses/by/4.0/",
    "text": "Được dùng lại tự do nếu ghi nguồn và thời điểm của số liệu.",
}
METHOD = (
    "Tỷ lệ đúng hạn = số hồ sơ không trễ hẹn / số hồ sơ của kỳ có thời hạn × 100 %, theo chỉ số 2.1 của Bộ chỉ số "
    "ban hành kèm Quyết định 766/QĐ-TTg."
)

# Field, heading in the table.
COUNTED = (
    ("total", "Hồ sơ của kỳ"),
    ("opening", "Kỳ trước chuyển sang"),
    ("received", "Tiếp nhận trong kỳ"),
    ("reopened", "Mở lại trong kỳ"),
    ("with_term", "Có thời hạn"),
    ("without_term", "Không quy định thời hạn"),
    ("on_time", "Không trễ hẹn"),
    ("late", "Trễ hẹn"),
    ("settled", "Đã xử lý"),
    ("settled_before", "Xong trước hạn"),
    ("settled_on_time", "Xong đúng hạn"),
    ("settled_late", "Xong trễ hạn"),
    ("settled_without_term", "Xong, không quy định thời hạn"),
    ("open", "Đang xử lý"),
    ("open_in_term", "Đang xử lý, trong hạn"),
    ("open_due_soon", "Trong đó sắp đến hạn"),
    ("open_late", "Đang xử lý, quá hạn"),
    ("open_without_term", "Đang xử lý, không quy định thời hạn"),
    ("paused", "Tạm dừng"),
    ("not_accepted", "Không tiếp nhận"),
    ("withdrawn", "Rút"),
    ("stopped", "Dừng xử lý"),
    ("online", "Nộp trực tuyến"),
)
MEASURED = (
    ("on_time_rate", "Tỷ lệ đúng hạn (%)"),
    ("online_share", "Tỷ lệ trực tuyến (%)"),
    ("mean_days", "Số ngày làm việc trung bình"),
    ("median_days", "Số ngày làm việc trung vị"),
    ("ninetieth_days", "Số ngày làm việc mức 90 %"),
)
COLUMNS = (
    *("Tỉnh", "Kỳ", "Từ ngày", "Đến ngày", "Tính đến", "Theo", "Mã", "Tên", "Quá ít hồ sơ"),
    *(heading for _, heading in (*COUNTED, *MEASURED)),
    *("Thời hạn quy định", "Giấy phép"),
)
WHOLE = "toàn tỉnh"
BY = {"agency": "cơ quan", "sector": "lĩnh vực", "procedure": "thủ tục", "channel": "hình thức nộp"}


def as_json(report: Report, province: ProvinceRecord, schema_url: str) -> dict[str, Any]:
    return {
        "$schema": schema_url,
        "version": VERSION,
        "province": {"code": province.agency_code, "name": province.name},
        "demo": province.demo,
        "licence": LICENCE,
        "method": METHOD,
        "fewest": FEWEST,
        "period": _span(report.chosen),
        "before": _span(report.before) if report.before else None,
        "months": [_span(month) for month in report.months],
        "now": _span(report.now) if report.now else None,
        "by": {
            name: [_group(report, name, group) for group in report.by.get(name, ())] for name in DIMENSIONS
        },
        "periods": [period.key for period in report.periods],
    }


def one_period(report: Report, by: str) -> dict[str, Any]:
    """The chosen period alone, as a whole and by one of `DIMENSIONS` ("": by none), for programs that ask
    for one thing at a time."""
    return {
        **_span(report.chosen),
        "fewest": FEWEST,
        "by": by or None,
        "groups": [_group(report, by, group) for group in report.by.get(by, ())],
        "periods": [period.key for period in report.periods],
    }


def as_csv(report: Report, province: ProvinceRecord) -> str:
    """The chosen period as a whole and by every dimension, then each of the months: one row each.

    UTF-8 with a byte order mark, so that spreadsheets read the letters; no cell can start a formula.
    """
    with translation.override("vi"):
        rows = [
            {column: "" if cell is None else str(cell) for column, cell in row.items()}
            for row in _rows(report, province)
        ]
    return spreadsheets.as_csv(COLUMNS, rows)


def _rows(report: Report, province: ProvinceRecord) -> Iterator[dict[str, Any]]:
    yield _row(report.chosen, province, WHOLE, report.chosen.whole)
    for name in DIMENSIONS:
        for group in report.by.get(name, ()):
            row = _row(report.chosen, province, BY[name], group)
            if name == "procedure" and group.key in report.terms:
                term = report.terms[group.key]
                row["Thời hạn quy định"] = term_text(term.value, term.unit)
            yield row
    for month in report.months:
        if month.period != report.chosen.period:
            yield _row(month, province, WHOLE, month.whole)


def _row(span: Span, province: ProvinceRecord, by: str, group: PublishedGroup) -> dict[str, Any]:
    numbers = _numbers(group)
    return {
        "Tỉnh": province.name,
        "Kỳ": span.period.key,
        "Từ ngày": span.period.start.isoformat(),
        "Đến ngày": span.period.last.isoformat(),
        "Tính đến": _moment(span.until),
        "Theo": by,
        "Mã": "" if by == WHOLE else group.key,
        "Tên": province.name if by == WHOLE else group.name,
        "Quá ít hồ sơ": "x" if numbers["too_few"] else "",
        **{heading: numbers[field] for field, heading in (*COUNTED, *MEASURED)},
        "Giấy phép": LICENCE["name"]
        + (" (dữ liệu minh họa, không phải hồ sơ thật)" if province.demo else ""),
    }


def _span(span: Span) -> dict[str, Any]:
    return {
        "key": span.period.key,
        "unit": span.period.unit,
        "first": span.period.start.isoformat(),
        "last": span.period.last.isoformat(),
        "until": _moment(span.until),
        "counted_at": _moment(span.counted_at),
        **_numbers(span.whole),
    }


def _group(report: Report, name: str, group: PublishedGroup) -> dict[str, Any]:
    found: dict[str, Any] = {"key": group.key, "name": group.name, **_numbers(group)}
    if name == "procedure":
        term = report.terms.get(group.key)
        found["term"] = {"value": term.value, "unit": term.unit} if term and term.unit else None
    return found


def _numbers(group: PublishedGroup) -> dict[str, Any]:
    counted = {field: getattr(group.counts, field) if group.counts else None for field, _ in COUNTED}
    measured = {field: _measure(group.measure(field)) for field, _ in MEASURED}
    return {"too_few": group.counts is None, **counted, **measured}


def _measure(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _moment(at: datetime) -> str:
    return at.astimezone(clock.VIETNAM).isoformat(timespec="seconds")
