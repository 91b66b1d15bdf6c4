"""Messages, their attempts, and the calls that staff make in place of a message."""

from typing import cast

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import action, display

from messaging.channels import labels
from messaging.channels.states import State
from messaging.outbox import enqueue, phone_calls
from messaging.outbox import wording as templates
from messaging.outbox.models.messages import Attempt, Message
from messaging.outbox.models.phone_calls import Call, CallTry
from tenants.accounts.requests import acting_user
from tenants.organisation.rights import agencies_of
from tenants.organisation.staff_site.base_admin import ReadOnly, RecordedReading, StaffAdmin
from tenants.organisation.staff_site.sites import province_site
from tenants.text import grouped


class AttemptInline(ReadOnly, TabularInline):
    model = Attempt
    extra = 0
    fields = (
        "number", "channel", "kind", "shown_way", "shown_cost", "started_at", "ended_at", "outcome", "code",
        "detail",
    )  # fmt: skip
    readonly_fields = ("shown_way", "shown_cost")

    @display(description=_("đường gửi"))
    def shown_way(self, attempt: Attempt) -> str:
        return labels.name(attempt.channel, attempt.way) or "–"

    @display(description=_("giá"))
    def shown_cost(self, attempt: Attempt) -> str:
        """What the provider took for it; "–" where it took nothing over, or the channel tells no prices."""
        if attempt.cost:
            return gettext("%(amount)s đồng") % {"amount": grouped(attempt.cost)}
        taken = attempt.outcome in (Attempt.Outcome.ACCEPTED, Attempt.Outcome.DELIVERED)
        return gettext("không tính tiền") if taken and attempt.way else "–"


class MessageAdmin(RecordedReading, ReadOnly, StaffAdmin):
    list_display = ("shown_state", "subject", "text", "reader", "lane", "attempts", "not_before", "problem")
    list_filter = ("state", "intent", "lane")
    search_fields = ("subject__startswith", "=tracking_id")
    list_select_related = ("lane", "contact")
    # The link carries a token to the dossier: it is for the reader, not for the desk.
    fields = (
        "subject", "text", "reader", "masked", "lane", "ways_on", "title", "body", "lines", "button_label",
        "shown_state", "problem", "superseded_by", "attempts", "created_at", "not_before", "next_attempt_at",
        "expires_at", "accepted_at", "delivered_at", "seen_at", "finished_at", "tracking_id", "provider_id",
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
            State.EXPIRED.label: "danger",
        },
    )
    def shown_state(self, message: Message) -> str:
        return message.get_state_display()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        """Those of the desks this person works at or above; all for who sees the whole province."""
        messages = super().get_queryset(request)
        desks = agencies_of(request.user)
        return cast(QuerySet[Message], messages if desks is None else messages.filter(desk__in=desks))

    @display(description=_("mẫu tin"), ordering="intent")
    def text(self, message: Message) -> str:
        return templates.label(message.intent)

    @display(description=_("các kênh tiếp theo"))
    def ways_on(self, message: Message) -> str:
        return ", ".join(str(one) for one in message.route) or "–"

    @display(description=_("các dòng"))
    def lines(self, message: Message) -> str:
        return "; ".join(f"{label}: {value}" for label, value in message.rows)

    @display(description=_("người nhận"))
    def masked(self, message: Message) -> str:
        return str(message.contact or message.follower)

    @action(description=_("Gửi lại"), permissions=["send_again"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Message]) -> None:
        clerk = acting_user(request)
        again = sum(enqueue.send_again(message, clerk) for message in queryset)
        text = ngettext(
            "Đã đưa %(count)d tin vào hàng gửi lại.", "Đã đưa %(count)d tin vào hàng gửi lại.", again
        )
        self.message_user(request, text % {"count": again})
        if again < len(queryset):
            self.message_user(
                request, gettext("Chỉ gửi lại được tin không gửi được hoặc quá hạn."), messages.WARNING
            )

    def has_send_again_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("messaging.change_message")


province_site.register(Message, MessageAdmin)


class CallTryInline(ReadOnly, TabularInline):
    model = CallTry
    extra = 0
    fields = ("at", "by", "outcome", "note")


class CallAdmin(RecordedReading, ReadOnly, StaffAdmin):
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

    def get_queryset(self, request: HttpRequest) -> QuerySet[Call]:
        return phone_calls.visible_to(acting_user(request))


province_site.register(Call, CallAdmin)
