"""Pages of models: people, agencies, the audit log, and for operators the provinces, which only a folder changes."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, ClassVar

from django.contrib.admin import SimpleListFilter
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.forms import UserChangeForm
from unfold.views import ChangeList

from tenants import clock
from tenants.accounts.models import User
from tenants.audit import subjects
from tenants.audit.labels import WORDS, words
from tenants.audit.models import AuditEntry
from tenants.isolation.models import Province
from tenants.organisation import rights
from tenants.organisation.models import Agency, Assignment
from tenants.organisation.staff_site import account_pages
from tenants.organisation.staff_site.base_admin import (
    LabelledInline,
    OfferedFilters,
    ReadOnly,
    RecordedAdmin,
    StaffAdmin,
)
from tenants.organisation.staff_site.sites import operators_site, province_site


class ProvinceAdmin(ReadOnly, StaffAdmin):
    list_display = ("name", "schema_name", "agency_code", "state", "hosts", "demo")
    list_filter = ("state",)
    search_fields = ("name", "schema_name")

    @display(description=_("Tên miền"))
    def hosts(self, province: Province) -> str:
        return ", ".join(province.domains.values_list("domain", flat=True))


operators_site.register(Province, ProvinceAdmin)


class AssignmentInline(LabelledInline):
    model = Assignment
    extra = 0
    autocomplete_fields = ("user",)


class AgencyAdmin(RecordedAdmin):
    act = subject = "agency"
    list_display = ("code", "name", "level", "is_desk", "phone")
    list_filter = ("level", "is_desk")
    search_fields = ("code", "name")
    autocomplete_fields = ("parent", "successor")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        # Receipts carry it: a code once given stays.
        return ("code",) if obj is not None else ()

    inlines = [AssignmentInline]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Receipts and history name it: it is dissolved, with its successor.
        return False


province_site.register(Agency, AgencyAdmin)


class ActionFilter(SimpleListFilter):
    title = _("việc")
    parameter_name = "viec"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, Any]]:
        return sorted(WORDS.items(), key=lambda known: str(known[1]))

    def queryset(self, request: Any, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        chosen = self.value()
        return queryset.filter(action=chosen) if chosen else queryset


class SubjectFilter(SimpleListFilter):
    """By the one subject that an address names; no choice among all of them."""

    title = _("mục")
    parameter_name = subjects.PARAMETER

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        asked = request.GET.get(self.parameter_name, "")
        return [(asked, asked.partition(":")[2])] if asked else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        chosen = self.value()
        return queryset if chosen is None else subjects.about(queryset, chosen)


class NamedSubjects(OfferedFilters):
    """The log with the names of what its rows are about, read once for the page."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        shown: list[Any] = list(self.result_list)  # type: ignore[has-type]
        names = subjects.named(shown)
        for entry in shown:
            entry.named = names.get(entry.pk)
        self.result_list = shown


class AuditEntryAdmin(ReadOnly, StaffAdmin):
    """Read only; the database refuses changes anyway."""

    list_display = ("at", "actor_name", "what", "about", "address")
    list_filter = (ActionFilter, SubjectFilter)
    fields = ("at", "actor_name", "what", "about", "action", "subject", "detail", "address")
    search_fields = ("subject", "actor_name")
    date_hierarchy = "at"

    @display(description=_("việc"), ordering="action")
    def what(self, entry: AuditEntry) -> str:
        return words(entry.action)

    @display(description=_("đối tượng"), ordering="subject")
    def about(self, entry: AuditEntry) -> str:
        """The name of the subject with a link to its page; as recorded where it has none."""
        known = entry.named if hasattr(entry, "named") else subjects.named([entry]).get(entry.pk)
        if known is None:
            return entry.subject
        return format_html('<a href="{}">{}</a>', known.url, known.name) if known.url else known.name

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return NamedSubjects

    def get_queryset(self, request: Any) -> QuerySet[AuditEntry]:
        return rights.visible_audit_entries(request.user)


province_site.register(AuditEntry, AuditEntryAdmin)


