"""The form of a draft: texts, and rows of papers, steps, fees and legal texts. It works without a script."""

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from procedures.catalogue.contents.guidance import MOST_ROWS
from procedures.editor.fields import (
    GROUPS,
    PARTS,
    Field,
    Kind,
    Part,
    label_of,
    name_of,
    put_rows,
    rows_of,
    under,
)
from tenants import clock
from tenants.validation import Fault

ADDED = 1
"""So many empty rows stand below those that there are."""
LATEST = timedelta(days=366)
DAYS = ["%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y-%m-%d"]
_LEFT_OUT = {"required": gettext_lazy("Xin ghi mục này; dòng không dùng thì đánh dấu bỏ.")}


class NumberField(forms.CharField):
    """A whole number, with or without dots between thousands: Django's own takes 150.000 for 150."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value).replace(" ", "")
        if not text:
            return None
        if not re.fullmatch(r"[0-9]{1,12}|[0-9]{1,3}(\.[0-9]{3}){1,3}", text):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return int(text.replace(".", ""))


def _field(field: Field) -> forms.Field:
    """The form's field of a value; lists are typed one thing a line."""
    common: dict[str, Any] = {"label": field.label, "required": field.required, "help_text": field.help}
    look: dict[str, Any] = {"class": "mc-input"}
    if field.required:
        common["error_messages"] = _LEFT_OUT
    if field.kind is Kind.FLAG:
        return forms.BooleanField(**common)
    if field.kind is Kind.CHOICE:
        return forms.ChoiceField(choices=field.choices, widget=forms.Select(attrs=look), **common)
    if field.kind is Kind.NUMBER:
        wrong = {"invalid": _("Chỉ ghi số, ví dụ 1 hoặc 150000.")}
        widget = forms.TextInput(attrs={**look, "inputmode": "numeric", "autocomplete": "off"})
        return NumberField(widget=widget, error_messages=wrong, **common)
    if field.kind is Kind.LINE:
        return forms.CharField(widget=forms.TextInput(attrs={**look, "autocomplete": "off"}), **common)
    rows = 3 if field.kind is Kind.LINES else 2
    return forms.CharField(widget=forms.Textarea(attrs={**look, "rows": rows}), strip=False, **common)


class _RowForm(forms.Form):
    """A row of a part; its help stands once above the rows, so each field points there."""

    part: Part

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.part.fields:
            self.fields[field.name] = one = _field(field)
            one.help_text = ""
            one.widget.attrs["aria-describedby"] = f"help-{self.part.name}-{field.name}"

    def has_changed(self) -> bool:
        """Whether anything of the row itself was typed; its place alone is nothing."""
        return any(field.name in self.changed_data for field in self.part.fields)

    @property
    def is_said(self) -> bool:
        """Whether the row is to stay."""
        return self.has_changed() and not self["DELETE"].data


class RowSet(forms.BaseFormSet):
    """The rows of a part as typed. An empty row counts as none, wherever it stands."""

    part: Part

    def initial_form_count(self) -> int:
        return 0 if self.is_bound else super().initial_form_count()

    def add_fields(self, form: Any, index: int | None) -> None:
        """Also the place and the box that drops the row, in words of ours."""
        super().add_fields(form, index)
        form.fields["DELETE"].label = _("Bỏ dòng này")
        form.fields["ORDER"] = forms.CharField(
            label=_("Thứ tự"),
            required=False,
            initial=form.fields["ORDER"].initial,
            widget=forms.TextInput(
                attrs={"class": "mc-input", "inputmode": "numeric", "autocomplete": "off"}
            ),
        )

    @property
    def said(self) -> list[Any]:
        """The forms of the rows that stay, in the order that was typed; a row moved to a place stands before it."""

        def order(numbered: tuple[int, Any]) -> tuple[int, bool, int]:
            place, form = numbered
            typed = str(form["ORDER"].data or "")
            wanted = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else place
            return wanted, wanted == place, place

        kept = [(place, form) for place, form in enumerate(self.forms, start=1) if form.is_said]
        return [form for _place, form in sorted(kept, key=order)] if self.is_bound else []

    def as_typed(self) -> list[dict[str, Any]]:
        """The rows that stay with their raw texts, whether they can be kept or not."""
        names = [field.name for field in self.part.fields]
        return [{name: form[name].data for name in names} for form in self.said]


def _row_set(part: Part) -> type[RowSet]:
    form = type("RowForm", (_RowForm,), {"part": part})
    made = forms.formset_factory(
        form, formset=RowSet, extra=ADDED, can_order=True, can_delete=True, max_num=MOST_ROWS,
        validate_max=True,
    )  # fmt: skip
    made.part = part  # type: ignore[attr-defined]
    return made  # type: ignore[return-value]


ROW_SETS = {part.name: _row_set(part) for part in PARTS}


