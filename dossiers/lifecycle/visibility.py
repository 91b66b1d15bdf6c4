"""Which dossiers a member of staff may see: asked by lists, pages, search and export alike."""

from django.db.models import Q, QuerySet

from dossiers.models import Dossier
from tenants.accounts.models import User
from tenants.organisation.rights import agencies_of


def visible_to(user: User) -> QuerySet[Dossier]:
    """Dossiers in which an agency of this person, or one under it, has a part."""
    agencies = agencies_of(user)
    dossiers = Dossier.objects.all()
    if agencies is None:
        return dossiers
    return dossiers.filter(
        Q(receiving_agency__in=agencies)
        | Q(competent_agency__in=agencies)
        | Q(support_point__in=agencies)
        | Q(holding_agency__in=agencies)
    )
