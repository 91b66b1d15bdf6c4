"""Figures counted beforehand, so that a page reads one row."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from dossiers.lifecycle.models import Dossier


class StatisticsSnapshot(models.Model):
    """The figures of one kind of dossier in a period, by one dimension. Counted again at any time from
    the events, so nothing is lost with it."""

    class Unit(models.TextChoices):
        DAY = "day", _("một ngày")
        MONTH = "month", _("một tháng")
        QUARTER = "quarter", _("một quý")
        YEAR = "year", _("một năm")

    class Dimension(models.TextChoices):
        WHOLE = "whole", _("toàn tỉnh")
        AGENCY = "agency", _("cơ quan")
        SECTOR = "sector", _("lĩnh vực")
        PROCEDURE = "procedure", _("thủ tục")
        CHANNEL = "channel", _("hình thức nộp")

    unit = models.CharField(_("kỳ"), max_length=7, choices=Unit)
    start = models.DateField(_("ngày đầu kỳ"))
    kind = models.CharField(_("loại"), max_length=12, choices=Dossier.Kind)
    dimension = models.CharField(_("theo"), max_length=10, choices=Dimension)
    figures = models.JSONField(_("số liệu"))
    computed_at = models.DateTimeField(_("tính lúc"))

    class Meta:
        verbose_name = _("số liệu đã tính")
        verbose_name_plural = _("số liệu đã tính")
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "kind", "dimension", "start"], name="one_snapshot_per_period"
            )
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.start} {self.kind} {self.dimension}"
