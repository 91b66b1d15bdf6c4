"""The calendar of state offices in all of Viet Nam, for counting where no province is named."""

from functools import cache
from pathlib import Path

import yaml

from dossiers.rules.deadlines.calendar import WorkCalendar

DATA = Path(__file__).parents[1] / "data" / "national_calendar.yaml"


@cache
def national_calendar() -> WorkCalendar:
    """Days off and make-up days as announced (sources in the file), common office hours, no 15:00 rule."""
    return WorkCalendar.from_data(yaml.safe_load(DATA.read_text(encoding="utf-8")))
