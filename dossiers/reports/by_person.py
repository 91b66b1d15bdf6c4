"""By person: how the dossiers of a period went, and what each has to do now. For who leads or audits alone."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dossiers import statistics
from dossiers.desk.worklist import counts as worklist_counts
from dossiers.lifecycle.permissions import visible_to
from dossiers.models import Dossier
from dossiers.reports.query import Asked
from dossiers.reports.table import Cell, Column, Row, Table, rate
from dossiers.statistics import Counts
from tenants.accounts.models import User
from tenants.organisation.models import Role

PERSON = "nguoi"
"""The parameter of the list of dossiers that names whose they are."""
COLUMNS = (
    Column(gettext_lazy("Người xử lý"), width=26),
    Column(gettext_lazy("Hồ sơ của kỳ"), "count"),
    Column(gettext_lazy("Xong trước hạn"), "count"),
    Column(gettext_lazy("Xong đúng hạn"), "count"),
    Column(gettext_lazy("Xong trễ hạn"), "count"),
    Column(gettext_lazy("Đang xử lý, trong hạn"), "count"),
    Column(gettext_lazy("Đang xử lý, quá hạn"), "count"),
    Column(gettext_lazy("Tạm dừng, chờ người dân"), "count"),
    Column(gettext_lazy("Tỷ lệ trước hạn, đúng hạn (%)"), "percent", 12),
    Column(gettext_lazy("Nay đang giữ"), "count"),
    Column(gettext_lazy("Nay: hẹn trả hôm nay"), "count"),
    Column(gettext_lazy("Nay: quá hạn"), "count"),
)
NOTES = (
    gettext_lazy(
        "Hồ sơ của kỳ tính cho người giữ hồ sơ lúc hết kỳ (kỳ chưa hết: lúc này); hồ sơ đã giao lại tính cho người "
        "nhận sau cùng. Gồm hồ sơ mà cơ quan được chọn có thẩm quyền giải quyết."
    ),
    gettext_lazy(
        "Ba cột “nay” là khối lượng lúc xem, gồm mọi hồ sơ chưa kết thúc của người ấy mà ông/bà được xem; trên trang, "
        "bấm vào số để mở danh sách."
    ),
)
NOW = (("open", ""), ("today", "hom-nay"), ("late", "qua-han"))
"""What is counted now, and the view of the list behind it."""


def table(asked: Asked, most: int) -> Table:
    """One row for each person who has, or had at the end of the period, dossiers of these agencies, or settles
    dossiers there; then what nobody has."""
    figures = statistics.figures(asked.first, asked.last, by="person", scope=asked.settled_here())
    counted = {group.key: group.counts for group in figures.groups}
    load = _load(asked)
    keys = {*counted, *(key for key, now in load.items() if now["here"])} - {""}
    at_work = Q(is_active=True, assignments__role__in=(Role.SPECIALIST, Role.LEADER))
    if asked.agencies is not None:
        at_work &= Q(assignments__agency__in=asked.agencies)
    people = User.objects.filter(at_work | Q(pk__in=[int(key) for key in keys])).distinct()
    rows = [
        _row(
            person.get_full_name(), counted.get(str(person.pk), Counts()), load.get(str(person.pk)), person.pk
        )
        for person in people.order_by("full_name", "pk")
    ]
    unassigned = _of(asked.settled_here().filter(closed_at=None, assignee=None).aggregate(**_now()))
    if "" in counted or unassigned["open"]:
        rows.append(_row(_("Chưa giao cho ai"), counted.get("", Counts()), unassigned))
    return Table(COLUMNS, rows[:most], len(rows), notes=NOTES)


def _row(name: str, counts: Counts, now: Mapping[str, int] | None, person: int | None = None) -> Row:
    listing = reverse("admin:dossiers_dossier_changelist")
    numbers = now or {}
    before: tuple[Cell, ...] = (
        name,
        counts.total,
        counts.settled_before,
        counts.settled_on_time,
        counts.settled_late,
        counts.open_in_term,
        counts.open_late,
        counts.paused,
        rate(counts),
    )
    links = {
        place: f"{listing}?{f'viec={view}&' if view else ''}{PERSON}={person}"
        for place, (what, view) in enumerate(NOW, len(before))
        if person and numbers.get(what)
    }
    return Row((*before, *(numbers.get(what, 0) for what, _view in NOW)), links)


def _load(asked: Asked) -> dict[str, dict[str, int]]:
    """By person what is open, due and late now, as the list of dossiers shows it to who asks; `here` how much of it
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
    return {what: row[f"n_{what}"] for what, _view in NOW}
