"""The present province's catalogue as rows of our CSV, so that it can be read back anywhere."""

from collections.abc import Iterator

from procedures.models import Procedure


def rows() -> Iterator[dict[str, str]]:
    """Yield one row for each active procedure, in order of code, with its current version's facts."""
    active = Procedure.objects.filter(state=Procedure.State.ACTIVE, current_version__isnull=False)
    for procedure in active.select_related("current_version").order_by("code").iterator(chunk_size=500):
        version = procedure.current_version
        if version is None:
            continue
        yield {
            "code": procedure.code,
            "name": version.official_name,
            "sector": version.sector_name,
            "issuer": version.issuer,
            "levels": "|".join(version.levels),
            "kind": version.kind,
            "decision": version.decision_number,
            "term_value": str(version.term_value or ""),
            "term_unit": version.term_unit,
            "term_note": version.term_note,
            "channels": "|".join(version.channels),
        }
