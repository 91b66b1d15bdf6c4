"""Writing, publishing, correcting and withdrawing: the only ways to change an announcement. Each leaves a trace.

A broadcast over channels begins with `publish`: the web says it first, from the same words. `Lead` is the time
between publication and the day that an announcement tells about.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from messaging.announcements import queries
from messaging.models import Announcement, Broadcast
from tenants import clock
from tenants.accounts.models import User
from tenants.audit import log
from tenants.organisation.models import Agency

WorkingDays = Callable[[date, date], int]
"""How many days offices of the present province work in (first, last]."""

# From this day on, so many working days ahead. NĐ 224/2026/NĐ-CP Đ.13.
REQUIRED: tuple[tuple[date, int], ...] = ((date(2026, 7, 1), 7),)

_count: list[WorkingDays] = []


@dataclass(frozen=True, slots=True)
class Lead:
    """Whole working days between the day of the announcement and that of the outage, and how many there should be."""

    days: int
    required: int

    @property
    def is_short(self) -> bool:
        return self.days < self.required


def count_with(working_days: WorkingDays) -> None:
    """Count by this function from now on: the room that knows the province's calendar leaves it here."""
    _count[:] = [working_days]


def lead(announced: datetime, starts: datetime) -> Lead:
    """How far ahead an outage that `starts` then is announced. Neither the day of the announcement nor that on which
    it begins counts: one that begins at half past midnight takes that day away."""
    first, begins = (moment.astimezone(clock.VIETNAM).date() for moment in (announced, starts))
    last = begins - timedelta(days=1)
    required = next((days for since, days in reversed(REQUIRED) if since <= first), 0)
    count = _count[0] if _count else _monday_to_friday
    return Lead(count(first, last) if last > first else 0, required)


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
    day = announced
    while day < starts and not lead(day + timedelta(days=1), starts).is_short:
        day += timedelta(days=1)
    return day.astimezone(clock.VIETNAM).date()


def _monday_to_friday(first: date, last: date) -> int:
    return sum((first + timedelta(n)).weekday() < 5 for n in range(1, (last - first).days + 1))


Kind = Announcement.Kind

TITLE_MAX = 150
SUMMARY_MAX = 400
AREA_MAX = 200
BODY_MAX = 10_000
REASON_MIN, REASON_MAX = 10, 500

# What a message of a broadcast says.
_SENT = {"title", "summary", "body", "issuer"}
_LINES = {"title": TITLE_MAX, "title_en": TITLE_MAX, "area": AREA_MAX, "area_en": AREA_MAX}
_TEXTS = {
    "summary": SUMMARY_MAX,
    "summary_en": SUMMARY_MAX,
    "body": BODY_MAX,
    "body_en": BODY_MAX,
    "short_notice_reason": REASON_MAX,
}


class Refused(Exception):
    """Nothing was changed. `problems` maps a field, or "" for the whole, to a Vietnamese sentence."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = problems


class Stale(Refused):
    """Somebody wrote after this person looked."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An announcement as somebody worded it. Moments are aware; None for what is left open."""

    title: str
    summary: str
    body: str = ""
    kind: str = Kind.NEWS
    title_en: str = ""
    summary_en: str = ""
    body_en: str = ""
    area: str = ""
    area_en: str = ""
    issuer: Agency | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    publish_from: datetime | None = None
    publish_until: datetime | None = None
    short_notice_reason: str = ""

    @classmethod
    def of(cls, announcement: Announcement) -> "Draft":
        """What an announcement says now."""
        return cls(**{field.name: getattr(announcement, field.name) for field in fields(cls)})


def may_announce(user: Any) -> bool:
    """Whether this person speaks for the province."""
    return bool(user.is_authenticated and user.is_staff and user.has_perm("messaging.change_announcement"))


def write(draft: Draft, *, actor: User) -> Announcement:
    """Keep a new draft; nobody but the desk sees it. Raises Refused."""
    draft = _checked(draft, actor)
    with transaction.atomic():
        made = Announcement.objects.create(
            **_columns(draft), written_at=clock.now(), written_by=actor, authors=[actor.pk]
        )
        log.record("announcement.write", made.subject, actor=actor)
    return made


def rewrite(pk: int, draft: Draft, *, actor: User, seen: int) -> Announcement:
    """Put these words in place of the old ones. What is public already says from then on that it was corrected.

    The kind of what is public stays, and so does the moment from which it is shown. Where an outage is moved,
    the days ahead count from now. A broadcast of other words that did not begin is a draft again. Raises Refused, Stale when `seen` is not the present version.
    """
    draft = _checked(draft, actor)
    with transaction.atomic():
        # First the broadcast, as whoever approves it does.
        broadcast = Broadcast.objects.select_for_update(of=("self",)).filter(announcement=pk).first()
        found = _locked(pk, seen)
        if found.withdrawn_at:
            raise Refused({"": _("Thông báo đã rút lại thì không sửa được nữa.")})
        before = _loggable(Draft.of(found))
        for name, value in _columns(draft).items():
            if not (found.published_at and name in ("kind", "publish_from")):
                setattr(found, name, value)
        after = _loggable(Draft.of(found))
        changed = sorted(name for name in after if after[name] != before[name])
        if not changed:
            return found
        if found.published_at:
            if {"starts_at", "ends_at"} & set(changed):
                _demand_reason(found, clock.now())
            found.corrected_at = clock.now()
        found.written_at, found.written_by, found.version = clock.now(), actor, found.version + 1
        found.authors = sorted({*found.authors, actor.pk})
        found.save()
        if broadcast and _SENT & set(changed):
            _send_back(broadcast, actor)
        log.record(
            "announcement.correct" if found.published_at else "announcement.write",
            found.subject,
            actor=actor,
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
        )
    queries.forget()
    return found


