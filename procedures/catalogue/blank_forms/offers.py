"""What the province offers of the forms that papers name: the sheet to download, or where it comes from."""

from collections.abc import Iterable

from django.db.models import F, FilteredRelation, Q
from django.urls import reverse

from procedures.catalogue import from_dossiers
from procedures.catalogue.blank_forms.names import FormName, form_names
from procedures.catalogue.from_dossiers import Sheet
from procedures.catalogue.models import BlankForm, FormFile


def offers(names: Iterable[FormName], *, with_sheets: bool = False) -> dict[str, BlankForm]:
    """What is offered of each named form, by key, and with `with_sheets` of every other form that has a file.

    Forms that nobody worded are unsaved. A file of the province comes before a sheet that is typeset. One statement;
    none for no names.
    """
    named = {name.key: name for name in names}
    if not named and not with_sheets:
        return {}
    asked = Q(key__in=named)
    if with_sheets:
        asked |= Q(pk__in=FormFile.objects.filter(replaced_at=None).values("form"))
    forms = BlankForm.objects.alias(now=FilteredRelation("files", condition=Q(files__replaced_at=None)))
    of_sheet = {"content_type": F("now__content_type"), "size": F("now__size")}
    rows = forms.filter(asked).order_by().annotate(**of_sheet)
    found: dict[str, BlankForm] = {form.key: form for form in rows}
    for key, name in named.items():
        found.setdefault(key, BlankForm(key=key, code=name.code, annex=name.annex, source=name.source))
    source = from_dossiers.sheets()
    typeset = source.has([key for key, form in found.items() if not form.content_type])
    for key, form in found.items():
        form.content_type = source.content_type if key in typeset else form.content_type or ""
        form.url = reverse("blank-form", args=[key]) if form.content_type else ""
    return found


def of_texts(texts: Iterable[str]) -> dict[str, list[BlankForm]]:
    """What is offered of the forms that each text names, by text; at most one statement."""
    named = {text: form_names(text) for text in texts if text}
    known = offers(name for names in named.values() for name in names)
    return {text: [known[name.key] for name in names] for text, names in named.items()}


def sheet_of(key: str) -> Sheet | None:
    """The sheet that is given out under a key, with its content; None where there is none. One statement."""
    row = FormFile.objects.filter(form__key=key, replaced_at=None)
    if (found := row.values_list("content", "content_type", "sha256").first()) is not None:
        return Sheet(bytes(found[0]), found[1], found[2])
    source = from_dossiers.sheets()
    return source.make(key) if key in source.has([key]) else None
