"""Who is written to and agreed to it, the outbox with its attempts, the lanes, the province's own wording.

Times of leases and tries come from the database's clock; when somebody agreed is a date of the office and
comes from `tenants.clock`.
"""

import uuid
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from messaging import phones
from messaging.states import LIVE, State
from tenants.crypto import EncryptedField, blind_index


class Contact(models.Model):
    """A telephone number that messages go to, with the name it was first given under.

    Personal: the name is plain, the number encrypted and found through blind indexes.
    """

    name = models.CharField(_("họ tên hoặc tên tổ chức"), max_length=200)
    is_organisation = models.BooleanField(_("là tổ chức"), default=False)
    phone = EncryptedField(_("số điện thoại"))
    phone_index = models.CharField(max_length=64, unique=True, editable=False)
    phone_last4_index = models.CharField(max_length=64, db_index=True, editable=False)
    created_at = models.DateTimeField(_("ghi lúc"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("người nhận")
        verbose_name_plural = _("người nhận")

    def __str__(self) -> str:
        return f"{self.name} ({self.masked})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.phone_index = blind_index(self.phone, "phone")
        self.phone_last4_index = blind_index(self.phone[-4:], "phone_last4")
        super().save(*args, **kwargs)

    @property
    def masked(self) -> str:
        """The number for lists: "09•• ••• 678"."""
        return phones.mask(self.phone)


class Consent(models.Model):
    """This person agreed to messages of this purpose over this channel; kept after withdrawal as proof."""

    contact = models.ForeignKey(
        Contact, models.PROTECT, related_name="consents", verbose_name=_("người nhận")
    )
    channel = models.CharField(_("kênh"), max_length=20)
    purpose = models.CharField(_("mục đích"), max_length=40)
    granted_at = models.DateTimeField(_("đồng ý lúc"))
    evidence = models.TextField(_("căn cứ"))
    withdrawn_at = models.DateTimeField(_("rút lúc"), null=True, blank=True)

    class Meta:
        verbose_name = _("đồng ý nhận tin")
        verbose_name_plural = _("đồng ý nhận tin")
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "channel", "purpose"],
                condition=Q(withdrawn_at__isnull=True),
                name="one_active_consent",
            )
        ]

    def __str__(self) -> str:
        return f"{self.contact} – {self.channel}"


class Lane(models.Model):
    """The queue of one account at one channel. One relay at a time holds its lease."""

    class State(models.TextChoices):
        ACTIVE = "active", _("đang chạy")
        PAUSED = "paused", _("tạm dừng")

    channel = models.CharField(_("kênh"), max_length=20)
    account = models.CharField(_("tài khoản gửi"), max_length=60)
    state = models.CharField(_("trạng thái"), max_length=10, choices=State, default=State.ACTIVE)
    lease_until = models.DateTimeField(_("đang được giữ đến"), null=True, blank=True, editable=False)
    lease_token = models.UUIDField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("luồng tin")
        verbose_name_plural = _("luồng tin")
        constraints = [models.UniqueConstraint(fields=["channel", "account"], name="one_lane_per_account")]

    def __str__(self) -> str:
        return f"{self.channel}/{self.account}"


class MessageQuerySet(models.QuerySet["Message"]):
    """Questions about the outbox that more than one place asks."""

    def live(self) -> Self:
        """Those the relay still has work with."""
        return self.filter(state__in=LIVE)

    def due(self) -> Self:
        """Live ones whose time has come and whose turn it is; one being sent is due when its lease ran out.

        It is not a message's turn while an older live one of the same subject waits for the same reader.
        Ids tell the age: acts on one subject follow each other under its lock.
        """
        older = Message.objects.live().filter(
            subject=OuterRef("subject"), contact_id=OuterRef("contact_id"), pk__lt=OuterRef("pk")
        )
        return self.live().filter(~Exists(older), next_attempt_at__lte=Now())

    def with_consent(self, channel: str) -> Self:
        """Adds `consented`: the reader has an active consent for `channel` and the message's purpose."""
        active = Consent.objects.filter(
            contact_id=OuterRef("contact_id"),
            channel=channel,
            purpose=OuterRef("purpose"),
            withdrawn_at__isnull=True,
        )
        return self.annotate(consented=Exists(active))


