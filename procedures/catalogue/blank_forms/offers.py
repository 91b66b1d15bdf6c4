"""What the province offers of the forms that papers name: the sheet to download, or where it comes from."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.db.models import FilteredRelation, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from procedures.catalogue import from_dossiers
from procedures.catalogue.blank_forms.names import FormName, form_names, label_of
from procedures.catalogue.from_dossiers import Sheet
from procedures.catalogue.models import BlankForm, FormFile
from tenants.files.inspection import LABELS, size_in_words


@dataclass(frozen=True, slots=True)
class Offer:
    """A form as pages show it. `url` is empty where there is no sheet; `size` in bytes is None where it is made anew."""

    key: str
    code: str
    annex: str = ""
    source: str = ""
    title: str = ""
    english: str = ""
    address: str = ""
    url: str = ""
    content_type: str = ""
    size: int | None = None

    @property
    def label(self) -> str:
        """“CT01”, “số 18”."""
        return label_of(self.code)

    @property
    def origin(self) -> str:
        """“Phụ lục II, Nghị định 175/2024/NĐ-CP”, as far as it is known."""
        return ", ".join(filter(None, [self.annex, self.source]))

    @property
    def kind(self) -> str:
        """“PDF”, “Word”; empty without a sheet."""
        return LABELS.get(self.content_type, "")

    @property
    def link_text(self) -> str:
        """“Tải mẫu CT01 (PDF, 84 KB)”; without the size where the sheet is made anew."""
        facts = ", ".join(filter(None, [self.kind, "" if self.size is None else size_in_words(self.size)]))
        return _("Tải mẫu %(code)s (%(facts)s)") % {"code": self.label, "facts": facts}


_COLUMNS = ("key", "code", "annex", "source", "title", "english", "address")


def offers(names: Iterable[FormName], *, with_sheets: bool = False) -> dict[str, Offer]:
    """What is offered of each named form, by key, and with `with_sheets` of every other form that has a file.

    One statement; none for no names.
    """
    named = {name.key: name for name in names}
    if not named and not with_sheets:
        return {}
    asked = Q(key__in=named)
    if with_sheets:
        asked |= Q(pk__in=FormFile.objects.filter(replaced_at=None).values("form"))
    found = _stored(asked)
    for key, name in named.items():
        found.setdefault(key, Offer(key, name.code, name.annex, name.source))
    return _with_made(found)


def of_texts(texts: Iterable[str]) -> dict[str, list[Offer]]:
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


def _stored(asked: Q) -> dict[str, Offer]:
    forms = BlankForm.objects.alias(now=FilteredRelation("files", condition=Q(files__replaced_at=None)))
    rows = forms.filter(asked).order_by().values_list(*_COLUMNS, "now__content_type", "now__size")
    found = {}
    for *words, content_type, size in rows:
        facts, url = dict(zip(_COLUMNS, words, strict=True)), _address(words[0]) if content_type else ""
        found[words[0]] = Offer(**facts, url=url, content_type=content_type or "", size=size)
    return found


def _with_made(found: dict[str, Offer]) -> dict[str, Offer]:
    """The same, with the sheets that are typeset of those that have none. A file of the province comes first."""
    source = from_dossiers.sheets()
    for key in source.has([key for key, offer in found.items() if not offer.url]):
        found[key] = replace(found[key], url=_address(key), content_type=source.content_type)
    return found


def _address(key: str) -> str:
    return reverse("blank-form", args=[key])
