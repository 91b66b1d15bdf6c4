"""Messages of which nobody can say whether they arrived: at a provider that cannot be asked by our own id.

Such a message is not sent again. Its receipt is awaited, and when none came for two hours somebody telephones.
The rows do not wait so long: what is awaited is made two hours older, and must then come to the list of calls.
"""

from collections.abc import Callable, Sequence, Set
from contextlib import AbstractContextManager
from datetime import timedelta
from itertools import groupby

from tests.faults.evidence import Written
from tests.faults.processes import wait_until

# Word of it may still come: a receipt is posted again after half a minute when the web server was away.
RECEIPT_SECONDS = 45.0
CALL_SECONDS = 60.0
OLDER = timedelta(hours=2, minutes=1)

Inside = Callable[[str], AbstractContextManager[object]]


class Doubts:
    """`inside(slug)` enters a province."""

    def __init__(self, inside: Inside) -> None:
        self._inside = inside

    def called(self, written: Sequence[Written]) -> frozenset[str]:
        """The references of those about which a call stands open because nobody knows."""
        from messaging.outbox.models.phone_calls import Call

        found: set[str] = set()
        for slug, references in _by_province(written):
            with self._inside(slug):
                calls = Call.objects.filter(
                    message__tracking_id__in=references,
                    reason=Call.Reason.UNCERTAIN,
                    settled_at__isnull=True,
                )
                found |= {str(one) for one in calls.values_list("message__tracking_id", flat=True)}
        return frozenset(found)

    def are_all_open(self, written: Sequence[Written]) -> bool:
        """Whether each of these was asked about in vain, or is to be telephoned about already."""
        from django.db import DatabaseError

        try:
            return len(self._awaited(written) | self.called(written)) == len(
                {one.reference for one in written}
            )
        except DatabaseError:
            return False  # the row has stopped it

    def end(self, written: Sequence[Written], taken: Set[str]) -> None:
        """Let two hours pass for what no receipt told of, and wait until it is on the list of calls.

        What the provider has (`taken`) gets the time that its receipt needs.
        """
        wait_until(lambda: not self._open(written) & taken, RECEIPT_SECONDS, every=0.5)
        wait_until(lambda: not self._older(written), CALL_SECONDS, every=0.5)

    def _awaited(self, written: Sequence[Written]) -> set[str]:
        from messaging.channels.base import Finding
        from messaging.outbox.models.messages import Attempt

        asked = Attempt.Kind.ASK, Finding.AWAITED.value
        return self._open(written, attempt_rows__kind=asked[0], attempt_rows__outcome=asked[1])

    def _older(self, written: Sequence[Written]) -> set[str]:
        """Make what is still open so much older; which it is."""
        from django.db.models import F
        from django.db.models.functions import Now

        from messaging.channels.states import State
        from messaging.outbox.models.messages import Message

        for slug, references in _by_province(written):
            with self._inside(slug):
                Message.objects.filter(
                    tracking_id__in=references, state=State.UNKNOWN, sent_at__gt=Now() - OLDER
                ).update(sent_at=F("sent_at") - OLDER, next_attempt_at=Now())
        return self._open(written)

    def _open(self, written: Sequence[Written], **conditions: object) -> set[str]:
        """Neither arrived nor given up, and perhaps being asked about at this moment."""
        from messaging.channels.states import State
        from messaging.outbox.models.messages import Message

        found: set[str] = set()
        for slug, references in _by_province(written):
            with self._inside(slug):
                rows = Message.objects.filter(
                    tracking_id__in=references, state__in=(State.UNKNOWN, State.SENDING), **conditions
                )
                found |= {str(one) for one in rows.values_list("tracking_id", flat=True)}
        return found


def _by_province(written: Sequence[Written]) -> list[tuple[str, list[str]]]:
    ordered = sorted(written, key=lambda one: one.account)
    return [
        (slug, [one.reference for one in some])
        for slug, some in groupby(ordered, key=lambda one: one.account)
    ]
