"""Who may read which entries."""

from django.db.models import QuerySet

from tenants.accounts.models import User
from tenants.audit.models import AuditEntry
from tenants.organisation.models import Assignment
from tenants.organisation.rights import agencies_of


def may_read(user: User) -> bool:
    """Whether the audit table is for this person at all."""
    return user.has_perm("audit.view_auditentry")


def visible_to(user: User) -> QuerySet[AuditEntry]:
    """What was done by people of the agencies that this person oversees; all for who administers."""
    entries = AuditEntry.objects.all()
    agencies = agencies_of(user)
    if agencies is None:
        return entries
    return entries.filter(actor__in=Assignment.objects.filter(agency__in=agencies).values("user"))
