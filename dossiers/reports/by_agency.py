"""By agency: what came, what was settled and when, what is left, the rate."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dossiers import statistics
from dossiers.reports.query import Asked
from dossiers.reports.table import Cell, Column, Row, Table, rate
from dossiers.statistics import Counts

COUNTED = (
    Column(gettext_lazy("Kỳ trước chuyển sang"), "count"),
    Column(gettext_lazy("Tiếp nhận trong kỳ"), "count"),
    Column(gettext_lazy("Mở lại trong kỳ"), "count"),
    Column(gettext_lazy("Tổng số"), "count"),
    Column(gettext_lazy("Xong trước hạn"), "count"),
    Column(gettext_lazy("Xong đúng hạn"), "count"),
    Column(gettext_lazy("Xong trễ hạn"), "count"),
    Column(gettext_lazy("Đang xử lý, trong hạn"), "count"),
    Column(gettext_lazy("Đang xử lý, quá hạn"), "count"),
    Column(gettext_lazy("Tạm dừng, chờ người dân"), "count"),
    Column(gettext_lazy("Không tiếp nhận, rút, dừng"), "count"),
    Column(gettext_lazy("Không quy định thời hạn"), "count"),
    Column(gettext_lazy("Tỷ lệ trước hạn, đúng hạn (%)"), "percent", 12),
)
COLUMNS = (Column(gettext_lazy("Cơ quan có thẩm quyền"), width=34), *COUNTED)
NOTES = (
    gettext_lazy(
        "Tổng số = kỳ trước chuyển sang + tiếp nhận + mở lại; mỗi hồ sơ nằm ở đúng một trong bảy cột sau tổng số, "
        "hoặc ở cột không quy định thời hạn (đang xử lý hay đã xong)."
    ),
    gettext_lazy(
        "Tỷ lệ = hồ sơ không trễ hạn / hồ sơ của kỳ có thời hạn, theo chỉ số 2.1 của Bộ chỉ số ban hành kèm Quyết "
        "định 766/QĐ-TTg. Thời gian tạm dừng không tính; yêu cầu bổ sung quá 01 lần là trễ hạn."
    ),
    gettext_lazy(
        "Gồm hồ sơ mà cơ quan được chọn (và cơ quan trực thuộc) tiếp nhận hoặc giải quyết, xếp theo cơ quan có thẩm "
        "quyền. Khiếu nại, hòa giải không tính vào đây."
    ),
)


def table(asked: Asked, most: int) -> Table:
    """One row for each competent agency, and their sum."""
    figures = statistics.figures(asked.first, asked.last, by="agency", scope=asked.dossiers())
    rows = [Row((group.name, *cells(group.counts))) for group in figures.groups]
    return Table(COLUMNS, rows[:most], len(rows), Row((_("Cộng"), *cells(figures.total))), NOTES)


def cells(counts: Counts) -> tuple[Cell, ...]:
    """The values of COUNTED."""
    return (
        counts.opening,
        counts.received,
        counts.reopened,
        counts.total,
        counts.settled_before,
        counts.settled_on_time,
        counts.settled_late,
        counts.open_in_term,
        counts.open_late,
        counts.paused,
        counts.not_accepted + counts.withdrawn + counts.stopped,
        counts.settled_without_term + counts.open_without_term,
        rate(counts),
    )
