"""Followers of an account, their messages, ratings and subscriptions, and the events that webhooks bring."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from messaging.models.contacts import Contact
from messaging.models.lanes import ChannelAccount
from tenants.crypto import EncryptedField, blind_index


class Follower(models.Model):
    """One reader of one account, without a name; their links hold the subjects.

    `address` is the reader's at this account, `app_address` the same person's at all accounts of one app.
    Both are personal: encrypted, found through blind indexes. `state_changed_at` and `last_heard_at` only move
    forward, so that late and repeated reports change nothing. `stopped_at`, by the clock of consents: when they
    last asked for no more messages, in the chat or for a number behind a link of theirs. It outlives the link.
    """

    class State(models.TextChoices):
        STRANGER = "stranger", _("chưa quan tâm")
        FOLLOWING = "following", _("đang quan tâm")
        LEFT = "left", _("đã bỏ quan tâm")
        ERASED = "erased", _("đã xóa theo yêu cầu")

    channel = models.CharField(_("kênh"), max_length=20)
    account = models.CharField(_("tài khoản"), max_length=60)
    address = EncryptedField(_("địa chỉ"), blank=True)
    address_index = models.CharField(max_length=64, editable=False)
    app_address = EncryptedField(_("địa chỉ chung của ứng dụng"), blank=True)
    app_address_index = models.CharField(max_length=64, blank=True, editable=False)
    state = models.CharField(_("trạng thái"), max_length=10, choices=State, default=State.STRANGER)
    state_changed_at = models.DateTimeField(null=True, blank=True, editable=False)
    followed_at = models.DateTimeField(_("quan tâm từ"), null=True, blank=True)
    last_heard_at = models.DateTimeField(_("lần cuối lên tiếng"), null=True, blank=True)
    human_until = models.DateTimeField(_("cán bộ đang trả lời đến"), null=True, blank=True)
    stopped_at = models.DateTimeField(_("xin thôi nhận tin lúc"), null=True, blank=True)
    created_at = models.DateTimeField(_("ghi lúc"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("người quan tâm")
        verbose_name_plural = _("người quan tâm")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "account", "address_index"], name="one_follower_per_address"
            )
        ]
        indexes = [
            models.Index(
                fields=["app_address_index"], condition=~Q(app_address_index=""), name="messaging_app_address"
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel}/{self.account} #{self.pk}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.index()
        super().save(*args, **kwargs)

    def index(self) -> None:
        """Set the blind indexes, with the newest key; who was erased keeps the mark that stands there."""
        if self.address:
            self.address_index = blind_index(self.address, "follower")
        self.app_address_index = blind_index(self.app_address, "follower_app")


class Subscription(models.Model):
    """A reader gets, over their account, the messages about one subject.

    `contact` is the number of the subject's messages: the link ends with its consent to the channel. `channel` is
    the reader's, here so that the database lets each subject have one reader there.
    """

    follower = models.ForeignKey(
        Follower, models.CASCADE, related_name="subscriptions", verbose_name=_("người quan tâm")
    )
    channel = models.CharField(_("kênh"), max_length=20)
    subject = models.CharField(_("về việc"), max_length=120)
    contact = models.ForeignKey(
        Contact, models.CASCADE, related_name="subscriptions", verbose_name=_("người nhận")
    )
    linked_at = models.DateTimeField(_("nối lúc"), db_default=Now(), editable=False)
    evidence = models.CharField(_("căn cứ nối"), max_length=200)

    class Meta:
        verbose_name = _("liên kết nhận tin")
        verbose_name_plural = _("liên kết nhận tin")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["channel", "subject"], name="one_reader_per_subject")]

    def __str__(self) -> str:
        return f"{self.channel} #{self.follower_id} – {self.subject}"


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
        TRIAL = "trial", _("gửi thử một đợt gửi tin")
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


class Rating(models.Model):
    """Rating of a message, without a name or link to the reader; the note may hold personal data and is encrypted.
    `event`: the callback that brought it, so that processing it again adds nothing."""

    channel = models.CharField(_("kênh"), max_length=20)
    account = models.CharField(_("tài khoản"), max_length=60)
    tracking_id = models.UUIDField(_("mã theo dõi"), null=True, blank=True)
    rating = models.PositiveSmallIntegerField(_("số sao"))
    note = EncryptedField(_("lời góp ý"), blank=True)
    event = models.BigIntegerField(editable=False)
    received_at = models.DateTimeField(_("nhận lúc"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("đánh giá tin")
        verbose_name_plural = _("đánh giá tin")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "tracking_id"], nulls_distinct=False, name="one_rating_per_callback"
            ),
            models.CheckConstraint(condition=Q(rating__range=(1, 5)), name="rating_of_five"),
        ]

    def __str__(self) -> str:
        return f"{self.rating}/5"


class FollowerList(models.Model):
    """How far reading an account's list of followers has come: it goes on where it stopped."""

    account = models.OneToOneField(
        ChannelAccount, models.PROTECT, related_name="follower_list", verbose_name=_("tài khoản gửi")
    )
    cursor = models.TextField(blank=True, editable=False)
    seen = models.PositiveIntegerField(_("đã đọc"), default=0, editable=False)
    started_at = models.DateTimeField(_("bắt đầu lúc"), null=True, blank=True, editable=False)
    finished_at = models.DateTimeField(_("xong lúc"), null=True, blank=True, editable=False)
    # The latest page that came, and why none comes any more.
    read_at = models.DateTimeField(_("trang gần nhất lúc"), null=True, blank=True, editable=False)
    trouble = models.CharField(_("vướng mắc"), max_length=500, blank=True, editable=False)

    class Meta:
        verbose_name = _("danh sách người quan tâm")
        verbose_name_plural = _("danh sách người quan tâm")

    def __str__(self) -> str:
        return f"{self.account}: {self.seen}"


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
