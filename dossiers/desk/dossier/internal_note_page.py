"""The door for words to colleagues, on the tab of a dossier that tells its history."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dossiers import services
from dossiers.desk.dossier import page as dossier_page
from dossiers.desk.dossier import tabs
from dossiers.desk.frame import visible
from dossiers.lifecycle.errors import Refused
from tenants.accounts.requests import acting_user


@require_POST
def add(request: HttpRequest, dossier_id: int) -> HttpResponse:
    """Leave a note; a refused one stays in its box, with the reason."""
    dossier = visible(request, dossier_id)
    form = tabs.RemarkForm(request.POST)
    if form.is_valid():
        try:
            services.remark(dossier.pk, actor=acting_user(request), text=form.cleaned_data["text"])
        except Refused as refusal:
            form.add_error("text", str(refusal))
        else:
            messages.success(request, _("Đã ghi chú cho đồng nghiệp."))
            page = reverse("admin:dossiers_dossier_change", args=[dossier.pk])
            return HttpResponseRedirect(f"{page}?{tabs.PARAMETER}={tabs.HISTORY}")
    return dossier_page.show(request, dossier, tab=tabs.HISTORY, remark_form=form)
