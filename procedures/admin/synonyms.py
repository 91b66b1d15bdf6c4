"""The province's everyday words in the staff site, each with what it finds."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextInputWidget

from procedures.models import Synonym
from procedures.search import search, synonym_preview
from procedures.search.index import reindex
from tenants.admin.staff_admin import StaffAdmin
from tenants.text import fold

_MOST_SHOWN = 5


class SynonymForm(forms.ModelForm):
    """A word with letters, once for each meaning, for a procedure that there is."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        everyday, official = cleaned.get("everyday", ""), cleaned.get("official", "")
        if everyday and not fold(everyday):
            self.add_error("everyday", gettext("Cần ít nhất một chữ hoặc số."))
        elif official and not synonym_preview.stood_for(official):
            text = gettext("Không có thủ tục nào mang mã này hoặc có tên chứa đúng những chữ này.")
            self.add_error("official", text)
        elif everyday and official and synonym_preview.is_known(everyday, official, but=self.instance.pk):
            self.add_error("everyday", gettext("Từ này đã có với nghĩa này."))
        return cleaned


class PreviewForm(forms.Form):
    """A word to try, and what it could stand for."""

    everyday = forms.CharField(
        label=_("Từ thường dùng"), max_length=100, required=False, widget=UnfoldAdminTextInputWidget
    )
    official = forms.CharField(
        label=_("Từ chính thức hoặc mã thủ tục"),
        max_length=300,
        required=False,
        widget=UnfoldAdminTextInputWidget,
    )


class SynonymAdmin(StaffAdmin):
    """Add, change and remove; every change is searched by at once."""

    form = SynonymForm
    list_display = ("everyday", "official", "active")
    list_filter = ("active",)
    search_fields = ("everyday", "official", "folded")
    fields = ("everyday", "official", "active", "finds")
    readonly_fields = ("finds",)
    actions_list = ("try_out",)

    @admin.display(description=_("người dân gõ từ này sẽ thấy"))
    def finds(self, synonym: Synonym) -> str:
        """The first hits for the word, as citizens see them now."""
        if not synonym.pk:
            return gettext("Ghi xong sẽ thấy ở đây.")
        results = search.search(synonym.everyday)
        total = ngettext("%(count)d thủ tục", "%(count)d thủ tục", results.count) % {"count": results.count}
        lines = [
            (reverse("procedure", args=[hit.code]), hit.code, hit.short_name)
            for hit in results.hits[:_MOST_SHOWN]
        ]
        hits = format_html_join("", '<li><a href="{}">{} {}</a></li>', lines)
        return format_html("{}<ol>{}</ol>", total, hits)

    @action(description=_("Xem thử một từ"), url_path="xem-thu")
    def try_out(self, request: HttpRequest) -> HttpResponse:
        """What a word finds today and what it would stand for; nothing is written."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = PreviewForm(request.GET)
        typed = form.cleaned_data if form.is_valid() else {"everyday": "", "official": ""}
        context = {
            **self.admin_site.each_context(request),
            "title": _("Xem thử một từ thường dùng"),
            "form": form,
            "typed": typed,
            "preview": synonym_preview.preview(**typed) if any(typed.values()) else None,
            "may_add": self.has_add_permission(request),
        }
        return render(request, "desk/synonym_preview.html", context)

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
