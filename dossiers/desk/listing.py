"""The list of dossiers: views with their numbers, filters that an index answers, and acts on what is ticked."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import SimpleListFilter
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from dossiers import workload
from dossiers.desk import bulk, deadline_text, found
from dossiers.models import Dossier
from dossiers.visibility import visible_to

VIEW = "viec"
EVERYTHING = "tat-ca"
OWN = "cua-toi"
NAMES: dict[str, Any] = {
    "": _("Đang xử lý"),
    OWN: _("Của tôi"),
    "qua-han": _("Quá hạn"),
    "hom-nay": _("Hẹn trả hôm nay"),
    "sap-han": _("Sắp đến hạn"),
    "cho-dan": _("Chờ người dân"),
    "cho-tra": _("Chờ trả kết quả"),
    EVERYTHING: _("Tất cả"),
}


class View(SimpleListFilter):
    """The views over the list. Without one: what is not closed yet."""

    title = _("Việc")
    parameter_name = VIEW

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(value, name) for value, name in NAMES.items() if value]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Dossier]) -> QuerySet[Dossier]:
        value = self.value() or ""
        if value == OWN:
            return queryset.filter(workload.own(request.user))  # type: ignore[arg-type]
        if value in workload.KINDS:
            return queryset.filter(workload.KINDS[value](workload.moments()))
        if value == EVERYTHING or request.GET.get("q", "").strip():
            return queryset
        return queryset.filter(closed_at=None)


class OfPerson(SimpleListFilter):
    """Dossiers of one person, for the numbers of a report; nobody is offered to choose from."""

    title = _("Người xử lý")
    parameter_name = "nguoi"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        value = self.value() or ""
        if not value.isdecimal() or len(value) > 9:
            return []
        found = visible_to(request.user).filter(assignee=value).select_related("assignee")  # type: ignore[arg-type]
        dossier = found.order_by().first()
        return [(value, dossier.assignee.get_full_name() if dossier and dossier.assignee else value)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Dossier]) -> QuerySet[Dossier]:
        value = self.value() or ""
        return queryset.filter(assignee=value) if value.isdecimal() and len(value) <= 9 else queryset


class WaitingForLeader(SimpleListFilter):
    """Dossiers with a proposal that a leader can decide now."""

    title = _("chờ duyệt")
    parameter_name = "cho-duyet"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("1", _("Chờ lãnh đạo duyệt"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Dossier]) -> QuerySet[Dossier]:
        if self.value() != "1":
            return queryset
        return queryset.filter(proposals__outcome="waiting", proposals__seen=F("last_sequence"))


class DossierList(ModelAdmin):
    """What the list shows and how it is searched; the desk's pages are registered beside it."""

    list_display = ("code", "procedure_name", "owner_name", "status_label", "deadline", "place", "assignee")
    list_display_links = ("code",)
    list_filter = (View, "status", "kind", WaitingForLeader, OfPerson)
    list_select_related = ("procedure", "owner", "holding_agency", "assignee", "calendar_version")
    list_before_template = "desk/list_views.html"
    search_fields = ("code",)
    search_help_text = _(
        "Quét mã, gõ mã hồ sơ, bốn số cuối của hồ sơ nhận hôm nay, hoặc tên chủ hồ sơ (có dấu hay không đều được)"
    )
    # A number over all dossiers would read all of them.
    paginator = InfinitePaginator
    show_full_result_count = False
    list_per_page = 50
    list_fullwidth = True
    actions = ("act_on_many", "print_handover")

    @display(description=_("Thủ tục"))
    def procedure_name(self, dossier: Dossier) -> str:
        return dossier.procedure.short_name

    @display(description=_("Chủ hồ sơ"))
    def owner_name(self, dossier: Dossier) -> str:
        return dossier.owner.name

    @display(description=_("Trạng thái"))
    def status_label(self, dossier: Dossier) -> str:
        tone = "wait" if dossier.status_enum.waits_for_citizen else "plain"
        return format_html(
            '<span class="mc-chip mc-chip--{}">{}</span>', tone, str(_(dossier.status_enum.short))
        )

    @display(description=_("Hẹn trả"))
    def deadline(self, dossier: Dossier) -> str:
        text = deadline_text.of(dossier)
        return format_html(
            '<span class="mc-dl mc-dl--{}"><span class="material-symbols-outlined" aria-hidden="true">{}</span>'
            "{}<small>{}</small></span>",
            text.tone,
            text.icon,
            text.words,
            text.date,
        )

    @display(description=_("Đang ở"))
    def place(self, dossier: Dossier) -> str:
        return dossier.holding_agency.name

    @admin.action(description=_("Chuyển bước, giao lại"))
    def act_on_many(self, request: HttpRequest, queryset: QuerySet[Dossier]) -> HttpResponse:
        return self._with_ticked("admin:dossier-bulk", queryset)

    @admin.action(description=_("In phiếu bàn giao"))
    def print_handover(self, request: HttpRequest, queryset: QuerySet[Dossier]) -> HttpResponse:
        return self._with_ticked("admin:dossier-handover", queryset)

    def _with_ticked(self, name: str, queryset: QuerySet[Dossier]) -> HttpResponse:
        keys = queryset.order_by().values_list("pk", flat=True)[: bulk.MOST]
        return HttpResponseRedirect(f"{reverse(name)}?hs={','.join(map(str, keys))}")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Dossier]:
        return visible_to(request.user)  # type: ignore[arg-type]

    def get_ordering(self, request: HttpRequest) -> tuple[Any, ...]:
        """By deadline while work is looked at, what has none last; by receipt where closed ones are among them."""
        if request.GET.get(VIEW) == EVERYTHING or request.GET.get("q", "").strip():
            return ("-received_at", "-pk")
        return (F("paused_since").asc(nulls_first=True), F("due_at").asc(nulls_last=True), "pk")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        if not search_term.strip():
            return queryset, False
        return found.matching(queryset, search_term, request.user), False  # type: ignore[arg-type]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list; an address or four digits that mean one dossier open it at once."""
        text = request.GET.get("q", "")
        if text.strip():
            meant = found.single(text, request.user)  # type: ignore[arg-type]
            if meant is not None:
                return HttpResponseRedirect(reverse("admin:dossiers_dossier_change", args=[meant.pk]))
            if read := found.unknown_code(text, request.user):  # type: ignore[arg-type]
                messages.warning(
                    request,
                    _("Đọc được mã %(code)s; không thấy hồ sơ này trong phạm vi của ông/bà.")
                    % {"code": read},
                )
        counts = workload.counts(request.user) if request.method == "GET" else {}  # type: ignore[arg-type]
        views = [
            (value, name, counts[value][0] if value in counts else None, value == request.GET.get(VIEW, ""))
            for value, name in NAMES.items()
        ]
        return super().changelist_view(
            request, {"views": views, "title": _("Hồ sơ"), **(extra_context or {})}
        )
