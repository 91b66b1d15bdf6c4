"""The filters over the list of dossiers: one row of fields and a button. An index answers each of them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.admin import ListFilter, SimpleListFilter
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from dossiers.desk.worklist import counts
from dossiers.lifecycle.desk.form_fields import DayField
from dossiers.lifecycle.desk.frame import once
from dossiers.lifecycle.models import Dossier
from dossiers.lifecycle.permissions import visible_to
from dossiers.workflow.rules.statuses import Status
from procedures.catalogue.models import Procedure, Sector
from tenants import clock
from tenants.accounts.models import User
from tenants.accounts.requests import acting_user
from tenants.organisation.models import Agency, Assignment
from tenants.organisation.rights import agencies_of
from tenants.organisation.staff_site.form_fields import set_choices
from tenants.text import fold

VIEW = "viec"
EVERYTHING = "tat-ca"
OWN = "cua-toi"
TO_APPROVE = "cho-duyet"
NAMES: dict[str, Any] = {
    "": _("Chưa kết thúc"),
    OWN: _("Của tôi"),
    "qua-han": _("Quá hạn"),
    "hom-nay": _("Hẹn trả hôm nay"),
    "sap-han": _("Sắp đến hạn"),
    "cho-dan": _("Chờ người dân"),
    "cho-tra": _("Chờ trả kết quả"),
    "nop-truc-tuyen": _("Nộp trực tuyến chờ kiểm tra"),
    TO_APPROVE: _("Chờ lãnh đạo duyệt"),
    EVERYTHING: _("Tất cả"),
}
MINE, UNASSIGNED = "toi", "chua-giao"
# A choice among more people than this is no choice; theirs is the search by other means.
MOST_PEOPLE = 100
LONGEST_KEY = 9


class View(SimpleListFilter):
    """The views over the list. Without one: dossiers that are not closed."""

    title = _("Việc")
    parameter_name = VIEW

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(value, name) for value, name in NAMES.items() if value]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Dossier]) -> QuerySet[Dossier]:
        return in_view(queryset, request)


def in_view(queryset: QuerySet[Dossier], request: HttpRequest) -> QuerySet[Dossier]:
    """Those of the view at this address; unknown names are none, and a search looks among closed ones too."""
    value = request.GET.get(VIEW, "")
    if value == OWN:
        return queryset.filter(counts.own(acting_user(request)))
    if value == TO_APPROVE:
        return queryset.filter(proposals__outcome="waiting", proposals__seen=F("last_sequence"))
    if value in counts.KINDS:
        return queryset.filter(counts.KINDS[value](counts.moments()))
    if value == EVERYTHING or request.GET.get("q", "").strip():
        return queryset
    return queryset.filter(closed_at=None)


class FilterForm(forms.Form):
    """The filters of the list. An empty or unreadable value filters nothing."""

    status = forms.TypedChoiceField(label=_("Trạng thái"), required=False, coerce=int, empty_value=None)
    agency = forms.TypedChoiceField(label=_("Đang ở"), required=False, coerce=int, empty_value=None)
    sector = forms.TypedChoiceField(label=_("Lĩnh vực"), required=False, coerce=int, empty_value=None)
    kind = forms.ChoiceField(label=_("Loại"), required=False)
    person = forms.ChoiceField(label=_("Người xử lý"), required=False)
    due_from = DayField(label=_("Hẹn trả từ"), required=False)
    due_to = DayField(label=_("đến"), required=False)

    PARAMETERS = {
        "status": "trang-thai",
        "agency": "dang-o",
        "sector": "linh-vuc",
        "kind": "loai",
        "person": "nguoi",
        "due_from": "hen-tu",
        "due_to": "hen-den",
    }

    def __init__(self, data: Any, user: User) -> None:
        super().__init__(data, auto_id="loc_%s")
        for name in ("due_from", "due_to"):
            self.fields[name].widget = forms.TextInput(
                attrs={
                    "placeholder": _("ngày/tháng/năm"),
                    "inputmode": "numeric",
                    "autocomplete": "off",
                    "size": 10,
                }
            )
        choices = _choices(agencies_of(user))
        self._offer("status", _("Mọi trạng thái"), [(int(one), _(one.short)) for one in Status])
        self._offer("agency", _("Mọi nơi"), choices["agency"])
        self._offer("sector", _("Mọi lĩnh vực"), choices["sector"])
        # Nearly all are of the usual kind: that one narrows nothing.
        kinds = [
            (kind.value, kind.label.capitalize()) for kind in Dossier.Kind if kind != Dossier.Kind.NORMAL
        ]
        self._offer("kind", _("Mọi loại"), kinds)
        people = [(MINE, _("Tôi")), (UNASSIGNED, _("Chưa giao ai")), *choices["person"]]
        asked = str(data.get(self.PARAMETERS["person"], ""))
        if asked not in {str(value) for value, _name in people}:
            people += _find_person(asked, user)
        self._offer("person", _("Mọi người"), people)

    def add_prefix(self, field_name: str) -> str:
        """The name of a field in the address."""
        return self.PARAMETERS.get(field_name, field_name)

    def _offer(self, name: str, everything: Any, choices: list[tuple[Any, Any]]) -> None:
        set_choices(self, name, [("", everything), *choices])

    def condition(self, user: User) -> Q:
        """The chosen values, as a condition on dossiers."""
        self.is_valid()
        chosen = self.cleaned_data
        found = Q()
        for name, path in (("status", "status"), ("agency", "holding_agency")):
            if chosen.get(name) is not None:
                found &= Q(**{path: chosen[name]})
        if chosen.get("sector") is not None:
            # By their keys, whose share of all dossiers the database knows: a join to a sector with few hits is
            # looked for along all dossiers.
            procedures = Procedure.objects.filter(sector=chosen["sector"]).order_by()
            found &= Q(procedure__in=list(procedures.values_list("pk", flat=True)))
        if chosen.get("kind"):
            found &= Q(kind=chosen["kind"])
        if person := chosen.get("person"):
            whose: dict[str, Any] = {MINE: user, UNASSIGNED: None}
            found &= Q(assignee=whose.get(person, person))
        if chosen.get("due_from"):
            found &= Q(due_at__gte=clock.beginning(chosen["due_from"]))
        if chosen.get("due_to"):
            found &= Q(due_at__lt=clock.beginning(chosen["due_to"] + timedelta(days=1)))
        return found


class Narrowed(ListFilter):
    """Takes the form's parameters from the address, and narrows the list."""

    title = _("Lọc")
    parameter_name = "loc"

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        self.form = form_of(request)
        for name in FilterForm.PARAMETERS.values():
            if name in params:
                self.used_parameters[name] = params.pop(name)

    def has_output(self) -> bool:
        return True

    def expected_parameters(self) -> list[str | None]:
        return list(FilterForm.PARAMETERS.values())

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        """The form stands in the place of links."""
        return iter(())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Dossier]) -> QuerySet[Dossier]:
        return queryset.filter(self.form.condition(acting_user(request)))


