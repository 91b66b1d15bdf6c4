"""Acts of a dossier in words: their titles, and what the desk reads of each."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from dossiers.deadlines import wording
from dossiers.lifecycle.event_journal import HANDOVER_WAYS
from dossiers.lifecycle.models import Dossier, Event, Party
from dossiers.lifecycle.result_delivery import waybill
from dossiers.workflow.rules.vocabulary import BESIDE
from dossiers.workflow.rules.workflow import Workflow
from messaging.channels.base import registry
from tenants.accounts.models import User
from tenants.organisation import catalogue
from tenants.text import dong


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
        _("Giấy kết quả: %(result)s.") % {"result": handover["result"]} if handover.get("result") else "",
        _("Mã vận đơn: %(waybill)s.") % {"waybill": sent} if (sent := waybill(event)) else "",
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
