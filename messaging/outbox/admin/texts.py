"""The province's own texts: a list of all messages, a page with form and preview, and the rules of sending."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from messaging.outbox import sending_rules
from messaging.outbox import wording as templates
from messaging.outbox.models.messages import SendingRules
from messaging.outbox.models.provider_templates import Template
from messaging.outbox.sending_rules import BadRules
from messaging.outbox.wording import BadText, Text
from tenants.accounts.requests import acting_user
from tenants.organisation.staff_site.base_admin import FixedRows, StaffAdmin
from tenants.organisation.staff_site.sites import province_site

# More than a person types; `templates.check` limits the texts, with sentences.
MAX_TYPED = 5000


class WordingForm(forms.Form):
    title = forms.CharField(
        label=gettext_lazy("Tiêu đề"),
        required=False,
        max_length=MAX_TYPED,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "data-count": "title"}),
    )
    body = forms.CharField(
        label=gettext_lazy("Nội dung"),
        required=False,
        max_length=MAX_TYPED,
        help_text=gettext_lazy(
            "Phần trong ⟦ và ⟧ chỉ gửi qua kênh cho phép ghi số điện thoại trong lời tin."
        ),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 9, "data-count": "body"}),
    )
    button = forms.CharField(
        label=gettext_lazy("Chữ trên nút"),
        required=False,
        max_length=MAX_TYPED,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "data-count": "button"}),
    )

    def text(self) -> Text:
        values = self.cleaned_data
        return Text(values["title"], values["body"], values["button"])


class TemplateAdmin(FixedRows, StaffAdmin):
    """Rows are made and removed by the pages below; there is nothing to add or delete by hand."""

    def get_urls(self) -> list[Any]:
        guarded = self.admin_site.admin_view
        return [
            path("", guarded(self._list), name="messaging_template_changelist"),
            path("<slug:name>/", guarded(self._page), name="messaging_template_change"),
        ]

    def _list(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {"title": _("Lời tin"), "entries": templates.entries(), **self.shell(request)}
        return render(request, "outbox/wordings.html", context)

    def _page(self, request: HttpRequest, name: str) -> HttpResponse:
        if not self.has_change_permission(request):
            raise PermissionDenied
        if name not in templates.names():
            raise Http404
        if request.method != "POST":
            return self._show(request, name, WordingForm(initial=templates.wording(name)._asdict()))
        label = {"label": templates.label(name)}
        if "restore" in request.POST:
            templates.restore(name, actor=acting_user(request))
            messages.success(request, _("Đã dùng lại lời chuẩn cho tin “%(label)s”.") % label)
            return HttpResponseRedirect(request.path)
        form = WordingForm(request.POST)
        if form.is_valid() and "preview" not in request.POST:
            try:
                templates.reword(name, form.text(), actor=acting_user(request))
            except BadText as fault:
                form.add_error(None, str(fault))
            else:
                messages.success(request, _("Đã ghi lời của tin “%(label)s”.") % label)
                return HttpResponseRedirect(reverse("admin:messaging_template_changelist"))
        return self._show(request, name, form)

    def _show(self, request: HttpRequest, name: str, form: WordingForm) -> HttpResponse:
        look = None
        typed = form.text() if form.is_bound and form.is_valid() else None
        text = typed or templates.wording(name)
        if not form.is_bound or typed:
            try:
                look = templates.preview(name, text)
            except BadText as fault:
                if not form.errors and form.is_bound:
                    form.add_error(None, str(fault))
        context = {
            "title": templates.label(name),
            "form": form,
            "look": look,
            "rows": templates.ROWS,
            "standard": templates.default(name),
            "own": Template.objects.filter(name=name).exists(),
            "placeholders": templates.explained_placeholders(name).items(),
            "limits": {
                "title": templates.TITLE_MAX,
                "body": templates.BODY_MAX,
                "button": templates.BUTTON_MAX,
            },
            "list_url": reverse("admin:messaging_template_changelist"),
            **self.shell(request),
        }
        return render(request, "outbox/wording.html", context, status=422 if form.errors else 200)


province_site.register(Template, TemplateAdmin)


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


class SendingRulesAdmin(FixedRows, StaffAdmin):
    def get_urls(self) -> list[Any]:
        return [
            path("", self.admin_site.admin_view(self._page), name="messaging_sendingrules_changelist"),
        ]

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
            **self.shell(request),
        }
        return render(request, "outbox/sending_rules.html", context, status=422 if form.errors else 200)


province_site.register(SendingRules, SendingRulesAdmin)
