"""The register of dossiers: form 07 over all desks of the agencies asked for."""

from collections.abc import Iterator

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from dossiers.desk.frame import dossier_url
from dossiers.models import Dossier
from dossiers.printed_forms import register
from dossiers.reports.query import Asked
from dossiers.reports.table import Column, Row, Table, day

COLUMNS = (
    Column(gettext_lazy("TT"), "count", 6),
    Column(gettext_lazy("Mã hồ sơ"), "code", 25),
    Column(gettext_lazy("Tên thủ tục hành chính"), width=30),
    Column(gettext_lazy("Số bộ"), width=6),
    Column(gettext_lazy("Tên cá nhân, tổ chức"), width=24),
    Column(gettext_lazy("Địa chỉ, số điện thoại"), width=28),
    Column(gettext_lazy("Cơ quan chủ trì giải quyết"), width=24),
    Column(gettext_lazy("Ngày nhận"), "day", 12),
    Column(gettext_lazy("Hẹn trả"), "day", 12),
    Column(gettext_lazy("Trả kết quả"), "day", 12),
    Column(gettext_lazy("Phương thức nhận kết quả"), width=18),
    Column(gettext_lazy("Ký nhận"), width=10),
    Column(gettext_lazy("Ghi chú"), width=22),
)
NOTES = (
    gettext_lazy(
        "Theo mẫu sổ theo dõi hồ sơ đang áp dụng, theo thứ tự tiếp nhận. Số điện thoại chỉ hiện ba số cuối; số định "
        "danh không ghi."
    ),
)
AT_ONCE = 2000


def table(asked: Asked, most: int) -> Table:
    """One row for each dossier taken in, in order of receipt; telephones are masked."""
    dossiers = found(asked)
    return Table(COLUMNS, _rows(dossiers[:most]), dossiers.count(), notes=NOTES)


def found(asked: Asked) -> QuerySet[Dossier]:
    """The dossiers of the register."""
    return register.taken_in(asked.taken_in_here(), asked.first, asked.last)


def _rows(dossiers: QuerySet[Dossier]) -> Iterator[Row]:
    for number, dossier in enumerate(dossiers.iterator(chunk_size=AT_ONCE), 1):
        line = register.line(dossier)
        cells = (
            number,
            line.code,
            line.procedure,
            line.sets,
            line.owner,
            line.where,
            line.competent,
            day(line.received),
            day(line.due),
            day(line.returned),
            line.delivery,
            "",
            line.notes,
        )
        yield Row(cells, {1: dossier_url(dossier.pk)})
