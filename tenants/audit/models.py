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


class Unsealed(models.Model):
    """A new row that waits for its position. Written by a trigger, see `tenants.audit.sealer`."""

    source = models.CharField(_("bảng"), max_length=63)
    row_id = models.BigIntegerField(_("dòng"))
    since = models.DateTimeField(_("từ lúc"))

    class Meta:
        verbose_name = _("dòng chờ niêm")
        verbose_name_plural = _("dòng chờ niêm")


class Seal(models.Model):
    """A position in the log of the province: which row of which table stands there, and its seal.

    Without a table the log itself speaks: an older copy of the province took its place, and up to the position in
    `row_id` all holds that was said before.
    """

    position = models.BigIntegerField(_("vị trí"), primary_key=True, db_column="id")
    source = models.CharField(_("bảng"), max_length=63, blank=True)
    row_id = models.BigIntegerField(_("dòng"))
    at = models.DateTimeField(_("lúc"))
    seal = models.CharField(_("niêm"), max_length=64)

    class Meta:
        verbose_name = _("vị trí đã niêm")
        verbose_name_plural = _("vị trí đã niêm")
