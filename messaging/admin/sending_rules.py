"""The hours in which the province writes to people: one page, one row."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from messaging.models import SendingRules
from messaging.outbox import sending_rules
from messaging.outbox.sending_rules import BadRules
from tenants.accounts.requests import acting_user
from tenants.admin.sites import province_site
from tenants.admin.staff_admin import StaffAdmin


def _hour(label: Any) -> forms.TimeField:
    return forms.TimeField(
        label=label,
        input_formats=["%H:%M", "%H.%M", "%Hh%M", "%H"],
        error_messages={
            "required": gettext_lazy("Xin nhập giờ."),
            "invalid": gettext_lazy("Xin nhập giờ và phút, ví dụ 07:00."),
        },
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "inputmode": "text"}),
    )


class RulesForm(forms.Form):
    """Hours as typed."""

    window_from = _hour(gettext_lazy("Gửi từ giờ"))
    window_until = _hour(gettext_lazy("Đến giờ"))
    expires_after_hours = forms.IntegerField(
        label=gettext_lazy("Tin quá hạn sau (giờ)"),
        help_text=gettext_lazy(
            "Tin chưa gửi được sau bấy nhiêu giờ thì không gửi nữa mà chuyển sang gọi điện."
        ),
        error_messages={
            "required": gettext_lazy("Xin nhập số giờ."),
            "invalid": gettext_lazy("Xin nhập số giờ bằng chữ số, ví dụ 24."),
        },
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )


class SendingRulesAdmin(StaffAdmin):
    def get_urls(self) -> list[Any]:
        return [
            path("", self.admin_site.admin_view(self._page), name="messaging_sendingrules_changelist"),
        ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def _page(self, request: HttpRequest) -> HttpResponse:
        if not self.has_change_permission(request):
            raise PermissionDenied
        now = SendingRules.current()
        form = RulesForm(
            request.POST or None,
            initial={
                "window_from": f"{now.window_from:%H:%M}",
                "window_until": f"{now.window_until:%H:%M}",
                "expires_after_hours": now.expires_after_hours,
            },
        )
        if request.method == "POST" and form.is_valid():
            try:
                sending_rules.change(**form.cleaned_data, actor=acting_user(request))
            except BadRules as fault:
                form.add_error(fault.field, str(fault))
            else:
                messages.success(request, _("Đã ghi giờ gửi tin."))
                return HttpResponseRedirect(request.path)
        context = {
            "title": _("Giờ gửi tin"),
            "form": form,
            **self.admin_site.each_context(request),
            "opts": SendingRules._meta,
            "is_fullwidth": "1",
        }
        return render(request, "desk/sending_rules.html", context, status=422 if form.errors else 200)


province_site.register(SendingRules, SendingRulesAdmin)
