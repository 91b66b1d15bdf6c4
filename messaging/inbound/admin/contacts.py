"""Contacts and their consents."""

import re
import tempfile
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import action, display

from messaging.channels.base import registry
from messaging.contacts import contacts
from messaging.contacts.models import Address, Consent, Contact
from messaging.inbound import privacy
from messaging.outbox.models.messages import Message
from tenants import phone_numbers
from tenants.accounts.requests import acting_user
from tenants.audit import log as audit
from tenants.isolation.crypto import blind_indexes
from tenants.organisation.staff_site.base_admin import ReadOnly, RecordedReading, StaffAdmin
from tenants.organisation.staff_site.sites import province_site

MOST_READERS = 5


class AddressInline(ReadOnly, TabularInline):
    model = Address
    extra = 0
    fields = ("kind", "masked", "created_at")
    readonly_fields = fields

    @display(description=_("địa chỉ"))
    def masked(self, address: Address) -> str:
        return f"{address.value[:1]}•••{address.value[-3:]}" if len(address.value) > 6 else "•••"


def _named(name: Callable[[], Any], code: str) -> str:
    try:
        return str(name())
    except LookupError:
        return code


class ConsentNames:
    """The columns of a consent that say by name what it keeps by code."""

    @display(description=_("kênh"), ordering="channel")
    def channel_name(self, consent: Consent) -> str:
        return _named(lambda: registry.get(consent.channel).name, consent.channel)

    @display(description=_("mục đích"), ordering="purpose")
    def purpose_name(self, consent: Consent) -> str:
        return _named(lambda: contacts.purpose_label(consent.purpose), consent.purpose)


class ConsentInline(ConsentNames, ReadOnly, TabularInline):
    model = Consent
    extra = 0
    fields = ("channel_name", "purpose_name", "granted_at", "evidence", "withdrawn_at", "withdrawn_how")
    readonly_fields = fields


