"""Tables, one file per subject."""

from dossiers.models.access import AccessToken, DailyCounter, LinkCode
from dossiers.models.dossier import Attachment, Dossier, Party, StoredFile
from dossiers.models.event import Decision, Event, LateCause, Note, Proposal, Remark
from dossiers.models.feedback import Feedback, FeedbackAct, FeedbackCounter, FeedbackPromise, Satisfaction
from dossiers.models.filing import FilingAnswer, FilingDraft, FilingFile, FilingFormVersion, FilingSession
from dossiers.models.snapshot import StatisticsSnapshot
from dossiers.models.versions import CalendarVersion, Form, FormTemplate, WorkflowAssignment, WorkflowVersion
