"""One-time codes that prove who holds a telephone number."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class OneTimeCode(models.Model):
    """Six digits sent to a telephone number, for one purpose and one subject; see `messaging.outbox.one_time_codes`.

    Number and code are known by keyed digests alone. A row is deleted in the night after its day.
    """

    reference = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    purpose = models.CharField(_("mục đích"), max_length=40)
    subject = models.CharField(_("về việc"), max_length=120)
    phone_index = models.CharField(max_length=64, editable=False)
    # Empty where nothing was sent: no code fits.
    code_index = models.CharField(max_length=64, blank=True, editable=False)
    created_at = models.DateTimeField(_("ghi lúc"))
    expires_at = models.DateTimeField(_("dùng đến"))
    tries = models.PositiveSmallIntegerField(_("số lần thử"), default=0)
    used_at = models.DateTimeField(_("dùng lúc"), null=True)

    class Meta:
        verbose_name = _("mã xác nhận")
        verbose_name_plural = _("mã xác nhận")
        indexes = [
            models.Index(fields=["phone_index", "created_at"], name="one_time_code_number"),
            models.Index(fields=["created_at"], name="one_time_code_age"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose}: {self.subject}"
