"""Who is written to, where, and what they agreed to."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from messaging import phone_numbers
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
        indexes = [models.Index(fields=["kind", "value_index"], name="messaging_address_value")]

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
