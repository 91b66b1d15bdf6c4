"""The catalogue in the staff site: sectors and everyday words. Procedures stand with the editor of their drafts."""

from collections.abc import Collection, Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from procedures.catalogue.blank_forms import admin as blank_forms_admin
from procedures.catalogue.models import Procedure, Sector, Synonym
from procedures.catalogue.search import search
from procedures.catalogue.search.index import meaning, reindex
from tenants.audit import subjects
from tenants.audit.subjects import Named, SubjectKind
from tenants.organisation.staff_site.base_admin import StaffAdmin
from tenants.organisation.staff_site.sites import province_site
from tenants.text import fold

_MOST_FOUND = 5


class SectorAdmin(StaffAdmin):
    list_display = ("name", "code")
    search_fields = ("folded",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Sector], search_term: str
    ) -> tuple[QuerySet[Sector], bool]:
        return queryset.filter(folded__contains=fold(search_term)), False


class SynonymForm(forms.ModelForm):
    """A word with letters, once for each meaning, for a procedure that there is."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        everyday, official = cleaned.get("everyday", ""), cleaned.get("official", "")
        if everyday and not fold(everyday):
            self.add_error("everyday", gettext("Cần ít nhất một chữ hoặc số."))
        elif official and not _stands_for_something(official):
            text = gettext("Không có thủ tục nào mang mã này hoặc có tên chứa đúng những chữ này.")
            self.add_error("official", text)
        elif everyday and official and _is_known(everyday, official, but=self.instance.pk):
            self.add_error("everyday", gettext("Từ này đã có với nghĩa này."))
        return cleaned


class SynonymAdmin(StaffAdmin):
    """Add, change and remove; every change is searched by at once."""

    form = SynonymForm
    list_display = ("everyday", "official", "active")
    list_filter = ("active",)
    search_fields = ("everyday", "official", "folded")
    fields = ("everyday", "official", "active", "finds")
    readonly_fields = ("finds",)

    @admin.display(description=_("người dân gõ từ này sẽ thấy"))
    def finds(self, synonym: Synonym) -> str:
        """The first hits for the word, as citizens see them now."""
        if not synonym.pk:
            return gettext("Ghi xong sẽ thấy ở đây.")
        results = search.search(synonym.everyday)
        total = ngettext("%(count)d thủ tục", "%(count)d thủ tục", results.count) % {"count": results.count}
        lines = [
            (reverse("procedure", args=[hit.code]), hit.code, hit.short_name)
            for hit in results.hits[:_MOST_FOUND]
        ]
        hits = format_html_join("", '<li><a href="{}">{} {}</a></li>', lines)
        return format_html("{}<ol>{}</ol>", total, hits)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Synonym], search_term: str
    ) -> tuple[QuerySet[Synonym], bool]:
        folded = fold(search_term)
        return queryset.filter(folded__contains=folded) | queryset.filter(
            official__icontains=search_term.replace("\x00", " ")
        ), False

    def save_model(self, request: HttpRequest, obj: Synonym, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        reindex()

    def delete_model(self, request: HttpRequest, obj: Synonym) -> None:
        super().delete_model(request, obj)
        reindex()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Synonym]) -> None:
        super().delete_queryset(request, queryset)
        reindex()


def _stands_for_something(official: str) -> bool:
    """Whether there is an active procedure with this code, or with these words in its official name."""
    meant = meaning(official)
    active = Procedure.objects.filter(state=Procedure.State.ACTIVE)
    # The stored column holds more than the official name; it only narrows the choice.
    likely = active.filter(folded__contains=f" {meant} ").values_list("name", flat=True)
    return bool(meant) and (
        active.filter(code=meant).exists() or any(f" {meant} " in f" {fold(name)} " for name in likely)
    )


def _is_known(everyday: str, official: str, *, but: int | None = None) -> bool:
    """Whether this word already stands for this, however both are written; *but* is a row not to count."""
    same = Synonym.objects.filter(folded=fold(everyday)).values_list("pk", "official")
    return any(meaning(other) == meaning(official) for pk, other in same if pk != but)


def _procedures(codes: Collection[str]) -> Mapping[str, Named]:
    known = Procedure.objects.filter(code__in=codes).values_list("pk", "code", "short_name")
    return {
        code: Named(f"{code}, {name}", reverse("admin:procedures_procedure_change", args=[pk]))
        for pk, code, name in known
    }


kind = SubjectKind("procedure", "procedure", _procedures, model=Procedure._meta.label_lower, key_name="code")
subjects.kinds.register(kind)
province_site.register(Sector, SectorAdmin)
province_site.register(Synonym, SynonymAdmin)
__all__ = ["blank_forms_admin"]
