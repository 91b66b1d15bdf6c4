"""Procedures in the staff site: their local settings, their versions, and the way to their drafts.

Versions are read only.
"""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from procedures.catalogue.models import Procedure, ProcedureVersion
from procedures.catalogue.wording import level_line, term_line
from procedures.editor import pages
from procedures.editor.actions import may_write
from procedures.editor.models import VersionDraft
from tenants.audit import log as audit
from tenants.organisation.staff_site.base_admin import FixedRows, ReadOnly, StaffAdmin
from tenants.organisation.staff_site.sites import province_site
from tenants.text import words


class VersionInline(ReadOnly, TabularInline):
    """What the procedure said and says; the database refuses changes."""

    model = ProcedureVersion
    fk_name = "procedure"
    extra = 0
    show_change_link = False
    fields = ("number", "effective_from", "official_name", "term", "decision_number", "source_note")
    readonly_fields = fields
    ordering = ("-number",)

    @admin.display(description=_("thời hạn"))
    def term(self, version: ProcedureVersion) -> str:
        return term_line(version.term_value, version.term_unit, version.term_note)


class ProcedureAdmin(FixedRows, StaffAdmin):
    """Facts come from the catalogue's files; staff set what is the province's own."""

    list_display = ("code", "short_name", "sector", "levels_shown", "handled", "agency", "state")
    list_filter = ("handled", "state", "draft__state", "filing_mode", "kind", "sector")
    list_select_related = ("sector", "agency")
    search_fields = ("code", "folded")
    search_help_text = _("Mã, tên hoặc tên thường gọi; không cần dấu.")
    autocomplete_fields = ("agency",)
    facts = ("code", "name", "sector", "levels_shown", "issuer", "kind")
    edited = ("short_name", "everyday", "summary", "where_text")
    """Changed by a draft alone, which a second person approves."""
    readonly_fields = (*facts, *edited, "guidance")
    fieldsets = (
        (_("Theo danh mục quốc gia"), {"fields": facts}),
        (
            _("Của tỉnh"),
            {
                "fields": (
                    ("handled", "state"),
                    ("filing_mode", "agency"),
                    "filing_reason",
                    ("filing_decision", "filing_decided_on"),
                    *edited,
                    "no_term_source",
                    "no_fee_source",
                )
            },
        ),
    )
    inlines = [VersionInline]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The way to the editor is shown to those who may open it."""
        shown = super().get_fieldsets(request, obj)
        if not may_write(request.user):
            return shown
        return [(_("Nội dung cho người dân"), {"fields": ("guidance",)}), *shown]

    def get_urls(self) -> list[URLPattern]:
        doors = {
            "procedure-draft": ("", pages.editor),
            "procedure-draft-preview": ("xem-truoc/", pages.preview),
            "procedure-draft-difference": ("khac-nhau/", pages.difference),
            "procedure-draft-export": ("tep.xlsx", pages.export),
            "procedure-draft-import": ("nhap/", pages.bring_in),
            "procedure-draft-act": ("viec/<str:name>/", pages.perform),
        }
        mine = [
            path(f"<int:procedure_id>/soan/{address}", self.admin_site.admin_view(view), name=name)
            for name, (address, view) in doors.items()
        ]
        return [*mine, *super().get_urls()]

    @admin.display(description=_("giấy tờ, các bước, phí, lời giải thích"))
    def guidance(self, procedure: Procedure) -> str:
        """The way to the editor, with how far a draft has come."""
        draft = VersionDraft.objects.filter(procedure=procedure).first()
        state = draft.get_state_display() if draft else gettext("chưa có bản nháp")
        address = reverse("admin:procedure-draft", args=[procedure.pk])
        return format_html(
            '<a class="mc-button" href="{}">{}</a> {}', address, gettext("Soạn, xem trước, xin duyệt"), state
        )

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
        if form.changed_data:
            changed = sorted(form.changed_data)
            audit.record("procedure.settings", f"procedure:{obj.code}", request=request, changed=changed)


province_site.register(Procedure, ProcedureAdmin)
