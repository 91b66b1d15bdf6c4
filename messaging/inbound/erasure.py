"""Erasing what providers reported about a person: processed events are blanked, unprocessed ones end."""

from collections.abc import Collection, Iterator

from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast, Now

from messaging.inbound.receive import signs_of
from messaging.models import Call, InboundEvent
from tenants.crypto import CannotDecrypt, decrypt


def blank(traces: Collection[str]) -> int:
    """Blank what providers told in which any of these stands, as far as it was dealt with; how many."""
    folded = [trace.casefold() for trace in traces if trace]
    return InboundEvent.objects.filter(pk__in=_inbound(folded)).update(raw="", problem="")


def end_waiting(addresses: Collection[str], *, but: int = 0) -> int:
    """End what people at these addresses told and was not dealt with yet, so that it brings nobody back; how many.
    `but`: not the event that is being dealt with. Part of the caller's transaction."""
    signs = {sign for address in addresses for sign in signs_of(address)}
    waiting = InboundEvent.objects.filter(state=InboundEvent.State.NEW, reader__in=signs).exclude(pk=but)
    # Whoever deals with one just now holds it, and may wait for what we hold: then it counts as told afterwards.
    free = list(waiting.select_for_update(skip_locked=True).values_list("pk", flat=True))
    return InboundEvent.objects.filter(pk__in=free).update(
        state=InboundEvent.State.IGNORED, raw="", reader="", problem="", handled_at=Now()
    )


def _inbound(traces: list[str]) -> list[int]:
    events = InboundEvent.objects.exclude(state=InboundEvent.State.NEW)
    return [pk for pk, raw in opened(events, "raw") if any(trace in raw.casefold() for trace in traces)]


def opened(rows: "QuerySet[Call] | QuerySet[InboundEvent]", column: str) -> Iterator[tuple[int, str]]:
    """An encrypted column of each row in plain text. One that no key opens tells nothing to anybody."""
    stored = rows.annotate(stored=Cast(column, TextField())).exclude(stored="")
    for pk, cipher in stored.values_list("pk", "stored").iterator(chunk_size=500):
        try:
            yield pk, decrypt(cipher)
        except CannotDecrypt:
            continue
