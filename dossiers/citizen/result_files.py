"""Result files behind the token of their dossier."""

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from dossiers import files
from dossiers.files import downloads, labels
from dossiers.lookup import lookup
from dossiers.public_pages import private

RETRY_SECONDS = 300


@require_safe
def read(request: HttpRequest, token: str, attachment_id: int) -> HttpResponseBase:
    """A result file, for one who holds an address of the dossier that was not shared with them."""
    found = lookup.by_own_token(token)
    if found is None:
        raise Http404
    try:
        return downloads.download(files.for_citizen(found.dossier, attachment_id))
    except files.NoSuchFile:
        raise Http404 from None
    except files.NotServed as refusal:
        reason = labels.why_not(refusal.attachment)
    except files.Unreadable:
        reason = labels.unreadable()
    context = {"reason": reason, "back": reverse("dossier", args=[token])}
    response = private(render(request, "citizen/file_unavailable.html", context, status=503))
    response["Retry-After"] = str(RETRY_SECONDS)
    return response