class ContactAdmin(RecordedReading, ReadOnly, StaffAdmin):
    """A contact is a number. The name beside it is the one it came with first; who is greeted stands in each
    message."""

    list_display = ("first_name", "masked", "is_organisation")
    fields = ("first_name", "masked", "is_organisation", "readers", "created_at")
    search_fields = ("name",)
    search_help_text = _("Tên ghi lần đầu, số điện thoại hoặc bốn số cuối")
    inlines = [ConsentInline, AddressInline]
    actions = ["stop_everything", "export", "erase"]

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """By name, or by number: whole or its last four digits, of which the indexes alone are kept."""
        digits = re.sub(r"[\s.]", "", search_term)
        if re.fullmatch("[0-9]{4}", digits):
            return queryset.filter(phone_last4_index__in=blind_indexes(digits, "phone_last4")), False
        with suppress(phone_numbers.BadPhone):
            number = phone_numbers.normalise(search_term)
            return queryset.filter(phone_index__in=blind_indexes(number, "phone")), False
        return super().get_search_results(request, queryset, search_term)

    @display(description=_("tên ghi lần đầu"), ordering="name")
    def first_name(self, contact: Contact) -> str:
        return gettext("(đã xóa)") if privacy.is_erased(contact) else contact.name

    @display(description=_("số điện thoại"))
    def masked(self, contact: Contact) -> str:
        return contact.masked

    @display(description=_("các tin gần đây gửi cho"))
    def readers(self, contact: Contact) -> str:
        """The names greeted in the latest messages: one number may stand for several people."""
        recent = Message.objects.filter(contact=contact).exclude(reader="").order_by("-pk")
        names = dict.fromkeys(recent.values_list("reader", flat=True)[:50])
        return ", ".join(list(names)[:MOST_READERS]) or "—"

    @action(description=_("Thôi nhận mọi tin"), permissions=["stop_everything"])
    def stop_everything(self, request: HttpRequest, queryset: QuerySet[Contact]) -> HttpResponse | None:
        if "confirmed" not in request.POST:
            explain = gettext(
                "Không gửi tin nào nữa đến các số này, kể cả tin đang chờ. Bằng chứng được giữ."
            )
            return self._confirm(request, queryset, "stop_everything", gettext("Thôi nhận mọi tin"), explain)
        clerk = acting_user(request)
        ended = 0
        for contact in queryset:
            ended += contacts.withdraw(contact, how=f"trang quản trị; {clerk.get_username()}")
            audit.record("contact.stop", f"contact:{contact.pk}", actor=clerk)
        text = ngettext("Đã ghi thôi nhận: %(count)d đồng ý.", "Đã ghi thôi nhận: %(count)d đồng ý.", ended)
        self.message_user(request, text % {"count": ended})
        return None

    @action(description=_("Xuất dữ liệu cá nhân"), permissions=["erase"])
    def export(self, request: HttpRequest, queryset: QuerySet[Contact]) -> HttpResponseBase | None:
        """Everything that is kept of one number, for the person who asks for it."""
        if queryset.count() != 1 or privacy.is_erased(contact := queryset.get()):
            self.message_user(request, gettext("Xin chọn một người nhận chưa xóa dữ liệu."), messages.WARNING)
            return None
        if "confirmed" not in request.POST:
            explain = gettext(
                "Tệp ZIP có mọi dữ liệu gắn với số điện thoại này: bản nháp, câu trả lời, hồ sơ, giấy tờ, tin đã gửi. "
                "Chỉ giao cho chính người ấy, sau khi đã xem giấy tờ tùy thân. Việc xuất được ghi nhật ký."
            )
            return self._confirm(request, queryset, "export", gettext("Xuất dữ liệu cá nhân"), explain)
        archive = tempfile.TemporaryFile()  # noqa: SIM115 – the response closes it
        privacy.export(contact.phone, archive, acting_user(request))
        archive.seek(0)
        response = FileResponse(archive, as_attachment=True, filename=f"du-lieu-{contact.pk}.zip")
        response["Cache-Control"] = "no-store"
        return response

    @action(description=_("Xóa dữ liệu cá nhân"), permissions=["erase"])
    def erase(self, request: HttpRequest, queryset: QuerySet[Contact]) -> HttpResponse | None:
        if "confirmed" not in request.POST:
            explain = gettext(
                "Tên, số điện thoại, địa chỉ và lời tin đã gửi bị xóa vĩnh viễn, không khôi phục được. Số lượng, "
                "thời điểm và bằng chứng đồng ý được giữ. Hồ sơ thủ tục hành chính không bị xóa ở đây."
            )
            return self._confirm(request, queryset, "erase", gettext("Xóa dữ liệu cá nhân"), explain)
        erased = 0
        for contact in queryset:
            try:
                privacy.erase(contact, acting_user(request))
                erased += 1
            except privacy.MessageUnderWay as refusal:
                self.message_user(request, f"{contact}: {refusal}", messages.WARNING)
        text = ngettext(
            "Đã xóa dữ liệu của %(count)d người nhận.", "Đã xóa dữ liệu của %(count)d người nhận.", erased
        )
        self.message_user(request, text % {"count": erased})
        return None

    def has_stop_everything_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("contacts.change_consent")

    def has_erase_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("contacts.delete_contact")

    def _confirm(
        self, request: HttpRequest, queryset: QuerySet[Contact], name: str, title: str, explain: str
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "explain": explain,
            "contacts": list(queryset),
            "action_name": name,
            "checkbox_name": ACTION_CHECKBOX_NAME,
            "opts": self.opts,
        }
        return TemplateResponse(request, "inbound/confirm_contacts.html", context)


class ConsentAdmin(ConsentNames, ReadOnly, StaffAdmin):
    list_display = ("masked", "channel_name", "purpose_name", "granted_at", "withdrawn_at")
    list_filter = ("channel", "purpose")
    list_select_related = ("contact",)
    fields = (
        "masked", "channel_name", "purpose_name", "granted_at", "evidence", "withdrawn_at", "withdrawn_how",
    )  # fmt: skip

    @display(description=_("người nhận"))
    def masked(self, consent: Consent) -> str:
        return str(consent.contact)


province_site.register(Contact, ContactAdmin)
province_site.register(Consent, ConsentAdmin)
