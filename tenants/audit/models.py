"""One append-only table of what people did and which personal data they read."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants import clock
from tenants.audit.labels import words
from tenants.isolation.models import LogEntry


class AuditEntry(LogEntry):
    """An action or a reading of personal data: actor, time, address. Only references, no personal data of citizens."""

    action = models.CharField(_("mã việc"), max_length=60)
    subject = models.CharField(_("đối tượng"), max_length=120, blank=True)
    detail = models.JSONField(_("chi tiết"), default=dict)
    address = models.GenericIPAddressField(_("địa chỉ mạng"), null=True)

    class Meta(LogEntry.Meta):
        verbose_name = _("dòng nhật ký")
        verbose_name_plural = _("nhật ký")
        indexes = [models.Index(fields=["subject", "-at"])]

    def __str__(self) -> str:
        return f"{self.at.astimezone(clock.VIETNAM):%d/%m/%Y %H:%M} {words(self.action)}"
