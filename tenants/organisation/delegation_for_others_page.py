"""Lending the rights of somebody who is away and cannot do it: for leaders and for who administers the province."""

from typing import Any

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tenants.accounts.models import User
from tenants.accounts.requests import acting_user
from tenants.organisation import delegation
from tenants.organisation.delegation_page import LendForm, lend, take_back
from tenants.organisation.models import Assignment, Role
from tenants.organisation.rights import roles_anywhere

MOST_CHOICES = 50
MOST_NAMES = 300
LENDERS = frozenset({Role.LEADER, Role.ADMINISTRATOR})


class LendForOthersForm(LendForm):
    """As one's own, with the name of who is away."""

    def __init__(self, assignments: QuerySet[Assignment], data: Any = None) -> None:
        super().__init__(assignments, data)
        field: Any = self.fields["assignment"]
        # Nobody is away by default.
        field.empty_label = gettext_lazy("– Chọn –")
        field.label = gettext_lazy("Ai vắng mặt, phân công nào")
        field.error_messages |= dict.fromkeys(
            ("required", "invalid_choice"), gettext_lazy("Xin chọn người vắng mặt và phân công.")
        )
        self.fields["to"].widget.attrs["list"] = "dong-nghiep"

    def called(self, assignment: Assignment) -> str:
        person = assignment.user
        return f"{person.full_name} ({person.username}) – {super().called(assignment)}"


def may_open(request: HttpRequest) -> bool:
    """Whether the page is for this person, who leads an agency or administers the province."""
    return bool(LENDERS & roles_anywhere(request.user))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def lending(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Show what is lent, lend something for somebody, or end it early."""
    if not may_open(request):
        raise PermissionDenied(_("Chỉ lãnh đạo và quản trị tỉnh được ủy quyền thay người vắng mặt."))
    actor = acting_user(request)
    mine = delegation.lendable_by(actor).order_by("user__full_name", "user__username", "agency__code", "role")
    asked = (request.POST if request.method == "POST" else request.GET).get("nguoi", "").strip()[:100]
    found = mine.filter(Q(user__full_name__icontains=asked) | Q(user__username__icontains=asked))
    chosen = Assignment.objects.filter(pk__in=[one.pk for one in found[:MOST_CHOICES]])
    ordered = chosen.order_by("user__full_name", "user__username", "agency__code", "role")
    form = LendForOthersForm(ordered, request.POST if "lend" in request.POST else None)
    if request.method == "POST":
        done = (
            lend(request, actor, form)
            if "lend" in request.POST
            else take_back(request, actor, delegation.lent_for_others(actor))
        )
        if done or "lend" not in request.POST:
            return redirect(f"{site.name}:lending")
    count = found.count()
    colleagues = User.objects.filter(is_active=True, is_staff=True).order_by("full_name")
    context = {
        **site.each_context(request),
        "title": _("Ủy quyền khi vắng mặt"),
        "lent": delegation.lent_for_others(actor).order_by("first_day", "pk"),
        "form": form,
        "asked": asked,
        "count": count,
        "left_out": max(count - MOST_CHOICES, 0),
        "colleagues": colleagues[:MOST_NAMES],
    }
    return render(request, "signin/lending.html", context, status=422 if form.errors else 200)
