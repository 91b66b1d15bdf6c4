"""Calls that staff make where no message arrived, and their tries."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from messaging.outbox.models.messages import Message
from tenants import phone_numbers
from tenants.accounts.models import User
from tenants.isolation.crypto import EncryptedField
from tenants.organisation.models import Agency


class Call(models.Model):
    """A person to be informed by telephone, as no channel could. Settled only by the outcome of a call.

    Created in the transaction in which the message ended, or in which a message had no possible recipient. A newer
    call about the same subject takes the place of an open older one.
    """

    class Reason(models.TextChoices):
        FAILED = "failed", _("không gửi được")
        EXPIRED = "expired", _("quá hạn gửi")
        NO_CHANNEL = "no_channel", _("không có kênh nào đến được")
        NO_CONSENT = "no_consent", _("chưa đồng ý nhận tin")
        UNCERTAIN = "uncertain", _("không rõ tin đã đến chưa")

    class Outcome(models.TextChoices):
        INFORMED = "told", _("đã báo được")
        INFORMED_OTHERWISE = "told_otherwise", _("đã báo bằng cách khác")
        UNREACHABLE = "unreachable", _("không thể báo được")
        OVERTAKEN = "overtaken", _("đã có tin mới hơn")
        NEEDLESS = "needless", _("không cần báo nữa")

    subject = models.CharField(_("về việc"), max_length=120, db_index=True)
    event = models.CharField(_("sự kiện"), max_length=40)
    intent = models.CharField(_("mẫu tin"), max_length=60)
    message = models.OneToOneField(
        Message, models.PROTECT, null=True, blank=True, related_name="call", verbose_name=_("tin gửi")
    )
    desk = models.ForeignKey(
        Agency, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("bộ phận báo tin")
    )
    name = models.CharField(_("gọi cho"), max_length=200)
    phone = EncryptedField(_("số điện thoại"), blank=True)
    title = models.CharField(_("tiêu đề"), max_length=200)
    body = models.TextField(_("điều cần báo"))
    reason = models.CharField(_("vì sao phải gọi"), max_length=12, choices=Reason)
    problem = models.TextField(_("vướng mắc"), blank=True)
    opened_at = models.DateTimeField(_("ghi lúc"), db_default=Now(), editable=False)
    settled_at = models.DateTimeField(_("xong lúc"), null=True, blank=True)
    outcome = models.CharField(_("kết quả"), max_length=16, choices=Outcome, blank=True)

    class Meta:
        verbose_name = _("cuộc gọi cần thực hiện")
        verbose_name_plural = _("cần gọi điện")
        ordering = ["pk"]
        constraints = [
            # Those about a message are one for each by its key; two readers of one event are two calls.
            models.UniqueConstraint(
                fields=["subject", "event", "intent", "name"],
                condition=Q(message__isnull=True),
                name="one_call_without_message",
            ),
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True, outcome="")
                | Q(settled_at__isnull=False) & ~Q(outcome=""),
                name="settled_with_an_outcome",
            ),
        ]
        indexes = [
            models.Index(fields=["desk", "id"], condition=Q(settled_at__isnull=True), name="messaging_calls")
        ]

    def __str__(self) -> str:
        return f"{self.name} – {self.subject}"

    @property
    def masked(self) -> str:
        return phone_numbers.mask(self.phone) if self.phone else ""


class CallTry(models.Model):
    """One try of a call: appended, never changed."""

    class Outcome(models.TextChoices):
        INFORMED = "told", _("đã báo được")
        INFORMED_OTHERWISE = "told_otherwise", _("đã báo bằng cách khác")
        NO_ANSWER = "no_answer", _("không nghe máy, gọi lại sau")
        UNREACHABLE = "unreachable", _("không thể báo được (sai số, số không dùng)")

    call = models.ForeignKey(Call, models.PROTECT, related_name="tries", verbose_name=_("cuộc gọi"))
    at = models.DateTimeField(_("lúc"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("người gọi"))
    outcome = models.CharField(_("kết quả"), max_length=16, choices=Outcome)
    note = models.CharField(_("ghi chú"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("lần gọi")
        verbose_name_plural = _("các lần gọi")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.get_outcome_display()
