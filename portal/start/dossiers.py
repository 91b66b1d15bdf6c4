"""What is registered at start: texts of dossiers."""

from dossiers.filing import forms as filing_forms
from dossiers.filing import messages
from dossiers.legacy_import import incremental
from dossiers.lifecycle.actions import consents
from dossiers.lifecycle.notices import texts as notice_texts


def start() -> None:
    """Register all of it, once, after all models are loaded."""
    notice_texts.register()
    incremental.register_texts()
    consents.register()
    filing_forms.register()
    messages.register()
