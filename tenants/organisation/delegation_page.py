"""The part of one's account that lends one's assignments while one is away."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tenants.accounts.models import User
from tenants.isolation.context import NoProvince, current_province
from tenants.organisation import delegation
from tenants.organisation.models import Assignment, Delegation

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

    def __init__(self, assignments: QuerySet[Assignment], data: Any = None) -> None:
        super().__init__(data)
        field: Any = self.fields["assignment"]
        field.queryset = assignments.select_related("agency", "user")
        field.label_from_instance = self.called

    def called(self, assignment: Assignment) -> str:
        """The assignment in words."""
        return f"{assignment.get_role_display()} – {assignment.agency}"


def section(request: HttpRequest, user: User) -> tuple[dict[str, Any], bool]:
    """What the page shows, and whether a post was done; operators have nothing to lend."""
    try:
        current_province()
    except NoProvince:
        return {}, False
    posted = request.POST if "lend" in request.POST else None
    form = LendForm(Assignment.objects.filter(user=user), posted)
    done = (
        lend(request, user, form)
        if posted is not None
        else take_back(request, user, delegation.lent_by(user))
    )
    lent, taken = delegation.lent_by(user), delegation.lent_to(user)
    return {"lend_form": form, "lent": lent, "taken": taken, "may_lend": user.assignments.exists()}, done


def lend(request: HttpRequest, user: User, form: LendForm) -> bool:
    """Lend what was chosen; whether that was done. The form then says why not."""
    if not form.is_valid():
        return False
    try:
        made = delegation.lend(**form.cleaned_data, actor=user)
    except delegation.Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, gettext("Đã ủy quyền cho %(person)s.") % {"person": made.to})
    return True


def take_back(request: HttpRequest, user: User, among: QuerySet[Delegation]) -> bool:
    """End the one that was posted, if it is among these; whether one was posted."""
    typed = request.POST.get("take_back", "")
    if not (typed.isascii() and typed.isdigit() and len(typed) < 19):
        return False
    found = among.filter(pk=int(typed)).first()
    if found is not None:
        delegation.take_back(found, actor=user)
        messages.success(request, gettext("Đã chấm dứt ủy quyền."))
    return True
