"""The list of dossiers: views with their numbers, filters that an index answers, and bulk actions."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.paginator import InfinitePaginator
from unfold.views import ChangeList

from dossiers.desk.worklist import bulk_actions, filters, quick_search
from dossiers.desk.worklist import counts as worklist_counts
from dossiers.desk.worklist.filters import EVERYTHING, NAMES, VIEW
from dossiers.desk.worklist.row import deadline_text
from dossiers.lifecycle.desk.frame import dossier_url
from dossiers.lifecycle.models import Dossier
from dossiers.lifecycle.permissions import visible_to
from tenants.accounts.requests import acting_user
from tenants.organisation.staff_site.base_admin import OfferedFilters, StaffAdmin

PER_PAGE_ON_PHONE = 15


def listed(request: HttpRequest) -> QuerySet[Dossier]:
    """The dossiers of the list at this address, in its order: seen by this person, of the view, filters and search."""
    user, text = acting_user(request), request.GET.get("q", "")
    found = filters.in_view(visible_to(user), request).filter(filters.form_of(request).condition(user))
    if text.strip():
        found = quick_search.matching(found, text, user)
    return found.order_by(*ordering(request))


def ordering(request: HttpRequest) -> tuple[Any, ...]:
    """By deadline in views of open work, those without one last; by receipt where closed ones are included."""
    if request.GET.get(VIEW) == EVERYTHING or request.GET.get("q", "").strip():
        return ("-received_at", "-pk")
    return (F("paused_since").asc(nulls_first=True), F("due_at").asc(nulls_last=True), "pk")


class ShortPages(OfferedFilters):
    """For a browser that says it runs on a telephone: there a row is a card of two lines."""

    def get_results(self, request: HttpRequest) -> None:
        self.list_per_page = PER_PAGE_ON_PHONE
        super().get_results(request)


class DossierList(StaffAdmin):
    """The columns and the search of the list; the desk's pages are registered beside it."""

    list_display = (
        "look",
        "code",
        "procedure_name",
        "owner_name",
        "status_label",
        "deadline",
        "place",
    )
    list_display_links = ("code",)
    list_filter = (filters.View, filters.Narrowed)
    # All of them stand in a form of their own; none in the theme's sheet.
    list_filter_options = {VIEW: {"horizontal": True}, filters.Narrowed.parameter_name: {"horizontal": True}}
    # The one way in is the counter.
    show_add_link = False
    list_select_related = ("procedure", "owner", "holding_agency", "assignee", "calendar_version")
    # The columns of a row: most others are long, and three of an owner are encrypted.
    READ = (
        "code",
        "status",
        "due_at",
        "paused_since",
        "closed_at",
        "procedure__short_name",
        "owner__name",
        "holding_agency__name",
        "assignee__full_name",
        "assignee__username",
        "calendar_version__number",
    )
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
    # The dossier's page leads back by its own links; adding the filters to fifty addresses cost as much as the rows.
    preserve_filters = False
    actions = ("act_on_many", "print_handover")

    @display(description=_("Xem"))
    def look(self, dossier: Dossier) -> str:
        return format_html(
            '<button type="button" class="mc-look" aria-expanded="false" data-look="{}" aria-label="{} {}"></button>',
            reverse("admin:dossier-glance", args=[dossier.pk]),
            _("Xem nhanh"),
            dossier.code,
        )

    @display(description=_("Thủ tục"))
    def procedure_name(self, dossier: Dossier) -> str:
        return format_html('<span class="mc-two">{}</span>', dossier.procedure.short_name)

    @display(description=_("Chủ hồ sơ"))
    def owner_name(self, dossier: Dossier) -> str:
        return format_html('<span class="mc-two">{}</span>', dossier.owner.name)

    @display(description=_("Trạng thái"))
    def status_label(self, dossier: Dossier) -> str:
        tone = "wait" if dossier.status_enum.waits_for_citizen else "plain"
        return format_html(
            '<span class="mc-chip mc-chip--{}">{}</span>', tone, str(_(dossier.status_enum.short))
        )

    @display(description=_("Hẹn trả"))
    def deadline(self, dossier: Dossier) -> str:
        text = deadline_text(dossier)
        return format_html(
            '<span class="mc-dl mc-dl--{}"><span class="material-symbols-outlined" aria-hidden="true">{}</span>'
            "{}<small>{}</small></span>",
            text.tone,
            text.icon,
            text.words,
            text.date,
        )

    @display(description=_("Đang ở, người xử lý"))
    def place(self, dossier: Dossier) -> str:
        person = dossier.assignee.get_full_name() if dossier.assignee else ""
        return format_html(
            '<span class="mc-two" title="{0}">{0}</span><small class="mc-line">{1}</small>',
            dossier.holding_agency.name,
            person,
        )

    @admin.action(description=_("Chuyển bước, giao lại"))
    def act_on_many(self, request: HttpRequest, queryset: QuerySet[Dossier]) -> HttpResponse:
        return self._with_ticked("admin:dossier-bulk", queryset)

    @admin.action(description=_("In phiếu bàn giao"))
    def print_handover(self, request: HttpRequest, queryset: QuerySet[Dossier]) -> HttpResponse:
        return self._with_ticked("admin:dossier-handover", queryset)

    def _with_ticked(self, name: str, queryset: QuerySet[Dossier]) -> HttpResponse:
        # One more than an act takes, so that its page says that there are more.
        keys = queryset.values_list("pk", flat=True)[: bulk_actions.MOST + 1]
        return HttpResponseRedirect(f"{reverse(name)}?hs={','.join(map(str, keys))}")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Dossier]:
        return visible_to(acting_user(request)).only(*self.READ)

    def get_ordering(self, request: HttpRequest) -> tuple[Any, ...]:
        return ordering(request)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return ShortPages if request.headers.get("sec-ch-ua-mobile") == "?1" else OfferedFilters

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        if not search_term.strip():
            return queryset, False
        return quick_search.matching(queryset, search_term, acting_user(request)), False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list; an address or four digits that mean one dossier open it at once."""
        text = request.GET.get("q", "")
        if text.strip():
            meant = quick_search.single(text, acting_user(request))
            if meant is not None:
                return HttpResponseRedirect(dossier_url(meant.pk))
            if read := quick_search.unknown_code(text, acting_user(request)):
                messages.warning(
                    request,
                    _("Đọc được mã %(code)s; không thấy hồ sơ này trong phạm vi của ông/bà.")
                    % {"code": read},
                )
        counts = worklist_counts.counts(acting_user(request)) if request.method == "GET" else {}
        views = [
            (value, name, counts.get(value), value == request.GET.get(VIEW, ""))
            for value, name in NAMES.items()
        ]
        form = filters.form_of(request)
        own = form.PARAMETERS.values()
        kept = [(name, value) for name, value in request.GET.items() if name in (VIEW, "q") and value]
        context = {
            "views": views,
            "filter_form": form,
            "narrowed": any(request.GET.get(name) for name in own),
            "without": f"?{urlencode(kept)}",
            "title": _("Hồ sơ"),
            "most": bulk_actions.MOST,
        }
        return super().changelist_view(request, {**context, **(extra_context or {})})
