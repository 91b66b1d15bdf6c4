from typing import Any, cast

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminSelectWidget

from messaging import lanes, outbox, templates
from messaging.models import Attempt, Consent, Contact, Lane, Message, Template
from messaging.states import State
from tenants.accounts.models import User
from tenants.audit import log as audit
from tenants.sites import province_site


class ReadOnly:
    """Rows that the relay or the desk's acts write, never this page."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class AttemptInline(ReadOnly, TabularInline):
    model = Attempt
    extra = 0
    fields = ("number", "kind", "started_at", "ended_at", "outcome", "code", "detail")


class MessageAdmin(ReadOnly, ModelAdmin):
    list_display = ("shown_state", "subject", "intent", "masked", "lane", "attempts", "not_before", "problem")
    list_filter = ("state", "intent", "lane")
    search_fields = ("subject__startswith", "=tracking_id")
    list_select_related = ("lane", "contact")
    # The link carries a token to the dossier: it is for the reader, not for the desk.
    fields = (
        "subject", "intent", "masked", "lane", "title", "body", "rows", "button_label", "shown_state", "problem",
        "attempts", "created_at", "not_before", "next_attempt_at", "accepted_at", "delivered_at", "finished_at",
        "tracking_id",
    )  # fmt: skip
    inlines = [AttemptInline]
    actions = ["send_again"]

    @display(
        description=_("trạng thái"),
        ordering="state",
        label={
            State.DELIVERED.label: "success",
            State.SEEN.label: "success",
            State.ACCEPTED.label: "info",
            State.DEFERRED.label: "warning",
            State.UNKNOWN.label: "warning",
            State.FAILED.label: "danger",
        },
    )
    def shown_state(self, message: Message) -> str:
        return message.get_state_display()

    @display(description=_("người nhận"))
    def masked(self, message: Message) -> str:
        return str(message.contact)

    @action(description=_("Gửi lại"), permissions=["send_again"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Message]) -> None:
        clerk = cast(User, request.user)
        again = sum(outbox.send_again(message, clerk) for message in queryset)
        text = ngettext(
            "Đã đưa %(count)d tin vào hàng gửi lại.", "Đã đưa %(count)d tin vào hàng gửi lại.", again
        )
        self.message_user(request, text % {"count": again})
        if again < len(queryset):
            self.message_user(request, gettext("Chỉ gửi lại được tin không gửi được."), messages.WARNING)

    def has_send_again_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("messaging.change_message")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        audit.record("message.read", f"message:{object_id}"[:120], request=request)
        return cast(HttpResponse, super().change_view(request, object_id, form_url, extra_context))


class LaneAdmin(ModelAdmin):
    list_display = ("channel", "account", "state", "lease_until")
    readonly_fields = ("channel", "account", "lease_until")
    fields = ("channel", "account", "state", "lease_until")

    def save_model(self, request: HttpRequest, obj: Lane, form: Any, change: bool) -> None:
        lanes.set_state(obj, obj.state, cast(User, request.user))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class TemplateForm(forms.ModelForm):  # type: ignore[type-arg]
    name = forms.ChoiceField(
        label=_("mẫu tin"),
        choices=lambda: [(name, name) for name in templates.names()],
        widget=UnfoldAdminSelectWidget,
    )


class TemplateAdmin(ModelAdmin):
    form = TemplateForm
    list_display = ("name", "title", "button")
    fields = ("name", "title", "body", "button")


class ContactAdmin(ReadOnly, ModelAdmin):
    list_display = ("name", "masked", "is_organisation")
    fields = ("name", "masked", "is_organisation", "created_at")
    search_fields = ("name",)

    @display(description=_("số điện thoại"))
    def masked(self, contact: Contact) -> str:
        return contact.masked


class ConsentAdmin(ReadOnly, ModelAdmin):
    list_display = ("masked", "channel", "purpose", "granted_at", "withdrawn_at")
    list_filter = ("channel", "purpose")
    list_select_related = ("contact",)
    fields = ("masked", "channel", "purpose", "granted_at", "evidence", "withdrawn_at")

    @display(description=_("người nhận"))
    def masked(self, consent: Consent) -> str:
        return str(consent.contact)


province_site.register(Message, MessageAdmin)
province_site.register(Lane, LaneAdmin)
province_site.register(Template, TemplateAdmin)
province_site.register(Contact, ContactAdmin)
province_site.register(Consent, ConsentAdmin)
