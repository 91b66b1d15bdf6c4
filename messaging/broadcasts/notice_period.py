"""How many working days ahead a planned outage is announced, and how many the law wants."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from dossiers.lifecycle.due_dates import working_days_between
from messaging.broadcasts.models import Publication
from tenants import clock

Kind = Publication.Kind

# From this day on, so many working days ahead. NĐ 224/2026/NĐ-CP Đ.13.
REQUIRED: tuple[tuple[date, int], ...] = ((date(2026, 7, 1), 7),)


@dataclass(frozen=True, slots=True)
class Lead:
    """Whole working days between the day of the announcement and that of the outage, and how many there should be."""

    days: int
    required: int

    @property
    def is_short(self) -> bool:
        return self.days < self.required


def lead(announced: datetime, starts: datetime) -> Lead:
    """How far ahead an outage that `starts` then is announced. Neither the day of the announcement nor that on which
    it begins counts: one that begins at half past midnight takes that day away."""
    first, begins = (moment.astimezone(clock.VIETNAM).date() for moment in (announced, starts))
    last = begins - timedelta(days=1)
    required = next((days for since, days in reversed(REQUIRED) if since <= first), 0)
    return Lead(working_days_between(first, last) if last > first else 0, required)


def earliest(announced: datetime) -> date:
    """The first day on which an outage that is announced then may begin, with as many working days as the law
    wants."""
    day = announced.astimezone(clock.VIETNAM).date()
    while True:
        day += timedelta(days=1)
        starts = datetime.combine(day, announced.astimezone(clock.VIETNAM).timetz())
        if not lead(announced, starts).is_short:
            return day


def latest_day(announced: datetime, starts: datetime) -> date | None:
    """The last day on which an outage that `starts` then may be announced, with as many working days as the law
    wants; None when that is past if it is announced then."""
    if lead(announced, starts).is_short:
        return None
    # From its beginning back: it may lie years ahead.
    day = starts
    while lead(day, starts).is_short:
        day -= timedelta(days=1)
    return day.astimezone(clock.VIETNAM).date()


def notice_of(publication: Publication, not_before: datetime | None = None) -> Lead | None:
    """How far ahead a planned outage is, or would be, announced; None for anything else. `not_before`: it is not
    published earlier."""
    if publication.kind != Kind.OUTAGE or publication.starts_at is None:
        return None
    return lead(announced_at(publication, not_before), publication.starts_at)


def last_day_to_announce(publication: Publication, not_before: datetime | None = None) -> date | None:
    """Until which day a planned outage that waits to be published may be, with as many working days as the law wants;
    None where that is past, and for anything else."""
    waits = publication.kind == Kind.OUTAGE and not publication.published_at
    if not waits or publication.starts_at is None or publication.short_notice_reason:
        return None
    return latest_day(announced_at(publication, not_before), publication.starts_at)


def announced_at(publication: Publication, not_before: datetime | None) -> datetime:
    if publication.published_at and publication.publish_from:
        return publication.publish_from
    now = clock.now()
    return max(publication.publish_from or now, not_before or now, now)


def short_notice_sentence(notice: Lead) -> str:
    """The warning at the desk about an outage announced too late."""
    return _(
        "Báo trước %(days)d ngày làm việc, ít hơn %(required)d ngày mà Nghị định 224/2026/NĐ-CP (Điều 13) yêu cầu."
        " Xin lùi giờ tạm dừng, hoặc ghi lý do báo gấp; lý do được đăng cùng thông báo."
    ) % {"days": notice.days, "required": notice.required}
