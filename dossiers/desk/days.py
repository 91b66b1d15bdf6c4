"""Days as the desk's forms take them."""

from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from dossiers.wording import dates
from tenants import clock

DAY_FORMATS = ["%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y-%m-%d"]
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 12, 31)
"""Before and after these no dossier has a day; beyond them the next day may not exist."""


class DayPicker(forms.DateInput):
    """The browser's own calendar. It may show day and month in another order: the page says the day in words."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(attrs={"class": "mc-input"}, format="%Y-%m-%d")

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        found: dict[str, Any] = super().get_context(name, value, attrs)
        tomorrow = clock.today() + timedelta(days=1)
        found["widget"]["attrs"] |= {"min": f"{tomorrow:%Y-%m-%d}", "max": f"{LATEST:%Y-%m-%d}"}
        return found


def in_words(day: Any) -> str:
    """thứ Sáu 11/12/2026; empty for what is no day."""
    if not isinstance(day, date):
        return ""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=clock.VIETNAM)
    return f"{dates.weekday(noon)} {dates.day(noon)}"


class DayField(forms.DateField):
    """A day, typed in the order day, month, year; refused in words outside of EARLIEST to LATEST."""

    default_error_messages = {
        "invalid": _("Xin nhập ngày theo thứ tự ngày, tháng, năm, ví dụ 24/11/2026."),
        "required": _("Xin nhập ngày."),
        "bounds": _("Xin nhập một ngày trong khoảng từ năm 2000 đến năm 2100."),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"input_formats": DAY_FORMATS, **kwargs})

    def to_python(self, value: Any) -> date | None:
        day = super().to_python(value)
        if day is not None and not EARLIEST <= day <= LATEST:
            raise ValidationError(self.error_messages["bounds"], code="bounds")
        return day
