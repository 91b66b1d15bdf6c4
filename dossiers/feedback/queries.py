"""Reading feedback: by its sender with code and key, and by everybody once it is published."""

from django.core.signing import BadSignature
from django.db.models import QuerySet

from dossiers.feedback.models import Feedback
from dossiers.lifecycle.rules.codes import read_feedback_code
from dossiers.lookup import lookup
from tenants.isolation import crypto, signing
from tenants.isolation.context import current_province

PURPOSE = "feedback"
LIVES_SECONDS = 30 * 60
MAX_TYPED = 60
MAX_TOKEN = 200


def by_code(typed_code: str, typed_key: str) -> Feedback | None:
    """The feedback under this code, if this is its key. Raises CodeError for no code at all.

    An unknown code and a wrong key get the same answer after the same work.
    """
    code = read_feedback_code(typed_code[:MAX_TYPED])
    found = Feedback.objects.filter(code=code).values_list("pk", "lookup_key").first()
    pk, key = found or (None, crypto.decrypt(lookup.make_dummy_key(current_province().uuid)))
    right = lookup.is_key(key, typed_key)
    return Feedback.objects.get(pk=pk) if right and pk is not None else None


def token(feedback: Feedback, *, just_sent: bool = False) -> str:
    """A short-lived token for a sender after a correct key, or after the form."""
    return signing.dumps([feedback.pk, just_sent], purpose=PURPOSE)


def by_token(value: str) -> tuple[Feedback, bool] | None:
    """The feedback behind an address, and whether it was just sent; None when it is dead or forged."""
    if len(value) > MAX_TOKEN:
        return None
    try:
        pk, just_sent = signing.loads(value, purpose=PURPOSE, max_age=LIVES_SECONDS)
    except BadSignature:
        return None
    found = Feedback.objects.select_related("agency", "procedure").filter(pk=pk).first()
    return (found, just_sent) if found else None


def published() -> QuerySet[Feedback]:
    return (
        Feedback.objects.exclude(published_at=None).select_related("agency").order_by("-published_at", "-pk")
    )
