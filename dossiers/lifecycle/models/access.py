"""How a dossier is numbered and how its holder gets to it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from dossiers.lifecycle.models.dossier import Dossier
from tenants.isolation.crypto import EncryptedField
from tenants.organisation.models import Agency


class DailyCounter(models.Model):
    """Numbers given by an agency on a day."""

    agency = models.ForeignKey(Agency, models.CASCADE)
    day = models.DateField()
    last = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("bộ đếm trong ngày")
        verbose_name_plural = _("bộ đếm trong ngày")
        constraints = [models.UniqueConstraint(fields=["agency", "day"], name="one_counter_per_day")]

    def __str__(self) -> str:
        return f"{self.agency_id} {self.day}: {self.last}"


class AccessToken(models.Model):
    """An unguessable address of a dossier. Found by its digest; the value is kept encrypted for reprints."""

    class Purpose(models.TextChoices):
        RECEIPT = "receipt", _("giấy hẹn")
        MESSAGE = "message", _("tin báo")
        SHARE = "share", _("chia sẻ")
        LOOKUP = "lookup", _("tra cứu")

    dossier = models.ForeignKey(Dossier, models.CASCADE, related_name="tokens")
    purpose = models.CharField(max_length=10, choices=Purpose)
    digest = models.CharField(max_length=64, unique=True)
    value = EncryptedField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("địa chỉ tra cứu")
        verbose_name_plural = _("địa chỉ tra cứu")
        constraints = [
            # One living address per purpose; look-ups come and go.
            models.UniqueConstraint(
                fields=["dossier", "purpose"],
                condition=models.Q(revoked_at=None, purpose__in=["receipt", "message"]),
                name="one_token_per_purpose",
            )
        ]

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.purpose}"


class LinkCode(models.Model):
    """A code that the holder of an address types into a chat, to get notices there. One for each address, known by
    a keyed digest alone, and gone once it is used."""

    token = models.OneToOneField(AccessToken, models.CASCADE, related_name="link_code")
    code_index = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()

    class Meta:
        verbose_name = _("mã liên kết")
        verbose_name_plural = _("mã liên kết")

    def __str__(self) -> str:
        return f"{self.token_id}"
