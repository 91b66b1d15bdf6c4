"""The sections of a province's folder."""

from dossiers.deadlines import folder as calendar
from dossiers.feedback import folder as feedback
from dossiers.filing import folder as filing_forms
from dossiers.lifecycle.actions import calendar_change
from dossiers.printing import folder as printed_forms
from dossiers.workflow import folder as workflows
from messaging.outbox import folder as texts
from messaging.provisioning import folder as accounts
from procedures.catalogue.blank_forms import folder as blank_forms
from procedures.catalogue.folder import catalogue, filing_rules
from procedures.catalogue.life_events import folder as life_events
from tenants.folder.steps import AnyStep
from tenants.organisation.folder import agencies, staff

STEPS: list[AnyStep] = [
    # First, since other files name them.
    agencies.STEP,
    staff.STEP,
    calendar.make_step(calendar_change.effect_of),
    workflows.STEP,
    feedback.STEP,
    printed_forms.STEP,
    filing_forms.STEP,
    catalogue.STEP,
    life_events.STEP,
    blank_forms.STEP,
    filing_rules.STEP,
    texts.STEP,
    accounts.STEP,
]
"""In the order in which they run."""
