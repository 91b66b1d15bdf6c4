"""The ground of every page of Django admin here: what stands in an address may be anything."""

import logging
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ERROR_FLAG, SEARCH_VAR
from django.core.exceptions import ValidationError
from django.db import DataError, transaction
from django.db.models import Field, Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.admin import checkbox as theme_checkbox
from unfold.views import ChangeList

from tenants.accounts.requests import acting_user
from tenants.audit import log as audit
from tenants.audit import operators_log, subjects
from tenants.audit.models import AuditEntry

log = logging.getLogger(__name__)
LONGEST_KEY = 18
"""So many digits every 64-bit key can hold."""
LONGEST_SEARCH, MOST_WORDS = 200, 10
"""Characters and words of a search: Django makes a condition of each word, for each row."""


def shorten_search(text: str) -> str:
    """What is searched for of a text that was typed: so many characters and words of its beginning."""
    text = text[:LONGEST_SEARCH]
    words = text.split()
    return text if len(words) <= MOST_WORDS else " ".join(words[:MOST_WORDS])


class OfferedFilters(ChangeList):
    """A list that is narrowed by its filters and by nothing else."""

    def get_filters(self, request: HttpRequest) -> Any:
        found = super().get_filters(request)
        bounds = {f"{self.date_hierarchy}__gte", f"{self.date_hierarchy}__lt"}
        # A condition on a column that is not shown would answer questions about it.
        if left := found[2].keys() - bounds:
            raise IncorrectLookupParameters(", ".join(sorted(left)))
        return found


class FixedRows:
    """Rows that no form of Django admin adds or deletes: services, workers or pages of their own do."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnly(FixedRows):
    """Rows that services and workers write, never a page of Django admin; the menu has them for all who may look."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        found: bool = self.has_view_permission(request)  # type: ignore[attr-defined]
        return found

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class RecordedReading:
    """Each look at the page of a row is an entry of the audit log, under the name of its model."""

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        name = self.opts.model_name  # type: ignore[attr-defined]
        audit.record(f"{name}.read", f"{name}:{object_id}"[:120], request=request)
        found: HttpResponse = super().change_view(request, object_id, *args, **kwargs)  # type: ignore[misc]
        return found


class StaffAdmin(ModelAdmin):
    """A ModelAdmin whose list says what it could not read, instead of breaking.

    Unknown conditions, and values that the database refuses, lead to the list without any. Acts on rows whose
    keys are none change nothing.
    """

    view_on_site = False
    change_form_outer_before_template = "admin/object_log.html"

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], **kwargs: Any
    ) -> HttpResponse:
        """With a link to the log of this row, for those who may read the log."""
        row = kwargs.get("obj")
        address = subjects.address_of(row) if row is not None else ""
        has_log = self.admin_site.is_registered(AuditEntry)
        if address and has_log and request.user.has_perm("audit.view_auditentry"):
            log_page = reverse(f"{self.admin_site.name}:audit_auditentry_changelist")
            context["log_url"] = f"{log_page}?{urlencode({subjects.PARAMETER: address})}"
        response: HttpResponse = super().render_change_form(request, context, **kwargs)
        return response

    def shell(self, request: HttpRequest) -> dict[str, Any]:
        """What every page of this table outside of Django's own needs around its content."""
        return {**self.admin_site.each_context(request), "opts": self.opts, "is_fullwidth": "1"}

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return OfferedFilters

    def action_checkbox(self, obj: Model) -> str:
        """The box before a row; its look stands in staff.css, where the theme repeats 600 bytes of classes."""
        return format_html(
            '<input type="checkbox" name="{}" value="{}" class="action-select" aria-label="{}">',
            ACTION_CHECKBOX_NAME,
            obj.pk,
            theme_checkbox.attrs["aria-label"],
        )

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """`OfferedFilters` refuses what no filter has taken, once for local columns and for related ones."""
        return True

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        found: tuple[Any, bool] = super().get_search_results(request, queryset, shorten_search(search_term))
        return found

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        searched = request.GET.get(SEARCH_VAR, "")
        if (short := shorten_search(searched)) != searched:
            shortened = request.GET.copy()
            shortened[SEARCH_VAR] = short
            request.GET = shortened  # type: ignore[assignment]
            limits = {"words": MOST_WORDS, "letters": LONGEST_SEARCH}
            messages.warning(
                request, _("Chỉ tìm bằng %(words)d từ đầu, %(letters)d ký tự đầu của ô tìm.") % limits
            )
        if ERROR_FLAG in request.GET:
            messages.warning(
                request, _("Điều kiện lọc trong địa chỉ không đọc được. Đây là danh sách chưa lọc.")
            )
        if request.method == "POST" and not self._are_keys(request.POST.getlist(ACTION_CHECKBOX_NAME)):
            messages.warning(request, _("Không đọc được các dòng đã chọn. Chưa có gì thay đổi."))
            return HttpResponseRedirect(request.path)
        # An act may open a transaction of its own, and says itself what it cannot do.
        if request.method == "POST" or not request.GET or ERROR_FLAG in request.GET:
            return super().changelist_view(request, extra_context)
        try:
            # A savepoint, where a transaction is open: what it refuses must not spoil the rest.
            with transaction.atomic():
                response: HttpResponse = super().changelist_view(request, extra_context)
                # Rows are read while the page is written.
                if isinstance(response, TemplateResponse):
                    response.render()
                return response
        except (DataError, OverflowError, ValueError) as error:
            log.warning("a list could not read its address: %s, %s", request.path, type(error).__name__)
            return HttpResponseRedirect(f"{request.path}?{ERROR_FLAG}=1")

    def _are_keys(self, values: list[str]) -> bool:
        """Whether each may be the primary key of a row."""
        for value in values:
            try:
                self.opts.pk.to_python(value)
            except ValidationError:
                return False
        return all(len(value) <= LONGEST_KEY for value in values if value.isdecimal())


class RecordedAdmin(StaffAdmin):
    """A StaffAdmin whose saved rows, and the roles in their inlines, are entries of the audit log with who saved them.

    `act` begins the action (`person.add`, `person.change`), `subject` the subject with the row's primary key. Only
    names of fields are kept, and whether an account is on.
    """

    act = ""
    subject = ""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if form.changed_data:
            detail: dict[str, Any] = {"fields": sorted(form.changed_data)}
            if "is_active" in form.changed_data:
                detail["active"] = obj.is_active
            self._record(request, "change" if change else "add", obj.pk, **detail)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        key = obj.pk
        super().delete_model(request, obj)
        self._record(request, "remove", key)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for obj in queryset:
            self.delete_model(request, obj)

    def _record(self, request: HttpRequest, what: str, key: Any, **detail: Any) -> None:
        act, subject = f"{self.act}.{what}", f"{self.subject}:{key}"
        if self.admin_site.is_registered(AuditEntry):
            audit.record(act, subject, request=request, **detail)
        else:
            # Operators' accounts stand outside of every province.
            operators_log.record(act, actor=acting_user(request), subject=subject, **detail)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        with audit.on_behalf_of(request):
            super().save_formset(request, form, formset, change)


class LabelledInline(TabularInline):
    """Rows in a table whose fields have a name each; the head of a column names none of them for a reader."""

    def formfield_for_dbfield(self, db_field: "Field[Any, Any]", request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            field.widget.attrs["aria-label"] = capfirst(field.label)
        return field
