"""The base form of an action, and form fields of the desk: days, typed text, files, choices known late."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    INPUT_CLASSES,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from dossiers import files, wording
from dossiers.models import Dossier
from tenants import clock

MAX_TYPED = 10_000_000
"""More than a person types; the services say in sentences how long a text may be."""
DAY_FORMATS = ["%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y-%m-%d"]
ACCEPTED = ".pdf,.jpg,.jpeg,.png"
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 12, 31)
"""No dossier has a day outside these bounds; beyond them the next day may not exist."""


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


def day_in_words(day: Any) -> str:
    """thứ Sáu 11/12/2026; empty for any other value."""
    if not isinstance(day, date):
        return ""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=clock.VIETNAM)
    return f"{wording.weekday(noon)} {wording.day(noon)}"


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


class SeveralFilesInput(forms.FileInput):
    """Several files may be chosen at once."""

    allow_multiple_selected = True

    def render(self, *args: Any, **kwargs: Any) -> SafeString:
        """With a text field of its own three floors up: there the theme's script writes the chosen name, and
        without one it would overwrite the first text field of the page."""
        return format_html(
            '<div><div><div>{}</div></div><input type="text" hidden disabled></div>',
            super().render(*args, **kwargs),
        )


class SeveralFilesField(forms.FileField):
    """Zero or more files, as they were sent."""

    widget = SeveralFilesInput

    def __init__(self, **kwargs: Any) -> None:
        attributes = {"accept": ACCEPTED, "class": " ".join(INPUT_CLASSES)}
        kwargs.setdefault("widget", SeveralFilesInput(attrs=attributes))
        super().__init__(**kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Every file that was sent; `files.inspect` checks their content."""
        sent = data if isinstance(data, list) else [data] if data else []
        if self.required and not sent:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return sent


class InspectedFilesField(SeveralFilesField):
    """The same, each inspected: a form that is valid holds files that can be stored."""

    def clean(self, data: Any, initial: Any = None) -> list[files.Inspected]:
        """Raises a sentence for each file that cannot be taken."""
        inspected, refused = [], []
        for upload in super().clean(data, initial):
            try:
                inspected.append(files.inspect(upload))
            except files.FileRefused as refusal:
                refused.append(str(refusal))
        if refused:
            raise forms.ValidationError(refused)
        return inspected


def day_field(label: Any, *, required: bool = False) -> DayField:
    """A day to type. A date picker would follow the browser's language and turn day and month about."""
    return DayField(
        label=label,
        required=required,
        help_text=_("Ngày/tháng/năm, ví dụ 24/11/2026."),
        widget=text_input(inputmode="numeric"),
    )


def text_input(**attributes: Any) -> UnfoldAdminTextInputWidget:
    """One line to type, which the browser does not fill in."""
    return UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", **attributes})


def text_field(
    label: Any, *, required: bool = False, help_text: Any = "", **attributes: Any
) -> forms.CharField:
    """One line of text; `attributes` are those of its box."""
    return forms.CharField(
        label=label,
        required=required,
        help_text=help_text,
        max_length=MAX_TYPED,
        widget=text_input(**attributes),
    )


def text_area_field(
    label: Any, *, rows: int, required: bool = False, help_text: Any = "", **options: Any
) -> forms.CharField:
    """Several lines of text."""
    return forms.CharField(
        label=label,
        required=required,
        help_text=help_text,
        max_length=MAX_TYPED,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": rows}),
        **options,
    )


def reason_field(
    label: Any, *, rows: int = 3, required: bool = False, help_text: Any = ""
) -> forms.CharField:
    """A reason or a note. An empty one is refused in words where it is required."""
    return text_area_field(
        label,
        rows=rows,
        required=required,
        help_text=help_text,
        error_messages={"required": _("Xin ghi rõ lý do.")},
    )


def select_field(
    label: Any, choices: Iterable[tuple[Any, Any]] = (), *, required: bool = True, help_text: Any = ""
) -> forms.ChoiceField:
    """A list to choose from."""
    return forms.ChoiceField(
        label=label,
        choices=list(choices),
        required=required,
        help_text=help_text,
        widget=UnfoldAdminSelectWidget,
    )


def set_choices(form: forms.BaseForm, name: str, choices: Iterable[tuple[Any, Any]]) -> None:
    """Give a field of a form the choices that it offers."""
    field = form.fields[name]
    if not isinstance(field, forms.ChoiceField):
        raise TypeError(f"{name} is not a choice field")
    field.choices = list(choices)


class ActForm(forms.Form):
    """Carries the number of the last event that the person saw."""

    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, dossier: Dossier | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)

    def arguments(self) -> dict[str, Any]:
        """Arguments for the service that does it."""
        return dict(self.cleaned_data)
