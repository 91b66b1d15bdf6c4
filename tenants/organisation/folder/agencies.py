"""The agencies of a province from `agencies.csv`."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Literal

from django.forms import model_to_dict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import BeforeValidator, Field, Strict, WithJsonSchema, model_validator

from tenants.agency_codes import NEW_FORM, OLD_FORM, level_1
from tenants.folder.folder import Draft, Folder
from tenants.folder.manifest import UNREADABLE_CODE, Manifest
from tenants.folder.problems import ValidationProblem
from tenants.folder.questionnaire import Answers
from tenants.folder.readers.csv_reader import Table, TableRow
from tenants.folder.steps import Progress, State, Step, StepReport
from tenants.folder.tables import Part, apply_table
from tenants.organisation.models import DEGREE_PLACES, LATITUDES, LONGITUDES, Agency
from tenants.validation import Day, fault, fault_at, gettext_noop, shaped, shown

FILE = "agencies.csv"
YES, NO = "có", "không"


def _degrees(value: object) -> object:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,20})?", value):
        return round(Decimal(value), DEGREE_PLACES)
    raise fault(
        gettext_noop("“%(value)s” không phải độ thập phân viết theo dạng 12.668500."), value=shown(value)
    )


Degrees = Annotated[
    Decimal,
    BeforeValidator(_degrees),
    Strict(False),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{1,3}(\\.[0-9]+)?$"}),
]
"""Degrees written 12.668500, rounded to what the database keeps."""


class AgencyRow(TableRow):
    """An agency; `parent` and `successor` are codes of other rows."""

    code: Annotated[
        str,
        Field(max_length=35),
        shaped(
            f"{NEW_FORM.pattern}|{OLD_FORM.pattern}",
            gettext_noop("mã “%(code)s” phải có dạng H15.08 (chữ số và dấu chấm)."),
        ),
    ]
    name: str
    name_en: str = ""
    level: Agency.Level
    parent: str = ""
    is_desk: Literal["có", "không"] = "không"
    address: Annotated[str, Field(max_length=250)] = ""
    phone: Annotated[str, Field(max_length=30)] = ""
    hours: Annotated[str, Field(max_length=120)] = ""
    successor: str = ""
    dissolved_on: Day | None = None
    lat: Degrees | None = None
    lon: Degrees | None = None
    demo: Literal["có", "không"] = "không"

    @model_validator(mode="after")
    def _check_successor(self) -> "AgencyRow":
        if self.successor and not self.dissolved_on:
            raise fault_at(["dissolved_on"], gettext_noop("có successor thì phải có dissolved_on."))
        return self

    @model_validator(mode="after")
    def _check_coordinates(self) -> "AgencyRow":
        if (self.lat is None) != (self.lon is None):
            missing = "lat" if self.lat is None else "lon"
            raise fault_at([missing], gettext_noop("lat và lon phải có cả hai, hoặc để trống cả hai."))
        for name, value, (least, most) in (("lat", self.lat, LATITUDES), ("lon", self.lon, LONGITUDES)):
            if value is not None and not least <= value <= most:
                words = gettext_noop(
                    "%(name)s phải từ %(least)s đến %(most)s; xem lat và lon có đổi chỗ không."
                )
                raise fault_at([name], words, name=name, least=str(least), most=str(most))
        return self

    @property
    def is_working_desk(self) -> bool:
        return self.is_desk == YES and not self.dissolved_on


_PLAIN = ("name", "name_en", "level", "address", "phone", "hours")
_LINKS = ("parent", "successor")
_COORDINATES = ("lat", "lon")
COLUMNS = {
    "code": gettext_lazy("mã định danh, ví dụ H15.08; không đổi được mã đã cấp"),
    "name": gettext_lazy("tên cơ quan"),
    "name_en": gettext_lazy("tên tiếng Anh"),
    "level": gettext_lazy("cấp: province (tỉnh), commune (xã), district (huyện, đã kết thúc)"),
    "parent": gettext_lazy("mã cơ quan cấp trên"),
    "is_desk": gettext_lazy("nhận và trả hồ sơ: có hoặc không"),
    "address": gettext_lazy("địa chỉ"),
    "phone": gettext_lazy("điện thoại"),
    "hours": gettext_lazy("giờ làm việc"),
    "successor": gettext_lazy("mã cơ quan kế thừa, khi đã kết thúc"),
    "dissolved_on": gettext_lazy("ngày kết thúc, dạng 2025-07-01"),
    "lat": gettext_lazy("vĩ độ, độ thập phân, ví dụ 12.668500"),
    "lon": gettext_lazy("kinh độ, độ thập phân, ví dụ 108.038200"),
}


Rows = Sequence[AgencyRow]


def _read(folder: Folder) -> tuple[Rows, list[ValidationProblem]]:
    """The sound rows of `agencies.csv`, and all faults.

    Codes follow QĐ 20/2020/QĐ-TTg, Điều 4 (at most 35 digits, letters and dots, the province's code first);
    an agency under the code of a merged province, or under a code of the form before, must be dissolved.
    """
    table = _table(folder)
    rows = {row.code: row for row in table.rows}
    found = [*table.problems]
    manifest = folder.manifest
    firsts = Counter(map(level_1, rows))
    if rows and manifest.agency_code not in firsts:
        # One fault of the manifest, not one of each row: they are judged by the code that most of them bear.
        first = firsts.most_common(1)[0][0]
        if manifest.agency_code != UNREADABLE_CODE:
            names = {"own": manifest.agency_code, "first": first, "file": FILE}
            text = _("agency_code là %(own)s, mà mã ở %(file)s là của tỉnh khác: %(first)s.")
            found.append(folder.manifest_document.problem(text % names, "agency_code"))
        manifest = manifest.model_copy(update={"agency_code": first})
    for row in rows.values():
        found += _row_problems(row, rows, manifest)
    # Rows with faults are missing from `rows`: what only follows from that would be noise.
    if not found:
        found += _circles(rows, "parent") or _circles(rows, "successor")
        if not any(row.is_working_desk for row in rows.values()):
            found.append(ValidationProblem(FILE, 0, _("chưa có cơ quan nào nhận hồ sơ (is_desk là “có”).")))
    return table.rows, found


def _write(folder: Folder, rows: Rows, progress: Progress) -> StepReport:
    """Write the agencies of the file into the present province.

    What the file does not name stays as it is, since dossiers may point at it.
    """
    known = {agency.code: agency for agency in Agency.objects.all()}
    # Who deleted an agency by hand keeps it deleted.
    rows = tuple(row for row in rows if row.code in known or not folder.keeps(row.code))
    report = StepReport()
    before = {code: model_to_dict(agency) for code, agency in known.items()}
    for row in rows:
        agency = known.setdefault(row.code, Agency(code=row.code))
        _fill(agency, row, folder)
        if agency.pk is None:
            agency.save()
    # Links come second: a row may name one further down.
    for row in rows:
        agency = known[row.code]
        for name in _LINKS:
            if not folder.keeps(agency.code, name):
                setattr(agency, name, known.get(getattr(row, name)))
        differs = before.get(agency.code) != model_to_dict(agency)
        report.count(new=agency.code not in before, differs=differs)
        if differs:
            agency.save()
    others = len(known) - len(rows)
    if others:
        text = _("%(count)d cơ quan có trong hệ thống mà không có trong tệp; để nguyên.")
        report.notes.append(text % {"count": others})
    return report


def agency_codes_in(folder: Folder) -> frozenset[str]:
    """Codes of the working agencies in the file, for rooms whose files name agencies. Raises Refused."""
    return frozenset(row.code for row in _table(folder).rows if not row.dissolved_on)


def desks_in(folder: Folder) -> list[tuple[str, frozenset[str]]]:
    """Of each working desk in the file its name, and the codes of itself and all above it. Raises Refused."""
    rows = {row.code: row for row in _table(folder).rows}

    def above(code: str) -> frozenset[str]:
        found: set[str] = set()
        while code and code not in found:
            found.add(code)
            code = rows[code].parent if code in rows else ""
        return frozenset(found)

    return [(row.name, above(row.code)) for row in rows.values() if row.is_working_desk]


def _state(folder: Folder) -> State:
    there = {row["code"]: row for row in agency_rows()}
    return {row.code: there.get(row.code, {}) for row in _table(folder).rows}


def _export(draft: Draft) -> None:
    note = "Cơ quan, đơn vị. parent và successor là mã của một dòng khác trong tệp."
    draft.table(FILE, tuple(COLUMNS), agency_rows(), note)


def _start(draft: Draft, answers: Answers) -> None:
    """`agencies.csv` with the province and its desk, and what the columns mean."""
    code, name = answers.desk
    people = f"UBND {answers.name[:1].lower()}{answers.name[1:]}"
    rows = [
        {"code": answers.agency_code, "name": people, "level": Agency.Level.PROVINCE.value, "is_desk": NO},
        {
            "code": code,
            "name": name,
            "level": Agency.Level.PROVINCE.value,
            "parent": answers.agency_code,
            "is_desk": YES,
            "phone": answers.hotline,
        },
    ]
    note = (
        "Cơ quan, đơn vị. level: province | commune | district (đã kết thúc). is_desk: có | không.\n"
        "parent và successor là mã của một dòng khác trong tệp. Cơ quan kết thúc: ghi dissolved_on, không xóa.\n"
        "Mã cấp 2, cấp 3 lấy theo quyết định của tỉnh. lat, lon: độ thập phân của cửa vào, nếu biết."
    )
    draft.table(FILE, tuple(COLUMNS), rows, note)


def agency_rows() -> list[dict[str, str]]:
    """All agencies of the province as rows of the file, in order of their codes."""
    agencies = Agency.objects.order_by("code")
    codes = dict(agencies.values_list("pk", "code"))
    return [
        {
            "code": agency.code,
            **{name: getattr(agency, name) for name in _PLAIN},
            "is_desk": YES if agency.is_desk else NO,
            "dissolved_on": agency.dissolved_on.isoformat() if agency.dissolved_on else "",
            **{name: codes.get(getattr(agency, f"{name}_id"), "") for name in _LINKS},
            **{name: "" if (value := getattr(agency, name)) is None else str(value) for name in _COORDINATES},
        }
        for agency in agencies
    ]


def _table(folder: Folder) -> Table[AgencyRow]:
    return folder.table(FILE, AgencyRow, key=("code",))


def _row_problems(
    row: AgencyRow, rows: Mapping[str, AgencyRow], manifest: Manifest
) -> Iterator[ValidationProblem]:
    code, first = row.code, level_1(row.code)
    names = {"code": code, "own": manifest.agency_code, "known": ", ".join(manifest.agency_codes)}
    if OLD_FORM.fullmatch(code) and not row.dissolved_on:
        text = _("mã %(code)s có dạng cũ, chỉ dùng cho cơ quan đã kết thúc (ghi dissolved_on).")
        yield row.problem(text % names, "code")
    elif first not in manifest.agency_codes:
        yield row.problem(_("mã %(code)s phải bắt đầu bằng mã của tỉnh (%(known)s).") % names, "code")
    elif first != manifest.agency_code and not row.dissolved_on:
        text = _("mã %(code)s là của tỉnh cũ: cơ quan đang hoạt động phải có mã %(own)s.")
        yield row.problem(text % names, "code")
    for column in _LINKS:
        other = getattr(row, column)
        if other and other not in rows:
            names = {"column": column, "code": shown(other)}
            text = _("%(column)s “%(code)s” không có trong tệp, hoặc dòng của nó có lỗi.")
            yield row.problem(text % names, column)


def _circles(rows: Mapping[str, AgencyRow], column: str) -> list[ValidationProblem]:
    """Rows from which following `column` leads back to themselves."""
    found = []
    for code, row in rows.items():
        seen, other = {code}, getattr(row, column)
        while other and other not in seen:
            seen.add(other)
            other = getattr(rows[other], column)
        if other == code:
            text = _("%(column)s dẫn vòng trở lại chính “%(code)s”.")
            found.append(row.problem(text % {"column": column, "code": code}, column))
    return found


def _fill(agency: Agency, row: AgencyRow, folder: Folder) -> None:
    values: dict[str, object] = {name: getattr(row, name) for name in (*_PLAIN, *_COORDINATES)}
    values |= {"is_desk": row.is_desk == YES, "dissolved_on": row.dissolved_on}
    for name, value in values.items():
        if not folder.keeps(agency.code, name):
            setattr(agency, name, value)


TITLE = gettext_lazy("Cơ quan, đơn vị")
STEP = Step("agencies", TITLE, _read, _write, {FILE: None}, _state, _export, _start)
TABLE = Part(
    code="co-quan",
    title=TITLE,
    explained=gettext_lazy("Tệp phải có đủ các cơ quan; cơ quan không có trong tệp để nguyên, không xóa."),
    file=FILE,
    key=("code",),
    name="name",
    columns=COLUMNS,
    rows=agency_rows,
    apply=lambda path, hide_missing: apply_table(STEP, path),
)
