"""The term for answers to feedback: the province's own, or else the portal's promise.

NĐ 154/2026/NĐ-CP, which was read, gives duties but no days for feedback that comes through a portal;
NĐ 20/2008/NĐ-CP could not be read. So the page says whose promise the term is.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from dossiers.deadlines import wording
from dossiers.deadlines.models import CalendarVersion
from dossiers.deadlines.rules.deadlines import Term, TermUnit, compute
from dossiers.feedback.models import FeedbackPromise

UNITS = (TermUnit.WORKING_DAY, TermUnit.CALENDAR_DAY)
OWN_PROMISE: dict[str, Any] = {"value": 10, "unit": "working_day", "source": ""}


@dataclass(frozen=True)
class Promise:
    """A term, and the province's paper that sets it; "" for the portal's own promise."""

    term: Term
    source: str

    @property
    def words(self) -> str:
        """10 ngày làm việc"""
        return wording.term(self.term)

    @property
    def ground(self) -> str:
        if self.source:
            return _("Thời hạn theo %(source)s.") % {"source": self.source}
        return _("Đây là cam kết của cổng, không phải thời hạn do luật định.")


def in_force() -> Promise:
    """The promise for feedback received now."""
    newest = FeedbackPromise.newest()
    data = newest.data if newest else OWN_PROMISE
    return Promise(Term(data["value"], TermUnit(data["unit"])), data["source"])


def due(received_at: datetime) -> datetime:
    """Closing time of the day by which feedback received now is answered, by the working calendar."""
    answer = compute(received_at, in_force().term, CalendarVersion.in_force().calendar)
    assert answer.due is not None, "a term without pauses has a date"
    return answer.due
