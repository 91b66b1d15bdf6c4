"""The history of a dossier in words: one version for the desk, one for the citizen."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from dossiers.deadlines import wording
from dossiers.lifecycle import citizen_requests, due_dates
from dossiers.lifecycle.event_journal import HANDOVER_WAYS, INTERNAL
from dossiers.lifecycle.models.dossier import Dossier, Party
from dossiers.lifecycle.models.event import Event
from dossiers.workflow.rules.vocabulary import BESIDE
from dossiers.workflow.rules.workflow import Workflow
from messaging.channels.base import registry
from tenants.accounts.models import User
from tenants.organisation import catalogue
from tenants.text import dong

KINDS_WITH_REASON = frozenset({"apologise", "reschedule"})


def title(event: Event, workflow: Workflow) -> str:
    """The name of an act: the workflow's own for its transitions."""
    step = workflow.transitions.get(event.kind)
    return _(step.name) if step else _(BESIDE.get(event.kind, event.kind))


def by(event: Event) -> str:
    """The actor's name for the desk, with the lender of a delegated right. Empty when no staff acted."""
    return _named(event.actor, event.in_place_of) if event.actor else ""


def approved(event: Event) -> str:
    """The approver's name in the same form; empty where no approval was needed."""
    if event.approved_by is None or event.approved_by_id == event.actor_id:
        return ""
    return _named(event.approved_by, event.approved_in_place_of)


def _named(person: User, holder: User | None) -> str:
    if holder is None:
        return str(person)
    return _("%(person)s, thay %(holder)s") % {"person": person, "holder": holder}


def recorded(event: Event) -> list[str]:
    """Further data recorded with an act, for the desk."""
    data = event.note.data if event.note else {}
    decision, handover = data.get("decision", {}), data.get("handover", {})
    lines = [
        _("Số tiền: %(amount)s") % {"amount": dong(data["amount"])} if "amount" in data else "",
        _("Hạn chót: %(when)s.") % {"when": _day(data["deadline"])} if "deadline" in data else "",
        _("Hẹn mới: %(when)s.") % {"when": wording.moment(event.extended_to)} if event.extended_to else "",
        _("Quyết định %(number)s, ngày %(day)s.")
        % {"number": decision["number"], "day": _day(decision["date"])}
        if decision
        else "",
        ", ".join(
            filter(None, [str(HANDOVER_WAYS[handover["way"]]), handover["taken_by"], handover["checked"]])
        )
        if handover
        else "",
        _("Đã kiểm tra: %(paper)s.") % {"paper": data["checked"]} if "checked" in data else "",
        _describe_channels(data["channels"], everywhere=data.get("everywhere", False))
        if "channels" in data
        else "",
        _news(data["news"]) if "news" in data else "",
        _("Do người dân chọn trên trang tra cứu.") if "channels" in data and event.actor is None else "",
        *_corrected(data),
    ]
    return [line for line in lines if line]


def _corrected(data: Mapping[str, Any]) -> Iterator[str]:
    """Which people and which office took the place of others by what a citizen corrected."""
    for role, pks in data.get("people", {}).items():
        people = Party.objects.in_bulk(pks)
        old, new = (
            ", ".join(filter(None, [one.name, one.masked_id_number, one.address]))
            for one in map(people.__getitem__, pks)
        )
        named = {"role": getattr(Dossier, role).field.verbose_name, "old": old, "new": new}
        yield _("Người dân sửa %(role)s: %(old)s → %(new)s.") % named
    if "agencies" in data:
        old, new = (catalogue.agencies()[pk].name for pk in data["agencies"])
        sentence = _("Theo câu trả lời người dân sửa, cơ quan giải quyết: %(old)s → %(new)s.")
        yield sentence % {"old": old, "new": new}


def _describe_channels(channels: list[str], *, everywhere: bool) -> str:
    if channels:
        return _("Nhận tin qua: %(channels)s.") % {"channels": ", ".join(map(channel_name, channels))}
    if everywhere:
        return _("Thôi nhận mọi tin gửi đến số này.")
    return _("Thôi nhận tin về hồ sơ này.")


def _news(channels: list[str]) -> str:
    if channels:
        return _("Nhận thông báo của tỉnh qua: %(channels)s.") % {
            "channels": ", ".join(map(channel_name, channels))
        }
    return _("Thôi nhận thông báo của tỉnh.")


def channel_name(code: str) -> str:
    """The channel's name; one that is no longer installed has only its code."""
    return str(registry.get(code).name) if code in registry.codes() else code


def _day(iso: str) -> str:
    return f"{date.fromisoformat(iso):%d/%m/%Y}"


def for_citizen(dossier: Dossier, events: Sequence[Event]) -> Iterator[tuple[Event, str, str]]:
    """Event, title and reason of what concerns the citizen, newest first.

    Inner dealings are left out, and so are wrong clicks with what took them back. A reason is shown where
    the act demands one and tells it: other words are notes of the office to itself.
    """
    workflow = dossier.workflow_version.workflow
    for event in reversed(due_dates.effective_events(events)):
        if event.kind in INTERNAL or event.undoes is not None:
            continue
        yield event, title(event, workflow), _get_citizen_reason(event, workflow)


def reason_of_status(dossier: Dossier, events: Sequence[Event]) -> str:
    """The words with which the dossier came into its present status, or which go with the request for which it waits;
    empty when there are none."""
    if dossier.status_enum.waits_for_citizen and (request := citizen_requests.standing(dossier, events)):
        return _get_citizen_reason(request.asked, dossier.workflow_version.workflow)
    held = due_dates.effective_events(events)
    entered = None
    for event in reversed(held):
        if event.status != dossier.status:
            break
        entered = event
    return _get_citizen_reason(entered, dossier.workflow_version.workflow) if entered is not None else ""


def _get_citizen_reason(event: Event, workflow: Workflow) -> str:
    """The words of an act that are meant for the citizen: a reason that goes with a notice."""
    step = workflow.transitions.get(event.kind)
    with_reason = step is not None and step.notice is not None and "reason" in step.requires
    return event.note.text if event.note and (event.kind in KINDS_WITH_REASON or with_reason) else ""
