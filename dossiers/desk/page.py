"""What every page of the desk begins with: the dossier this person may see, and the frame around it."""

from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from dossiers.citizen import dates
from dossiers.models import Dossier
from dossiers.services.journal import READ_WITH
from dossiers.visibility import visible_to
from tenants import clock
from tenants.organisation.models import Role
from tenants.organisation.rights import roles_anywhere, workplace
from tenants.sites import province_site


def visible(request: HttpRequest, dossier_id: int) -> Dossier:
    """The dossier with what its pages show; not found for who may not see it."""
    dossiers = visible_to(request.user).select_related(*READ_WITH)  # type: ignore[arg-type]
    return get_object_or_404(dossiers, pk=dossier_id)


def shell(request: HttpRequest) -> dict[str, Any]:
    """The frame of the admin site."""
    return {**province_site.each_context(request), "opts": Dossier._meta, "is_fullwidth": "1"}


def frame(request: HttpRequest) -> dict[str, Any]:
    """What the strip and the head of every staff page say: where one works, whether one receives, the day."""
    user = request.user
    if not user.is_authenticated or getattr(request, "province", None) is None:
        return {}
    return {
        "workplace": SimpleLazyObject(lambda: workplace(user)),  # type: ignore[arg-type]
        "may_receive": Role.CLERK in roles_anywhere(user),  # type: ignore[arg-type]
        "today_text": dates.full(clock.now()),
    }


def on_dossiers(request: HttpRequest) -> bool:
    """Whether the menu marks the list: on it and on a dossier, but not on the desk's pages under its address."""
    rest = request.path.removeprefix(reverse("admin:dossiers_dossier_changelist"))
    return rest != request.path and not rest.startswith(("add/", "hom-nay/", "quet/", "so-theo-doi"))
