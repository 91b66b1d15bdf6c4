"""The query of a report: its kind, agencies, days and reader, and the right to see it."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, get_args

from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dossiers.lifecycle.models import Dossier
from dossiers.lifecycle.permissions import visible_to
from dossiers.statistics.periods import Period
from tenants.accounts.models import User
from tenants.organisation.models import Agency, Role
from tenants.organisation.rights import (
    SEES_DOSSIERS,
    agencies_of,
    agencies_where,
    roles_anywhere,
    roles_by_agency,
    subtree,
)

SEES_PEOPLE = frozenset({Role.LEADER, Role.AUDITOR})
"""Roles that may read the figures of officials."""


Part = Literal["competent_agency", "receiving_agency", "support_point"]
"""What an agency has to do with a dossier: it settles it, took it in, or took it in for another."""


class Kind(models.TextChoices):
    """The reports, by their names in addresses."""

    AGENCY = "co-quan", gettext_lazy("Tình hình giải quyết theo cơ quan")
    PERSON = "nguoi-xu-ly", gettext_lazy("Tình hình và khối lượng theo người xử lý")
    LATE = "tre-han", gettext_lazy("Hồ sơ trễ hạn và lý do")
    REGISTER = "so-theo-doi", gettext_lazy("Sổ theo dõi hồ sơ (mẫu 07)")


class Span(models.TextChoices):
    """The days a report goes over."""

    WEEK = "tuan", gettext_lazy("Tuần này")
    MONTH = "thang", gettext_lazy("Tháng này")
    QUARTER = "quy", gettext_lazy("Quý này")
    YEAR = "nam", gettext_lazy("Năm nay")
    DAYS = "ngay", gettext_lazy("Từ ngày đến ngày")


@dataclass(frozen=True)
class Asked:
    """The query of a report. `agency` None means all agencies that the reader may see, `agencies` None the whole
    province."""

    kind: Kind
    first: date
    last: date
    agency: Agency | None
    actor: User
    agencies: frozenset[int] | None
    sees_people: bool

    def dossiers(self, *parts: Part) -> QuerySet[Dossier]:
        """Dossiers in which these agencies have one of these parts, by default any, among those that this person may see."""
        found = visible_to(self.actor)
        if self.agencies is None:
            return found
        having = Q()
        for part in parts or get_args(Part):
            having |= Q(**{f"{part}__in": self.agencies})
        return found.filter(having)


def ask(kind: Kind, first: date, last: date, agency: Agency | None, actor: User) -> Asked:
    """The report of these days; without an agency that of the one where this person works, or of all of them. Raises
    PermissionDenied for an agency that is not this person's, and for people
    of an agency that this person neither leads nor audits."""
    own = agencies_of(actor)
    if own is not None and (not own or (agency is not None and agency.pk not in own)):
        raise PermissionDenied(_("Ông/bà không xem được báo cáo của cơ quan này."))
    places = agencies_where(actor, SEES_DOSSIERS) if agency is None and own is not None else ()
    if len(places) == 1:
        agency = Agency.objects.select_related("parent").get(pk__in=places)
    wanted = own if agency is None else subtree([agency.pk])
    sees_people = wanted is None or all(
        not SEES_PEOPLE.isdisjoint(roles) for roles in roles_by_agency(actor, wanted).values()
    )
    if kind is Kind.PERSON and not sees_people:
        raise PermissionDenied(_("Báo cáo theo người xử lý chỉ dành cho lãnh đạo của chính cơ quan ấy."))
    agencies = None if wanted is None else frozenset(wanted)
    return Asked(kind, first, last, agency, actor, agencies, sees_people)


def agencies_for(actor: User) -> QuerySet[Agency]:
    """Agencies whose reports this person may read, by code."""
    own = agencies_of(actor)
    agencies = Agency.objects.order_by("code")
    return agencies if own is None else agencies.filter(pk__in=own)


def kinds_for(actor: User) -> list[Kind]:
    """Reports that this person may ask for at some agency."""
    some = not SEES_PEOPLE.isdisjoint(roles_anywhere(actor))
    return [kind for kind in Kind if kind is not Kind.PERSON or some]


def days_of(span: Span, today: date) -> tuple[date, date]:
    """First and last day of the week, month, quarter or year in which that day lies."""
    if span is Span.WEEK:
        monday = today - timedelta(days=today.weekday())
        return monday, monday + timedelta(days=6)
    match span:
        case Span.QUARTER:
            period = Period.of("quarter", today)
        case Span.YEAR:
            period = Period.of("year", today)
        case _:
            period = Period.month(today)
    return period.start, period.last
