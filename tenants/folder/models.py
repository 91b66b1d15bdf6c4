"""The state after the last apply of the province's folder, from which manual changes are recognised."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Applied(models.Model):
    """One step of the onboarding as its last apply left it: by thing and field, each value as a short hash.

    Hashes, because only equality is asked of them and no name of a person has to stand here again.
    """

    step = models.CharField(_("bước"), max_length=60, unique=True)
    at = models.DateTimeField(_("lúc"), auto_now=True)
    left = models.JSONField(_("để lại"), default=dict)

    class Meta:
        verbose_name = _("lần áp dụng thư mục")
        verbose_name_plural = _("lần áp dụng thư mục")
        default_permissions = ()

    def __str__(self) -> str:
        return self.step
