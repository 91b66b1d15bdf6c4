"""The board of lanes: how each account that sends fares, why it could not, and what staff may do about it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from messaging.channels.lanes import lanes
from messaging.channels.models import Lane
from messaging.delivery.monitoring import lane_board
from messaging.provisioning.admin import accounts
from messaging.provisioning.oauth_connect import MAY_CONNECT
from tenants import clock
from tenants.accounts.requests import acting_user
from tenants.organisation.staff_site.base_admin import FixedRows, StaffAdmin
from tenants.organisation.staff_site.sites import province_site


class LaneAdmin(FixedRows, StaffAdmin):
    readonly_fields = ("channel", "account")
    fields = ("channel", "account", "rate", "monthly_budget", "money_limit")

    def get_urls(self) -> list[Any]:
        guarded = self.admin_site.admin_view(require_POST(self.act))
        return [
            *(
                path(f"<int:lane_id>/{word}/", guarded, {"word": word}, name=f"lane-{word}")
                for word in ("tam-dung", "chay-tiep", "thu-ngay")
            ),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """One card for each lane, instead of a list of rows."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            **(extra_context or {}),
            "opts": self.opts,
            "title": _("Luồng tin"),
            "board": lane_board(),
            "now": clock.now(),
            "may_change": self.has_change_permission(request),
            "may_connect": request.user.has_perm(MAY_CONNECT),
            "connectable": {one.code for one in accounts.connectable()},
        }
        return TemplateResponse(request, "provisioning/lane_board.html", context)

    def save_model(self, request: HttpRequest, obj: Lane, form: Any, change: bool) -> None:
        lanes.set_limits(
            obj,
            rate=obj.rate,
            monthly_budget=obj.monthly_budget,
            money_limit=obj.money_limit,
            actor=acting_user(request),
        )

    def act(self, request: HttpRequest, lane_id: int, word: str) -> HttpResponse:
        """Pause a lane, let it go on, or end its rest."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        lane = get_object_or_404(Lane, pk=lane_id)
        if word == "thu-ngay":
            lanes.end_rest(lane, acting_user(request))
            text = gettext("%(lane)s thử gửi lại ngay bằng một tin.")
        else:
            paused = word == "tam-dung"
            lanes.set_state(lane, Lane.State.PAUSED if paused else Lane.State.ACTIVE, acting_user(request))
            text = gettext("Đã tạm dừng %(lane)s. Tin vẫn được giữ lại, chưa gửi đi.")
            text = text if paused else gettext("%(lane)s chạy tiếp.")
        self.message_user(request, text % {"lane": lane}, messages.SUCCESS)
        return redirect("admin:channels_lane_changelist")


province_site.register(Lane, LaneAdmin)
