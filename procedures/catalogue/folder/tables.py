"""The catalogue as a table to take out and bring back; official lists and exports of the portal are read too."""

from collections.abc import Iterator
from pathlib import Path

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from procedures.catalogue import formats
from procedures.catalogue.contents import update
from procedures.catalogue.formats.base import CatalogueError
from procedures.catalogue.formats.base import Problem as Fault
from procedures.catalogue.formats.tables import COLUMNS
from procedures.catalogue.models import Procedure
from procedures.catalogue.versions import rows_of
from tenants.folder.problems import Refused, ValidationProblem
from tenants.folder.steps import StepReport
from tenants.folder.tables import Part

FILE = "danh-muc.csv"
_NOTES = 50


def apply(path: Path, hide_missing: bool) -> StepReport:
    """Read a catalogue file and bring the present province up to it. Raises Refused with every fault."""
    try:
        reading = formats.read(path)
        report = update.apply(update.diff(reading.records), hide_missing=hide_missing)
    except CatalogueError as error:
        faults = [_problem(fault) for fault in error.problems if fault.fatal]
        raise Refused(faults or [ValidationProblem(path.name, 0, str(error))]) from error
    notes = [*filter(None, [update.what_follows(report)]), *report.notes]
    if report.missing and not hide_missing:
        text = gettext("%(count)d thủ tục của các cơ quan trong tệp không còn trong tệp; để nguyên.")
        notes.append(text % {"count": len(report.missing)})
    notes += [str(problem) for problem in reading.problems]
    if len(notes) > _NOTES:
        notes[_NOTES:] = [gettext("và %(count)d điều nữa.") % {"count": len(notes) - _NOTES}]
    return report.as_step(notes)


def _problem(fault: Fault) -> ValidationProblem:
    value = f"“{fault.value}”: " if fault.value else ""
    return ValidationProblem(FILE, fault.row, f"{value}{fault.reason}", column_name=fault.column)


def rows() -> Iterator[dict[str, str]]:
    """Yield one row for each active procedure, in order of code, with its current version's facts."""
    active = Procedure.objects.filter(state=Procedure.State.ACTIVE, current_version__isnull=False)
    rows = active.select_related("current_version").order_by("code").iterator(chunk_size=500)
    return rows_of((row.code, row.current_version) for row in rows if row.current_version)


PROCEDURES = Part(
    code="thu-tuc",
    title=_("Danh mục thủ tục"),
    explained=_(
        "Nhận cả danh sách chính thức (.xlsx) và tệp xuất của cổng quốc gia (.json). Thủ tục đổi thì có "
        "phiên bản mới từ hôm nay; hồ sơ đã nhận giữ phiên bản cũ."
    ),
    file=FILE,
    key=("code",),
    name="name",
    columns=COLUMNS,
    rows=rows,
    apply=apply,
    takes_others=True,
    may_hide=True,
)