class Message(models.Model):
    """A row of the outbox: one notice to one reader about one event. The row is the truth about it."""

    tracking_id = models.UUIDField(_("mã theo dõi"), default=uuid.uuid4, unique=True, editable=False)
    key = models.CharField(max_length=64, unique=True, editable=False)
    subject = models.CharField(_("về việc"), max_length=120)
    event = models.CharField(_("sự kiện"), max_length=40)
    intent = models.CharField(_("mẫu tin"), max_length=60)
    purpose = models.CharField(_("mục đích"), max_length=40)
    lane = models.ForeignKey(Lane, models.PROTECT, related_name="messages", verbose_name=_("luồng tin"))
    contact = models.ForeignKey(
        Contact, models.PROTECT, related_name="messages", verbose_name=_("người nhận")
    )
    title = models.CharField(_("tiêu đề"), max_length=200)
    body = models.TextField(_("nội dung"))
    rows = models.JSONField(_("các dòng"), default=list, blank=True)
    button_label = models.CharField(_("nút"), max_length=60, blank=True)
    button_url = EncryptedField(_("liên kết"), blank=True)
    state = models.CharField(_("trạng thái"), max_length=12, choices=State, default=State.QUEUED)
    not_before = models.DateTimeField(_("gửi từ"))
    next_attempt_at = models.DateTimeField(_("lần gửi tới"))
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    attempts = models.PositiveIntegerField(_("số lần gửi"), default=0)
    created_at = models.DateTimeField(_("ghi lúc"), db_default=Now(), editable=False)
    accepted_at = models.DateTimeField(_("kênh nhận lúc"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("đến lúc"), null=True, blank=True)
    finished_at = models.DateTimeField(_("xong lúc"), null=True, blank=True)
    problem = models.TextField(_("vướng mắc"), blank=True)
    recalled_at = models.DateTimeField(_("thu hồi lúc"), null=True, blank=True, editable=False)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("tin gửi")
        verbose_name_plural = _("tin gửi")
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["lane", "next_attempt_at"], condition=Q(state__in=LIVE), name="messaging_due"
            ),
            models.Index(fields=["subject", "contact", "id"], name="messaging_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.title} – {self.subject}"


class Attempt(models.Model):
    """What became of one try: appended, never changed. `number` is the fencing token it ran under."""

    class Kind(models.TextChoices):
        SEND = "send", _("gửi")
        ASK = "ask", _("hỏi lại kênh")

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", _("kênh đã nhận")
        DELIVERED = "delivered", _("đã đến")
        TEMPORARY = "temporary", _("chưa gửi được, sẽ thử lại")
        PERMANENT = "permanent", _("không gửi được")
        UNKNOWN = "unknown", _("đứt kết nối, chưa rõ đã đến chưa")
        LAPSED = "lapsed", _("tiến trình gửi dừng giữa chừng")
        ABSENT = "absent", _("kênh chưa nhận được tin")
        UNTOLD = "untold", _("kênh không trả lời được")
        LATER = "later", _("chưa hỏi được, sẽ hỏi lại")

    message = models.ForeignKey(Message, models.CASCADE, related_name="attempt_rows")
    number = models.PositiveIntegerField(_("lần"))
    kind = models.CharField(_("việc"), max_length=4, choices=Kind, default=Kind.SEND)
    started_at = models.DateTimeField(_("bắt đầu"), null=True)
    ended_at = models.DateTimeField(_("kết thúc"))
    outcome = models.CharField(_("kết quả"), max_length=10, choices=Outcome)
    code = models.CharField(_("mã của kênh"), max_length=40, blank=True)
    detail = models.CharField(_("chi tiết"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("lần gửi")
        verbose_name_plural = _("các lần gửi")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.number}: {self.get_outcome_display()}"


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

    def clean(self) -> None:
        """Refuse a name that no message has and placeholders that it cannot fill."""
        from messaging import templates

        try:
            templates.check(self.name, templates.Text(self.title, self.body, self.button))
        except templates.BadText as error:
            raise ValidationError(str(error)) from error
