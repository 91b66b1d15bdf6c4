"""Following an old system that still runs: what it has done since goes through the journal, one dossier at a
time, and the citizen is told of a new status."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from dossiers.legacy_import import consents
from dossiers.legacy_import import event_history as event_rules
from dossiers.legacy_import.reference_data import Directory
from dossiers.legacy_import.rows.records import Stage
from dossiers.legacy_import.three_way_merge import FEED, KEEP, Change
from dossiers.lifecycle import event_journal, permissions
from dossiers.lifecycle.errors import NotPossible
from dossiers.models import Dossier, Event
from dossiers.notices import notices
from dossiers.notices import texts as notice_texts
from messaging import templates
from messaging.outbox import enqueue
from messaging.recipients import contacts
from tenants.audit import log

NOTICE = "status_changed"
TEXT = (
    "Hồ sơ của ông/bà có thay đổi",
    "Kính gửi ông/bà {ho_ten}, từ {luc}, hồ sơ {ma_ho_so} ({thu_tuc}) ở trạng thái: {trang_thai}. Nơi giải quyết: "
    "{don_vi}. Mời ông/bà xem chi tiết hoặc hỏi {noi_nop}.⟦ Điện thoại: {dien_thoai}.⟧",
    "Xem hồ sơ",
)
# What these stand for was told to the old system, not to us.
_NOT_KNOWN = ("{giay_to}", "{ly_do}", "{so_tien}", "{so_quyet_dinh}", "{han_bo_sung}", "{han_nop}")


def register_texts() -> None:
    """Hand the wording of the plain notice to the messaging room."""
    title, body, button = TEXT
    templates.register(
        NOTICE,
        title=title,
        body=body,
        button=button,
        placeholders=notice_texts.PLACEHOLDERS,
        kind=templates.Kind.STATUS,
        words=notice_texts.WORDS,
    )


def apply(change: Change, directory: Directory) -> None:
    """Bring one dossier up to what the old system says, in a durable transaction of its own.

    Raises Refused, with nothing written, when somebody acted on the dossier after it was compared or when
    its date cannot be kept.
    """
    with event_journal.act(change.dossier_id, seen=change.seen) as dossier:
        before = dossier.status
        if change.channels is not None:
            # First, so that a new status is told to who has just agreed.
            _tell_over(dossier, change.channels)
        if change.promise is not None and change.promise_first:
            _append(dossier, promised_to=change.promise)
        assignee = event_journal.KEEP
        if change.assignee != KEEP:
            assignee = directory.people[change.assignee] if change.assignee is not None else None
        promise = None if change.promise_first else change.promise
        event: Event | None = None
        for stage in change.stages[:-1]:
            _append(dossier, stage=stage)
        if change.stages:
            event = _append(dossier, stage=change.stages[-1], assignee=assignee, promised_to=promise)
        elif assignee is not event_journal.KEEP or promise is not None:
            event = _append(dossier, assignee=assignee, promised_to=promise)
        if change.promise is not None and dossier.due_at != change.promise:
            # Said again with every file, for ever, if it were let through.
            raise NotPossible(_("không giữ được ngày hẹn của hệ thống cũ, vì ở đây thời hạn đã tính lại"))
        if event is not None and dossier.status != before:
            notices.send(dossier, event, notice_for(dossier, event), hold_seconds=0)
        log.record("dossier.feed", dossier.subject)


def _tell_over(dossier: Dossier, channels: tuple[str, ...]) -> None:
    data = {"channels": list(channels), "channels_before": dossier.notice_channels}
    dossier.notice_channels = list(channels)
    consents.agree([dossier])
    contact = contacts.contact_by_phone(dossier.recipient.phone)
    if contact is not None:
        enqueue.cancel_for_subject(dossier.subject, contact, keep=channels)
    _append(dossier, data=data)


def notice_for(dossier: Dossier, event: Event) -> str:
    """Which text tells of this change: the one of the workflow's transition to this step, unless it speaks of
    papers, sums or reasons that only the old system knows."""
    workflow = dossier.workflow_version.workflow
    direct = [step for step in workflow.transitions_from(event.from_step) if step.target == event.to_step]
    others = [step for step in workflow.transitions.values() if step.target == event.to_step]
    name = next((step.notice for step in (*direct, *others) if step.notice), None)
    known = notice_texts.TEXTS
    if name is None or name not in known or any(word in known[name]["body"] for word in _NOT_KNOWN):
        return NOTICE
    return name


def _append(
    dossier: Dossier,
    *,
    stage: Stage | None = None,
    assignee: object = event_journal.KEEP,
    promised_to: datetime | None = None,
    data: dict[str, Any] | None = None,
) -> Event:
    workflow = dossier.workflow_version.workflow
    # History may not run backwards: what ended before the last import is written down as of then.
    moment = None
    clock_effect = "none"
    holder = event_journal.KEEP
    if stage is not None:
        last = dossier.events.order_by("-sequence").values_list("at", flat=True)[0]
        moment = max(stage.at, last)
        effect_of = event_rules.own_clock_effect if promised_to is None else event_rules.clock_effect
        clock_effect = effect_of(workflow, dossier.step, stage.step)
        holder = permissions.holder_of(dossier, workflow.steps[stage.step])
    return event_journal.append(
        dossier,
        kind=FEED,
        actor=None,
        agency=None,
        to_step=stage.step if stage is not None else None,
        clock_effect=clock_effect,
        assignee=assignee,  # type: ignore[arg-type]
        holder=holder,
        promised_to=promised_to,
        moment=moment,
        data=data,
    )
