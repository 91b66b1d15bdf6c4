"""Dossiers under way, counted for rooms below that may not know them."""

from collections.abc import Iterable

from django.db.models import Count

from dossiers.models import Dossier


def by_procedure(codes: Iterable[str]) -> dict[str, int]:
    """How many dossiers that are not closed stand on any version of each of these procedures."""
    found = (
        Dossier.objects.filter(closed_at=None, procedure_version__procedure__code__in=list(codes))
        .order_by()
        .values_list("procedure_version__procedure__code")
        .annotate(count=Count("pk"))
    )
    return dict(found)
