"""Going live, pause and resume.

A province goes live when nothing blocks and two different operators want it; at once, or at a time they agreed on.
"""

import logging
from datetime import datetime, timedelta
from functools import partial

from django.utils.translation import gettext as _

from tenants import clock
from tenants.accounts.models import User
from tenants.audit import operators_log
from tenants.folder.problems import Refused, ValidationProblem, refuse
from tenants.folder.readiness import Level, Report
from tenants.isolation import province_cache
from tenants.isolation.models import OperatorsEntry, Province
from tenants.operations.golive import two_person_approval
from tenants.operations.golive.two_person_approval import Approval
from tenants.operations.readiness.all_checks import run_checks
from tenants.validation import shown

log = logging.getLogger(__name__)

ACT = "golive"
approval_of = partial(two_person_approval.approval_of, ACT)
withdraw = partial(two_person_approval.withdraw, ACT)
"""Take a proposal back, or a go-live whose time has not come."""
LEVELS = (Level.WEB, Level.GOLIVE)
_FROM = (Province.State.DRAFT, Province.State.PILOT)
LATEST = timedelta(days=1)
"""So late the clock may still open a province, after it stood still."""
_SERVES = (Province.State.PILOT, Province.State.LIVE)


def propose(
    slug: str, *, actor: User, at: datetime | None = None, level: Level = Level.GOLIVE
) -> OperatorsEntry:
    """Propose that a province serves officially from `at` (aware; None: as soon as it is confirmed).

    WEB is for a province whose messages have yet to be approved by a provider. Raises Refused as `check_proposal`,
    and while another proposal waits.
    """
    check_proposal(slug, at, level)
    return two_person_approval.propose(
        ACT, slug, actor=actor, level=level.value, at=at.isoformat() if at else ""
    )


def check_proposal(slug: str, at: datetime | None = None, level: Level = Level.GOLIVE) -> None:
    """Raise Refused, with what blocks, where the checks of the level are not passed; for a time that is over; for a
    province that is live, paused or archived. Called before a password is asked for."""
    with operators_log.province_row(slug) as province:
        _refuse_other_state(province)
    if at is not None and at <= clock.now():
        raise refuse(slug, 0, _("thời điểm phục vụ chính thức phải ở phía trước."))
    require_ready(slug, level)


def confirm(slug: str, *, actor: User, proposal: int) -> Province:
    """Confirm it as a second person; the province is live when this returns, unless a time was agreed on.

    The checks are run once more. `proposal`: the entry that was shown. Raises Refused as `propose` does, and as `two_person_approval.confirm`.
    """
    waiting = approval_of(slug)
    if waiting is not None and waiting.waits:
        require_ready(slug, agreed_level(waiting))
    with operators_log.province_row(slug) as province:
        _refuse_other_state(province)
        agreed = two_person_approval.confirm(ACT, slug, actor=actor, proposal=proposal)
        at = agreed_time(agreed)
        if at is None or at <= clock.now():
            _open(province, agreed_level(agreed))
    province_cache.clear_cache()
    return province


def agreed_level(approval: Approval) -> Level:
    return Level(approval.detail.get("level") or Level.GOLIVE)


def agreed_time(approval: Approval) -> datetime | None:
    """The time that was agreed on; None: at once."""
    at = approval.detail.get("at")
    return datetime.fromisoformat(at) if at else None


def read_moment(slug: str, text: str) -> datetime | None:
    """A moment in Viet Nam as people type it, “2026-12-01 07:30”; "" is none. Raises Refused for anything else."""
    if not text:
        return None
    try:
        typed = datetime.fromisoformat(text)
    except ValueError as error:
        sentence = _("“%(text)s” không phải thời điểm; viết dạng 2026-12-01 07:30.")
        raise refuse(slug, 0, sentence % {"text": shown(text, 40)}) from error
    return typed.replace(tzinfo=clock.VIETNAM) if typed.tzinfo is None else typed


def require_ready(slug: str, level: Level) -> Report:
    """Run the checks of this level; raises Refused with all that blocks."""
    report = run_checks(slug, level)
    if blocked := report.by_state["blocked"]:
        raise Refused(ValidationProblem(one.id, 0, f"{one.title}: {one.cause}") for one in blocked)
    return report


