"""Decisions on complaints that were made public."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dossiers.models.dossier import Dossier
from tenants.organisation.models import Agency


class Decision(models.Model):
    """A decision as everybody may read it: number, date, and a subject that staff wrote without personal
    data. Taking it down keeps the row; a new publication is a new row."""

    dossier = models.ForeignKey(
        Dossier, models.PROTECT, related_name="publications", verbose_name=_("hồ sơ khiếu nại")
    )
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("cơ quan giải quyết"))
    number = models.CharField(_("số quyết định"), max_length=300)
    date = models.DateField(_("ngày quyết định"))
    subject = models.TextField(_("trích yếu"))
    must_publish_by = models.DateTimeField(_("phải công khai trước"), null=True)
    published_at = models.DateTimeField(_("công khai lúc"))
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("người công khai")
    )
    taken_down_at = models.DateTimeField(_("gỡ lúc"), null=True)
    taken_down_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("người gỡ")
    )
    taken_down_reason = models.TextField(_("lý do gỡ"), blank=True)

    class Meta:
        verbose_name = _("quyết định khiếu nại")
        verbose_name_plural = _("quyết định khiếu nại")
        ordering = ["-date", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["dossier"], condition=Q(taken_down_at=None), name="one_public_decision"
            )
        ]

    def __str__(self) -> str:
        return self.number
