"""Other dossiers of the person whose dossier this is."""

from dossiers.lifecycle.visibility import visible_to
from dossiers.models import Dossier
from tenants.accounts.models import User
from tenants.crypto import blind_indexes

MOST = 10


def of_same_owner(dossier: Dossier, user: User, limit: int = MOST) -> list[Dossier]:
    """Those whose owner has the same ID number and that this person may see, newest first.

    Names alone say nothing: without a number there are none.
    """
    indexes = blind_indexes(dossier.owner.id_number, "id_number")
    if not indexes:
        return []
    return list(
        visible_to(user)
        .filter(owner__id_number_index__in=indexes)
        .exclude(pk=dossier.pk)
        .select_related("procedure", "calendar_version")
        .order_by("-received_at", "-pk")[:limit]
    )
