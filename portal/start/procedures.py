"""What is registered at start: sections and tables of the catalogue."""

from procedures.catalogue.blank_forms import folder as blank_forms
from procedures.catalogue.folder import catalogue, filing_rules
from procedures.catalogue.life_events import folder as life_events


def start() -> None:
    """Register all of it, once, after all models are loaded."""
    catalogue.register()
    life_events.register()
    blank_forms.register()
    filing_rules.register()
