"""Addresses at other systems to which the log of events is sent."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dossiers.exchange.national.models import NationalDifference, NationalDossier, NationalLink
from tenants import clock
from tenants.isolation.crypto import EncryptedField

__all__ = ["NationalDifference", "NationalDossier", "NationalLink", "Webhook"]


class Webhook(models.Model):
    """An address that gets each event its machine may see, in the order of the log.

    `position` is the last one that the other side took. `next_try_at` is also the lease of the process that sends.
    """

    name = models.CharField(
        _("tên"), max_length=120, help_text=_("Hệ thống nào nhận, để người sau còn biết.")
    )
    url = models.CharField(_("địa chỉ nhận"), max_length=500, help_text=_("Bắt đầu bằng https://."))
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("tài khoản"),
        help_text=_("Tài khoản của máy. Chỉ gửi sự kiện của hồ sơ mà tài khoản này được xem."),
    )
    is_active = models.BooleanField(_("đang gửi"), default=True)
    secret = EncryptedField(_("bí mật"), blank=True)
    old_secret = EncryptedField(_("bí mật trước"), blank=True)
    old_secret_ends_at = models.DateTimeField(_("bí mật trước dùng đến"), null=True)
    position = models.BigIntegerField(_("vị trí đã nhận"), default=0)
    next_try_at = models.DateTimeField(_("lần gửi tới"), default=clock.now)
    failures = models.PositiveIntegerField(_("số lần hỏng liền nhau"), default=0)
    failing_since = models.DateTimeField(_("hỏng từ lúc"), null=True)
    error = models.CharField(_("lỗi lần cuối"), max_length=200, blank=True)
    taken_at = models.DateTimeField(_("nhận lần cuối lúc"), null=True)

    class Meta:
        verbose_name = _("địa chỉ nhận sự kiện")
        verbose_name_plural = _("địa chỉ nhận sự kiện")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_paused(self) -> bool:
        """Whether sending was stopped because the other side refused for too long."""
        return not self.is_active and self.failing_since is not None
