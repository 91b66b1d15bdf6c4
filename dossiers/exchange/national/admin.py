"""The link to the national portal as an administrator of the province sets it up, starts it and mends differences."""

from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from dossiers.exchange.connection_admin import ConnectionAdmin, SecretAddressForm
from dossiers.exchange.national import differences, turn
from dossiers.exchange.national.models import NationalDifference, NationalLink
from tenants.organisation.staff_site.sites import province_site

MOST_SHOWN = 200


class NationalLinkForm(SecretAddressForm):
    """Where the portal is, and as whom the province speaks to it."""

    class Meta:
        model = NationalLink
        fields = ("dialect", "url", "unit_code", "username", "secret", "desk")


class NationalLinkAdmin(ConnectionAdmin):
    act = subject = "nationallink"
    acts_page, acts_template = "national", "exchange/national.html"
    acts_label = gettext_lazy("Nối, dừng, đối chiếu")
    acts_note = gettext_lazy("Phần này dựng theo tài liệu và thử với cổng mô phỏng; chưa từng gặp cổng thật.")
    form = NationalLinkForm
    list_display = ("name", "dialect", "url", "state")
    fields = (*NationalLinkForm.Meta.fields, "state")
    readonly_fields = ("state",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not NationalLink.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # What the portal has taken would be forgotten with it: it is stopped instead.
        return False

    @display(description=gettext_lazy("tên"))
    def name(self, link: NationalLink) -> str:
        return str(link)

    @display(description=gettext_lazy("tình trạng"))
    def state(self, link: NationalLink) -> str:
        if not link.is_active:
            return _("chưa nối, không gọi gì")
        return _("cổng đang không trả lời, sẽ gọi lại") if link.failures else _("đang nối")

    def facts(self, row: NationalLink) -> dict[str, Any]:
        found = NationalDifference.objects.order_by("seen_at", "-found_at")
        return {
            "title": str(row),
            "link": row,
            "state": self.state(row),
            "waiting": turn.waiting(row),
            "count": found.count(),
            "differences": found[:MOST_SHOWN],
        }

    def act_on(self, request: HttpRequest, row: NationalLink) -> str:
        acts = {"again": differences.send_again, "seen": differences.mark_as_seen}
        for name, act in acts.items():
            if (number := request.POST.get(name, "")).isdecimal() and len(number) < 19:
                act(get_object_or_404(NationalDifference, pk=int(number)), request)
                return (
                    _("Đã ghi. Cổng làm trong ít phút.") if name == "again" else _("Đã đánh dấu là đã xem.")
                )
        if "stop" in request.POST:
            turn.stop(row, request)
            return _("Đã dừng. Việc mới chờ trong sổ, không mất.")
        if "compare" in request.POST:
            turn.compare_now(row, request)
            return _("Sẽ đối chiếu ngay sau khi gửi hết việc đang chờ.")
        turn.start(row, request)
        return _("Đang nối. Gửi tiếp từ chỗ đã gửi đến.")


province_site.register(NationalLink, NationalLinkAdmin)
