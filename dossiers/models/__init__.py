"""Tables, one file per subject."""

from dossiers.models.access import AccessToken, DailyCounter, LinkCode
from dossiers.models.attachment import Attachment
from dossiers.models.decision import Decision
from dossiers.models.dossier import Dossier
from dossiers.models.event import Event, Note
from dossiers.models.feedback import Feedback, FeedbackAct, FeedbackCounter, FeedbackPromise
from dossiers.models.form_template import Form, FormTemplate
from dossiers.models.internal_note import Remark
from dossiers.models.party import Party
from dossiers.models.proposal import Proposal
from dossiers.models.satisfaction import Satisfaction
from dossiers.models.snapshot import StatisticsSnapshot
from dossiers.models.versions import CalendarVersion, WorkflowAssignment, WorkflowVersion

__all__ = [
    "AccessToken",
    "Attachment",
    "CalendarVersion",
    "DailyCounter",
    "Decision",
    "Dossier",
    "Event",
    "Feedback",
    "FeedbackAct",
    "FeedbackCounter",
    "FeedbackPromise",
    "Form",
    "FormTemplate",
    "LinkCode",
    "Note",
    "Party",
    "Proposal",
    "Remark",
    "Satisfaction",
    "StatisticsSnapshot",
    "WorkflowAssignment",
    "WorkflowVersion",
]
