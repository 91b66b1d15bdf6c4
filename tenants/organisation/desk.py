"""Pages of delegation: of one's own assignments, and of those of absent colleagues."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tenants.accounts.models import User
from tenants.accounts.requests import acting_user
from tenants.accounts.signin import views
from tenants.isolation.context import present_province
from tenants.organisation import delegation
from tenants.organisation.models import Assignment, Delegation, Role
from tenants.organisation.rights import roles_anywhere
from tenants.refusals import Refused

MOST_CHOICES = 50
MOST_NAMES = 300
_BY_PERSON = ("user__full_name", "user__username", "agency__code", "role")
LENDERS = frozenset({Role.LEADER, Role.ADMINISTRATOR})
_DAYS = ["%d/%m/%Y", "%d-%m-%Y", "%Y-%m-%d"]


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        input_formats=_DAYS,
        error_messages=dict.fromkeys(("required", "invalid"), _("Xin nhập ngày, ví dụ 26/11/2026.")),
        widget=forms.TextInput(attrs={"class": "mc-input", "autocomplete": "off", "inputmode": "text"}),
    )


class LendForm(forms.Form):
    """Which assignment, to whom, from day to day."""

    assignment = forms.ModelChoiceField(
        label=_("Phân công"),
        queryset=Assignment.objects.none(),
        empty_label=None,
        widget=forms.Select(attrs={"class": "mc-input"}),
        error_messages=dict.fromkeys(("required", "invalid_choice"), _("Xin chọn phân công của mình.")),
    )
    to = forms.ModelChoiceField(
        label=_("Tên đăng nhập của người được ủy quyền"),
        queryset=User.objects.filter(is_active=True, is_staff=True),
        to_field_name="username",
        widget=forms.TextInput(attrs={"class": "mc-input", "autocomplete": "off", "spellcheck": "false"}),
        error_messages=dict.fromkeys(("required", "invalid_choice"), _("Không có đồng nghiệp nào tên này.")),
    )
    first_day = _day(_("Từ ngày"))
    last_day = _day(_("Đến hết ngày"))

    def __init__(
        self, assignments: QuerySet[Assignment], data: Any = None, *, for_others: bool = False
    ) -> None:
        super().__init__(data)
        field: Any = self.fields["assignment"]
        field.queryset = assignments.select_related("agency", "user")
        field.label_from_instance = _with_person if for_others else _in_words
        if for_others:
            # No absent person is preselected.
            field.empty_label = _("– Chọn –")
            field.label = _("Ai vắng mặt, phân công nào")
            wrong = _("Xin chọn người vắng mặt và phân công.")
            field.error_messages |= dict.fromkeys(("required", "invalid_choice"), wrong)
            self.fields["to"].widget.attrs["list"] = "dong-nghiep"


def _in_words(assignment: Assignment) -> str:
    return f"{assignment.get_role_display()} – {assignment.agency}"


def _with_person(assignment: Assignment) -> str:
    person = assignment.user
    return f"{person.full_name} ({person.username}) – {_in_words(assignment)}"


def section(request: HttpRequest, user: User) -> tuple[dict[str, Any], bool]:
    """The page's context, and whether a post was done; operators have nothing to delegate."""
    if present_province() is None:
        return {}, False
    posted = request.POST if "lend" in request.POST else None
    form = LendForm(Assignment.objects.filter(user=user), posted)
    done = _do_posted(request, user, form, delegation.delegations_of(user))
    lent, taken = delegation.delegations_of(user), delegation.delegations_to(user)
    return {"lend_form": form, "lent": lent, "taken": taken, "may_lend": user.assignments.exists()}, done


def _do_posted(request: HttpRequest, user: User, form: LendForm, among: QuerySet[Delegation]) -> bool:
    """Delegate the chosen assignment, or end the one of these that was posted; whether one of them was done.

    Else the form says why not.
    """
    if "lend" not in request.POST:
        return _take_back(request, user, among)
    if not form.is_valid():
        return False
    try:
        made = delegation.delegate(**form.cleaned_data, actor=user)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, gettext("Đã ủy quyền cho %(person)s.") % {"person": made.to})
    return True


def _take_back(request: HttpRequest, user: User, among: QuerySet[Delegation]) -> bool:
    typed = request.POST.get("take_back", "")
    if not (typed.isascii() and typed.isdigit() and len(typed) < 19):
        return False
    found = among.filter(pk=int(typed)).first()
    if found is not None:
        delegation.end_delegation(found, actor=user)
        messages.success(request, gettext("Đã chấm dứt ủy quyền."))
    return True


def may_open(request: HttpRequest) -> bool:
    """Whether the page is for this person, who leads an agency or administers the province."""
    return bool(LENDERS & roles_anywhere(request.user))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def lending(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Show delegations, delegate an assignment of another person, or end a delegation early."""
    if not may_open(request):
        raise PermissionDenied(gettext("Chỉ lãnh đạo và quản trị tỉnh được ủy quyền thay người vắng mặt."))
    actor = acting_user(request)
    mine = delegation.delegable_by(actor).order_by(*_BY_PERSON)
    asked = (request.POST if request.method == "POST" else request.GET).get("nguoi", "").strip()[:100]
    found = mine.filter(Q(user__full_name__icontains=asked) | Q(user__username__icontains=asked))
    chosen = Assignment.objects.filter(pk__in=[one.pk for one in found[:MOST_CHOICES]])
    ordered = chosen.order_by(*_BY_PERSON)
    form = LendForm(ordered, request.POST if "lend" in request.POST else None, for_others=True)
    if request.method == "POST":
        done = _do_posted(request, actor, form, delegation.delegations_for_others(actor))
        if done or "lend" not in request.POST:
            return redirect(f"{site.name}:lending")
    count = found.count()
    colleagues = User.objects.filter(is_active=True, is_staff=True).order_by("full_name")
    context = {
        "title": gettext("Ủy quyền khi vắng mặt"),
        "lent": delegation.delegations_for_others(actor).order_by("first_day", "pk"),
        "asked": asked,
        "count": count,
        "left_out": max(count - MOST_CHOICES, 0),
        "colleagues": colleagues[:MOST_NAMES],
    }
    return views.show(request, site, "lending", form, status=422 if form.errors else 200, **context)
