"""What is or was late in a period: by how much, where it stands, which reason was given."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dossiers import statistics
from dossiers.desk.frame import dossier_url
from dossiers.models import CalendarVersion, Dossier, Event
from dossiers.reports.query import Asked
from dossiers.reports.table import Column, Row, Table, day
from dossiers.rules.deadlines.calendar import WorkCalendar
from dossiers.rules.deadlines.deadlines import working_days_left
from dossiers.rules.statuses import Status
from dossiers.statistics import LateDossier

COLUMNS = (
    Column(gettext_lazy("Mã hồ sơ"), "code", 25),
    Column(gettext_lazy("Thủ tục"), width=28),
    Column(gettext_lazy("Chủ hồ sơ"), width=22),
    Column(gettext_lazy("Cơ quan có thẩm quyền"), width=24),
    Column(gettext_lazy("Ngày nhận"), "day", 12),
    Column(gettext_lazy("Hẹn trả"), "day", 12),
    Column(gettext_lazy("Tính đến"), "day", 12),
    Column(gettext_lazy("Trễ (ngày làm việc)"), "count", 9),
    Column(gettext_lazy("Hiện nay"), width=20),
    Column(gettext_lazy("Đang ở"), width=24),
    Column(gettext_lazy("Người xử lý"), width=20),
    Column(gettext_lazy("Lý do đã ghi khi xin lỗi, hẹn lại"), width=34),
    Column(gettext_lazy("Ghi chú"), width=22),
)
PERSON = 10
"""The column with the name of an official, for who may see how officials do."""
NOTES = (
    gettext_lazy(
        "Trễ hạn theo đúng cách tính của tỷ lệ: lúc có kết quả hoặc kết thúc (chưa có thì lúc hết kỳ; đang tạm dừng "
        "thì lúc bắt đầu tạm dừng) so với ngày hẹn trả đang có hiệu lực; yêu cầu bổ sung quá 01 lần là trễ hạn. Gồm cả "
        "hồ sơ rút, dừng, tạm dừng khi đã trễ."
    ),
    gettext_lazy("Nơi đang ở và người xử lý là lúc lập báo cáo. Ngày làm việc theo lịch của từng hồ sơ."),
)
FIELDS = (
    "pk", "code", "procedure__short_name", "owner__name", "competent_agency__name", "received_at", "status",
    "holding_agency__name", "assignee__full_name", "assignee__username", "calendar_version_id",
    "competent_agency_id",
)  # fmt: skip


def table(asked: Asked, most: int) -> Table:
    """One row for each late dossier; what has not ended first, then the longest late."""
    late = statistics.late(asked.first, asked.last, scope=asked.dossiers(), most=most)
    columns = [column for place, column in enumerate(COLUMNS) if place != PERSON or asked.sees_people]
    return Table(columns, _rows(asked, late.dossiers, late.until), late.total, notes=NOTES)


def _rows(asked: Asked, late: tuple[LateDossier, ...], until: datetime) -> Iterator[Row]:
    keys = [one.id for one in late]
    facts: Mapping[int, dict[str, Any]] = {
        row["pk"]: row for row in Dossier.objects.filter(pk__in=keys).order_by().values(*FIELDS)
    }
    used = {row["calendar_version_id"] for row in facts.values()}
    calendars = {version.pk: version.calendar for version in CalendarVersion.objects.filter(pk__in=used)}
    reasons = _reasons(keys, until)
    for one in late:
        fact = facts[one.id]
        cells = [
            fact["code"],
            fact["procedure__short_name"],
            fact["owner__name"],
            fact["competent_agency__name"],
            day(fact["received_at"]),
            day(one.due_at),
            day(one.worked_until),
            _days_late(one, calendars[fact["calendar_version_id"]]),
            str(_(Status(fact["status"]).short)),
            fact["holding_agency__name"],
            _person(fact, asked),
            reasons.get(one.id) or _("Không ghi lý do"),
            _("Yêu cầu bổ sung %(n)d lần") % {"n": one.requests} if one.requests > 1 else "",
        ]
        if not asked.sees_people:
            del cells[PERSON]
        yield Row(cells, {0: dossier_url(one.id)})


def _person(fact: Mapping[str, Any], asked: Asked) -> str:
    """Who works on it; a dash for people of agencies that only took part: how those do is told to others."""
    if asked.agencies is not None and fact["competent_agency_id"] not in asked.agencies:
        return "–"
    return str(fact["assignee__full_name"] or fact["assignee__username"] or _("chưa giao"))


def _days_late(one: LateDossier, calendar: WorkCalendar) -> int:
    """Open days by which the due date was passed; 0 for what is late by its second request alone."""
    return max(0, -working_days_left(one.worked_until, one.due_at, calendar))


def _reasons(keys: list[int], until: datetime) -> dict[int, str]:
    """By dossier the words with which a new date was given last, of acts that stand; empty where erased."""
    undone = Event.objects.filter(dossier=OuterRef("dossier"), undoes=OuterRef("sequence"))
    given = (
        Event.objects.filter(~Exists(undone), dossier__in=keys, extended_to__isnull=False, at__lte=until)
        .order_by("dossier_id", "sequence")
        .values_list("dossier_id", "note__text")
    )
    return {dossier: text or "" for dossier, text in given}
