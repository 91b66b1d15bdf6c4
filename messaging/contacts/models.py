"""Who is written to, where, and what they agreed to."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from messaging.channels.models import ChannelAccount
from tenants import phone_numbers
from tenants.isolation.crypto import EncryptedField, blind_index


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

    is_new = False
    """Made in this transaction, so that no other one sees it yet."""

    class Meta:
        verbose_name = _("người nhận")
        verbose_name_plural = _("người nhận")

    def __str__(self) -> str:
        return f"{self.name} ({self.masked})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.index()
        super().save(*args, **kwargs)

    def index(self) -> None:
        """Set the blind indexes, with the newest key; who was erased keeps the mark that stands there."""
        if self.phone:
            self.phone_index = blind_index(self.phone, "phone")
            self.phone_last4_index = blind_index(self.phone[-4:], "phone_last4")

    @property
    def masked(self) -> str:
        """The number for lists: "09•• ••• 678"."""
        return phone_numbers.mask(self.phone)


class Address(models.Model):
    """Where else than at the telephone number a contact is reached, as people say it at a desk: an e-mail address.
    `kind` is what a channel asks for in `Channel.address_kind`. Personal: encrypted, found through a blind index.

    Ids of people who write to an account stand in `Follower`: they are no number's, see `Subscription`."""

    contact = models.ForeignKey(
        Contact, models.PROTECT, related_name="addresses", verbose_name=_("người nhận")
    )
    kind = models.CharField(_("loại"), max_length=20)
    value = EncryptedField(_("địa chỉ"))
    value_index = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(_("ghi lúc"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("địa chỉ nhận tin")
        verbose_name_plural = _("địa chỉ nhận tin")
        constraints = [
            models.UniqueConstraint(fields=["contact", "kind"], name="one_address_per_kind"),
        ]
        indexes = [models.Index(fields=["kind", "value_index"], name="contacts_address_value")]

    def __str__(self) -> str:
        return f"{self.contact} – {self.kind}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.index()
        super().save(*args, **kwargs)

    def index(self) -> None:
        """Set the blind index, with the newest key."""
        self.value_index = blind_index(self.value, f"address:{self.kind}")


class Consent(models.Model):
    """This person agreed to messages of this purpose over this channel; kept after withdrawal as proof.

    `refused_at`: when the provider last said that it reaches no such person, or one who wants no such messages."""

    contact = models.ForeignKey(
        Contact, models.PROTECT, related_name="consents", verbose_name=_("người nhận")
    )
    channel = models.CharField(_("kênh"), max_length=20)
    purpose = models.CharField(_("mục đích"), max_length=40)
    granted_at = models.DateTimeField(_("đồng ý lúc"))
    evidence = models.TextField(_("căn cứ"))
    withdrawn_at = models.DateTimeField(_("rút lúc"), null=True, blank=True)
    withdrawn_how = models.CharField(_("rút bằng cách"), max_length=120, blank=True)
    refused_at = models.DateTimeField(null=True, blank=True, editable=False)

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


class Follower(models.Model):
    """One reader of one account, without a name; their links hold the subjects.

    `address` is the reader's at this account, `app_address` the same person's at all accounts of one app.
    Both are personal: encrypted, found through blind indexes. `state_changed_at` and `last_heard_at` only move
    forward, so that late and repeated reports change nothing.
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
