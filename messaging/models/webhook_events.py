"""What channels tell us."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from tenants.crypto import EncryptedField


class InboundEvent(models.Model):
    """What a channel told us, as it came: stored before anything is done with it, worked off afterwards.

    `key` makes a repeated delivery change nothing. `raw` may hold personal data and is encrypted. `reader`: a keyed
    sign of whom it is about, while it waits, so that people take turns. `can_wait`: nobody waits for it.
    """

    class State(models.TextChoices):
        NEW = "new", _("chưa xử lý")
        DONE = "done", _("đã xử lý")
        IGNORED = "ignored", _("không liên quan")
        FAILED = "failed", _("xử lý lỗi")

    channel = models.CharField(_("kênh"), max_length=20)
    account = models.CharField(_("tài khoản"), max_length=60)
    key = models.CharField(max_length=64, unique=True, editable=False)
    raw = EncryptedField(_("nguyên văn"))
    reader = models.CharField(max_length=16, blank=True, default="", editable=False)
    can_wait = models.BooleanField(default=False, editable=False)
    received_at = models.DateTimeField(_("nhận lúc"), db_default=Now(), editable=False)
    state = models.CharField(_("trạng thái"), max_length=8, choices=State, default=State.NEW)
    tries = models.PositiveIntegerField(_("số lần xử lý"), default=0)
    next_try_at = models.DateTimeField(_("xử lý lại lúc"), db_default=Now())
    handled_at = models.DateTimeField(_("xong lúc"), null=True, blank=True)
    problem = models.CharField(_("vướng mắc"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("tin từ kênh")
        verbose_name_plural = _("tin từ kênh")
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(state="new"), name="messaging_inbound"),
            # By turns: one person's, however much of others waits.
            models.Index(
                fields=["channel", "account", "reader", "next_try_at"],
                condition=Q(state="new"),
                name="messaging_inbound_turn",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.received_at:%d/%m/%Y %H:%M:%S}"
