"""Writing, publishing, asking, approving, pausing, stopping, withdrawing: the only ways to change a publication.

Each leaves a trace. The page is published by one person, or by the approval of the broadcast: the web says it first.
Authors and applicants never approve.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models.functions import Greatest, Now
from django.utils.translation import gettext as _

from messaging.broadcasts import audience, queries
from messaging.broadcasts.drafts import (
    PLAN,
    REASON_MAX,
    REASON_MIN,
    STOP_REASON_MIN,
    WORDS,
    Refused,
    check,
    find_problems,
    is_wrong_hour,
)
from messaging.broadcasts.models import Publication, PublicationArticle
from messaging.broadcasts.sending import articles, capacity, enqueue, runner
from tenants import clock
from tenants.accounts.models import User
from tenants.audit import log as audit
from tenants.organisation.models import Agency

State = Publication.State
# What a message says.
_SENT = {"title", "summary", "body", "issuer"}


class Stale(Refused):
    """The publication was changed after this person saw it."""


def may_announce(user: Any) -> bool:
    """Whether this person speaks for the province on its pages."""
    return bool(user.is_authenticated and user.is_staff and user.has_perm("broadcasts.change_publication"))


def may_broadcast(user: Any) -> bool:
    """Whether this person asks, approves and stops broadcasts, too."""
    return may_announce(user) and bool(user.has_perm("broadcasts.send_publication"))


def write(values: Mapping[str, Any], *, actor: User) -> Publication:
    """Keep a new draft, of the text and of whom it goes to; only the desk sees it. Raises Refused.

    `values`: columns among `drafts.WORDS` and `drafts.PLAN`; moments are aware, None where one is left open.
    """
    _entitled(actor, sends=any(values.get(name) for name in PLAN))
    made = Publication(**values, written_at=clock.now(), written_by=actor, authors=[actor.pk])
    check(made, plan=True)
    with transaction.atomic():
        made.save()
        audit.record("announcement.write", made.subject, actor=actor, audiences=made.audiences)
    return made


def rewrite(pk: int, values: Mapping[str, Any], *, actor: User, seen: int) -> Publication:
    """Put these words, and the plan where it is among them, in place of the old ones.

    A published page says from then on that it was corrected; its kind stays, and so does the moment from which it is
    shown. The plan changes only in a draft. A broadcast of other words that did not begin is a draft again. Raises
    Refused, Stale when `seen` is not the present version.
    """
    plans = not values.keys().isdisjoint(PLAN)
    with _held(pk, seen, actor, sends=plans) as found:
        if found.withdrawn_at:
            raise Refused({"": _("Thông báo đã rút lại thì không sửa được nữa.")})
        before = _loggable(found)
        for name, value in values.items():
            if not (found.published_at and name in ("kind", "publish_from")):
                setattr(found, name, value)
        check(found, plan=plans)
        after = _loggable(found)
        changed = sorted(name for name in WORDS if after[name] != before[name])
        replanned = any(after[name] != before[name] for name in PLAN)
        if replanned and found.state != State.DRAFT:
            raise Refused({"": _("Chỉ đổi được nơi gửi, giờ gửi của bản nháp.")})
        if not changed and not replanned:
            return found
        if found.published_at and changed:
            found.corrected_at = clock.now()
        if found.state == State.DRAFT:
            found.counted, found.counted_at, found.returned_because = [], None, ""
        elif not _SENT.isdisjoint(changed):
            _send_back(found, actor)
        found.written_at, found.written_by = clock.now(), actor
        _by(found, actor)
        _save(
            found,
            "announcement.correct" if found.published_at else "announcement.write",
            actor,
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
            audiences=found.audiences,
        )
    return found


def _send_back(found: Publication, actor: User) -> None:
    if found.started_at or found.state not in (State.ASKED, State.APPROVED, State.PAUSED):
        return
    found.state, found.words, found.next_step_at = State.DRAFT, {}, None
    found.approved_at = found.approved_by = None
    found.returned_because = _("Lời thông báo đã sửa sau khi xin duyệt. Xin xem lại rồi xin duyệt lại.")
    audit.record("broadcast.corrected", found.subject, actor=actor)


def publish(pk: int, *, actor: User, seen: int) -> Publication:
    """Show the page to everybody from `publish_from` on, or from now where that is open or past. Raises Refused,
    Stale."""
    with _held(pk, seen, actor, sends=False) as found:
        if found.published_at:
            raise Refused({"": _("Thông báo này đã được công bố.")})
        _show(found, max(found.publish_from or clock.now(), clock.now()), actor)
    return found


def _show(found: Publication, start: datetime, actor: User) -> None:
    found.publish_from = start
    if found.publish_until and found.publish_until <= start:
        raise Refused({"": _("Thông báo này đã quá ngày kết thúc. Xin sửa ngày rồi công bố.")})
    found.published_at = clock.now()
    _save(found, "announcement.publish", actor, kind=found.kind, publish_from=start.isoformat())


def withdraw(pk: int, *, actor: User, seen: int, reason: str) -> Publication:
    """Take back what was published. Its address says from then on that it was withdrawn, when and why.

    Raises Refused, Stale.
    """
    with _held(pk, seen, actor, sends=False) as found:
        reason = _reason(reason, REASON_MIN)
        if not found.published_at or found.withdrawn_at:
            raise Refused({"": _("Chỉ rút lại được thông báo đang công bố.")})
        found.withdrawn_at, found.withdrawn_reason = clock.now(), reason
        if found.state == State.ASKED:
            # There is nothing to approve any more.
            found.state, found.words = State.DRAFT, {}
        _save(found, "announcement.withdraw", actor, reason=reason)
    return found


def discard(pk: int, *, actor: User, seen: int) -> None:
    """Throw a draft away. A text that was public, or whose approval was asked, stays. Raises Refused, Stale."""
    with _held(pk, seen, actor, sends=False) as found:
        if found.published_at:
            raise Refused({"": _("Thông báo đã công bố thì không xóa được, chỉ rút lại được.")})
        _entitled(actor, sends=bool(found.audiences))
        if found.state != State.DRAFT:
            raise Refused({"": _("Chỉ xóa được bản nháp.")})
        audit.record("announcement.discard", found.subject, actor=actor, title=found.title)
        found.delete()


def recount(pk: int, *, actor: User) -> Publication:
    """Count anew whom it would reach. Raises Refused."""
    with _held(pk, None, actor, (State.DRAFT, State.ASKED), _("Thông báo này đã được duyệt.")) as found:
        before = found.counted
        _count(found)
        if found.counted != before:
            # Who has the former numbers on the screen approves nothing by them.
            found.version += 1
        found.save()
    return found


def ask(pk: int, *, actor: User, seen: int) -> Publication:
    """Ask a second person: the words are frozen, and counted how many they reach. Raises Refused, Stale."""
    with _held(pk, seen, actor, (State.DRAFT,), _("Đợt gửi này đã xin duyệt rồi.")) as found:
        if problems := find_problems(found):
            raise Refused({"": " ".join(problems.values())})
        if found.withdrawn_at:
            raise Refused({"": _("Thông báo đã rút lại thì không gửi được nữa.")})
        _count(found)
        found.words = articles.of(found)
        found.state, found.asked_at, found.asked_by = State.ASKED, clock.now(), actor
        found.returned_because = ""
        _by(found, actor)
        _save(found, "broadcast.ask", actor, people=found.people)
    return found


def _count(found: Publication) -> None:
    found.counted, found.counted_at = audience.count(found.audiences), clock.now()


def take_back(pk: int, *, actor: User, seen: int, reason: str = "") -> Publication:
    """Make what was asked for a draft again: by its author, or returned by the second person with a reason.

    Raises Refused, Stale.
    """
    with _held(pk, seen, actor, (State.ASKED,), _("Đợt gửi này không chờ duyệt.")) as found:
        if actor.pk not in found.authors:
            found.returned_because = _reason(reason, STOP_REASON_MIN)
        # As a draft it shows its own words again.
        found.state, found.words = State.DRAFT, {}
        _save(found, "broadcast.take_back", actor, reason=found.returned_because)
    return found


def approve(pk: int, *, actor: User, seen: int) -> Publication:
    """Let it go to people, now or at its hour, and announce it on the web from then on. In one act.

    The page is shown no later than the first message leaves. Refused to authors, and when the words were changed
    since. Raises Refused, Stale.
    """
    with _held(pk, seen, actor, (State.ASKED,), _("Đợt gửi này không chờ duyệt.")) as found:
        if actor.pk in found.authors:
            raise Refused({"": _("Người soạn hoặc xin duyệt không tự duyệt được. Xin nhờ người thứ hai.")})
        if articles.of(found) != found.words:
            raise Stale({"": _("Lời thông báo đã sửa sau khi xin duyệt. Xin trả lại để xin duyệt lại.")})
        now = clock.now()
        shown = found.publish_from or max(found.scheduled_for or now, now)
        # The web says it first.
        start = max(found.scheduled_for or now, shown, now)
        if found.audiences and (problem := is_wrong_hour(start)):
            raise Refused({"": problem})
        if not found.published_at:
            _show(found, max(shown, now), actor)
        found.state, found.approved_at, found.approved_by = State.APPROVED, clock.now(), actor
        found.returned_because = ""
        _save(found, "broadcast.approve", actor, people=found.people)
        Publication.objects.filter(pk=found.pk).update(next_step_at=Now() + (start - clock.now()))
    return found


def pause(pk: int, *, actor: User, seen: int) -> Publication:
    """Hold back all that is not with a relay yet. Raises Refused, Stale."""
    with _held(pk, seen, actor, (State.RUNNING,), _("Chỉ tạm dừng được đợt đang gửi.")) as found:
        enqueue.hold_back(found)
        found.state, found.next_step_at = State.PAUSED, None
        _save(found, "broadcast.pause", actor)
    return found


def resume(pk: int, *, actor: User, seen: int) -> Publication:
    """Go on where it was paused, while it is news: who may be written to no more meanwhile is left out. Raises
    Refused, Stale."""
    with _held(pk, seen, actor, (State.PAUSED,), _("Đợt gửi này không tạm dừng.")) as found:
        _still_news(found)
        enqueue.let_go(found)
        # After a restore it may be paused before it began: then it begins, at its hour.
        found.state = State.RUNNING if found.started_at else State.APPROVED
        found.returned_because = ""
        _save(found, "broadcast.resume", actor)
        when = Now() if found.started_at else Greatest(Now(), "scheduled_for", "publish_from")
        Publication.objects.filter(pk=found.pk).update(next_step_at=when)
    return found


def try_article_again(pk: int, *, actor: User, article: int) -> Publication:
    """Send the article of one account after all, when it certainly was not sent; a broadcast that was done goes on
    with it. Raises Refused."""
    going = (State.RUNNING, State.PAUSED, State.DONE)
    with _held(pk, None, actor, going, _("Đợt gửi đã dừng hẳn thì không gửi lại bài viết được.")) as found:
        _still_news(found)
        row = _article(found, article)
        if row is None or row.state != PublicationArticle.State.FAILED:
            raise Refused({"": _("Chỉ gửi lại được bài viết chắc chắn chưa gửi.")})
        if why := capacity.obstacle_of(row.account):
            words = {"account": row.account, "why": why}
            raise Refused({"": _("Tài khoản %(account)s chưa dùng được: %(why)s") % words})
        articles.begin_again(row)
        if found.state == State.DONE:
            found.state, found.finished_at, found.stopped_because = State.RUNNING, None, ""
        _save(found, "broadcast.article_again", actor, article=row.pk, account=str(row.account))
        if found.state == State.RUNNING:
            Publication.objects.filter(pk=found.pk).update(next_step_at=Now())
    return found


def settle_article(pk: int, *, actor: User, article: int, seen: int, was_sent: bool) -> Publication:
    """Note what a person saw at the account: an article of unknown outcome was sent after all, or was not and is sent
    while the broadcast goes on. Raises Refused, Stale where it was tried since: after other tries than `seen`."""
    # First the broadcast, as everybody does: it may be stopped or be done at this moment.
    with _held(pk, None, actor) as found:
        row = _article(found, article)
        if row is None or row.state != PublicationArticle.State.UNKNOWN or row.tries != seen:
            raise Stale({"": _("Có người vừa đổi thông báo này. Xin xem lại rồi làm tiếp.")})
        articles.settle(row, was_sent=was_sent)
        audit.record("broadcast.article", found.subject, actor=actor, sent=was_sent, article=row.pk)
    return found


def _article(found: Publication, pk: int) -> PublicationArticle | None:
    mine = found.articles.select_for_update(of=("self",)).select_related("account", "publication")
    return mine.filter(pk=pk).first()


def stop(pk: int, *, actor: User, reason: str) -> Publication:
    """Send no more of it, for good; who has it has it, and the web page stays. Whatever was seen of it: a mistake
    is stopped also from a page that is older than its beginning. Raises Refused."""
    going = (State.APPROVED, State.RUNNING, State.PAUSED)
    with _held(pk, None, actor, going, _("Đợt gửi này đã xong.")) as found:
        reason = _reason(reason, STOP_REASON_MIN)
        audit.record("broadcast.stop", found.subject, actor=actor, reason=reason)
        runner.end(found, State.STOPPED, reason)
    return found


def _still_news(found: Publication) -> None:
    if why := enqueue.why_over(found):
        raise Refused({"": _("%(why)s Không gửi tiếp được nữa; chỉ còn dừng hẳn.") % {"why": why}})


def _by(found: Publication, actor: User) -> None:
    found.authors = sorted({*found.authors, actor.pk})


def _reason(typed: str, least: int) -> str:
    reason = queries.one_line(typed)
    if not queries.is_fit(reason) or not least <= len(reason) <= REASON_MAX:
        sentence = _("Xin ghi rõ lý do, từ %(least)d đến %(most)d ký tự.")
        raise Refused({"reason": sentence % {"least": least, "most": REASON_MAX}})
    return reason


def _entitled(actor: User, *, sends: bool = False) -> None:
    if not may_announce(actor):
        raise Refused({"": _("Tài khoản này không được đăng thông báo của tỉnh.")})
    if sends and not may_broadcast(actor):
        raise Refused({"": _("Tài khoản này không được gửi thông báo của tỉnh.")})


@contextmanager
def _held(
    pk: int,
    seen: int | None,
    actor: User,
    states: Collection[str] = tuple(State),
    otherwise: str = "",
    *,
    sends: bool = True,
) -> Iterator[Publication]:
    """The publication for an act of this person, locked until the act is stored whole. Raises Refused, also `otherwise`
    where it is in none of these states; Stale where it is not the one that was `seen`."""
    _entitled(actor, sends=sends)
    with transaction.atomic():
        kept = Publication.objects.select_for_update(of=("self",)).select_related("issuer")
        found = kept.filter(pk=pk).first()
        if found is None:
            raise Refused({"": _("Không có thông báo này.")})
        if seen is not None and found.version != seen:
            raise Stale({"": _("Có người vừa đổi thông báo này. Xin xem lại rồi làm tiếp.")})
        if found.state not in states:
            raise Refused({"": otherwise})
        yield found


def _save(found: Publication, action: str, actor: User, **detail: Any) -> None:
    found.version += 1
    found.save()
    audit.record(action, found.subject, actor=actor, **detail)
    queries.forget()


def _loggable(found: Publication) -> dict[str, Any]:
    return {
        name: value.isoformat()
        if isinstance(value, datetime)
        else value.code
        if isinstance(value, Agency)
        else value
        for name in (*WORDS, *PLAN)
        for value in [getattr(found, name)]
    }
