"""Tables of the dossiers room."""

from dossiers.models.access import AccessToken, DailyCounter
from dossiers.models.dossier import Dossier
from dossiers.models.event import Event, Note
from dossiers.models.party import Party
from dossiers.models.versions import CalendarVersion, WorkflowVersion

__all__ = [
    "AccessToken",
    "CalendarVersion",
    "DailyCounter",
    "Dossier",
    "Event",
    "Note",
    "Party",
    "WorkflowVersion",
]
