"""Writing, asking, approving, pausing, stopping: the only ways to change a broadcast. Each leaves a trace.

Its words are those of an announcement, which is written with it and published by the approval: the web says it
first. Whoever wrote or asked never approves.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models.functions import Greatest, Now
from django.utils.translation import gettext as _

from messaging import announcements
from messaging.announcements import queries
from messaging.broadcasts import (
    articles,
    audiences,
    capacity,
    enqueue,
    estimate,
    runner,
    send_gate,
)
from messaging.broadcasts.audiences import ARTICLE, Choice
from messaging.models import Broadcast, BroadcastArticle, SendingRules
from messaging.outbox import sending_rules
from tenants import clock
from tenants.accounts.models import User
from tenants.audit import log as audit

State = Broadcast.State
REASON_MIN, REASON_MAX = 5, 500
_CHANGEABLE = (State.DRAFT,)


class Refused(announcements.Refused):
    """Nothing was changed. `problems` maps a field, or "" for the whole, to a Vietnamese sentence."""


class Stale(Refused, announcements.Stale):
    """Somebody wrote after this person looked, or the count has grown since."""


@dataclass(frozen=True, slots=True)
class Plan:
    """To whom and when: `audiences` maps the code of each to what was chosen of it; None: as soon as approved."""

    audiences: Mapping[str, Choice] = field(default_factory=dict)
    scheduled_for: datetime | None = None


def may_broadcast(user: Any) -> bool:
    """Whether this person writes, asks, approves and stops broadcasts."""
    return bool(user.is_authenticated and user.is_staff and user.has_perm("messaging.change_broadcast"))


def write(draft: announcements.Draft, plan: Plan, *, actor: User) -> Broadcast:
    """Keep a new draft, of the announcement and of whom it goes to; nobody is told. Raises Refused."""
    _entitled(actor)
    problems = _problems(plan)
    with transaction.atomic():
        try:
            made = announcements.write(draft, actor=actor)
        except announcements.Refused as refusal:
            raise Refused({**refusal.problems, **problems}) from refusal
        if problems:
            raise Refused(problems)
        broadcast = Broadcast.objects.create(
            announcement=made,
            audiences=dict(plan.audiences),
            scheduled_for=plan.scheduled_for,
            authors=[actor.pk],
            written_at=clock.now(),
        )
        audit.record("broadcast.write", broadcast.subject, actor=actor, audiences=sorted(plan.audiences))
    return broadcast


def rewrite(pk: int, draft: announcements.Draft, plan: Plan, *, actor: User, seen: int) -> Broadcast:
    """Put these words and this plan in place of the old ones, as long as nobody was asked. Raises Refused, Stale."""
    problems = _problems(plan)
    with transaction.atomic():
        found = _locked(pk, seen, actor, _CHANGEABLE, _("Chỉ sửa được bản nháp."))
        try:
            announcements.rewrite(found.announcement_id, draft, actor=actor, seen=found.announcement.version)
        except announcements.Refused as refusal:
            raise Refused({**refusal.problems, **problems}) from refusal
        if problems:
            raise Refused(problems)
        found.audiences, found.scheduled_for = dict(plan.audiences), plan.scheduled_for
        found.counted, found.counted_at, found.written_at = {}, None, clock.now()
        found.tests, found.returned_because = 0, ""
        _by(found, actor)
        _write(found, "broadcast.write", actor, audiences=sorted(plan.audiences))
    return found


def recount(pk: int, *, actor: User) -> Broadcast:
    """Count anew whom it would reach, and at what cost. Raises Refused."""
    with transaction.atomic():
        found = _locked(pk, None, actor, (State.DRAFT, State.ASKED), _("Đợt gửi này đã được duyệt."))
        before = found.counted
        estimate.recount(found)
        if found.counted != before:
            # Who has the former numbers on the screen approves nothing by them.
            found.version += 1
        found.save()
    return found


def ask(pk: int, *, actor: User, seen: int) -> Broadcast:
    """Ask a second person: the words are frozen, and counted how many they reach. Raises Refused, Stale."""
    with transaction.atomic():
        found = _locked(pk, seen, actor, _CHANGEABLE, _("Đợt gửi này đã xin duyệt rồi."))
        if problems := _problems(Plan(found.audiences, found.scheduled_for)):
            raise Refused({"": " ".join(problems.values())})
        if found.announcement.withdrawn_at:
            raise Refused({"": _("Thông báo đã rút lại thì không gửi được nữa.")})
        try:
            announcements.demand_reason(found.announcement, found.scheduled_for)
        except announcements.Refused as refusal:
            raise Refused({"": " ".join(refusal.problems.values())}) from refusal
        estimate.recount(found)
        found.words = articles.of(found.announcement)
        found.state, found.asked_at, found.asked_by = State.ASKED, clock.now(), actor
        found.returned_because = ""
        _by(found, actor)
        count = estimate.Count.read(found.counted)
        _write(found, "broadcast.ask", actor, people=count.people, cost=count.cost)
    return found


def take_back(pk: int, *, actor: User, seen: int, reason: str = "") -> Broadcast:
    """Make what was asked for a draft again: by its author, or returned by the second person with a reason.

    Raises Refused, Stale.
    """
    with transaction.atomic():
        found = _locked(pk, seen, actor, (State.ASKED,), _("Đợt gửi này không chờ duyệt."))
        if actor.pk not in found.worded_by:
            found.returned_because = _reason(reason)
        # As a draft it shows the announcement's own words again.
        found.state, found.words = State.DRAFT, {}
        _write(found, "broadcast.take_back", actor, reason=found.returned_because)
    return found


def approve(pk: int, *, actor: User, seen: int) -> Broadcast:
    """Let it go to people, now or at its hour, and announce it on the web from then on. In one act.

    Refused to whoever wrote any of its words or asked, when the words were changed since, and once more (Stale) when it would reach
    or cost much more than was counted. A planned outage announced too late needs its reason. Raises Refused, Stale.
    """
    with transaction.atomic():
        found = _locked(pk, seen, actor, (State.ASKED,), _("Đợt gửi này không chờ duyệt."))
        if actor.pk in found.worded_by:
            raise Refused({"": _("Người soạn hoặc xin duyệt không tự duyệt được. Xin nhờ người thứ hai.")})
        if articles.of(found.announcement) != found.words:
            raise Stale({"": _("Lời thông báo đã sửa sau khi xin duyệt. Xin trả lại để xin duyệt lại.")})
        start = max(found.scheduled_for or clock.now(), clock.now())
        if found.audiences and (problem := _wrong_hour(start)):
            raise Refused({"": problem})
        grown = estimate.recount(found)
        if not grown:
            _publish(found, start, actor)
            found.state, found.approved_at, found.approved_by = State.APPROVED, clock.now(), actor
            count = estimate.Count.read(found.counted)
            found.returned_because = ""
            _write(found, "broadcast.approve", actor, people=count.people, cost=count.cost)
            Broadcast.objects.filter(pk=found.pk).update(next_step_at=Now() + (start - clock.now()))
        else:
            found.save()
    if grown:
        # The new count stays, so that it can be looked at.
        raise Stale({"": _("Số người hoặc chi phí đã tăng so với lúc xin duyệt. Xin xem số mới rồi duyệt.")})
    return found


def pause(pk: int, *, actor: User, seen: int) -> Broadcast:
    """Hold back all that is not with a relay yet. Raises Refused, Stale."""
    with transaction.atomic():
        found = _locked(pk, seen, actor, (State.RUNNING,), _("Chỉ tạm dừng được đợt đang gửi."))
        enqueue.hold_back(found)
        found.state, found.next_step_at = State.PAUSED, None
        _write(found, "broadcast.pause", actor)
    return found


def resume(pk: int, *, actor: User, seen: int) -> Broadcast:
    """Go on where it was paused, while it is news: who may be written to no more meanwhile is left out. Raises
    Refused, Stale."""
    with transaction.atomic():
        found = _locked(pk, seen, actor, (State.PAUSED,), _("Đợt gửi này không tạm dừng."))
        _still_news(found)
        enqueue.let_go(found)
        # After a restore it may be paused before it began: then it begins, at its hour.
        found.state = State.RUNNING if found.started_at else State.APPROVED
        found.returned_because = ""
        _write(found, "broadcast.resume", actor)
        when = Now() if found.started_at else Greatest(Now(), "scheduled_for")
        Broadcast.objects.filter(pk=found.pk).update(next_step_at=when)
    return found


def try_article_again(pk: int, article_id: int, *, actor: User) -> Broadcast:
    """Send the article of one account after all, when it certainly was not sent; a broadcast that was done goes on
    with it. Raises Refused."""
    going = (State.RUNNING, State.PAUSED, State.DONE)
    with transaction.atomic():
        found = _locked(pk, None, actor, going, _("Đợt gửi đã dừng hẳn thì không gửi lại bài viết được."))
        _still_news(found)
        mine = found.articles.select_for_update(of=("self",)).select_related("account")
        row = mine.filter(pk=article_id).first()
        if row is None or row.state != BroadcastArticle.State.FAILED:
            raise Refused({"": _("Chỉ gửi lại được bài viết chắc chắn chưa gửi.")})
        if why := capacity.obstacle_of(row.account):
            raise Refused(
                {
                    "": _("Tài khoản %(account)s chưa dùng được: %(why)s")
                    % {"account": row.account, "why": why}
                }
            )
        articles.begin_again(row)
        if found.state == State.DONE:
            found.state, found.finished_at, found.stopped_because = State.RUNNING, None, ""
        _write(found, "broadcast.article_again", actor, article=row.pk, account=str(row.account))
        if found.state == State.RUNNING:
            Broadcast.objects.filter(pk=found.pk).update(next_step_at=Now())
    return found


def stop(pk: int, *, actor: User, reason: str) -> Broadcast:
    """Send no more of it, for good; who has it has it, and the web page stays. Whatever was seen of it: a mistake
    is stopped also from a page that is older than its beginning. Raises Refused."""
    going = (State.APPROVED, State.RUNNING, State.PAUSED)
    with transaction.atomic():
        found = _locked(pk, None, actor, going, _("Đợt gửi này đã xong."))
        reason = _reason(reason)
        audit.record("broadcast.stop", found.subject, actor=actor, reason=reason)
        runner.end(found, State.STOPPED, reason)
    return found


def discard(pk: int, *, actor: User, seen: int) -> None:
    """Throw a draft away, with its announcement where that was never public. Raises Refused, Stale."""
    with transaction.atomic():
        found = _locked(pk, seen, actor, _CHANGEABLE, _("Chỉ xóa được bản nháp."))
        made = found.announcement
        audit.record("broadcast.discard", found.subject, actor=actor, title=made.title)
        found.delete()
        if not made.published_at:
            announcements.discard(made.pk, actor=actor, seen=made.version)


def _publish(found: Broadcast, start: datetime, actor: User) -> None:
    made = found.announcement
    if made.published_at:
        return
    made.publish_from = max(made.publish_from or start, start)
    made.save(update_fields=["publish_from"])
    try:
        found.announcement = announcements.publish(made.pk, actor=actor, seen=made.version)
    except announcements.Refused as refusal:
        raise Refused({"": " ".join(refusal.problems.values())}) from refusal


def _problems(plan: Plan) -> dict[str, str]:
    found: dict[str, str] = {}
    wrong = [
        sentence
        for code, choice in plan.audiences.items()
        if code != ARTICLE
        for sentence in (
            audiences.get(code).problems(choice)
            if code in audiences.codes()
            else [_("Không có nhóm người nhận này.")]
        )
    ]
    if wrong:
        found["audiences"] = " ".join(wrong)
    if plan.scheduled_for is not None:
        if plan.scheduled_for <= clock.now():
            found["scheduled_for"] = _("Giờ hẹn gửi phải ở phía trước.")
        elif plan.audiences and (problem := _wrong_hour(plan.scheduled_for)):
            found["scheduled_for"] = problem
        elif gone := _gone_by(plan):
            found["scheduled_for"] = _(
                "Đến giờ hẹn không còn nhắn được cho nhóm “%(group)s”. Xin hẹn trước %(latest)s, hoặc bỏ nhóm này."
            ) % {"group": audiences.get(gone[0]).label, "latest": f"{gone[1]:%H:%M, %d/%m/%Y}"}
    return found


def _gone_by(plan: Plan) -> tuple[str, datetime] | None:
    """An audience to which nobody of today belongs at the hour of this plan, and until when somebody does."""
    for code, lasts in audiences.passing(plan.audiences).items():
        latest = (clock.now() + lasts).astimezone(clock.VIETNAM)
        if plan.scheduled_for is not None and plan.scheduled_for >= latest:
            return code, latest
    return None


def _wrong_hour(moment: datetime) -> str:
    rules = SendingRules.current()
    if sending_rules.is_open(moment, rules.window_from, rules.window_until):
        return ""
    return _("Tỉnh chỉ gửi tin từ %(first)s đến %(last)s. Xin hẹn giờ trong khoảng ấy.") % {
        "first": f"{rules.window_from:%H:%M}",
        "last": f"{rules.window_until:%H:%M}",
    }


def _still_news(found: Broadcast) -> None:
    if why := send_gate.why_over(found):
        raise Refused({"": _("%(why)s Không gửi tiếp được nữa; chỉ còn dừng hẳn.") % {"why": why}})


def _by(found: Broadcast, actor: User) -> None:
    found.authors = sorted({*found.authors, actor.pk})


def _reason(typed: str) -> str:
    reason = queries.one_line(typed)
    if not queries.is_fit(reason) or not REASON_MIN <= len(reason) <= REASON_MAX:
        least, most = REASON_MIN, REASON_MAX
        raise Refused(
            {
                "reason": _("Xin ghi rõ lý do, từ %(least)d đến %(most)d ký tự.")
                % {"least": least, "most": most}
            }
        )
    return reason


def _entitled(actor: User) -> None:
    if not (may_broadcast(actor) and announcements.may_announce(actor)):
        raise Refused({"": _("Tài khoản này không được gửi thông báo của tỉnh.")})


def _locked(pk: int, seen: int | None, actor: User, states: tuple[Any, ...], otherwise: str) -> Broadcast:
    _entitled(actor)
    found = (
        Broadcast.objects.select_for_update(of=("self",))
        .select_related("announcement", "announcement__issuer")
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise Refused({"": _("Không có đợt gửi này.")})
    if seen is not None and found.version != seen:
        raise Stale({"": _("Có người vừa đổi đợt gửi này. Xin xem lại rồi làm tiếp.")})
    if found.state not in states:
        raise Refused({"": otherwise})
    return found


def _write(found: Broadcast, action: str, actor: User, **detail: Any) -> None:
    found.version += 1
    found.save()
    audit.record(action, found.subject, actor=actor, **detail)