class FactorFilter(SimpleListFilter):
    title = _("mã trên điện thoại")
    parameter_name = "ma"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("chua", _("chưa cài")), ("co", _("đã cài"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        chosen = self.value()
        return queryset if chosen is None else queryset.filter(second_factor__isnull=chosen == "chua")


class RolesInline(LabelledInline):
    """At which agencies this person works, as what."""

    model = Assignment
    verbose_name_plural = _("Vai trò ở cơ quan nào")
    extra = 0
    autocomplete_fields = ("agency",)


class UserAdmin(BaseUserAdmin, RecordedAdmin):  # type: ignore[misc]
    """Accounts. Passwords are set by their owners alone: a new account gets an invitation."""

    act, subject = "person", "account"

    form = UserChangeForm
    add_form = ModelForm
    list_display = ("username", "full_name", "position", "way_in", "factor", "last_login", "is_active")
    list_filter = (FactorFilter, "is_active")
    list_select_related = ("second_factor",)
    search_fields = ("username", "full_name")
    ordering = ("username",)
    fieldsets = (
        (None, {"fields": ("username", "full_name", "position", "email")}),
        (_("Quyền"), {"fields": ("is_active",)}),
        (_("Mốc thời gian"), {"fields": ("last_login", "date_joined")}),
    )
    full_rights = (_("Quyền"), {"fields": ("is_active", "is_staff", "is_superuser", "groups")})
    add_fieldsets: Any = ((None, {"fields": ("username", "full_name", "position", "email", "is_machine")}),)
    inlines: ClassVar[tuple[type[RolesInline], ...]] = (RolesInline,)
    actions_detail = ("sign_in_page",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        people: QuerySet[User] = super().get_queryset(request)
        return people.prefetch_related("invitations")

    @display(description=_("vào bằng"))
    def way_in(self, user: User) -> str:
        """Whether this person can come in, or has still to be invited."""
        if user.is_machine:
            return gettext("khóa API")
        if user.has_usable_password():
            return gettext("mật khẩu riêng")
        waiting = [one.expires_at for one in user.invitations.all() if one.expires_at > clock.now()]
        if not waiting:
            return gettext("chưa mời")
        return gettext("lời mời, đến %(day)s") % {"day": date_format(localtime(max(waiting)), "d/m/Y")}

    @display(description=_("mã trên điện thoại"), boolean=True)
    def factor(self, user: User) -> bool:
        return hasattr(user, "second_factor")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # History names people: an account is switched off.
        return False

    # An editor of accounts may give no account, the own included, more rights than the own account has.
    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Rights over the whole installation are shown to who has them; roles stand in rows of their own."""
        shown = super().get_fieldsets(request, obj)
        if obj is None or not request.user.is_superuser:
            return shown
        return [shown[0], self.full_rights, *shown[2:]]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        own = () if request.user.is_superuser else ("is_superuser", "is_staff", "groups")
        return (*own, "last_login", "date_joined")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is not None and not _is_as_much(request.user, obj):
            return False
        return bool(super().has_change_permission(request, obj))

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(account_pages.person)
        extra = {"site": self.admin_site, "admin": self}
        return [path("<str:object_id>/dang-nhap/", page, extra, name="person-sign-in"), *super().get_urls()]

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        raise Http404

    @action(description=_("Đăng nhập, lời mời, khóa API"), url_path="toi-dang-nhap", icon="key")
    def sign_in_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return HttpResponseRedirect(reverse(f"{self.admin_site.name}:person-sign-in", args=[object_id]))

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if not change:
            obj.set_unusable_password()
            obj.is_staff = not obj.is_machine
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: User, post_url_continue: Any = None) -> HttpResponse:
        """Next comes the invitation."""
        return HttpResponseRedirect(reverse(f"{self.admin_site.name}:person-sign-in", args=[obj.pk]))


class OperatorAdmin(UserAdmin):
    """Operators' accounts: their rows stand outside of every province, where nobody has a role."""

    inlines = ()
    add_fieldsets = ((None, {"fields": ("username", "full_name", "position", "email")}),)


def _is_as_much(user: Any, other: User) -> bool:
    """Whether who invites the other, and so could act as the other, gains nothing by it."""
    if user.is_superuser or other.is_superuser:
        return bool(user.is_superuser)
    return rights.is_administrator(user) or not rights.is_administrator(other)


def _find(model: type[Any], key: str = "pk") -> Callable[[Collection[str]], Mapping[str, subjects.Named]]:
    page = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"

    def find(keys: Collection[str]) -> Mapping[str, subjects.Named]:
        wanted = subjects.numbers(keys) if key == "pk" else keys
        rows = model.objects.filter(**{f"{key}__in": wanted})
        return {
            str(getattr(one, key)): subjects.Named(str(one), reverse(page, args=[one.pk])) for one in rows
        }

    return find


class GroupAdmin(RecordedAdmin):
    """Groups give rights beside roles; only who has all rights may touch them."""

    act, subject = "group", "group"


for kind in (
    subjects.SubjectKind("person", "account", _find(User), frozenset({"signin", "person"}), "accounts.user"),
    subjects.SubjectKind("lender", "user", _find(User), frozenset({"delegation"})),
    subjects.SubjectKind("role-holder", "user", _find(User, "username"), frozenset({"role"})),
    subjects.SubjectKind("agency", "agency", _find(Agency), model="organisation.agency"),
):
    subjects.kinds.register(kind)
province_site.register(User, UserAdmin)
operators_site.register(User, OperatorAdmin)
for site in (province_site, operators_site):
    site.register(Group, GroupAdmin)
