"""How a result comes: the way that was chosen, and the sentence by which page, chat, API and message tell of it."""

from collections.abc import Sequence

from django.utils.translation import gettext_noop

from dossiers.lifecycle import due_dates
from dossiers.lifecycle.models import Dossier, Event
from dossiers.workflow.rules.statuses import Status

_WAYS = {"Qua bưu chính công ích": "post", "Bản điện tử": "electronic"}
SENTENCES = {
    "counter": gettext_noop(
        "Mời ông/bà đến %(desk)s trong giờ làm việc, mang theo giấy hẹn (hoặc mã hồ sơ) và giấy tờ tùy thân."
    ),
    "post": gettext_noop("%(desk)s gửi kết quả cho ông/bà qua bưu chính công ích; người nhận trả cước."),
    "electronic": gettext_noop(
        "%(desk)s trả kết quả bằng bản điện tử; tệp kết quả có ở trang hồ sơ khi được đưa lên."
    ),
}
"""Of a result that is ready, by the way, in the language of the source."""


def way_of(dossier: Dossier) -> str:
    """The way of `event_journal.HANDOVER_WAYS` that was asked for; the counter where none was, or in other words."""
    return _WAYS.get(dossier.result_delivery.partition(":")[0], "counter")


def handed_over(dossier: Dossier, events: Sequence[Event]) -> Event | None:
    """The act that handed the result of this dossier over and holds; its events come in order with their notes."""
    if dossier.status_enum is not Status.RETURNED:
        return None
    held = reversed(due_dates.effective_events(events))
    return next((event for event in held if event.note and "handover" in event.note.data), None)


def waybill(event: Event) -> str:
    """The number in the post that this act noted, handing a result over or later; "" where it noted none."""
    data = event.note.data if event.note else {}
    return str(data.get("waybill") or data.get("handover", {}).get("waybill", ""))


def sent_under(dossier: Dossier, events: Sequence[Event]) -> str:
    """The number under which the post carries the result of this dossier by now; "" where none is known."""
    given = handed_over(dossier, events)
    since = [
        event for event in due_dates.effective_events(events) if given and event.sequence >= given.sequence
    ]
    return next(filter(None, map(waybill, reversed(since))), "")
