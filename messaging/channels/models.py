"""Lanes of the channels, the accounts they send for, and the credentials of these accounts."""

from datetime import datetime

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from tenants.isolation.crypto import EncryptedField

# The name of an account where the province has given it none.
DEFAULT_ACCOUNT = "chinh"


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
    rate = models.FloatField(
        _("số tin mỗi giây"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0.01)],
        help_text=_("Bỏ trống: theo mức của kênh."),
    )
    next_slot_at = models.DateTimeField(null=True, blank=True, editable=False)
    monthly_budget = models.PositiveIntegerField(
        _("số tin tối đa mỗi tháng"), null=True, blank=True, help_text=_("Bỏ trống: không giới hạn.")
    )
    spent_month = models.DateField(null=True, blank=True, editable=False)
    spent = models.PositiveIntegerField(_("đã dùng trong tháng"), default=0, editable=False)
    money_limit = models.PositiveIntegerField(
        _("số tiền tối đa mỗi tháng (đồng)"),
        null=True,
        blank=True,
        help_text=_("Bỏ trống: không giới hạn. Hết tiền, tin vẫn đi bằng đường không mất tiền."),
    )
    money_spent = models.PositiveIntegerField(_("đã chi trong tháng (đồng)"), default=0, editable=False)
    # The breaker: after failures in a row, or when the account is in trouble, the lane rests.
    failures = models.PositiveIntegerField(_("lỗi liên tiếp"), default=0, editable=False)
    rests_until = models.DateTimeField(_("nghỉ đến"), null=True, blank=True, editable=False)
    rests = models.PositiveIntegerField(_("số lần nghỉ liên tiếp"), default=0, editable=False)
    trouble = models.CharField(_("vướng mắc"), max_length=500, blank=True, editable=False)
    trouble_since = models.DateTimeField(_("vướng từ"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("luồng tin")
        verbose_name_plural = _("luồng tin")
        constraints = [models.UniqueConstraint(fields=["channel", "account"], name="one_lane_per_account")]

    def __str__(self) -> str:
        return f"{self.channel}/{self.account}"


class WayRest(models.Model):
    """A way of a lane that rests for a while, as its account may not use it; the lane's other ways go on.

    When `rests_until` is over one message tries the way. Until `trial_until` the others wait for what comes of it.
    """

    lane = models.ForeignKey(
        Lane, models.CASCADE, related_name="way_rests", verbose_name=_("luồng tin"), db_index=False
    )
    way = models.CharField(_("đường gửi"), max_length=20)
    rests = models.PositiveIntegerField(_("số lần nghỉ liên tiếp"), default=0)
    rests_until = models.DateTimeField(_("nghỉ đến"))
    trial_until = models.DateTimeField(null=True)
    trouble = models.CharField(_("vướng mắc"), max_length=500, blank=True)
    trouble_since = models.DateTimeField(_("vướng từ"))

    class Meta:
        verbose_name = _("đường gửi đang nghỉ")
        verbose_name_plural = _("đường gửi đang nghỉ")
        ordering = ["way"]
        constraints = [models.UniqueConstraint(fields=["lane", "way"], name="one_rest_per_way")]

    def __str__(self) -> str:
        return f"{self.lane_id}/{self.way}"

    @property
    def ends_at(self) -> datetime:
        """Until when nothing else goes this way: the end of its rest, or of its trial."""
        return max(self.rests_until, self.trial_until or self.rests_until)


class ChannelAccount(models.Model):
    """An account at a channel: how it is reached and what proves that it is ours. One lane sends for it.

    `config` holds settings that staff may see; `secrets`, a JSON object, is never shown again.
    """

    channel = models.CharField(_("kênh"), max_length=20)
    name = models.CharField(_("tài khoản"), max_length=60)
    external_id = models.CharField(_("mã tài khoản ở kênh"), max_length=80, blank=True)
    config = models.JSONField(_("cấu hình"), default=dict, blank=True)
    secrets = EncryptedField(_("bí mật"), blank=True)
    generation = models.PositiveIntegerField(_("đời khóa"), default=0, editable=False)
    changed_at = models.DateTimeField(_("đổi lúc"), db_default=Now(), editable=False)
    # What the provider lets it send in a day, if it says so.
    daily_quota = models.PositiveIntegerField(_("hạn mức mỗi ngày của kênh"), null=True, blank=True)
    quota_reported_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("tài khoản gửi")
        verbose_name_plural = _("tài khoản gửi")
        constraints = [models.UniqueConstraint(fields=["channel", "name"], name="one_account_per_name")]

    def __str__(self) -> str:
        return f"{self.channel}/{self.name}"


class Credential(models.Model):
    """What proves an account ours and wears out. One row for each account; changed only by `messaging.channels.accounts.credentials`.

    `credentials` is a JSON object. `generation` rises with each new pair. The lease of who renews is committed before
    the provider is asked: who finds one that is over knows that what it was to renew may be used up. Times are by the
    database's clock.
    """

    class State(models.TextChoices):
        NONE = "none", _("chưa được cấp quyền")
        ACTIVE = "active", _("đang dùng được")
        REAUTH_REQUIRED = "reauth_required", _("phải cấp quyền lại")

    account = models.OneToOneField(
        ChannelAccount, models.PROTECT, related_name="credential", verbose_name=_("tài khoản gửi")
    )
    credentials = EncryptedField(blank=True, editable=False)
    generation = models.PositiveIntegerField(_("đời quyền"), default=0, editable=False)
    state = models.CharField(_("trạng thái"), max_length=16, choices=State, default=State.NONE)
    granted_at = models.DateTimeField(_("được cấp lúc"), null=True, blank=True)
    expires_at = models.DateTimeField(_("hết hạn lúc"), null=True, blank=True)
    trouble = models.CharField(_("vướng mắc"), max_length=500, blank=True)
    # Until then no other process asks the provider for a renewal.
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("quyền gửi")
        verbose_name_plural = _("quyền gửi")
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="active") | ~Q(credentials="") & Q(expires_at__isnull=False),
                name="active_grant_has_credentials",
            )
        ]

    def __str__(self) -> str:
        return f"{self.account}: {self.get_state_display()}"


class CredentialEvent(models.Model):
    """What happened to a credential: appended, never changed."""

    class Kind(models.TextChoices):
        CONSENTED = "consented", _("được cấp quyền")
        ASKED = "asked", _("đã hỏi kênh để gia hạn")
        RENEWED = "renewed", _("đã gia hạn")
        UNCLEAR = "unclear", _("gia hạn không rõ kết quả")
        LATER = "later", _("chưa gia hạn được, sẽ thử lại")
        LOST = "lost", _("kênh không gia hạn nữa")
        ENDED = "ended", _("đã bỏ quyền")

    account = models.ForeignKey(
        ChannelAccount, models.PROTECT, related_name="credential_events", verbose_name=_("tài khoản gửi")
    )
    kind = models.CharField(_("việc"), max_length=12, choices=Kind)
    generation = models.PositiveIntegerField(_("đời quyền"))
    at = models.DateTimeField(_("lúc"), db_default=Now(), editable=False)
    code = models.CharField(_("mã của kênh"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("việc về quyền gửi")
        verbose_name_plural = _("các việc về quyền gửi")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.account}: {self.get_kind_display()}"
