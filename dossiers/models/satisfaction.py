"""What people thought of how their dossier was dealt with."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from procedures.models import Sector
from tenants.organisation.models import Agency


class Satisfaction(models.Model):
    """One opinion, of nobody: it names no dossier, and its key and its month tell no order in which it came."""

    class Score(models.IntegerChoices):
        BAD = 0, _("Chưa hài lòng")
        FAIR = 1, _("Bình thường")
        GOOD = 2, _("Hài lòng")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    month = models.DateField(_("tháng"))
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("cơ quan giải quyết"))
    sector = models.ForeignKey(
        Sector, models.PROTECT, null=True, related_name="+", verbose_name=_("lĩnh vực")
    )
    score = models.PositiveSmallIntegerField(_("mức"), choices=Score)

    class Meta:
        verbose_name = _("đánh giá của người dân")
        verbose_name_plural = _("đánh giá của người dân")
        indexes = [models.Index(fields=["month"], name="satisfaction_month")]
        constraints = [
            models.CheckConstraint(condition=models.Q(score__in=[0, 1, 2]), name="score_on_the_scale"),
            models.CheckConstraint(condition=models.Q(month__day=1), name="month_begins_on_its_first"),
        ]

    def __str__(self) -> str:
        return f"{self.month:%m/%Y}: {self.get_score_display()}"
