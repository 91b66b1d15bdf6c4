"""What a later file says about a dossier that was taken over before: compared three ways, with what the old
system said last time and with what became of the dossier here since."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from dossiers import wording
from dossiers.legacy_import.rows.records import Record, Stage
from dossiers.models import Dossier, Event
from dossiers.rules.statuses import Status
from dossiers.rules.workflow.workflow import Workflow
from dossiers.services import consents
from messaging import phone_numbers
from messaging.recipients import subscriptions
from tenants import clock

FEED = "feed"
KEEP = -1
"""For an assignee: as it was."""

_BEGINNING = frozenset({Status.NEW, Status.RECEIVED})


class CannotFollow(Exception):
    """The row is left alone. The text says why."""


@dataclass(frozen=True, slots=True)
class Known:
    """A dossier as it stands here, and the last event that came from the old system.

    `channels_chosen_here`: its people said here over which channels they want to be told; `linked`: the channels at
    which a chat is linked to it.
    """

    dossier: Dossier
    last: Event
    channels_chosen_here: bool = False
    linked: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Change:
    """What the old system has done since. `seen` is the dossier's last event when it was compared.

    `promise` is the date that holds from now on, `promise_first` says that it was changed before the move.
    """

    row: int
    dossier_id: int
    seen: int
    stages: tuple[Stage, ...] = ()
    assignee: int | None = KEEP
    promise: datetime | None = None
    promise_first: bool = False
    channels: tuple[str, ...] | None = None
    """Over which channels the recipient is told from now on; None: as before."""
    words: str = ""


def known(source: str, source_codes: Iterable[str]) -> dict[str, Known]:
    """The dossiers of this old system among these old codes."""
    dossiers = {
        dossier.pk: dossier
        for dossier in Dossier.objects.filter(source=source, source_code__in=list(source_codes))
        .prefetch_related("workflow_version")
        .defer("lookup_key", "documents")
    }
    # `legacy` or a feed: what people did here since is not the old system's word.
    said = Event.objects.filter(Q(legacy=True) | Q(kind=FEED), dossier__in=dossiers)
    last = said.order_by("dossier_id", "-sequence").distinct("dossier_id")
    chosen = set(
        Event.objects.filter(kind=consents.KIND, dossier__in=dossiers).values_list("dossier_id", flat=True)
    )
    linked: dict[str, set[str]] = defaultdict(set)
    for subject, channel in subscriptions.linked_subjects([dossier.subject for dossier in dossiers.values()]):
        linked[subject].add(channel)
    return {
        dossiers[event.dossier_id].source_code: Known(
            dossiers[event.dossier_id],
            event,
            event.dossier_id in chosen,
            frozenset(linked[dossiers[event.dossier_id].subject]),
        )
        for event in last
    }


def compare(record: Record, before: Known, *, as_of: datetime, follows_assignee: bool) -> Change | None:
    """What is to be done about a row; None when nothing is. `as_of` is the moment the file speaks for.

    Where the old system is as before, what was done here stands. Raises CannotFollow when both moved, when
    the row goes back in time, or when it tells another story about what cannot change.
    """
    dossier, last = before.dossier, before.last
    workflow = dossier.workflow_version.workflow
    _check_identity(record, dossier)
    stages = _stages(record, before, workflow)
    assignee = _assignee(record, before) if follows_assignee else KEEP
    promise = _promise(record, before, workflow, stages)
    channels = _channels(record, before)
    if not stages and assignee == KEEP and promise is None and channels is None:
        return None
    _check_order(record, last, stages, as_of)
    moves_on = bool(stages) and workflow.clock_state(stages[-1].step) != "running"
    return Change(
        row=record.row,
        dossier_id=dossier.pk,
        seen=dossier.last_sequence,
        stages=stages,
        assignee=assignee,
        promise=promise,
        promise_first=moves_on,
        channels=channels,
        words="; ".join(_words(before, stages, assignee, promise, channels)),
    )


def _check_identity(record: Record, dossier: Dossier) -> None:
    if record.received_at != dossier.received_at:
        raise CannotFollow(
            _("ngày tiếp nhận khác lần nhập trước (%(before)s); không tự sửa")
            % {"before": wording.moment(dossier.received_at)}
        )


def _stages(record: Record, before: Known, workflow: Workflow) -> tuple[Stage, ...]:
    theirs = record.present
    ours, base = before.dossier, before.last
    if _is_at(record, ours.step, ours.status) or _is_at(record, base.to_step, base.status):
        return ()
    if ours.step != base.to_step:
        raise CannotFollow(
            _(
                "hệ thống cũ chuyển sang trạng thái %(theirs)d, ở đây cán bộ đã chuyển sang trạng thái %(ours)d"
            )
            % {"theirs": theirs.status, "ours": ours.status}
        )
    passed = [
        stage
        for stage in record.stages[:-1]
        if stage.status is Status.DONE and base.status not in (Status.DONE, Status.RETURNED)
    ]
    return tuple(_in_workflow(stage, workflow, record.names_step) for stage in (*passed, theirs))


def _is_at(record: Record, step: str, status: int) -> bool:
    """Whether the row says that the dossier is there. Inner steps are ours unless the old system names them."""
    if record.names_step:
        return record.present.step == step
    return record.present.status == status


def _in_workflow(stage: Stage, workflow: Workflow, names_step: bool) -> Stage:
    """The stage in the workflow under which the dossier was received, which may be an earlier version."""
    step = workflow.steps.get(stage.step)
    if step is None or step.status is not stage.status:
        same = [one for one in workflow.steps.values() if one.status is stage.status]
        if names_step or not same:
            raise CannotFollow(_("quy trình của hồ sơ này không có bước tương ứng"))
        step = same[0]
    return Stage(step.code, stage.status, stage.at)


def _assignee(record: Record, before: Known) -> int | None:
    theirs, ours, base = record.assignee, before.dossier.assignee_id, before.last.assignee_id
    if theirs in (ours, base):
        return KEEP
    if ours != base:
        raise CannotFollow(_("hệ thống cũ đổi người xử lý, ở đây cán bộ cũng đã đổi"))
    return theirs


def _promise(record: Record, before: Known, workflow: Workflow, stages: tuple[Stage, ...]) -> datetime | None:
    """The date to keep from now on. While a dossier waits for the citizen its date is suspended, and after
    its end it has no meaning: only a running term takes a new one."""
    theirs, ours, base = record.due_at, before.dossier.due_at, before.last.due_at
    state_before = workflow.clock_state(before.dossier.step)
    state_after = workflow.clock_state(stages[-1].step) if stages else state_before
    if theirs is None or "running" not in (state_before, state_after):
        return None
    if state_before != "running":
        return theirs
    if theirs in (ours, base):
        return None
    if ours != base:
        raise CannotFollow(_("hệ thống cũ đổi ngày hẹn trả, ở đây ngày hẹn cũng đã đổi"))
    return theirs


def _channels(record: Record, before: Known) -> tuple[str, ...] | None:
    """What people said here about notices stands; else the dossier follows the old system. An empty cell says
    nothing, and a number that can take no messages cannot agree to any."""
    ours = set(before.dossier.notice_channels)
    # A chat over whose channel news went already is linked without an event: it stays, and says nothing of others.
    wanted = (ours | record.intake.consents) - (record.refused - before.linked)
    if (
        before.channels_chosen_here
        or wanted == ours
        or not phone_numbers.MOBILE.match(before.dossier.recipient.phone)
    ):
        return None
    return tuple(sorted(wanted))


def _check_order(record: Record, last: Event, stages: tuple[Stage, ...], as_of: datetime) -> None:
    said_on = last.at.astimezone(clock.VIETNAM).date()
    if as_of.astimezone(clock.VIETNAM).date() < said_on:
        raise CannotFollow(_("tệp cũ hơn lần nhập trước; đi ngược thời gian"))
    if not stages:
        return
    before, after = Status(last.status), stages[-1].status
    ended = before.is_closed or before is Status.DONE
    goes_back = (
        (ended and not (after.is_closed or after is Status.DONE))
        or (before is Status.RETURNED)
        or (after in _BEGINNING and (before not in _BEGINNING or after < before))
    )
    if goes_back or (not after.is_closed and after is not Status.DONE and stages[-1].at.date() < said_on):
        raise CannotFollow(
            _("trạng thái đi ngược thời gian: lần trước là %(before)d, nay là %(after)d")
            % {"before": before, "after": after}
        )


def _words(
    before: Known,
    stages: tuple[Stage, ...],
    assignee: int | None,
    promise: datetime | None,
    channels: tuple[str, ...] | None,
) -> Iterator[str]:
    if stages:
        yield _("trạng thái %(before)d → %(after)d") % {
            "before": before.dossier.status,
            "after": stages[-1].status,
        }
    if assignee != KEEP:
        yield _("đổi người xử lý")
    if promise is not None and promise != before.dossier.due_at:
        yield _("hẹn trả %(due)s") % {"due": wording.moment(promise)}
    if channels is not None:
        yield _("đồng ý nhận tin: %(channels)s") % {"channels": ", ".join(channels) or "–"}
