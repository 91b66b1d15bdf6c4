"""Finding a dossier by the code on the receipt of an old system, where that is no code of ours."""

from dossiers.models import Dossier
from tenants.text import BadCell, as_text


def code_of(typed: str) -> str | None:
    """Our code of the one dossier that had this code in an old system; None when there is none, or several.

    Complaints are not found this way: with an old code, too, they are as unknown as a code that nobody has.
    """
    try:
        text = as_text(typed)
    except BadCell:
        return None
    # The database skips through the index on (source, source_code): there are few old systems. Unordered, or it
    # would rather walk through all dossiers by date.
    found = Dossier.objects.exclude(source="").filter(source_code=text, kind=Dossier.Kind.NORMAL)
    codes = list(found.order_by().values_list("code", flat=True)[:2])
    return codes[0] if len(codes) == 1 else None
