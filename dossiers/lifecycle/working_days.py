"""Working days of the province where no dossier says which calendar holds."""

from datetime import date

from dossiers.lifecycle.national_calendar import national_calendar
from dossiers.models import CalendarVersion


def between(first: date, last: date) -> int:
    """How many days the province's offices are open in (first, last]; by the national calendar without an own."""
    try:
        calendar = CalendarVersion.in_force().calendar
    except CalendarVersion.DoesNotExist:
        calendar = national_calendar()
    return calendar.open_days_between(first, last)
