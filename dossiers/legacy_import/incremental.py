"""Later files of an old system that still runs. Its row wins as a whole, unless the dossier was changed here too.

What it has done since goes through the journal, one dossier at a time; the citizen gets a notice of a new status.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from dossiers.deadlines import wording
from dossiers.legacy_import import consents, event_history
from dossiers.legacy_import.reference_data import Directory
from dossiers.legacy_import.rows.records import Record, Stage
from dossiers.lifecycle import event_journal, notices, permissions
from dossiers.lifecycle.actions.consents import KIND as CONSENT
from dossiers.lifecycle.errors import NotPossible
from dossiers.lifecycle.models import Dossier, Event
from dossiers.workflow.rules.statuses import Status
from messaging.contacts import contacts, followers
from messaging.outbox import enqueue
from messaging.outbox import wording as templates
from tenants import clock, phone_numbers
from tenants.audit import log

NOTICE = "status_changed"
TEXT = (
    "Hồ sơ của ông/bà có thay đổi",
    "Kính gửi ông/bà {ho_ten}, từ {luc}, hồ sơ {ma_ho_so} ({thu_tuc}) ở trạng thái: {trang_thai}. Nơi giải quyết: "
    "{don_vi}. Mời ông/bà xem chi tiết hoặc hỏi {noi_nop}.⟦ Điện thoại: {dien_thoai}.⟧",
    "Xem hồ sơ",
)
# Only the old system knows what these stand for.
_NOT_KNOWN = ("{giay_to}", "{ly_do}", "{so_tien}", "{so_quyet_dinh}", "{han_bo_sung}", "{han_nop}")
_BEGINNING = frozenset({Status.NEW, Status.RECEIVED})


class CannotFollow(Exception):
    """The row is left alone. The text says why."""


@dataclass(frozen=True, slots=True)
class Known:
    """A dossier as it stands here, and the last event that the old system had a hand in.

    `channels_chosen_here`: its people chose here over which channels notices go; `linked`: the channels at which a
    chat is linked to it.
    """

    dossier: Dossier
    last: Event
    channels_chosen_here: bool
    linked: frozenset[str]

    def is_changed_here(self, follows_assignee: bool) -> bool:
        """Whether staff have moved it, given it to another or appointed another date since the last import."""
        is_given_away = follows_assignee and self.dossier.assignee_id != self.last.assignee_id
        has_moved = self.dossier.step != self.last.to_step
        return has_moved or is_given_away or self.dossier.extended_to is not None


@dataclass(frozen=True, slots=True)
class Move:
    """One event to come: a step with its moment, a date that holds from then on, an assignee (a key, or KEEP)."""

    stage: Stage | None = None
    promise: datetime | None = None
    assignee: Any = event_journal.KEEP


@dataclass(frozen=True, slots=True)
class Change:
    """What the old system has done since. `seen` is the dossier's last event when it was compared; `channels` carry
    notices from now on, None: as before."""

    row: int
    dossier_id: int
    seen: int
    moves: tuple[Move, ...]
    channels: tuple[str, ...] | None
    words: str


def known(source: str, source_codes: Iterable[str]) -> dict[str, Known]:
    """The dossiers of this old system among these old codes."""
    dossiers = {
        dossier.pk: dossier
        for dossier in Dossier.objects.filter(source=source, source_code__in=list(source_codes))
        .select_related("recipient")
        .prefetch_related("workflow_version")
        .defer("lookup_key", "documents")
    }
    # An event about consents alone repeats the step that staff may have chosen here: not the old system's word.
    from_source = Event.objects.filter(
        Q(legacy=True) | Q(kind=event_journal.FEED, note=None), dossier__in=dossiers
    )
    chosen = set(
        Event.objects.filter(kind=CONSENT, dossier__in=dossiers).values_list("dossier_id", flat=True)
    )
    linked: dict[str, set[str]] = defaultdict(set)
    for subject, channel in followers.linked_subjects([dossier.subject for dossier in dossiers.values()]):
        linked[subject].add(channel)
    found = {}
    for event in from_source.order_by("dossier_id", "-sequence").distinct("dossier_id"):
        dossier = dossiers[event.dossier_id]
        channels = frozenset(linked[dossier.subject])
        found[dossier.source_code] = Known(dossier, event, dossier.pk in chosen, channels)
    return found


def compare(record: Record, before: Known, *, as_of: datetime, follows_assignee: bool) -> Change | None:
    """What is to be done about a row; None when nothing is. `as_of` is the moment the file speaks for.

    Where the old system is as before, what was done here stands. Raises CannotFollow when both have changed, when
    the row goes back in time, or when it differs in what cannot change.
    """
    dossier, last = before.dossier, before.last
    if record.received_at != dossier.received_at:
        text = _("ngày tiếp nhận khác lần nhập trước (%(before)s); không tự sửa")
        raise CannotFollow(text % {"before": wording.moment(dossier.received_at)})
    stages = _stages(record, before)
    is_reassigned = follows_assignee and record.assignee not in (dossier.assignee_id, last.assignee_id)
    promise = _promise(record, before, stages)
    channels = _channels(record, before)
    words = list(_words(before, stages, is_reassigned, promise))
    if words and before.is_changed_here(follows_assignee):
        text = _("hệ thống cũ đổi (%(changes)s), ở đây cán bộ cũng đã đổi từ lần nhập trước")
        raise CannotFollow(text % {"changes": "; ".join(words)})
    if channels is not None:
        words.append(_("đồng ý nhận tin: %(channels)s") % {"channels": ", ".join(channels) or "–"})
    if not words:
        return None
    _check_order(last, stages, as_of)
    moves = [Move(stage) for stage in stages]
    if promise is not None:
        # A date may change only while the term runs: before a move that stops it, else with the last move.
        stops = moves and dossier.workflow_version.workflow.clock_state(stages[-1].step) != "running"
        place = Move() if stops or not moves else moves.pop()
        moves.insert(0 if stops else len(moves), replace(place, promise=promise))
    if is_reassigned:
        place = moves.pop() if moves else Move()
        moves.append(replace(place, assignee=record.assignee))
    return Change(record.row, dossier.pk, dossier.last_sequence, tuple(moves), channels, "; ".join(words))


def _stages(record: Record, before: Known) -> tuple[Stage, ...]:
    """The steps that the old system has taken since, in the workflow under which the dossier was received."""
    dossier, last = before.dossier, before.last
    # Inner steps are ours unless the old system names them.
    present = record.present.step if record.names_step else record.present.status
    places = (dossier.step, last.to_step) if record.names_step else (dossier.status, last.status)
    if present in places:
        return ()
    # A dossier that is returned at once keeps the moment when it was finished.
    was_done = last.status in (Status.DONE, Status.RETURNED)
    passed = [stage for stage in record.stages[:-1] if stage.status is Status.DONE and not was_done]
    steps = dossier.workflow_version.workflow.steps
    found = []
    for stage in (*passed, record.present):
        step = steps.get(stage.step)
        if (step is None or step.status is not stage.status) and not record.names_step:
            step = next((one for one in steps.values() if one.status is stage.status), None)
        if step is None or step.status is not stage.status:
            raise CannotFollow(_("quy trình của hồ sơ này không có bước tương ứng"))
        found.append(Stage(step.code, stage.status, stage.at))
    return tuple(found)


def _promise(record: Record, before: Known, stages: tuple[Stage, ...]) -> datetime | None:
    """The date to keep from now on. While a dossier waits for the citizen its date is suspended, and after
    its end it has no meaning: only a running term takes a new one."""
    workflow = before.dossier.workflow_version.workflow
    state_before = workflow.clock_state(before.dossier.step)
    state_after = workflow.clock_state(stages[-1].step) if stages else state_before
    is_known = state_before == "running" and record.due_at in (before.dossier.due_at, before.last.due_at)
    return None if is_known or "running" not in (state_before, state_after) else record.due_at


def _channels(record: Record, before: Known) -> tuple[str, ...] | None:
    """What people chose here about notices stands; else the dossier follows the old system. An empty cell says
    nothing, and a number that can take no messages cannot agree to any."""
    ours = set(before.dossier.notice_channels)
    # A chat over whose channel news went already is linked without an event: it stays, and says nothing of others.
    wanted = (ours | record.intake.consents) - (record.refused - before.linked)
    is_mobile = phone_numbers.MOBILE.match(before.dossier.recipient.phone)
    return None if before.channels_chosen_here or wanted == ours or not is_mobile else tuple(sorted(wanted))


def _words(
    before: Known, stages: tuple[Stage, ...], is_reassigned: bool, promise: datetime | None
) -> Iterator[str]:
    if stages:
        statuses = {"before": before.last.status, "after": stages[-1].status}
        yield _("trạng thái %(before)d → %(after)d") % statuses
    if is_reassigned:
        yield _("đổi người xử lý")
    if promise not in (None, before.dossier.due_at):
        yield _("hẹn trả %(due)s") % {"due": wording.moment(promise)}


def _check_order(last: Event, stages: tuple[Stage, ...], as_of: datetime) -> None:
    last_day = last.at.astimezone(clock.VIETNAM).date()
    if as_of.astimezone(clock.VIETNAM).date() < last_day:
        raise CannotFollow(_("tệp cũ hơn lần nhập trước; đi ngược thời gian"))
    if not stages:
        return
    before, after = Status(last.status), stages[-1].status
    has_ended, ends = (status.is_closed or status is Status.DONE for status in (before, after))
    goes_back = (
        before is Status.RETURNED
        or (has_ended and not ends)
        or (not ends and stages[-1].at.date() < last_day)
        or (after in _BEGINNING and (before not in _BEGINNING or after < before))
    )
    if goes_back:
        text = _("trạng thái đi ngược thời gian: lần trước là %(before)d, nay là %(after)d")
        raise CannotFollow(text % {"before": before, "after": after})


def register_texts() -> None:
    """Hand the wording of the plain notice to the messaging room."""
    kind, places, words = templates.Kind.STATUS, notices.PLACEHOLDERS, notices.WORDS
    templates.register(NOTICE, *TEXT, kind=kind, placeholders=places, words=words)


def apply(change: Change, directory: Directory, *, may_tell: Callable[[], bool] = lambda: True) -> None:
    """Bring one dossier up to what the old system says, in a durable transaction of its own.

    `may_tell` is asked before the notice of a new status, and without it there is none. Raises Refused, with nothing written, when an act on the dossier came after it was compared or when its date
    cannot be kept.
    """
    with event_journal.act(change.dossier_id, seen=change.seen) as dossier:
        before, event = dossier.status, None
        if change.channels is not None:
            # First, so that the notice of a new status goes over the channels just agreed to.
            _change_channels(dossier, change.channels)
        for move in change.moves:
            event = _append(dossier, move, directory)
            if move.promise is not None and dossier.due_at != move.promise:
                # Reported again with every file, for ever, if it were let through.
                raise NotPossible(_("không giữ được ngày hẹn của hệ thống cũ, vì ở đây thời hạn đã tính lại"))
        if event is not None and dossier.status != before and may_tell():
            notices.send(dossier, event, notice_for(dossier, event), hold_seconds=0)
        log.record("dossier.feed", dossier.subject)


def notice_for(dossier: Dossier, event: Event) -> str:
    """Which text tells of this change: the one of the workflow's transition to this step, unless it speaks of
    papers, sums or reasons that only the old system knows."""
    workflow = dossier.workflow_version.workflow
    direct = [step for step in workflow.transitions_from(event.from_step) if step.target == event.to_step]
    others = [step for step in workflow.transitions.values() if step.target == event.to_step]
    name = next((step.notice for step in (*direct, *others) if step.notice), "")
    text = notices.TEXTS.get(name)
    return NOTICE if text is None or any(word in text["body"] for word in _NOT_KNOWN) else name


def _change_channels(dossier: Dossier, channels: tuple[str, ...]) -> None:
    data = {"channels": list(channels), "channels_before": dossier.notice_channels}
    dossier.notice_channels = list(channels)
    consents.agree([dossier])
    contact = contacts.contact_by_phone(dossier.recipient.phone)
    if contact is not None:
        enqueue.cancel_for_subject(dossier.subject, contact, keep=channels)
    event_journal.append(dossier, kind=event_journal.FEED, actor=None, agency=None, data=data)


def _append(dossier: Dossier, move: Move, directory: Directory) -> Event:
    values: dict[str, Any] = {"promised_to": move.promise, "assignee": move.assignee}
    if isinstance(move.assignee, int):
        values["assignee"] = directory.people[move.assignee]
    if move.stage is not None:
        workflow, step = dossier.workflow_version.workflow, move.stage.step
        # History may not run backwards: what ended before the last import is written down as of then.
        effect = event_history.own_clock_effect if move.promise is None else event_history.clock_effect
        values |= {
            "to_step": step,
            "moment": max(move.stage.at, dossier.last_act_at),
            "clock_effect": effect(workflow, dossier.step, step),
            "holder": permissions.holder_of(dossier, workflow.steps[step]),
        }
    return event_journal.append(dossier, kind=event_journal.FEED, actor=None, agency=None, **values)
