"""Drafts that a clerk began at the counter and that are not filed yet."""

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat, Replace

from dossiers.filing.models import FilingDraft
from tenants import clock
from tenants.accounts.models import User
from tenants.audit.models import AuditEntry
from tenants.organisation.models import Assignment, Role
from tenants.organisation.rights import agencies_where


def unfinished(user: User) -> QuerySet[FilingDraft]:
    """The last five drafts that this clerk, or a colleague of the same desks, began at the counter; the newest first.
    One statement."""
    colleagues = Assignment.objects.filter(agency__in=agencies_where(user, {Role.CLERK})).values("user")
    subject = Concat(Value("filing:"), Replace(Cast(OuterRef("name"), CharField()), Value("-")))
    begun = AuditEntry.objects.filter(
        Q(actor=user) | Q(actor__in=colleagues), action="filing.begin", subject=subject
    )
    found = FilingDraft.objects.filter(Exists(begun), kind=FilingDraft.Kind.COUNTER, filed_at=None)
    return found.filter(expires_at__gt=clock.now()).select_related("procedure").order_by("-created_at")[:5]
