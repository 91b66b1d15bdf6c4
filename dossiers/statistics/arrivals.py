"""When people come to a desk: dossiers handed in over its counter, by weekday and hour of day."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Count, Min
from django.db.models.functions import Coalesce, ExtractHour, ExtractIsoWeekDay

from dossiers.lifecycle.models.dossier import Dossier
from tenants import clock

Hour = tuple[int, int]
"""Weekday, 1 is Monday, and the hour of day that begins then in Viet Nam, 0 to 23."""


@dataclass
class Arrivals:
    """What one desk took in: the day of the first, and how many in each hour of the week."""

    since: date
    by_hour: dict[Hour, int] = field(default_factory=dict)


def arrivals(first: date, last: date) -> Mapping[int, Arrivals]:
    """How many dossiers each desk took in from a day to a day, both included: one statement for all desks.

    By the primary key of the agency where the papers were handed in. What came online or by post, what an older
    system had received, complaints and conciliations are left out.
    """
    counted = (
        Dossier.objects.filter(
            received_at__gte=clock.beginning(first),
            received_at__lt=clock.beginning(last + timedelta(days=1)),
            kind=Dossier.Kind.NORMAL,
            channel=Dossier.Channel.COUNTER,
            source="",
        )
        .order_by()
        .values(
            desk=Coalesce("support_point_id", "receiving_agency_id"),
            weekday=ExtractIsoWeekDay("received_at", tzinfo=clock.VIETNAM),
            hour=ExtractHour("received_at", tzinfo=clock.VIETNAM),
        )
        .annotate(n=Count("pk"), earliest=Min("received_at"))
    )
    found: dict[int, Arrivals] = {}
    for row in counted:
        since = row["earliest"].astimezone(clock.VIETNAM).date()
        desk = found.setdefault(row["desk"], Arrivals(since))
        desk.since = min(desk.since, since)
        desk.by_hour[row["weekday"], row["hour"]] = row["n"]
    return found
