"""The followers of the accounts, and reading their list anew from the provider."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import display

from messaging.channels.models import ChannelAccount
from messaging.contacts.models import Follower, Subscription
from messaging.provisioning import provider_sync
from messaging.provisioning.provider_sync import NotRead
from tenants.accounts.requests import acting_user
from tenants.organisation.staff_site.base_admin import ReadOnly, StaffAdmin
from tenants.organisation.staff_site.sites import province_site

MAY_SYNC = "contacts.change_follower"


class FollowerAdmin(ReadOnly, StaffAdmin):
    list_display = ("number", "account_name", "shown_state", "followed_at", "last_heard_at", "linked")
    list_filter = ("state", "account")
    list_before_template = "provisioning/follower_list_head.html"
    list_per_page = 50
    fields = (*list_display, "created_at")

    def get_urls(self) -> list[Any]:
        sync = self.admin_site.admin_view(require_POST(self.sync))
        return [path("<int:account_id>/dong-bo/", sync, name="followers-sync"), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Follower]:
        return (
            super()
            .get_queryset(request)
            .defer("address", "app_address")
            .annotate(has_link=Exists(Subscription.objects.filter(follower=OuterRef("pk"))))
        )

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """The list, and above it how many there are and how far the provider's list was read."""
        more = {"audiences": provider_sync.follower_counts(), "may_sync": request.user.has_perm(MAY_SYNC)}
        return super().changelist_view(request, {**more, **(extra_context or {})})

    def sync(self, request: HttpRequest, account_id: int) -> HttpResponse:
        if not request.user.has_perm(MAY_SYNC):
            raise PermissionDenied
        account = get_object_or_404(ChannelAccount, pk=account_id)
        try:
            done = provider_sync.read_followers(account, acting_user(request))
        except NotRead as error:
            messages.error(request, gettext("Chưa đọc hết danh sách: %(why)s") % {"why": error})
        else:
            text = gettext("Đã đọc hết danh sách của kênh: %(count)d người.")
            if not done.finished:
                text = gettext("Đã đọc %(count)d người, cổng đang đọc tiếp ở phía sau.")
            messages.success(request, text % {"count": done.seen})
        return HttpResponseRedirect(reverse("admin:contacts_follower_changelist"))

    @display(description=_("số thứ tự"), ordering="pk")
    def number(self, follower: Follower) -> str:
        return f"#{follower.pk}"

    @display(description=_("tài khoản"), ordering="account")
    def account_name(self, follower: Follower) -> str:
        return f"{follower.channel}/{follower.account}"

    @display(
        description=_("trạng thái"),
        ordering="state",
        label={
            Follower.State.FOLLOWING.label: "success",
            Follower.State.LEFT.label: "warning",
        },
    )
    def shown_state(self, follower: Follower) -> Any:
        return follower.get_state_display()

    @display(description=_("đã nối với hồ sơ"))
    def linked(self, follower: Any) -> str:
        return gettext("đã nối") if follower.has_link else gettext("chưa")


province_site.register(Follower, FollowerAdmin)
