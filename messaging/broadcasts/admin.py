"""The list of publications in Django admin, with the addresses of the desk's pages."""

from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import path
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from messaging.broadcasts import desk
from messaging.broadcasts import words as presentation
from messaging.broadcasts.models import Publication
from tenants import clock
from tenants.organisation.staff_site.base_admin import ReadOnly, StaffAdmin
from tenants.organisation.staff_site.sites import province_site
from tenants.text import grouped


class StateFilter(SimpleListFilter):
    """Drafts, what is shown, what waits, what is over, what was withdrawn."""

    title = _("Trang web")
    parameter_name = "tinh-trang"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(presentation.PAGE_STATES.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Publication]) -> QuerySet[Publication]:
        now = clock.now()
        standing = Q(published_at__isnull=False, withdrawn_at=None)
        begun, over = Q(publish_from__lte=now), Q(publish_until__isnull=False, publish_until__lte=now)
        states = {
            "nhap": Q(published_at=None),
            "cho": standing & ~begun,
            "dang": standing & begun & ~over,
            "qua": standing & begun & over,
            "rut": Q(withdrawn_at__isnull=False),
        }
        chosen = states.get(self.value() or "")
        return queryset if chosen is None else queryset.filter(chosen)


class SendingFilter(SimpleListFilter):
    """How far those are that go to people."""

    title = _("Đợt gửi tin")
    parameter_name = "dot-gui"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(Publication.State.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Publication]) -> QuerySet[Publication]:
        if self.value() not in Publication.State.values:
            return queryset
        return queryset.filter(state=self.value()).exclude(state=Publication.State.DRAFT, audiences=[])


class PublicationAdmin(ReadOnly, StaffAdmin):
    list_display = ("title", "kind", "page", "sending", "people", "publish_from", "scheduled_for")
    list_filter = (StateFilter, SendingFilter, "kind")
    search_fields = ("title",)
    show_full_result_count = False
    list_per_page = 50
    actions = None
    ordering = ("-written_at", "-pk")
    list_before_template = "broadcasts/publications_before.html"

    @display(description=_("Trang web"))
    def page(self, publication: Publication) -> str:
        return presentation.page_state(publication)

    @display(description=_("Đợt gửi tin"), ordering="state")
    def sending(self, publication: Publication) -> str:
        return presentation.sending_state(publication) or "–"

    @display(description=_("Số người (lúc đếm)"))
    def people(self, publication: Publication) -> str:
        return grouped(publication.people) if publication.counted_at else "–"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Publication]:
        found: QuerySet[Publication] = super().get_queryset(request)
        return found.prefetch_related("articles")

    def get_urls(self) -> list[Any]:
        guarded = self.admin_site.admin_view
        one = "<int:publication_id>/"
        return [
            path("add/", guarded(desk.change), name="broadcasts_publication_add"),
            path(f"{one}change/", guarded(desk.change), name="broadcasts_publication_change"),
            path(f"{one}xem-truoc/", guarded(desk.preview), name="publication-preview"),
            path(f"{one}viec/<str:name>/", guarded(desk.perform), name="publication-act"),
            path("", guarded(self.changelist_view), name="broadcasts_publication_changelist"),
        ]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return desk.may_open(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return desk.may_open(request)


province_site.register(Publication, PublicationAdmin)
