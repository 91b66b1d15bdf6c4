"""Inbound events, and figures on the chat with the texts that were not understood."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from messaging.inbound.chat import unanswered
from messaging.inbound.models import IncomingMessage, WebhookEvent
from tenants.audit import log as audit
from tenants.organisation.staff_site.base_admin import ReadOnly, StaffAdmin
from tenants.organisation.staff_site.sites import province_site

# The page belongs to a room beside this one; only its name is known here.
ADD_WORD = "admin:procedures_synonym_add"
MAY_ADD = "procedures.add_synonym"


class QuestionAdmin(ReadOnly, StaffAdmin):
    """One page; nothing of a single person is shown."""

    def get_urls(self) -> list[Any]:
        return [path("", self.admin_site.admin_view(self._page), name="inbound_incomingmessage_changelist")]

    def _page(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        add = reverse(ADD_WORD) if request.user.has_perm(MAY_ADD) else ""
        rows: list[dict[str, Any]] = []
        for one in unanswered.not_understood():
            # What a form may begin with: the question without its masks.
            word = " ".join(one.text.replace(unanswered.MASK, " ").split()).strip(" ?.!,")[:100]
            rows.append({"question": one, "add_url": f"{add}?{urlencode({'everyday': word})}" if add else ""})
        audit.record("chat.questions", "chat", request=request, shown=len(rows))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Câu hỏi trong trò chuyện"),
            "figures": unanswered.figures(),
            "rows": rows,
            "mask": unanswered.MASK,
        }
        return render(request, "inbound/questions.html", context)


province_site.register(IncomingMessage, QuestionAdmin)


class WebhookEventAdmin(ReadOnly, StaffAdmin):
    list_display = ("received_at", "channel", "account", "shown_state", "tries", "problem")
    list_display_links = ("received_at",)
    list_filter = ("state", "channel")
    ordering = ("-pk",)
    fields = (
        "channel", "account", "received_at", "shown_state", "tries", "again_at", "handled_at", "problem",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookEvent]:
        return super().get_queryset(request).defer("raw")

    @display(description=gettext_lazy("xử lý lại lúc"))
    def again_at(self, event: WebhookEvent) -> Any:
        return event.next_try_at if event.state == WebhookEvent.State.NEW else None

    @display(
        description=gettext_lazy("trạng thái"),
        ordering="state",
        label={
            WebhookEvent.State.NEW.label: "warning",
            WebhookEvent.State.DONE.label: "success",
            WebhookEvent.State.FAILED.label: "danger",
        },
    )
    def shown_state(self, event: WebhookEvent) -> Any:
        return event.get_state_display()


province_site.register(WebhookEvent, WebhookEventAdmin)