def form_of(request: HttpRequest) -> FilterForm:
    """The form with the values of the address."""
    return once(request, "_narrowed", lambda: FilterForm(request.GET, acting_user(request)))


def _find_person(key: str, user: User) -> list[tuple[int, str]]:
    """One more person, whom a report links to; by name if they work on a dossier that the reader may see."""
    if not key.isdecimal() or len(key) > LONGEST_KEY:
        return []
    found = visible_to(user).filter(assignee=int(key)).select_related("assignee").order_by().first()
    return [(int(key), found.assignee.get_full_name() if found and found.assignee else "–")]


def _choices(offered: set[int] | None) -> dict[str, list[tuple[int, str]]]:
    """Agencies, sectors and people to choose from, by name, in one statement.

    A dossier may lie with any agency; people are those who work where this person sees dossiers, if these are
    few enough to choose from.
    """
    there = Assignment.objects.filter(agency__in=offered or ()).values("user")
    people = User.objects.filter(pk__in=there, is_active=True).annotate(
        shown=Coalesce(NullIf("full_name", Value("")), "username")
    )
    parts: list[Any] = [
        rows.order_by().annotate(what=Value(what)).values_list("what", "pk", name)
        for what, rows, name in (
            ("agency", Agency.objects.all(), "name"),
            ("sector", Sector.objects.all(), "name"),
            ("person", people, "shown"),
        )
    ]
    found: dict[str, list[tuple[int, str]]] = {"agency": [], "sector": [], "person": []}
    for what, pk, name in parts[0].union(*parts[1:], all=True):
        found[what].append((pk, name))
    if len(found["person"]) > MOST_PEOPLE:
        found["person"] = []
    return {what: sorted(rows, key=lambda row: fold(row[1])) for what, rows in found.items()}
