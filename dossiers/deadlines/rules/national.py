"""Where the national calendar of days off lies."""

from pathlib import Path

NATIONAL_CALENDAR = Path(__file__).parents[1] / "data" / "national_calendar.yaml"
