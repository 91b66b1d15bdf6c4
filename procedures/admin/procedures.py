"""The catalogue in the staff site: look and local settings; versions are read only."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from procedures.admin.synonyms import SynonymAdmin
from procedures.models import Procedure, ProcedureVersion, Sector, Synonym
from procedures.pages.wording import level_line, term_line
from procedures.search.index import reindex
from tenants.admin.sites import province_site
from tenants.admin.staff_admin import StaffAdmin
from tenants.text import fold, words


class VersionInline(TabularInline):
    """What the procedure said and says; the database refuses changes."""

    model = ProcedureVersion
    fk_name = "procedure"
    extra = 0
    can_delete = False
    show_change_link = False
    fields = ("number", "effective_from", "official_name", "term", "decision_number", "source_note")
    readonly_fields = fields
    ordering = ("-number",)

    @admin.display(description=_("thời hạn"))
    def term(self, version: ProcedureVersion) -> str:
        return term_line(version.term_value, version.term_unit, version.term_note)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class SectorAdmin(StaffAdmin):
    list_display = ("name", "code")
    search_fields = ("folded",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Sector], search_term: str
    ) -> tuple[QuerySet[Sector], bool]:
        return queryset.filter(folded__contains=fold(search_term)), False


class ProcedureAdmin(StaffAdmin):
    """Facts come from the catalogue's files; staff set what is the province's own."""

    list_display = ("code", "short_name", "sector", "levels_shown", "handled", "agency", "state")
    list_filter = ("handled", "state", "filing_mode", "kind", "sector")
    list_select_related = ("sector", "agency")
    search_fields = ("code", "folded")
    search_help_text = _("Mã, tên hoặc tên thường gọi; không cần dấu.")
    autocomplete_fields = ("agency",)
    readonly_fields = ("code", "name", "sector", "levels_shown", "issuer", "kind")
    fieldsets = (
        (_("Theo danh mục quốc gia"), {"fields": readonly_fields}),
        (
            _("Của tỉnh"),
            {
                "fields": (
                    ("handled", "state"),
                    ("filing_mode", "agency"),
                    "short_name",
                    "everyday",
                    "summary",
                    "where_text",
                    "no_term_source",
                    "no_fee_source",
                )
            },
        ),
    )
    inlines = [VersionInline]

    @admin.display(description=_("cấp"))
    def levels_shown(self, procedure: Procedure) -> str:
        return level_line(procedure.levels)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Procedure], search_term: str
    ) -> tuple[QuerySet[Procedure], bool]:
        code = search_term.strip()
        if code.replace(".", "").isdigit():
            return queryset.filter(code__startswith=code), False
        for word in words(search_term)[:12]:
            queryset = queryset.filter(folded__contains=f" {word}")
        return queryset, False

    def save_model(self, request: HttpRequest, obj: Procedure, form: Any, change: bool) -> None:
        # Only what was edited: an import may be publishing a new version at this moment.
        obj.save(update_fields=form.changed_data)
        reindex([obj])

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


province_site.register(Sector, SectorAdmin)
province_site.register(Procedure, ProcedureAdmin)
province_site.register(Synonym, SynonymAdmin)
