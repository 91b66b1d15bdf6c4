"""What every page of the desk begins with: the dossier this person may see, and the frame around it."""

from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from dossiers.models import Dossier
from dossiers.services.journal import READ_WITH
from dossiers.visibility import visible_to
from tenants.sites import province_site


def visible(request: HttpRequest, dossier_id: int) -> Dossier:
    """The dossier with what its pages show; not found for who may not see it."""
    dossiers = visible_to(request.user).select_related(*READ_WITH)  # type: ignore[arg-type]
    return get_object_or_404(dossiers, pk=dossier_id)


def shell(request: HttpRequest) -> dict[str, Any]:
    """The frame of the admin site."""
    return {**province_site.each_context(request), "opts": Dossier._meta, "is_fullwidth": "1"}
