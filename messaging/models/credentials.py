"""What providers granted to the accounts of this province, and how that was renewed."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from messaging.models.lanes import ChannelAccount
from tenants.crypto import EncryptedField


class Grant(models.Model):
    """What proves an account ours and wears out. One row for each account; changed only by `messaging.accounts.credentials`.

    `credentials` is a JSON object. `generation` rises with each new pair. The intent to renew (`intent_*`) is
    committed before the provider is asked: who finds one whose time is over knows that what it was to renew
    may be used up. Times are by the database's clock.
    """

    class State(models.TextChoices):
        NONE = "none", _("chưa được cấp quyền")
        ACTIVE = "active", _("đang dùng được")
        REAUTH_REQUIRED = "reauth_required", _("phải cấp quyền lại")

    account = models.OneToOneField(
        ChannelAccount, models.PROTECT, related_name="grant", verbose_name=_("tài khoản gửi")
    )
    credentials = EncryptedField(blank=True, editable=False)
    generation = models.PositiveIntegerField(_("đời quyền"), default=0, editable=False)
    state = models.CharField(_("trạng thái"), max_length=16, choices=State, default=State.NONE)
    granted_at = models.DateTimeField(_("được cấp lúc"), null=True, blank=True)
    expires_at = models.DateTimeField(_("hết hạn lúc"), null=True, blank=True)
    trouble = models.CharField(_("vướng mắc"), max_length=500, blank=True)
    # Until then nobody else renews; with a token: who has it is asking the provider.
    intent_token = models.UUIDField(null=True, blank=True, editable=False)
    intent_until = models.DateTimeField(null=True, blank=True, editable=False)
    # How often what is stored was shown to the provider for renewal without a clear answer.
    intent_tries = models.PositiveSmallIntegerField(default=0, editable=False)

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


class GrantEvent(models.Model):
    """What happened to a grant: appended, never changed. `digest` is the beginning of a hash of what was
    stored: enough to see that it changed, too little to be of use."""

    class Kind(models.TextChoices):
        CONSENTED = "consented", _("được cấp quyền")
        RENEWED = "renewed", _("đã gia hạn")
        UNCLEAR = "unclear", _("gia hạn không rõ kết quả")
        LAPSED = "lapsed", _("tiến trình gia hạn dừng giữa chừng")
        LATER = "later", _("chưa gia hạn được, sẽ thử lại")
        LOST = "lost", _("kênh không gia hạn nữa")
        ENDED = "ended", _("đã bỏ quyền")

    account = models.ForeignKey(
        ChannelAccount, models.PROTECT, related_name="grant_events", verbose_name=_("tài khoản gửi")
    )
    kind = models.CharField(_("việc"), max_length=12, choices=Kind)
    generation = models.PositiveIntegerField(_("đời quyền"))
    at = models.DateTimeField(_("lúc"), db_default=Now(), editable=False)
    code = models.CharField(_("mã của kênh"), max_length=40, blank=True)
    digest = models.CharField(_("dấu vết"), max_length=12, blank=True)

    class Meta:
        verbose_name = _("việc về quyền gửi")
        verbose_name_plural = _("các việc về quyền gửi")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.account}: {self.get_kind_display()}"
