"""What happened to a dossier, append-only: the database refuses to change or delete a row."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dossiers.models.dossier import STATUS_CHOICES, Dossier
from tenants.organisation.models import Agency


class Note(models.Model):
    """Free words of an event. Apart from it, so that erasure may blank them while history stands."""

    text = models.TextField(_("nội dung"))
    data = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("ghi chú")
        verbose_name_plural = _("ghi chú")

    def __str__(self) -> str:
        return self.text[:60]


class Event(models.Model):
    """One act. Carries no personal data, only references."""

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="events")
    sequence = models.PositiveIntegerField()
    kind = models.CharField(_("việc"), max_length=40)
    at = models.DateTimeField(_("lúc"))
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, related_name="+")
    assignee = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    from_step = models.CharField(max_length=40, blank=True)
    to_step = models.CharField(max_length=40)
    status = models.PositiveSmallIntegerField(choices=STATUS_CHOICES)
    clock = models.CharField(max_length=10, default="none")
    due_at = models.DateTimeField(_("hẹn trả sau việc này"), null=True)
    note = models.ForeignKey(Note, models.PROTECT, null=True, related_name="+")
    legacy = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("sự kiện")
        verbose_name_plural = _("sự kiện")
        ordering = ["dossier_id", "sequence"]
        constraints = [models.UniqueConstraint(fields=["dossier", "sequence"], name="one_event_per_sequence")]

    def __str__(self) -> str:
        return f"{self.dossier_id}/{self.sequence} {self.kind}"
