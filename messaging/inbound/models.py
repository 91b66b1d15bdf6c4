"""What came back from channels: texts of readers, and callbacks."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from messaging.contacts.models import Follower
from tenants.isolation.crypto import EncryptedField


class IncomingMessage(models.Model):
    """Something a reader wrote: appended, and deleted with the callbacks of its time. `provider_id` keeps a
    repetition from being answered twice. Personal: encrypted.

    `answer_due_at`: when it is to be shown to those who may answer; None when that is over. `tries`: how often
    it was shown. `answered_as`: what it was taken for; empty where nothing answered.
    """

    class Kind(models.TextChoices):
        """What a text was taken for."""

        PROGRESS = "progress", _("hỏi hồ sơ đến đâu, chỉ có mã")
        DETAILS = "details", _("hỏi hồ sơ, có mã tra cứu hoặc đã nối")
        MINE = "mine", _("hỏi các hồ sơ đã nối")
        LINK = "link", _("nối với hồ sơ")
        NOT_FOUND = "not_found", _("mã không tìm thấy hoặc của tỉnh khác")
        PROCEDURE = "procedure", _("hỏi thủ tục, tìm thấy")
        NEAR = "near", _("hỏi thủ tục, chỉ có thủ tục gần giống")
        DESKS = "desks", _("hỏi giờ, địa chỉ")
        PERSON = "person", _("xin gặp cán bộ, số điện thoại")
        MENU = "menu", _("chào, xem hướng dẫn")
        STOP = "stop", _("tắt tin, hoặc được hỏi lại")
        NUMBER = "number", _("nhắn số riêng, được nhắc không nhắn")
        LIMITED = "limited", _("thử sai quá nhiều lần")
        NOTHING = "nothing", _("không hiểu, đã đưa hướng dẫn và số điện thoại")

    channel = models.CharField(_("kênh"), max_length=20)
    account = models.CharField(_("tài khoản"), max_length=60)
    provider_id = models.CharField(_("mã của kênh"), max_length=100)
    # Found through `messaging_said_before`.
    follower = models.ForeignKey(
        Follower, models.CASCADE, related_name="heard", verbose_name=_("người quan tâm"), db_index=False
    )
    text = EncryptedField(_("nội dung"), blank=True)
    written_at = models.DateTimeField(_("viết lúc"))
    heard_at = models.DateTimeField(_("nhận lúc"), db_default=Now(), editable=False, db_index=True)
    answer_due_at = models.DateTimeField(null=True, blank=True, editable=False)
    tries = models.PositiveSmallIntegerField(default=0, editable=False)
    answered_as = models.CharField(
        _("được hiểu là"), max_length=10, choices=Kind, blank=True, default="", editable=False
    )

    class Meta:
        verbose_name = _("tin người dân nhắn đến")
        verbose_name_plural = _("tin người dân nhắn đến")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "account", "provider_id"], name="one_row_per_heard_message"
            )
        ]
        indexes = [
            models.Index(
                fields=["answer_due_at"], condition=Q(answer_due_at__isnull=False), name="messaging_to_answer"
            ),
            # What was said before, and what nothing here understood.
            models.Index(fields=["follower", "-id"], name="messaging_said_before"),
            models.Index(
                fields=["-id"], condition=Q(answered_as__in=("nothing", "near")), name="messaging_unanswered"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel}/{self.account} {self.provider_id}"


class WebhookEvent(models.Model):
    """A callback of a channel, byte for byte: stored first, processed afterwards.

    `key` makes a repeated delivery change nothing. `raw` may hold personal data and is encrypted. `reader`: a keyed
    sign of its reader, while it waits, so that readers take turns. `can_wait`: it holds receipts only.
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
