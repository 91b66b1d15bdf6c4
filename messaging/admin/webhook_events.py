"""What channels told us and what became of it. The text itself holds personal data and is never shown."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from messaging.models import InboundEvent
from tenants.admin.sites import province_site
from tenants.admin.staff_admin import ReadOnly, StaffAdmin


class InboundEventAdmin(ReadOnly, StaffAdmin):
    list_display = ("received_at", "channel", "account", "shown_state", "tries", "problem")
    list_display_links = ("received_at",)
    list_filter = ("state", "channel")
    ordering = ("-pk",)
    fields = (
        "channel", "account", "received_at", "shown_state", "tries", "again_at", "handled_at", "problem",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[InboundEvent]:
        return super().get_queryset(request).defer("raw")

    @display(description=_("xử lý lại lúc"))
    def again_at(self, event: InboundEvent) -> Any:
        return event.next_try_at if event.state == InboundEvent.State.NEW else None

    @display(
        description=_("trạng thái"),
        ordering="state",
        label={
            InboundEvent.State.NEW.label: "warning",
            InboundEvent.State.DONE.label: "success",
            InboundEvent.State.FAILED.label: "danger",
        },
    )
    def shown_state(self, event: InboundEvent) -> Any:
        return event.get_state_display()


province_site.register(InboundEvent, InboundEventAdmin)
