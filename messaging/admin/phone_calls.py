"""Calls and their tries, to look at: they are made and settled by acts alone."""

from typing import Any, cast

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import display

from messaging.models import Call, CallTry
from messaging.phone_calls import fallback_calls
from messaging.texts import templates
from tenants.accounts.requests import acting_user
from tenants.admin.sites import province_site
from tenants.admin.staff_admin import ReadOnly, StaffAdmin
from tenants.audit import log as audit


class CallTryInline(ReadOnly, TabularInline):
    model = CallTry
    extra = 0
    fields = ("at", "by", "outcome", "note")


class CallAdmin(ReadOnly, StaffAdmin):
    list_display = ("subject", "text", "name", "masked", "reason", "desk", "opened_at", "outcome")
    list_filter = ("outcome", "reason", "intent")
    search_fields = ("subject__startswith",)
    list_select_related = ("desk",)
    ordering = ("-pk",)
    fields = (
        "subject", "text", "desk", "name", "masked", "title", "body", "reason", "problem", "opened_at",
        "settled_at", "outcome",
    )  # fmt: skip
    inlines = [CallTryInline]

    @display(description=_("mẫu tin"), ordering="intent")
    def text(self, call: Call) -> str:
        return templates.label(call.intent)

    @display(description=_("số điện thoại"))
    def masked(self, call: Call) -> str:
        return call.masked

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        audit.record("call.read", f"call:{object_id}"[:120], request=request)
        return cast(HttpResponse, super().change_view(request, object_id, *args, **kwargs))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Call]:
        return fallback_calls.visible_to(acting_user(request))


province_site.register(Call, CallAdmin)
