"""What staff tell each other about a dossier, append-only."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dossiers.models.dossier import Dossier
from dossiers.models.event import Note
from tenants.organisation.models import Agency


class Remark(models.Model):
    """Words for colleagues. Apart from the events, of which citizens are told: nothing that is for them reads
    this table. The words stand in a note, which erasure may blank."""

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="remarks")
    at = models.DateTimeField(_("lúc"))
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+")
    note = models.ForeignKey(Note, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("ghi chú nội bộ")
        verbose_name_plural = _("ghi chú nội bộ")
        ordering = ["dossier_id", "at", "pk"]

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.at:%d/%m/%Y %H:%M}"
