"""Addresses at other systems: those that get the log of events, and those from which rows are fetched."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dossiers.exchange.leases import Leased
from dossiers.exchange.national.models import NationalDifference, NationalDossier, NationalLink
from dossiers.lifecycle.models import OtherSystem
from tenants.isolation.crypto import EncryptedField

__all__ = ["NationalDifference", "NationalDossier", "NationalLink", "Pull", "Webhook"]


class Webhook(Leased):
    """An address that gets each event its machine may see, in the order of the log.

    `position` is the last one that the other side took.
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
    failing_since = models.DateTimeField(_("hỏng từ lúc"), null=True)
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


class Pull(Leased):
    """Where the rows of a system are fetched. Its mapping says how pages of them are read.

    `cursor` is what the system gave with the last page, or the moment from which changes are asked for.
    """

    system = models.OneToOneField(
        OtherSystem, models.CASCADE, related_name="pull", verbose_name=_("hệ thống")
    )
    url = models.CharField(_("địa chỉ lấy"), max_length=500, help_text=_("Bắt đầu bằng https://."))
    secret = EncryptedField(_("khóa của tỉnh ở hệ thống ấy"), blank=True)
    cursor = models.CharField(
        _("đã lấy đến"),
        max_length=500,
        blank=True,
        help_text=_("Xóa trống thì lấy lại từ đầu; dòng đã có không đổi gì."),
    )
    taken_at = models.DateTimeField(_("lấy lần cuối lúc"), null=True, editable=False)
    refused = models.JSONField(_("dòng không nhận"), default=list, editable=False)
    """The last rows that were not taken: their code there, and why."""

    class Meta:
        verbose_name = _("địa chỉ lấy hồ sơ")
        verbose_name_plural = _("địa chỉ lấy hồ sơ")

    def __str__(self) -> str:
        return self.url