def why_broadcast_went_back(announcement: Announcement) -> str:
    """Why the broadcast of these words is a draft again, in Vietnamese; "" when it is none."""
    mine = Broadcast.objects.filter(announcement=announcement, state=Broadcast.State.DRAFT)
    return mine.values_list("returned_because", flat=True).first() or ""


def _send_back(broadcast: Broadcast, actor: User) -> None:
    """What was asked for or approved, and did not begin, was for other words."""
    state = Broadcast.State
    if broadcast.started_at or broadcast.state not in (state.ASKED, state.APPROVED, state.PAUSED):
        return
    broadcast.state, broadcast.words, broadcast.next_step_at = state.DRAFT, {}, None
    broadcast.approved_at = broadcast.approved_by = None
    broadcast.returned_because = _("Lời thông báo đã sửa sau khi xin duyệt. Xin xem lại rồi xin duyệt lại.")
    broadcast.version += 1
    broadcast.save()
    log.record("broadcast.corrected", broadcast.subject, actor=actor)


def publish(pk: int, *, actor: User, seen: int) -> Announcement:
    """Show it to everybody from `publish_from` on, or from now where that is open or past.

    A planned outage that is announced too few working days ahead needs a reason, which everybody can read.
    Raises Refused, Stale.
    """
    _entitled(actor)
    with transaction.atomic():
        found = _locked(pk, seen)
        if found.published_at:
            raise Refused({"": _("Thông báo này đã được công bố.")})
        now = clock.now()
        found.publish_from = max(found.publish_from or now, now)
        if found.publish_until and found.publish_until <= found.publish_from:
            raise Refused({"": _("Thông báo này đã quá ngày kết thúc. Xin sửa ngày rồi công bố.")})
        notice = _demand_reason(found, found.publish_from)
        found.published_at, found.version = now, found.version + 1
        found.save()
        log.record(
            "announcement.publish",
            found.subject,
            actor=actor,
            kind=found.kind,
            publish_from=found.publish_from.isoformat(),
            days_ahead=notice.days if notice else None,
            short_notice=bool(notice and notice.is_short),
        )
    queries.forget()
    return found


def withdraw(pk: int, *, actor: User, seen: int, reason: str) -> Announcement:
    """Take back what was published. Its address says from then on that it was withdrawn, when and why.

    Raises Refused, Stale.
    """
    _entitled(actor)
    reason = queries.one_line(reason)
    if not queries.is_fit(reason) or not REASON_MIN <= len(reason) <= REASON_MAX:
        raise Refused({"reason": _why_too_short()})
    with transaction.atomic():
        found = _locked(pk, seen)
        if not found.published_at or found.withdrawn_at:
            raise Refused({"": _("Chỉ rút lại được thông báo đang công bố.")})
        found.withdrawn_at, found.withdrawn_reason = clock.now(), reason
        found.version += 1
        found.save()
        log.record("announcement.withdraw", found.subject, actor=actor, reason=reason)
    queries.forget()
    return found


def discard(pk: int, *, actor: User, seen: int) -> None:
    """Throw a draft away. What was once public stays: raises Refused for it."""
    _entitled(actor)
    with transaction.atomic():
        found = _locked(pk, seen)
        if found.published_at:
            raise Refused({"": _("Thông báo đã công bố thì không xóa được, chỉ rút lại được.")})
        log.record("announcement.discard", found.subject, actor=actor, title=found.title)
        found.delete()


def notice_of(announcement: Announcement, not_before: datetime | None = None) -> Lead | None:
    """How far ahead a planned outage is, or would be, announced; None for anything else. `not_before`: it is not
    published earlier."""
    if announcement.kind != Kind.OUTAGE or announcement.starts_at is None:
        return None
    return lead(_announced(announcement, not_before), announcement.starts_at)


def last_day_to_announce(announcement: Announcement, not_before: datetime | None = None) -> date | None:
    """Until which day a planned outage that waits to be published may be, with as many working days as the law wants;
    None where that is past, and for anything else."""
    waits = announcement.kind == Kind.OUTAGE and not announcement.published_at
    if not waits or announcement.starts_at is None or announcement.short_notice_reason:
        return None
    return latest_day(_announced(announcement, not_before), announcement.starts_at)


