"""What is registered at start: texts, sections and hooks of dossiers."""

from dossiers.deadlines.folder import calendar
from dossiers.feedback import folder as feedback
from dossiers.filing import folder as filing_forms_folder
from dossiers.filing import forms as filing_forms
from dossiers.filing import messages
from dossiers.legacy_import import incremental
from dossiers.lifecycle.actions import calendar_change, consents
from dossiers.lifecycle.notices import texts as notice_texts
from dossiers.printing import folder as printed_forms
from dossiers.workflow import folder as workflows


def start() -> None:
    """Register all of it, once, after all models are loaded."""
    notice_texts.register()
    feedback.register()
    printed_forms.register()
    incremental.register_texts()
    calendar.register(calendar_change.effect_of)
    consents.register()
    filing_forms.register()
    messages.register()
    workflows.register()
    filing_forms_folder.register()
