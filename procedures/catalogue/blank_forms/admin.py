"""Forms in the staff site: words, and the sheet that is given out, with all that were before it."""

from collections.abc import Collection, Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminURLInputWidget, UnfoldBooleanWidget

from procedures.catalogue.blank_forms.actions import (
    MOST_MEGABYTES,
    inspect_sheet,
    put_facts,
    put_sheet,
    withdraw_sheet,
)
from procedures.catalogue.blank_forms.names import FACTS, NAME, form_key
from procedures.catalogue.blank_forms.pages import sheet_response
from procedures.catalogue.from_dossiers import Sheet
from procedures.catalogue.models import BlankForm, FormFile
from tenants.accounts.requests import acting_user
from tenants.audit import subjects
from tenants.files.inspection import LABELS, FileRefused, Inspected, size_in_words
from tenants.organisation.staff_site.base_admin import ReadOnly, StaffAdmin
from tenants.organisation.staff_site.sites import province_site
from tenants.text import fold

_HAS_SHEET = Exists(FormFile.objects.filter(form=OuterRef("pk"), replaced_at=None))


class WordsForm(forms.ModelForm):
    """What is said of a form, a sheet to give out from now on, or none any more."""

    address = forms.URLField(
        label=_("Địa chỉ bản chính thức"),
        required=False,
        max_length=500,
        assume_scheme="https",
        widget=UnfoldAdminURLInputWidget,
    )
    sheet = forms.FileField(
        label=_("Tệp mới"),
        required=False,
        widget=UnfoldAdminFileFieldWidget,
        help_text=_(
            "PDF, Word (.docx), Excel (.xlsx) hoặc ODT, nhiều nhất %(most)d MB. Tệp trước được giữ lại bên dưới."
        )
        % {"most": MOST_MEGABYTES},
    )
    withdraw = forms.BooleanField(
        label=_("Thôi đăng tệp đang dùng"), required=False, widget=UnfoldBooleanWidget
    )
    inspected: Inspected | None = None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if upload := cleaned.get("sheet"):
            try:
                self.inspected = inspect_sheet(upload)
            except FileRefused as refusal:
                self.add_error("sheet", str(refusal))
        if upload and cleaned.get("withdraw"):
            self.add_error("withdraw", gettext("Đưa tệp mới lên thì tệp cũ tự thôi dùng; xin bỏ dấu ở đây."))
        if not self.instance.pk and "code" in cleaned:
            key = form_key(*(cleaned.get(name, "") for name in NAME))
            if not key:
                self.add_error("code", gettext("Cần ít nhất một chữ hoặc số."))
            elif BlankForm.objects.filter(key=key).exists():
                self.add_error("code", gettext("Mẫu này đã có trong danh sách."))
        return cleaned


class SheetInline(ReadOnly, TabularInline):
    """The sheets of a form, the newest first."""

    model = FormFile
    extra = 0
    can_delete = False
    fields = readonly_fields = ("sheet", "uploaded_at", "uploaded_by", "replaced_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[FormFile]:
        files: QuerySet[FormFile] = super().get_queryset(request)
        return files.defer("content").select_related("uploaded_by", "form")

    @admin.display(description=_("tệp"))
    def sheet(self, file: FormFile) -> str:
        address = reverse("admin:blank-form-file", args=[file.form_id, file.pk])
        facts = f"{LABELS.get(file.content_type, '')}, {size_in_words(file.size)}"
        return format_html('<a href="{}">{}</a>', address, facts)


class SheetFilter(admin.SimpleListFilter):
    title = _("tệp")
    parameter_name = "tep"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("co", _("có tệp")), ("chua", _("chưa có tệp"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[BlankForm]) -> QuerySet[BlankForm]:
        if self.value() == "co":
            return queryset.filter(_HAS_SHEET)
        return queryset.exclude(_HAS_SHEET) if self.value() == "chua" else queryset


class BlankFormAdmin(StaffAdmin):
    """Staff word forms and give out their sheets. A name once given stays: it stands in printed addresses."""

    form = WordsForm
    list_display = ("code", "annex", "source", "title", "sheet_shown")
    list_filter = (SheetFilter,)
    search_fields = ("key",)
    search_help_text = _("Ký hiệu, số văn bản; không cần dấu.")
    fields = (("code", "annex"), ("source", "issued_on"), "title", "english", "address", "sheet", "withdraw")
    inlines = [SheetInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[BlankForm]:
        found: QuerySet[BlankForm] = super().get_queryset(request)
        return found.annotate(has_sheet=_HAS_SHEET)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[BlankForm], search_term: str
    ) -> tuple[QuerySet[BlankForm], bool]:
        for word in fold(search_term).split():
            queryset = queryset.filter(key__contains=word)
        return queryset, False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return NAME if obj is not None else ()

    def get_urls(self) -> list[URLPattern]:
        """Also each sheet of a form, for those who may look at it."""
        page = self.admin_site.admin_view(self.file)
        return [path("<int:form_id>/tep/<int:file_id>/", page, name="blank-form-file"), *super().get_urls()]

    @admin.display(description=_("có tệp"), boolean=True)
    def sheet_shown(self, form: BlankForm) -> bool:
        return bool(form.has_sheet)  # type: ignore[attr-defined]

    def file(self, request: HttpRequest, form_id: int, file_id: int) -> HttpResponse:
        """A sheet, also one that is given out no more."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        file = get_object_or_404(FormFile.objects.select_related("form"), form=form_id, pk=file_id)
        sheet = Sheet(bytes(file.content), file.content_type, file.sha256)
        return sheet_response(request, sheet, f"{file.form.key}-{file.pk}")

    def save_model(self, request: HttpRequest, obj: BlankForm, form: Any, change: bool) -> None:
        actor = acting_user(request)
        # As stored, and locked: another upload may be under way.
        stored = BlankForm.objects.select_for_update().get(pk=obj.pk) if change else obj
        words = {name: form.cleaned_data[name] for name in FACTS if name in form.changed_data or not change}
        if words:
            put_facts(stored, words, actor=actor)
        if form.inspected:
            put_sheet(stored, form.inspected, actor=actor)
        elif form.cleaned_data["withdraw"]:
            withdraw_sheet(stored, actor=actor)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _named(keys: Collection[str]) -> Mapping[str, subjects.Named]:
    found = BlankForm.objects.filter(pk__in=subjects.numbers(keys))
    return {
        str(form.pk): subjects.Named(str(form), reverse("admin:procedures_blankform_change", args=[form.pk]))
        for form in found
    }


subjects.kinds.register(subjects.SubjectKind("blank-form", "form", _named, model="procedures.blankform"))
province_site.register(BlankForm, BlankFormAdmin)
