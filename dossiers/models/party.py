"""A person or organisation in one dossier, as they were when it was received."""

from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from procedures.models import TRIGRAMS
from tenants.crypto import EncryptedField, blind_index
from tenants.text import fold


class Party(models.Model):
    """Owner, submitter or recipient of notices. Number and telephone are encrypted; name and address are
    personal and plain, the name with a folded column for search."""

    class Kind(models.TextChoices):
        PERSON = "person", _("cá nhân")
        ORGANISATION = "organisation", _("tổ chức")

    kind = models.CharField(_("loại"), max_length=12, choices=Kind, default=Kind.PERSON)
    name = models.CharField(_("họ tên hoặc tên tổ chức"), max_length=200)
    name_folded = models.CharField(max_length=200, editable=False)
    id_number = EncryptedField(_("số định danh hoặc mã số thuế"), blank=True)
    id_number_index = models.CharField(max_length=64, blank=True, editable=False, db_index=True)
    phone = EncryptedField(_("số điện thoại"), blank=True)
    phone_index = models.CharField(max_length=64, blank=True, editable=False, db_index=True)
    address = models.CharField(_("địa chỉ"), max_length=250, blank=True)

    class Meta:
        verbose_name = _("người trong hồ sơ")
        verbose_name_plural = _("người trong hồ sơ")
        indexes = [
            GinIndex(
                fields=["name_folded"], name="party_name_trigrams", opclasses=[TRIGRAMS], fastupdate=False
            )
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.name_folded = fold(self.name)[:200]
        self.index()
        super().save(*args, **kwargs)

    def index(self) -> None:
        """Set the blind indexes, with the newest key."""
        self.id_number_index = blind_index(self.id_number, "id_number")
        self.phone_index = blind_index(self.phone, "phone")

    @property
    def masked_id_number(self) -> str:
        return f"•••• {self.id_number[-4:]}" if self.id_number else ""

    @property
    def masked_phone(self) -> str:
        return f"••• ••• {self.phone[-3:]}" if self.phone else ""
