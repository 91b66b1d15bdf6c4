"""The forms that providers approved: how they stand, and which of them carries which of our messages."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminSelectWidget

from messaging.channels import labels
from messaging.channels.base import Parameter, registry
from messaging.channels.models import ChannelAccount
from messaging.outbox import provider_templates
from messaging.outbox import wording as templates
from messaging.outbox.models.provider_templates import ProviderTemplate, TemplateAssignment
from messaging.outbox.provider_templates import BadAssignment
from messaging.provisioning import provider_sync
from messaging.provisioning.provider_sync import NotRead, template_boards
from tenants.accounts.requests import acting_user
from tenants.organisation.staff_site.base_admin import FixedRows, StaffAdmin
from tenants.organisation.staff_site.sites import province_site

EMPTY = "", gettext_lazy("— để trống —")


class PlacesForm(forms.Form):
    """One select for each place of a form: which of our values fills it."""

    def __init__(self, intent: str, form: ProviderTemplate, filled: dict[str, str], data: Any = None) -> None:
        super().__init__(data)
        explained = templates.explained_placeholders(intent)
        texts = {name: f"{name} – {one.meaning}" if one.meaning else name for name, one in explained.items()}
        choices = [EMPTY, *texts.items()]
        self.places = [Parameter(**place) for place in form.parameters]
        for number, place in enumerate(self.places):
            self.fields[f"place{number}"] = forms.ChoiceField(
                label=place.name,
                choices=choices,
                required=False,
                initial=filled.get(place.name, ""),
                help_text=_hint_of(form.account.channel, place),
                widget=UnfoldAdminSelectWidget(attrs={"data-fills": place.name}),
            )

    def parameters(self) -> dict[str, str]:
        """What was chosen, place by place; those left empty are left out."""
        chosen = {one.name: self.cleaned_data[f"place{n}"] for n, one in enumerate(self.places)}
        return {name: placeholder for name, placeholder in chosen.items() if placeholder}


def _hint_of(channel: str, place: Parameter) -> str:
    facts = [labels.name(channel, place.kind)] if place.kind else []
    if place.longest:
        facts.append(_("nhiều nhất %(most)d ký tự") % {"most": place.longest})
    if place.shortest:
        facts.append(_("ít nhất %(least)d ký tự") % {"least": place.shortest})
    facts.append(_("có thể để trống") if place.may_be_empty or not place.required else _("phải có"))
    return "; ".join(facts)


class ProviderTemplateAdmin(FixedRows, StaffAdmin):
    """Rows are what the provider tells; only which message they carry is decided here."""

    def get_urls(self) -> list[Any]:
        guarded = self.admin_site.admin_view
        return [
            path("", guarded(self._list), name="messaging_providertemplate_changelist"),
            path("<int:account_id>/doc-lai/", guarded(require_POST(self._read)), name="forms-read"),
            path("<int:account_id>/tin/", guarded(self._messages), name="forms-messages"),
            path("<int:account_id>/tin/<slug:name>/", guarded(self._message), name="forms-message"),
        ]

    def _list(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {"title": _("Mẫu của kênh"), "boards": template_boards(), **self.shell(request)}
        return render(request, "provisioning/forms.html", context)

    def _read(self, request: HttpRequest, account_id: int) -> HttpResponse:
        account = self._account(request, account_id, change=True)
        try:
            done = provider_sync.read_templates(account, acting_user(request))
        except NotRead as error:
            messages.error(request, _("Chưa đọc được danh sách mẫu: %(why)s") % {"why": error})
        else:
            text = ngettext("Đã đọc %(count)d mẫu từ kênh.", "Đã đọc %(count)d mẫu từ kênh.", done.seen)
            if not done.finished:
                text = _("Kênh trả lời chậm: cổng đang đọc tiếp ở phía sau. Xin xem lại sau ít phút.")
            messages.success(request, text % {"count": done.seen})
        return HttpResponseRedirect(reverse("admin:messaging_providertemplate_changelist"))

    def _messages(self, request: HttpRequest, account_id: int) -> HttpResponse:
        account = self._account(request, account_id, change=request.method == "POST")
        if request.method == "POST":
            count = provider_templates.accept_proposals(account, acting_user(request))
            text = ngettext(
                "Đã chọn mẫu cho %(count)d tin theo gợi ý.",
                "Đã chọn mẫu cho %(count)d tin theo gợi ý.",
                count,
            )
            messages.success(request, text % {"count": count})
            return HttpResponseRedirect(request.path)
        entries = provider_templates.entries(account)
        context = {
            "title": _("Mẫu cho từng tin: %(account)s") % {"account": account},
            "account": account,
            "entries": entries,
            "lacking": sum(bool(one.why) for one in entries),
            "proposed": sum(one.proposal is not None for one in entries),
            "list_url": reverse("admin:messaging_providertemplate_changelist"),
            **self.shell(request),
        }
        return render(request, "provisioning/forms_messages.html", context)

    def _message(self, request: HttpRequest, account_id: int, name: str) -> HttpResponse:
        """Which form carries a message, and what fills its places; a look at it before it is chosen."""
        account = self._account(request, account_id, change=True)
        if name not in templates.names_with_forms():
            raise Http404
        back = reverse("admin:forms-messages", args=[account.pk])
        user, label = acting_user(request), {"label": templates.label(name)}
        if request.method == "POST" and "stop" in request.POST:
            provider_templates.unassign(account, name, user)
            messages.success(request, _("Tin “%(label)s” không dùng mẫu nào nữa.") % label)
            return HttpResponseRedirect(back)
        use = TemplateAssignment.objects.filter(account=account, intent=name).first()
        every = provider_templates.templates_of(account)
        form = _chosen(request, account, name, every, use)
        places, look, fault = None, None, ""
        if form is not None:
            form.account = account
            filled = provider_templates.propose_parameters(name, form)
            if use is not None and use.template_id == form.pk:
                filled = dict(use.parameters)
            places = PlacesForm(name, form, filled, request.POST or None)
            if places.is_bound and not places.is_valid():
                fault = _("Có giá trị không chọn được. Xin chọn lại.")
            elif places.is_bound and "preview" not in request.POST:
                try:
                    provider_templates.choose(account, name, form, places.parameters(), user)
                except BadAssignment as error:
                    fault = str(error)
                else:
                    messages.success(request, _("Đã chọn mẫu cho tin “%(label)s”.") % label)
                    return HttpResponseRedirect(back)
            chosen = places.parameters() if places.is_bound and not places.errors else None
            look = provider_templates.preview(account, name, form, chosen or filled)
        context = {
            "title": _("Mẫu cho tin: %(label)s") % label,
            "account": account,
            "name": name,
            "use": use,
            "every": every,
            "form": form,
            "places": places,
            "look": look,
            "fault": fault or (look.problem if look and places and places.is_bound else ""),
            "is_read": form is not None and provider_templates.is_fetched(form),
            "ways": labels.names(account.channel, form.ways) if form else "",
            "words": templates.wording(name),
            "placeholders": templates.explained_placeholders(name).items(),
            "back": back,
            **self.shell(request),
        }
        return render(request, "provisioning/forms_message.html", context, status=422 if fault else 200)

    def _account(self, request: HttpRequest, account_id: int, *, change: bool) -> ChannelAccount:
        may = self.has_change_permission if change else self.has_view_permission
        if not may(request):
            raise PermissionDenied
        account = get_object_or_404(ChannelAccount, pk=account_id)
        if account.channel not in registry.codes():
            raise Http404
        return account

    def shell(self, request: HttpRequest) -> dict[str, Any]:
        return {**super().shell(request), "may_change": self.has_change_permission(request)}


def _chosen(
    request: HttpRequest,
    account: ChannelAccount,
    name: str,
    every: list[ProviderTemplate],
    use: TemplateAssignment | None,
) -> ProviderTemplate | None:
    """The form that the page is about: the one asked for, the one in use, or the one that is proposed."""
    asked = request.POST.get("mau") or request.GET.get("mau")
    if asked:
        return next((form for form in every if form.code == asked), None)
    if use is not None:
        return next((form for form in every if form.pk == use.template_id), None)
    proposal = provider_templates.propose(account, name, every)
    return proposal.form if proposal else None


province_site.register(ProviderTemplate, ProviderTemplateAdmin)