def open_due_provinces() -> list[str]:
    """Let those provinces serve whose agreed time has come; their slugs. For the clock, once a minute.

    The checks are run once more: a province that became unready is not opened, nor one whose time is over since
    more than LATEST; the log records it once, and two people have to agree again.
    """
    opened = []
    for record in province_cache.all_records():
        approval = approval_of(record.slug) if record.state in _FROM else None
        if approval is None or approval.word != two_person_approval.CONFIRMED:
            continue
        at = agreed_time(approval)
        if at is None or at > clock.now():
            continue
        if at + LATEST < clock.now():
            expire_approval(record.slug)
        elif _open_if_ready(record.slug, approval):
            opened.append(record.slug)
    return opened


def expire_approval(slug: str) -> None:
    """Let a go-live that was agreed on and whose time is over be worth nothing any more, and record it; one that
    is yet to come stands. A province must not open on the day a pause happens to end."""
    with operators_log.province_row(slug):
        approval = approval_of(slug)
        confirmed = approval is not None and approval.word == two_person_approval.CONFIRMED
        at = agreed_time(approval) if approval is not None and confirmed else None
        if at is not None and at <= clock.now():
            operators_log.record(f"{ACT}.{two_person_approval.WITHDRAWN}", slug, lapsed=at.isoformat())


def _open_if_ready(slug: str, approval: Approval) -> bool:
    try:
        require_ready(slug, agreed_level(approval))
    except Refused as refusal:
        blocked = [problem.file for problem in refusal.problems]
        log.error("%s does not go live: %s", slug, blocked)
        operators_log.record(f"{ACT}.{two_person_approval.WITHDRAWN}", slug, blocked=blocked)
        return False
    with operators_log.province_row(slug) as province:
        again = approval_of(slug)
        if province.state not in _FROM or again is None or again.entry.pk != approval.entry.pk:
            return False
        _open(province, agreed_level(approval))
    province_cache.clear_cache()
    return True


def _open(province: Province, level: Level) -> None:
    province.state = Province.State.LIVE
    Province.objects.filter(pk=province.pk).update(state=province.state)
    operators_log.record(f"{ACT}.{two_person_approval.DONE}", province.slug, level=level.value)


def _refuse_other_state(province: Province) -> None:
    if province.state not in _FROM:
        text = _("đang ở trạng thái “%(state)s”, không đưa vào phục vụ chính thức được.")
        raise refuse(province.slug, 0, text % {"state": province.get_state_display()})


def pause_province(slug: str, *, actor: User | None = None) -> Province:
    """Answer 503 at all pages of the province from now on; running processes notice within ten seconds.

    Pausing a paused province changes nothing. Raises Refused for an unknown or archived one, and for one
    that does not serve yet.
    """
    with operators_log.province_row(slug) as province:
        if province.state != Province.State.PAUSED:
            _move(province, allowed=_SERVES, target=Province.State.PAUSED, act="pause", actor=actor)
    province_cache.clear_cache()
    return province


def resume_province(slug: str, *, pilot: bool = False, actor: User | None = None) -> Province:
    """Let a paused province serve again as it did before the pause, or as pilot. Raises Refused for one that
    is not paused.

    A pause is no way around the two people of a go-live: a pilot before the pause is one afterwards, and a go-live
    whose time came during the pause has to be agreed on again.
    """
    with operators_log.province_row(slug) as province:
        target = Province.State.PILOT if pilot else _before_the_pause(province)
        if province.state != target:
            expire_approval(slug)
            _move(province, allowed=(Province.State.PAUSED,), target=target, act="resume", actor=actor)
    province_cache.clear_cache()
    return province


def _before_the_pause(province: Province) -> Province.State:
    if province.state in _SERVES:
        return Province.State(province.state)
    entry = operators_log.last(province.slug, "pause")
    was_live = entry is not None and entry.detail.get("was") == Province.State.LIVE
    # A demonstration is live by its file; what was one when it was paused goes live by two operators.
    agreed = operators_log.last(province.slug, f"{ACT}.{two_person_approval.DONE}")
    may_be_live = province.demo or agreed is not None
    return Province.State.LIVE if was_live and may_be_live else Province.State.PILOT


def _move(
    province: Province,
    *,
    allowed: tuple[Province.State, ...],
    target: Province.State,
    act: str,
    actor: User | None,
) -> None:
    if province.state not in allowed:
        names = {"present": province.get_state_display(), "target": target.label}
        text = _("đang ở trạng thái “%(present)s”, không chuyển sang “%(target)s” được.")
        raise refuse(province.slug, 0, text % names)
    was, province.state = province.state, target
    Province.objects.filter(pk=province.pk).update(state=province.state)
    operators_log.record(act, province.slug, actor=actor, was=was, now=target)
