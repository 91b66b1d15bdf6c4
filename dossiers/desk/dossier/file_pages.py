"""Files on the desk: the list on a dossier's page, adding, reading, taking away. Each calls one service."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.functional import lazy
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from dossiers.filing import supplements
from dossiers.lifecycle import files
from dossiers.lifecycle.desk.form_fields import SeveralFilesField
from dossiers.lifecycle.desk.frame import act_page, dossier_url, visible
from dossiers.lifecycle.errors import IntakeRefused
from dossiers.lifecycle.files import access
from dossiers.lifecycle.models import Attachment, Dossier
from tenants.accounts.requests import acting_user
from tenants.files.inspection import FileRefused
from tenants.organisation.staff_site.form_fields import select_field, set_choices, text_area_field

_capital = lazy(capfirst, str)


class AttachForm(forms.Form):
    """Adding files to a dossier."""

    uploads = SeveralFilesField(
        label=gettext_lazy("Tệp PDF, JPEG hoặc PNG"),
        error_messages={"required": gettext_lazy("Xin chọn tệp.")},
    )
    kind = select_field(
        gettext_lazy("Đây là"), [(kind.value, _capital(kind.label)) for kind in Attachment.Kind]
    )
    paper = select_field(gettext_lazy("Giấy tờ nào"), required=False)

    def __init__(self, *args: Any, dossier: Dossier, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "file_%s", **kwargs})
        if dossier.documents:
            set_choices(self, "paper", [("", "—"), *((paper, paper) for paper in dossier.documents)])
        else:
            del self.fields["paper"]


class WithdrawFileForm(forms.Form):
    """Taking a wrongly attached file away."""

    reason = text_area_field(
        gettext_lazy("Lý do"),
        rows=3,
        required=True,
        error_messages={"required": gettext_lazy("Xin ghi rõ lý do gỡ tệp.")},
    )


def card(dossier: Dossier, request: HttpRequest) -> dict[str, Any]:
    """The list of files on the dossier's page, and the form to add one."""
    user = acting_user(request)
    listed = supplements.current_papers(dossier, files.visible_files(dossier, user))
    return {
        "files": [access.row(one.file, one.replaced_at) for one in listed],
        "attach_form": AttachForm(dossier=dossier) if files.may_attach(dossier, user) else None,
    }


@require_POST
def attach(request: HttpRequest, dossier_id: int) -> HttpResponse:
    """Add files to a dossier."""
    dossier = visible(request, dossier_id)
    form = AttachForm(request.POST, request.FILES, dossier=dossier)

    def do() -> None:
        try:
            files.attach_all(dossier.pk, actor=acting_user(request), **form.cleaned_data)
        except FileRefused as refusal:
            raise IntakeRefused({"uploads": str(refusal)}) from refusal

    n = len(request.FILES.getlist("uploads"))
    return act_page(
        request,
        dossier,
        form,
        do,
        title=_("Thêm tệp"),
        done=ngettext("Đã thêm %(n)d tệp.", "Đã thêm %(n)d tệp.", n) % {"n": n},
        back=dossier_url(dossier.pk, "giay-to"),
        template="desk/attach.html",
    )


@require_safe
def read(request: HttpRequest, dossier_id: int, attachment_id: int) -> HttpResponseBase:
    """A file, for staff that may see its dossier."""
    try:
        served = files.for_staff(dossier_id, attachment_id, acting_user(request), request)
        return access.picture(served, request.GET.get(access.SEEN))
    except files.NoSuchFile:
        raise Http404 from None
    except files.NotServed as refusal:
        messages.error(request, str(refusal))
    return HttpResponseRedirect(dossier_url(dossier_id, "giay-to"))


def withdraw(request: HttpRequest, dossier_id: int, attachment_id: int) -> HttpResponse:
    """Take a wrongly attached file away, with a reason."""
    dossier = visible(request, dossier_id)
    attachment = get_object_or_404(dossier.attachments, pk=attachment_id, removed_at=None)
    if request.method == "GET" and not files.may_attach(dossier, acting_user(request)):
        raise PermissionDenied(_("Ông/bà không có quyền thêm hoặc gỡ tệp của hồ sơ này."))
    form = WithdrawFileForm(request.POST or None)
    return act_page(
        request,
        dossier,
        form,
        lambda: files.withdraw_file(attachment.pk, form.cleaned_data["reason"], acting_user(request)),
        title=_("Gỡ tệp"),
        done=_("Đã gỡ tệp."),
        back=dossier_url(dossier.pk, "giay-to"),
        template="desk/withdraw_file.html",
        file=access.row(attachment),
    )
