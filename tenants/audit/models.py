"""One append-only table of what people did and which personal data they read."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants import clock
from tenants.audit.labels import words


class AuditEntry(models.Model):
    """An action or a reading of personal data: actor, time, address. Only references, no personal data of citizens."""

    at = models.DateTimeField(_("lúc"), db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,
        null=True,
        db_constraint=False,
        verbose_name=_("người làm"),
    )
    actor_name = models.CharField(_("tài khoản"), max_length=150, blank=True)
    action = models.CharField(_("mã việc"), max_length=60)
    subject = models.CharField(_("đối tượng"), max_length=120, blank=True)
    detail = models.JSONField(_("chi tiết"), default=dict)
    address = models.GenericIPAddressField(_("địa chỉ mạng"), null=True)

    class Meta:
        verbose_name = _("dòng nhật ký")
        verbose_name_plural = _("nhật ký")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["subject", "-at"])]

    def __str__(self) -> str:
        return f"{self.at.astimezone(clock.VIETNAM):%d/%m/%Y %H:%M} {words(self.action)}"
