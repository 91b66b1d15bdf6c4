"""The tables of the reports: by agency, by person, late dossiers, the register of form 07."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from operator import attrgetter
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dossiers.deadlines.models import CalendarVersion
from dossiers.deadlines.rules.deadlines import working_days_left
from dossiers.desk.reports.query import Asked
from dossiers.desk.reports.table import Cell, Column, Row, Table, day, rate
from dossiers.desk.worklist import counts as worklist_counts
from dossiers.lifecycle.desk.frame import dossier_url
from dossiers.lifecycle.models import Dossier, Event
from dossiers.lifecycle.permissions import visible_to
from dossiers.printing import register
from dossiers.statistics.counts import figures as statistics_figures
from dossiers.statistics.counts import figures_and_led
from dossiers.statistics.counts import late as statistics_late
from dossiers.statistics.results import Counts, LateDossier
from dossiers.workflow.rules.statuses import Status
from tenants.accounts.models import User
from tenants.organisation.models import Role

LATE_COLUMNS = {
    "code": Column(gettext_lazy("Mã hồ sơ"), "code", 25),
    "procedure": Column(gettext_lazy("Thủ tục"), width=28),
    "owner": Column(gettext_lazy("Chủ hồ sơ"), width=22),
    "competent": Column(gettext_lazy("Cơ quan có thẩm quyền"), width=24),
    "received": Column(gettext_lazy("Ngày nhận"), "day", 12),
    "due": Column(gettext_lazy("Hẹn trả"), "day", 12),
    "until": Column(gettext_lazy("Tính đến"), "day", 12),
    "days": Column(gettext_lazy("Trễ (ngày làm việc)"), "count", 9),
    "status": Column(gettext_lazy("Hiện nay"), width=20),
    "place": Column(gettext_lazy("Đang ở"), width=24),
    "official": Column(gettext_lazy("Người xử lý"), width=20),
    "reason": Column(gettext_lazy("Lý do đã ghi khi xin lỗi, hẹn lại"), width=34),
    "notes": Column(gettext_lazy("Ghi chú"), width=22),
}
"""By name; the official is for leaders and auditors."""
LATE_NOTES = (
    gettext_lazy(
        "Trễ hạn theo đúng cách tính của tỷ lệ: lúc có kết quả hoặc kết thúc (chưa có thì lúc hết kỳ; đang tạm dừng "
        "thì lúc bắt đầu tạm dừng) so với ngày hẹn trả đang có hiệu lực; yêu cầu bổ sung quá 01 lần là trễ hạn. Gồm cả "
        "hồ sơ rút, dừng, tạm dừng khi đã trễ."
    ),
    gettext_lazy("Nơi đang ở và người xử lý là lúc lập báo cáo. Ngày làm việc theo lịch của từng hồ sơ."),
)
LATE_FIELDS = (
    "pk", "code", "procedure__short_name", "owner__name", "competent_agency__name", "received_at", "status",
    "holding_agency__name", "assignee__full_name", "assignee__username", "calendar_version_id",
    "competent_agency_id",
)  # fmt: skip


def late_dossiers(asked: Asked, most: int) -> Table:
    """One row for each late dossier; open ones first, then the longest late."""
    late = statistics_late(asked.first, asked.last, scope=asked.dossiers(), most=most)
    names = [name for name in LATE_COLUMNS if name != "official" or asked.sees_people]
    rows = (
        Row([cells[name] for name in names], {0: dossier_url(one.id)})
        for one, cells in _late_cells(asked, late.dossiers, late.until)
    )
    return Table([LATE_COLUMNS[name] for name in names], rows, late.total, notes=LATE_NOTES)


def _late_cells(
    asked: Asked, late: tuple[LateDossier, ...], until: datetime
) -> Iterator[tuple[LateDossier, dict[str, Cell]]]:
    keys = [one.id for one in late]
    facts: Mapping[int, dict[str, Any]] = {
        row["pk"]: row for row in Dossier.objects.filter(pk__in=keys).order_by().values(*LATE_FIELDS)
    }
    used = {row["calendar_version_id"] for row in facts.values()}
    calendars = {version.pk: version.calendar for version in CalendarVersion.objects.filter(pk__in=used)}
    reasons = _reasons(keys, until)
    for one in late:
        fact = facts[one.id]
        calendar = calendars[fact["calendar_version_id"]]
        yield (
            one,
            {
                "code": fact["code"],
                "procedure": fact["procedure__short_name"],
                "owner": fact["owner__name"],
                "competent": fact["competent_agency__name"],
                "received": day(fact["received_at"]),
                "due": day(one.due_at),
                "until": day(one.worked_until),
                # Not below 0: one may be late by its second request alone.
                "days": max(0, -working_days_left(one.worked_until, one.due_at, calendar)),
                "status": str(_(Status(fact["status"]).short)),
                "place": fact["holding_agency__name"],
                "official": _official(fact, asked),
                "reason": reasons.get(one.id) or _("Không ghi lý do"),
                "notes": _("Yêu cầu bổ sung %(n)d lần") % {"n": one.requests} if one.requests > 1 else "",
            },
        )


def _official(fact: Mapping[str, Any], asked: Asked) -> str:
    """The assignee; a dash for people of agencies that only took part, whose figures are for other leaders."""
    if asked.agencies is not None and fact["competent_agency_id"] not in asked.agencies:
        return "–"
    return str(fact["assignee__full_name"] or fact["assignee__username"] or _("chưa giao"))


def _reasons(keys: list[int], until: datetime) -> dict[int, str]:
    """By dossier the reason of the last new date, of effective events; empty where erased."""
    undone = Event.objects.filter(dossier=OuterRef("dossier"), undoes=OuterRef("sequence"))
    given = (
        Event.objects.filter(~Exists(undone), dossier__in=keys, extended_to__isnull=False, at__lte=until)
        .order_by("dossier_id", "sequence")
        .values_list("dossier_id", "note__text")
    )
    return {dossier: text or "" for dossier, text in given}


PERSON_PARAMETER = "nguoi"
"""The parameter of the list of dossiers that names whose they are."""
RATE = Column(gettext_lazy("Tỷ lệ trước hạn, đúng hạn (%)"), "percent", 12, rate)
BY_TERM = (
    Column(gettext_lazy("Xong trước hạn"), "count", of=attrgetter("settled_before")),
    Column(gettext_lazy("Xong đúng hạn"), "count", of=attrgetter("settled_on_time")),
    Column(gettext_lazy("Xong trễ hạn"), "count", of=attrgetter("settled_late")),
    Column(gettext_lazy("Đang xử lý, trong hạn"), "count", of=attrgetter("open_in_term")),
    Column(gettext_lazy("Đang xử lý, quá hạn"), "count", of=attrgetter("open_late")),
    Column(gettext_lazy("Tạm dừng, chờ người dân"), "count", of=attrgetter("paused")),
)
OF_PERSON = (Column(gettext_lazy("Hồ sơ của kỳ"), "count", of=attrgetter("total")), *BY_TERM, RATE)
PERSON_COLUMNS = (
    Column(gettext_lazy("Người xử lý"), width=26),
    *OF_PERSON,
    Column(gettext_lazy("Nay đang giữ"), "count"),
    Column(gettext_lazy("Nay: hẹn trả hôm nay"), "count"),
    Column(gettext_lazy("Nay: quá hạn"), "count"),
)
PERSON_NOTES = (
    gettext_lazy(
        "Hồ sơ của kỳ tính cho người giữ hồ sơ lúc hết kỳ (kỳ chưa hết: lúc này); hồ sơ đã giao lại tính cho người "
        "nhận sau cùng. Gồm hồ sơ mà cơ quan được chọn có thẩm quyền giải quyết."
    ),
    gettext_lazy(
        "Ba cột “nay” là khối lượng lúc xem, gồm mọi hồ sơ chưa kết thúc của người ấy mà ông/bà được xem; trên trang, "
        "bấm vào số để mở danh sách."
    ),
)
WORKLOAD = (("open", ""), ("today", "hom-nay"), ("late", "qua-han"))
"""The present counts, and the view of the list behind each."""


def by_person(asked: Asked, most: int) -> Table:
    """One row for each person with dossiers of these agencies, now or at the end of the period, or with a role
    that settles them there; then the unassigned ones."""
    figures = statistics_figures(
        asked.first, asked.last, by="person", scope=asked.dossiers("competent_agency")
    )
    counted = {group.key: group.counts for group in figures.groups}
    load = _load(asked)
    keys = {*counted, *(key for key, now in load.items() if now["here"])} - {""}
    at_work = Q(is_active=True, assignments__role__in=(Role.SPECIALIST, Role.LEADER))
    if asked.agencies is not None:
        at_work &= Q(assignments__agency__in=asked.agencies)
    people = User.objects.filter(at_work | Q(pk__in=[int(key) for key in keys])).distinct()
    rows = [
        _person_row(
            person.get_full_name(), counted.get(str(person.pk), Counts()), load.get(str(person.pk)), person.pk
        )
        for person in people.order_by("full_name", "pk")
    ]
    unassigned = _of(
        asked.dossiers("competent_agency").filter(closed_at=None, assignee=None).aggregate(**_now())
    )
    if "" in counted or unassigned["open"]:
        rows.append(_person_row(_("Chưa giao cho ai"), counted.get("", Counts()), unassigned))
    return Table(PERSON_COLUMNS, rows[:most], len(rows), notes=PERSON_NOTES)


def _person_row(name: str, counts: Counts, now: Mapping[str, int] | None, person: int | None = None) -> Row:
    listing = reverse("admin:dossiers_dossier_changelist")
    numbers = now or {}
    before: tuple[Cell, ...] = (name, *(column.of(counts) for column in OF_PERSON))
    links = {
        place: f"{listing}?{f'viec={view}&' if view else ''}{PERSON_PARAMETER}={person}"
        for place, (what, view) in enumerate(WORKLOAD, len(before))
        if person and numbers.get(what)
    }
    return Row((*before, *(numbers.get(what, 0) for what, _view in WORKLOAD)), links)


def _load(asked: Asked) -> dict[str, dict[str, int]]:
    """By person the open, due and late dossiers now, as the list shows them to the reader; `here` counts those that
    these agencies settle."""
    dossiers: QuerySet[Dossier] = visible_to(asked.actor).filter(closed_at=None).exclude(assignee=None)
    here = Q() if asked.agencies is None else Q(competent_agency__in=asked.agencies)
    found = (
        dossiers.order_by()
        .values("assignee_id")
        .annotate(**_now(), n_here=Count("pk", filter=here) if here else Count("pk"))
    )
    return {str(row["assignee_id"]): {**_of(row), "here": row["n_here"]} for row in found}


def _now() -> dict[str, Count]:
    at = worklist_counts.moments()
    return {
        "n_open": Count("pk"),
        "n_today": Count("pk", filter=worklist_counts.due_today(at)),
        "n_late": Count("pk", filter=worklist_counts.late(at)),
    }


def _of(row: Mapping[str, Any]) -> dict[str, int]:
    return {what: row[f"n_{what}"] for what, _view in WORKLOAD}


COUNTED = (
    Column(gettext_lazy("Kỳ trước chuyển sang"), "count", of=attrgetter("opening")),
    Column(gettext_lazy("Tiếp nhận trong kỳ"), "count", of=attrgetter("received")),
    Column(gettext_lazy("Mở lại trong kỳ"), "count", of=attrgetter("reopened")),
    Column(gettext_lazy("Tổng số"), "count", of=attrgetter("total")),
    *BY_TERM,
    Column(
        gettext_lazy("Không tiếp nhận, rút, dừng"),
        "count",
        of=lambda counts: counts.not_accepted + counts.withdrawn + counts.stopped,
    ),
    Column(
        gettext_lazy("Không quy định thời hạn"),
        "count",
        of=lambda counts: counts.settled_without_term + counts.open_without_term,
    ),
    RATE,
)
AGENCY_COLUMNS = (Column(gettext_lazy("Cơ quan có thẩm quyền"), width=34), *COUNTED)
AGENCY_NOTES = (
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


def by_agency(asked: Asked, most: int) -> Table:
    """One row for each competent agency, and their sum."""
    figures, led = figures_and_led(asked.first, asked.last, by="agency", scope=asked.dossiers())
    rows = [_counted(group.name, group.counts) for group in figures.groups]
    text = _("Ngoài ra có %(n)d hồ sơ của kỳ do hệ thống của bộ, ngành giải quyết, không tính vào đây.")
    beside = (text % {"n": led},) if led else ()
    notes = (*AGENCY_NOTES, *beside)
    return Table(AGENCY_COLUMNS, rows[:most], len(rows), _counted(_("Cộng"), figures.total), notes)


def _counted(name: str, counts: Counts) -> Row:
    return Row((name, *(column.of(counts) for column in COUNTED)))


REGISTER_COLUMNS = (
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
REGISTER_NOTES = (
    gettext_lazy(
        "Theo mẫu sổ theo dõi hồ sơ đang áp dụng, theo thứ tự tiếp nhận. Số điện thoại chỉ hiện ba số cuối; số định "
        "danh không ghi."
    ),
)
REGISTER_CHUNK = 2000


def dossier_register(asked: Asked, most: int) -> Table:
    """One row for each received dossier, in order of receipt; telephones are masked."""
    dossiers = registered(asked)
    return Table(REGISTER_COLUMNS, _register_rows(dossiers[:most]), dossiers.count(), notes=REGISTER_NOTES)


def registered(asked: Asked) -> QuerySet[Dossier]:
    """The dossiers of the register."""
    return register.taken_in(asked.dossiers("receiving_agency"), asked.first, asked.last)


def _register_rows(dossiers: QuerySet[Dossier]) -> Iterator[Row]:
    for number, dossier in enumerate(dossiers.iterator(chunk_size=REGISTER_CHUNK), 1):
        cells = [cell if isinstance(cell, str) else day(cell) for cell in register.line(dossier)]
        yield Row((number, *cells), {1: dossier_url(dossier.pk)})