class DraftForm(forms.Form):
    """The texts of a draft, and since when it is to hold."""

    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)
    sealed = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    effective_from = forms.DateField(
        label=gettext_lazy("Áp dụng từ ngày"),
        required=False,
        input_formats=DAYS,
        help_text=gettext_lazy(
            "Ngày/tháng/năm. Để trống: từ ngày duyệt. Ngày chưa đến thì người thứ hai duyệt được từ ngày ấy."
        ),
        error_messages={
            "invalid": gettext_lazy("Xin nhập ngày theo thứ tự ngày, tháng, năm, ví dụ 24/11/2026.")
        },
        widget=forms.TextInput(attrs={"class": "mc-input", "autocomplete": "off", "inputmode": "numeric"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for key, _title, fields in GROUPS:
            for field in fields:
                self.fields[name_of(key, field)] = one = _field(field)
                one.error_messages["required"] = _("Xin ghi mục này.")

    @property
    def groups(self) -> list[dict[str, Any]]:
        return [
            {"title": title, "fields": [self[name_of(key, field)] for field in fields]}
            for key, title, fields in GROUPS
        ]

    def clean_effective_from(self) -> Any:
        day = self.cleaned_data["effective_from"]
        if day and not clock.today() - 10 * LATEST <= day <= clock.today() + LATEST:
            raise forms.ValidationError(_("Ngày áp dụng phải trong khoảng mười năm qua đến một năm tới."))
        return day


class Editor:
    """The whole form: texts and rows, read from a content or from what was typed."""

    def __init__(self, form: DraftForm, row_sets: Mapping[str, RowSet]) -> None:
        self.form, self.row_sets = form, row_sets

    @classmethod
    def of(cls, content: Mapping[str, Any], **about: Any) -> "Editor":
        """The form of a content; `about`: seen, sealed, effective_from."""
        texts = {
            name_of(key, field): _typed(field, under(content, key).get(field.name))
            for key, _title, fields in GROUPS
            for field in fields
        }
        row_sets = {part.name: ROW_SETS[part.name](initial=rows_of(content, part), prefix=part.name) for part in PARTS}  # fmt: skip
        return cls(DraftForm(initial={**texts, **about}), row_sets)

    @classmethod
    def typed(cls, data: Any) -> "Editor":
        row_sets = {part.name: ROW_SETS[part.name](data, prefix=part.name) for part in PARTS}
        return cls(DraftForm(data), row_sets)

    def with_rows(self, added: str) -> "Editor":
        """The same as typed, unchecked, with one more empty row in the part `added`."""
        texts = {name: self.form[name].data for name in self.form.fields}
        row_sets = {}
        for name, rows in self.row_sets.items():
            more = type(rows)(initial=rows.as_typed(), prefix=name)
            more.extra = ADDED + (name == added)
            row_sets[name] = more
        return Editor(DraftForm(initial=texts), row_sets)

    @property
    def is_valid(self) -> bool:
        """Whether everything could be read; all parts are looked at."""
        return all([self.form.is_valid(), *(rows.is_valid() for rows in self.row_sets.values())])

    @property
    def errors(self) -> list[dict[str, str]]:
        """Every fault with the place on the page where it is mended."""
        found = [{"at": "", "text": str(text)} for text in self.form.non_field_errors()]
        found += _errors(self.form, "")
        for part in PARTS:
            rows = self.row_sets[part.name]
            found += [{"at": "", "text": f"{part.title}: {text}"} for text in rows.non_form_errors()]
            for number, form in enumerate(rows.forms, start=1):
                found += _errors(form, f"{part.one} {number}, ")
        return found

    def content(self, code: str) -> dict[str, Any]:
        """What was typed, as the content of a draft; only of a form that is valid."""
        content: dict[str, Any] = {"code": code, "english": {}, "source": {}}
        for key, _title, fields in GROUPS:
            into = content[key] if key else content
            into |= {
                field.name: _read(field, self.form.cleaned_data[name_of(key, field)]) for field in fields
            }
        for part in PARTS:
            rows = [
                {field.name: _read(field, form.cleaned_data.get(field.name)) for field in part.fields}
                for form in self.row_sets[part.name].said
            ]
            put_rows(content, part, rows)
        return content

    def show(self, faults: Iterable[Fault]) -> None:
        """Put the faults of the content beside their fields."""
        for fault in faults:
            label = label_of(fault.path)[1] or fault.params.get("key", "")
            text = str(_(fault.message)) % {**fault.params, "key": label}
            part, place = fault.path[:1], fault.path[1:]
            rows = self.row_sets.get(str(part[0])) if part else None
            said = rows.said if rows else []
            if said and place and isinstance(place[0], int) and place[0] < len(said):
                field = place[-1] if place[-1] in said[place[0]].fields else None
                said[place[0]].add_error(field, text)
                continue
            name = "_".join(str(one) for one in fault.path if isinstance(one, str))
            if name in self.form.fields:
                self.form.add_error(name, text)
            else:
                self.form.add_error(
                    None, f"{', '.join(str(one) for one in label_of(fault.path) if one)}: {text}"
                )


def _errors(form: Any, place: str) -> list[dict[str, str]]:
    return [
        {"at": form[name].id_for_label if name in form.fields else "", "text": f"{place}{_label(form, name)}: {text}"}
        for name, texts in form.errors.items()
        if place or name != "__all__"
        for text in texts
    ]  # fmt: skip


def _label(form: Any, name: str) -> str:
    return str(form.fields[name].label) if name in form.fields else _("cả dòng")


def _typed(field: Field, value: Any) -> Any:
    return "\n".join(value or ()) if field.kind is Kind.LINES else value


def _read(field: Field, value: Any) -> Any:
    if field.kind is Kind.LINES:
        return [line.strip() for line in (value or "").splitlines() if line.strip()]
    if field.kind in (Kind.NUMBER, Kind.FLAG):
        return value
    return value or ""
