"""How both sides differ: noted, and mended by a press."""

from django.db.models.functions import Now
from django.http import HttpRequest

from dossiers.exchange.national.models import NationalDifference, NationalDossier, NationalLink
from tenants import clock
from tenants.audit import log as audit


def note_difference(code: str, kind: str, *, here: int | None = None, there: str = "") -> None:
    """Keep it until both agree. What was marked as seen stays so while it is the same."""
    values = {"kind": kind, "here": here, "there": there[:200]}
    if not NationalDifference.objects.filter(code=code, **values).exists():
        fresh = {**values, "found_at": clock.now(), "seen_at": None}
        NationalDifference.objects.update_or_create(code=code, defaults=fresh)


def mark_as_seen(difference: NationalDifference, request: HttpRequest | None = None) -> None:
    """Leave it as it is, for as long as it is the same."""
    NationalDifference.objects.filter(pk=difference.pk).update(seen_at=clock.now())
    audit.record("nationallink.seen", f"nationallink:{difference.code}", request=request)


def send_again(difference: NationalDifference, request: HttpRequest | None = None) -> None:
    """Tell the portal again what stands here, or look again at what was filed there."""
    if difference.kind == NationalDifference.Kind.INTAKE:
        NationalLink.objects.update(next_pull_at=Now())
    else:
        NationalDossier.objects.filter(code=difference.code).update(again=True)
    audit.record("nationallink.again", f"nationallink:{difference.code}", request=request)
