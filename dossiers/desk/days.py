"""Days as the desk's forms take them."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

DAY_FORMATS = ["%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y-%m-%d"]
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 12, 31)
"""Before and after these no dossier has a day; beyond them the next day may not exist."""


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
