"""The province's own words and hours."""

from datetime import time
from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class SendingRules(models.Model):
    """When the province writes to people, and how long a notice is worth sending. One row, or none: defaults."""

    window_from = models.TimeField(_("gửi từ giờ"), default=time(7, 0))
    window_until = models.TimeField(_("đến giờ"), default=time(21, 30))
    expires_after_hours = models.PositiveIntegerField(
        _("tin quá hạn sau (giờ)"),
        default=24,
        validators=[MinValueValidator(1), MaxValueValidator(72)],
        help_text=_("Tin chưa gửi được sau bấy nhiêu giờ thì không gửi nữa mà chuyển sang gọi điện."),
    )

    class Meta:
        verbose_name = _("giờ gửi tin")
        verbose_name_plural = _("giờ gửi tin")
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="one_row_of_rules"),
            models.CheckConstraint(condition=Q(window_from__lt=F("window_until")), name="window_is_a_span"),
        ]

    def __str__(self) -> str:
        return f"{self.window_from:%H:%M}–{self.window_until:%H:%M}"

    @classmethod
    def current(cls) -> Self:
        """The rules of this province."""
        return cls.objects.filter(pk=1).first() or cls(pk=1)


class Template(models.Model):
    """The province's own wording of a message; where there is none, the text in the code is used."""

    name = models.CharField(_("mẫu tin"), max_length=60, unique=True)
    title = models.CharField(_("tiêu đề"), max_length=100)
    body = models.TextField(_("nội dung"))
    button = models.CharField(_("nút"), max_length=30, blank=True)

    class Meta:
        verbose_name = _("lời tin")
        verbose_name_plural = _("lời tin")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
