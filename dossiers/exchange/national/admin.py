"""The link to the national portal as an administrator of the province sets it up, starts it and mends differences."""

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
from unfold.decorators import display

from dossiers.exchange.national import differences, turn
from dossiers.exchange.national.models import NationalDifference, NationalLink
from tenants.audit import sealer
from tenants.organisation.staff_site.base_admin import RecordedAdmin
from tenants.organisation.staff_site.sites import province_site
from tenants.web import http

MOST_SHOWN = 200


class NationalLinkForm(forms.ModelForm):
    """Where the portal is, and as whom the province speaks to it. A secret left empty stays as it is."""

    secret = forms.CharField(
        label=gettext_lazy("mật khẩu hoặc khóa"),
        required=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"class": "mc-input", "autocomplete": "new-password"}),
        help_text=gettext_lazy("Bỏ trống thì giữ như cũ."),
    )

    class Meta:
        model = NationalLink
        fields = ("dialect", "url", "unit_code", "username", "secret", "desk")

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        if not http.may_be_called(url):
            raise ValidationError(
                _("Chỉ gọi được địa chỉ https:// công khai, hoặc nơi ghi ở OUTBOUND_ALLOW.")
            )
        return url

    def clean_secret(self) -> str:
        return str(self.cleaned_data["secret"] or self.instance.secret)


class NationalLinkAdmin(RecordedAdmin):
    act = subject = "nationallink"
    form = NationalLinkForm
    list_display = ("name", "dialect", "url", "state")
    fields = (*NationalLinkForm.Meta.fields, "state")
    readonly_fields = ("state",)
    change_form_before_template = "exchange/national_head.html"

    def get_urls(self) -> list[Any]:
        page = never_cache(require_http_methods(["GET", "HEAD", "POST"])(self.exchange))
        return [
            path("<int:object_id>/gui/", self.admin_site.admin_view(page), name="national"),
            *super().get_urls(),
        ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not NationalLink.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # How far the portal was told goes with it: it is stopped instead.
        return False

    @display(description=gettext_lazy("tên"))
    def name(self, link: NationalLink) -> str:
        return str(link)

    @display(description=gettext_lazy("tình trạng"))
    def state(self, link: NationalLink) -> str:
        if not link.is_active:
            return _("chưa nối, không gọi gì")
        return _("cổng đang không trả lời, sẽ gọi lại") if link.failures else _("đang nối")

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        if (link := kwargs.get("obj")) is not None:
            context["exchange_url"] = reverse("admin:national", args=[link.pk])
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            # What happened before is told with the next event of its dossier.
            obj.position = sealer.head()
            super().save_model(request, obj, form, change)
        elif form.changed_data:
            # The position moves on meanwhile.
            obj.save(update_fields=form.changed_data)
            self._record(request, "change", obj.pk, fields=sorted(form.changed_data))

    def exchange(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """How far both sides are and how they differ; start, stop, compare, and a press to mend each difference."""
        link = get_object_or_404(NationalLink, pk=object_id)
        if not self.has_change_permission(request, link):
            raise PermissionDenied
        if request.method == "POST":
            messages.success(request, self._act(request, link))
            return redirect(request.path)
        found = NationalDifference.objects.order_by("seen_at", "-found_at")
        context = {
            **self.shell(request),
            "title": str(link),
            "link": link,
            "state": self.state(link),
            "waiting": turn.waiting(link),
            "count": found.count(),
            "differences": found[:MOST_SHOWN],
            "back_url": reverse("admin:exchange_nationallink_change", args=[link.pk]),
        }
        return render(request, "exchange/national.html", context)

    def _act(self, request: HttpRequest, link: NationalLink) -> str:
        acts = {"again": differences.send_again, "seen": differences.mark_as_seen}
        for name, act in acts.items():
            if (number := request.POST.get(name, "")).isdecimal() and len(number) < 19:
                act(get_object_or_404(NationalDifference, pk=int(number)), request)
                return (
                    _("Đã ghi. Cổng làm trong ít phút.") if name == "again" else _("Đã đánh dấu là đã xem.")
                )
        if "stop" in request.POST:
            turn.stop(link, request)
            return _("Đã dừng. Việc mới chờ trong sổ, không mất.")
        if "compare" in request.POST:
            turn.compare_now(link, request)
            return _("Sẽ đối chiếu ngay sau khi gửi hết việc đang chờ.")
        turn.start(link, request)
        return _("Đang nối. Gửi tiếp từ chỗ đã gửi đến.")


province_site.register(NationalLink, NationalLinkAdmin)
