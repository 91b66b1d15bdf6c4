"""What a clerk or specialist asks a leader to approve before it is done."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dossiers.models.dossier import Dossier
from dossiers.models.event import Note
from tenants.organisation.models import Agency


class Proposal(models.Model):
    """A transition that waits for a leader. It holds for the dossier as it was at `seen`: any act on the
    dossier in between makes it void, since the leader would approve something else than was asked."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", _("chờ duyệt")
        APPROVED = "approved", _("đã duyệt")
        DECLINED = "declined", _("không duyệt")
        VOID = "void", _("hết hiệu lực")

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="proposals")
    transition = models.CharField(_("bước"), max_length=40)
    seen = models.PositiveIntegerField()
    note = models.ForeignKey(Note, models.PROTECT, null=True, related_name="+")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("trình lúc"))
    outcome = models.CharField(_("kết quả"), max_length=10, choices=Outcome, default=Outcome.WAITING)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    answer = models.ForeignKey(Note, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("đề nghị duyệt")
        verbose_name_plural = _("đề nghị duyệt")
        constraints = [
            models.UniqueConstraint(
                fields=["dossier"], condition=Q(outcome="waiting"), name="one_waiting_proposal"
            )
        ]

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.transition}"
