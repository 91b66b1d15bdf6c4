"""Accounts: staff and machines in a province's schema, operators in `public`. Citizens have no account."""

from typing import Any

from django.contrib.auth.models import AbstractUser
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants import clock


class User(AbstractUser):
    """A member of staff or an operator. Vietnamese names are one field, family name first."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    full_name = models.CharField(_("họ và tên"), max_length=100, blank=True)
    position = models.CharField(_("chức danh"), max_length=100, blank=True)
    is_machine = models.BooleanField(
        _("là một hệ thống"), default=False, help_text=_("Gọi API bằng khóa; không đăng nhập vào trang nào.")
    )

    REQUIRED_FIELDS = ["full_name"]

    class Meta:
        verbose_name = _("tài khoản")
        verbose_name_plural = _("tài khoản")

    def __str__(self) -> str:
        return self.get_full_name()

    @classmethod
    def from_db(cls, *args: Any, **kwargs: Any) -> "User":
        user = super().from_db(*args, **kwargs)
        user._loaded = user._standing()
        return user

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save. Another password or other rights than when it was loaded end all its sessions."""
        before = getattr(self, "_loaded", None)
        super().save(*args, **kwargs)
        if before is not None and before != self._standing():
            self.sessions.all().delete()
        self._loaded = self._standing()

    def _standing(self) -> dict[str, Any]:
        names = ("password", "is_active", "is_staff", "is_superuser")
        # Fields that a query left out are not fetched for this.
        return {name: self.__dict__.get(name) for name in names}

    def get_full_name(self) -> str:
        return self.full_name or self.username

    def get_short_name(self) -> str:
        """The given name, which is the last word."""
        return self.get_full_name().rpartition(" ")[2]


class Session(AbstractBaseSession):
    """A browser in which an account is signed in. Ending the row ends the session, at once and everywhere."""

    user = models.ForeignKey(
        User, models.CASCADE, null=True, related_name="sessions", verbose_name=_("tài khoản")
    )
    started_at = models.DateTimeField(_("từ lúc"))
    seen_at = models.DateTimeField(_("lần cuối"))
    device = models.CharField(_("thiết bị"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("phiên đăng nhập")
        verbose_name_plural = _("phiên đăng nhập")

    @classmethod
    def get_session_store_class(cls) -> Any:
        from tenants.accounts.session_store import SessionStore

        return SessionStore


class SecondFactor(models.Model):
    """The application on a person's telephone that makes a new code every half minute."""

    user = models.OneToOneField(
        User, models.CASCADE, related_name="second_factor", verbose_name=_("tài khoản")
    )
    secret = models.TextField(_("khóa"))
    """Hidden by `tenants.isolation.crypto`."""
    last_step = models.BigIntegerField(_("mã dùng sau cùng"), default=0)
    """The half minute whose code was used last: that code and older ones are worth nothing."""
    since = models.DateTimeField(_("có từ lúc"), default=clock.now)

    class Meta:
        verbose_name = _("yếu tố thứ hai")
        verbose_name_plural = _("yếu tố thứ hai")


class RecoveryCode(models.Model):
    """Good once, instead of the telephone. Only its digest is kept."""

    user = models.ForeignKey(User, models.CASCADE, related_name="recovery_codes", verbose_name=_("tài khoản"))
    digest = models.CharField(_("dấu"), max_length=64, unique=True)

    class Meta:
        verbose_name = _("mã dự phòng")
        verbose_name_plural = _("mã dự phòng")


class Passkey(models.Model):
    """A device that signs in by WebAuthn, at one host. Only its public key is known here."""

    user = models.ForeignKey(User, models.CASCADE, related_name="passkeys", verbose_name=_("tài khoản"))
    host = models.CharField(_("tên miền"), max_length=253)
    name = models.CharField(_("tên"), max_length=60)
    credential_id = models.CharField(_("số của khóa"), max_length=1400, unique=True)
    """In base64url, as browsers write it."""
    public_key = models.TextField(_("khóa công khai"))
    """COSE, in base64url."""
    sign_count = models.BigIntegerField(_("số lần ký"), default=0)
    """What the device counted last. A copy of it that lags behind is refused; many devices stay at 0."""
    made_at = models.DateTimeField(_("thêm lúc"), default=clock.now)
    used_at = models.DateTimeField(_("dùng lần cuối"), null=True)

    class Meta:
        verbose_name = _("khóa truy cập")
        verbose_name_plural = _("khóa truy cập")

    def __str__(self) -> str:
        return self.name


class ExternalIdentity(models.Model):
    """An account at a provider of identities that answers the first step of signing in, linked by its owner."""

    user = models.OneToOneField(
        User, models.CASCADE, related_name="external_identity", verbose_name=_("tài khoản")
    )
    issuer = models.CharField(_("nơi cấp"), max_length=255)
    subject = models.CharField(_("số ở nơi cấp"), max_length=255)
    made_at = models.DateTimeField(_("nối lúc"), default=clock.now)
    used_at = models.DateTimeField(_("dùng lần cuối"), null=True)

    class Meta:
        verbose_name = _("danh tính nơi khác")
        verbose_name_plural = _("danh tính nơi khác")
        constraints = [models.UniqueConstraint(fields=["issuer", "subject"], name="accounts_identity_once")]


class ApiKey(models.Model):
    """A key by which a machine's account asks the API. Only the digest of its secret is kept."""

    user = models.ForeignKey(User, models.CASCADE, related_name="api_keys", verbose_name=_("tài khoản"))
    prefix = models.CharField(_("phần đầu"), max_length=12, unique=True)
    digest = models.CharField(_("dấu"), max_length=64)
    networks = models.CharField(_("chỉ từ các mạng"), max_length=500, blank=True)
    """IPv4 and IPv6 networks with commas between; empty for any."""
    a_minute = models.PositiveIntegerField(_("yêu cầu mỗi phút"))
    made_at = models.DateTimeField(_("lập lúc"), default=clock.now)
    ends_at = models.DateTimeField(_("hết hạn lúc"))
    """Also the moment at which it was revoked."""
    used_at = models.DateTimeField(_("dùng lần cuối"), null=True)

    class Meta:
        verbose_name = _("khóa API")
        verbose_name_plural = _("khóa API")

    def __str__(self) -> str:
        return f"mc_{self.prefix}_…"


class Invitation(models.Model):
    """A link to set a password, once. Only the digest of its token is kept."""

    user = models.ForeignKey(User, models.CASCADE, related_name="invitations", verbose_name=_("tài khoản"))
    digest = models.CharField(_("dấu"), max_length=64, unique=True)
    made_at = models.DateTimeField(_("lập lúc"), default=clock.now)
    expires_at = models.DateTimeField(_("hết hạn lúc"))

    class Meta:
        verbose_name = _("lời mời")
        verbose_name_plural = _("lời mời")
