"""Form fields of staff pages: typed text, lists to choose from, and the sentences of a refusal beside them.

How long a text may be is said by the services, in sentences; DATA_UPLOAD_MAX_MEMORY_SIZE bounds what arrives.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget


def text_input(**attributes: Any) -> UnfoldAdminTextInputWidget:
    """One line to type, which the browser does not fill in."""
    return UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", **attributes})


def text_field(label: Any, *, help_text: Any = "", **attributes: Any) -> forms.CharField:
    """One line of text that may be empty; `attributes` are those of its box."""
    return forms.CharField(label=label, required=False, help_text=help_text, widget=text_input(**attributes))


def text_area_field(label: Any, *, rows: int, required: bool = False, **options: Any) -> forms.CharField:
    widget = UnfoldAdminTextareaWidget(attrs={"rows": rows})
    return forms.CharField(label=label, required=required, widget=widget, **options)


def select_field(
    label: Any, choices: Iterable[tuple[Any, Any]] = (), *, required: bool = True, **options: Any
) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, choices=list(choices), required=required, widget=UnfoldAdminSelectWidget, **options
    )


def set_choices(form: forms.BaseForm, name: str, choices: Iterable[tuple[Any, Any]]) -> None:
    """Give a field of a form the choices that it offers."""
    field: Any = form.fields[name]
    field.choices = list(choices)


def show_problems(form: forms.Form, problems: Mapping[str, str], **places: str) -> None:
    """Put the sentences of a refusal beside their fields; those without a field stand above the form. `places`: the
    fields of those that have another name there."""
    for name, sentence in problems.items():
        place = places.get(name, name)
        form.add_error(place if place in form.fields else None, sentence)