def demand_reason(announcement: Announcement, not_before: datetime | None = None) -> None:
    """Raises Refused for a planned outage that would be announced too late without saying why. `not_before`: it is
    not published earlier."""
    if not announcement.published_at:
        _demand_reason(announcement, _announced(announcement, not_before))


def _announced(announcement: Announcement, not_before: datetime | None) -> datetime:
    if announcement.published_at and announcement.publish_from:
        return announcement.publish_from
    now = clock.now()
    return max(announcement.publish_from or now, not_before or now, now)


def _demand_reason(announcement: Announcement, announced: datetime) -> Lead | None:
    if announcement.kind != Kind.OUTAGE or announcement.starts_at is None:
        return None
    notice = lead(announced, announcement.starts_at)
    if notice.is_short and len(announcement.short_notice_reason) < REASON_MIN:
        raise Refused({"short_notice_reason": short_notice_sentence(notice)})
    return notice


def short_notice_sentence(notice: Lead) -> str:
    """What the desk is told about an outage announced too late."""
    return _(
        "Báo trước %(days)d ngày làm việc, ít hơn %(required)d ngày mà Nghị định 224/2026/NĐ-CP (Điều 13) yêu cầu."
        " Xin lùi giờ tạm dừng, hoặc ghi lý do báo gấp; lý do được đăng cùng thông báo."
    ) % {"days": notice.days, "required": notice.required}


def _why_too_short() -> str:
    return _("Xin ghi rõ lý do, từ %(least)d đến %(most)d ký tự.") % {"least": REASON_MIN, "most": REASON_MAX}


def _entitled(actor: User) -> None:
    if not may_announce(actor):
        raise Refused({"": _("Tài khoản này không được đăng thông báo của tỉnh.")})


def _locked(pk: int, seen: int) -> Announcement:
    found = Announcement.objects.select_for_update(of=("self",)).filter(pk=pk).first()
    if found is None:
        raise Refused({"": _("Không có thông báo này.")})
    if found.version != seen:
        raise Stale({"": _("Có người vừa sửa thông báo này. Xin xem lại rồi làm tiếp.")})
    return found


def _checked(draft: Draft, actor: User) -> Draft:
    """The draft tidied up; raises Refused with all that is wrong with it."""
    _entitled(actor)
    problems: dict[str, str] = {}
    values: dict[str, Any] = {}
    for names, clean in ((_LINES, queries.one_line), (_TEXTS, queries.tidy)):
        for name, most in names.items():
            value = getattr(draft, name)
            if not queries.is_fit(value):
                problems[name] = _("Nội dung có ký tự không hợp lệ.")
            elif len(values.setdefault(name, clean(value))) > most:
                problems[name] = _("Dài quá, tối đa %(most)d ký tự.") % {"most": most}
    for name, sentence in (
        ("title", _("Xin nhập tiêu đề.")),
        ("summary", _("Xin viết tóm tắt: việc gì, từ khi nào, ở đâu.")),
    ):
        if not values.get(name, "-"):
            problems[name] = sentence
    if values.get("title_en", "-") and not values.get("summary_en", "-"):
        problems["summary_en"] = _("Có tiêu đề tiếng Anh thì cần cả tóm tắt tiếng Anh.")
    if (values.get("summary_en", "") or values.get("body_en", "")) and not values.get("title_en", "-"):
        problems["title_en"] = _("Có nội dung tiếng Anh thì cần cả tiêu đề tiếng Anh.")
    if draft.kind not in Kind.values:
        problems["kind"] = _("Xin chọn loại thông báo.")
    problems |= _wrong_moments(draft)
    if problems:
        raise Refused(problems)
    if draft.kind == Kind.OUTAGE:
        values["publish_until"] = draft.ends_at
    return Draft(**{**_columns(draft), **values})


def _wrong_moments(draft: Draft) -> dict[str, str]:
    problems = {}
    if draft.kind == Kind.OUTAGE:
        if draft.starts_at is None:
            problems["starts_at"] = _("Tạm dừng theo kế hoạch phải có giờ bắt đầu.")
        if draft.ends_at is None:
            problems["ends_at"] = _("Tạm dừng theo kế hoạch phải có giờ dự kiến hoạt động lại.")
    if draft.starts_at and draft.ends_at and draft.ends_at <= draft.starts_at:
        problems["ends_at"] = _("Giờ kết thúc phải sau giờ bắt đầu.")
    until = draft.ends_at if draft.kind == Kind.OUTAGE else draft.publish_until
    if draft.publish_from and until and until <= draft.publish_from:
        problems["publish_until"] = _("Ngày thôi đăng phải sau ngày đăng.")
    return problems


def _columns(draft: Draft) -> dict[str, Any]:
    return {field.name: getattr(draft, field.name) for field in fields(draft)}


def _loggable(draft: Draft) -> dict[str, Any]:
    """The draft as the log keeps it."""
    return {
        name: value.isoformat()
        if isinstance(value, datetime)
        else value.code
        if isinstance(value, Agency)
        else value
        for name, value in _columns(draft).items()
    }
