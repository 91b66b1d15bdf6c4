"""Who signs in: staff in a province's schema, operators in `public`. Citizens have no account."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """A member of staff or an operator. Vietnamese names are one field, family name first."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    full_name = models.CharField(_("họ và tên"), max_length=100, blank=True)
    position = models.CharField(_("chức danh"), max_length=100, blank=True)

    REQUIRED_FIELDS = ["full_name"]

    class Meta:
        verbose_name = _("tài khoản")
        verbose_name_plural = _("tài khoản")

    def __str__(self) -> str:
        return self.get_full_name()

    def get_full_name(self) -> str:
        """Full name, else the user name."""
        return self.full_name or self.username

    def get_short_name(self) -> str:
        """The given name, which is the last word."""
        return self.get_full_name().rpartition(" ")[2]
