"""The ground of admin pages of addresses at other systems: form, page of its acts, and saving beside a process at work."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from unfold.widgets import UnfoldAdminPasswordWidget

from tenants.audit import sealer
from tenants.organisation.staff_site.base_admin import RecordedAdmin
from tenants.web import http


class AddressForm(forms.ModelForm):
    """An address that may be called."""

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        if not http.may_be_called(url):
            text = _(
                "Chỉ gọi được địa chỉ https:// công khai. Nơi trong mạng của tỉnh thì người vận hành mở ở OUTBOUND_ALLOW."
            )
            raise ValidationError(text)
        return url


class SecretAddressForm(AddressForm):
    """With a secret that goes in and never comes out. One left empty stays as it is, for the same address only."""

    secret = forms.CharField(
        label=gettext_lazy("Khóa của tỉnh ở hệ thống ấy"), required=False, max_length=500,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("Bỏ trống: giữ nguyên. Đổi địa chỉ thì nhập lại."),
    )  # fmt: skip

    def clean_secret(self) -> str:
        given: str = self.cleaned_data["secret"]
        # Whoever may change the address must not make the province send its secret there.
        if not given and self.instance.secret and self.cleaned_data.get("url") != self.instance.url:
            raise ValidationError(_("Đổi địa chỉ thì phải nhập lại khóa."))
        return given or self.instance.secret


class ConnectionAdmin(RecordedAdmin):
    """A row with a position in the log, and a page named `acts_page` where it is started, stopped and mended."""

    acts_page = ""
    acts_template = ""
    acts_label: Any = ""
    acts_note: Any = ""
    change_form_before_template = "exchange/connection_head.html"

    def get_urls(self) -> list[Any]:
        view = never_cache(require_http_methods(["GET", "HEAD", "POST"])(self.show_acts))
        page = path("<int:object_id>/gui/", self.admin_site.admin_view(view), name=self.acts_page)
        return [page, *super().get_urls()]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        row = kwargs.get("obj")
        url = reverse(f"admin:{self.acts_page}", args=[row.pk]) if row is not None else ""
        context |= {"acts_url": url, "acts_label": self.acts_label, "acts_note": self.acts_note}
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            # A new address does not want the past of a province at once.
            obj.position = sealer.head()
            super().save_model(request, obj, form, change)
        elif form.changed_data:
            # The position moves on meanwhile.
            obj.save(update_fields=form.changed_data)
            self._record(request, "change", obj.pk, fields=sorted(form.changed_data))

    def show_acts(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """How it stands, and its acts: each is done and answered by a sentence, or leaves values for the page."""
        row: Any = get_object_or_404(self.model, pk=object_id)
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        done = self.act_on(request, row) if request.method == "POST" else {}
        if isinstance(done, str):
            messages.success(request, done)
            return redirect(request.path)
        row.refresh_from_db()
        back = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[row.pk])
        context = {**self.shell(request), **self.facts(row), **done, "back_url": back}
        return render(request, self.acts_template, context)

    def act_on(self, request: HttpRequest, row: Any) -> str | dict[str, Any]:
        """Do what was pressed: a sentence of what was done, or values that the page shows this once."""
        raise NotImplementedError

    def facts(self, row: Any) -> dict[str, Any]:
        """What the page says of the row."""
        raise NotImplementedError
