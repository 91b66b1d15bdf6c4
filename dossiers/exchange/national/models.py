"""The province's link to the national portal, what that portal acknowledged, and how the two differ."""

from typing import Any

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dossiers.exchange.leases import Leased
from dossiers.lifecycle.models import STATUS_CHOICES, Dossier
from tenants import clock
from tenants.isolation.crypto import EncryptedField
from tenants.organisation.models import Agency


class NationalLink(Leased):
    """How this province reaches the national portal, and how far its log has gone there. At most one row.

    `position` is the last one of the log that was dealt with.
    """

    class Dialect(models.TextChoices):
        ADAPTER = "adapter", _("bộ chuyển đổi, có phiên làm việc")
        LGSP = "lgsp", _("trục LGSP, REST")

    dialect = models.CharField(_("cách nói chuyện"), max_length=10, choices=Dialect)
    url = models.CharField(_("địa chỉ"), max_length=500, help_text=_("Bắt đầu bằng https://."))
    unit_code = models.CharField(_("mã đơn vị"), max_length=35, help_text=_("Mã định danh của tỉnh ở đó."))
    username = models.CharField(_("tài khoản ở đó"), max_length=120)
    secret = EncryptedField(_("mật khẩu hoặc khóa"), blank=True)
    desk = models.ForeignKey(
        Agency,
        models.PROTECT,
        related_name="+",
        limit_choices_to={"is_desk": True, "dissolved_on": None},
        verbose_name=_("nơi tiếp nhận hồ sơ từ cổng"),
        help_text=_("Khi hồ sơ nộp ở đó không ghi rõ nơi tiếp nhận."),
    )
    is_active = models.BooleanField(_("đang nối"), default=False)
    position = models.BigIntegerField(_("vị trí đã gửi"), default=0)
    was_restored = models.BooleanField(default=False)
    failing_since = models.DateTimeField(_("hỏng từ lúc"), null=True)
    next_pull_at = models.DateTimeField(_("lần lấy tới"), default=clock.now)
    next_comparison_at = models.DateTimeField(_("lần đối chiếu tới"), default=clock.now)
    compared_id = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("Cổng Dịch vụ công quốc gia")
        verbose_name_plural = _("Cổng Dịch vụ công quốc gia")
        constraints = [models.UniqueConstraint(models.Value(1), name="one_national_link")]

    def __str__(self) -> str:
        return gettext("Cổng Dịch vụ công quốc gia")


class NationalDossier(models.Model):
    """What the national portal is known to have of a dossier.

    `is_there` is None while that is not known; `sequence` is the last event that it acknowledged, `begun` one whose
    answer is not known. `code` is the dossier's own, or the one it was filed under there.
    """

    dossier = models.OneToOneField(Dossier, models.PROTECT, related_name="+", verbose_name=_("hồ sơ"))
    code = models.CharField(_("mã ở cổng quốc gia"), max_length=60, unique=True)
    is_there = models.BooleanField(null=True)
    sequence = models.PositiveIntegerField(default=0)
    begun = models.PositiveIntegerField(default=0)
    again = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("hồ sơ ở cổng quốc gia")
        verbose_name_plural = _("hồ sơ ở cổng quốc gia")
        indexes = [models.Index(fields=["id"], condition=models.Q(again=True), name="national_again")]

    def __str__(self) -> str:
        return self.code


class NationalDifference(models.Model):
    """How a dossier here and the same at the national portal differ, until they agree. One row for each code there."""

    class Kind(models.TextChoices):
        MISSING = "missing", _("không có ở cổng quốc gia")
        STATUS = "status", _("khác trạng thái")
        REFUSED = "refused", _("cổng quốc gia không nhận")
        INTAKE = "intake", _("chưa vào được tỉnh")

    code = models.CharField(_("mã ở cổng quốc gia"), max_length=60, unique=True)
    kind = models.CharField(_("loại"), max_length=10, choices=Kind)
    here = models.PositiveSmallIntegerField(_("trạng thái ở đây"), choices=STATUS_CHOICES, null=True)
    there = models.CharField(_("ở cổng quốc gia"), max_length=200, blank=True)
    found_at = models.DateTimeField(_("thấy lúc"), default=clock.now)
    seen_at = models.DateTimeField(_("đã xem lúc"), null=True)

    class Meta:
        verbose_name = _("khác biệt với cổng quốc gia")
        verbose_name_plural = _("khác biệt với cổng quốc gia")
        ordering = ["-found_at"]

    def __str__(self) -> str:
        values: dict[str, Any] = {
            "code": self.code,
            "here": self.get_here_display() or "",
            "there": self.there or "–",
        }
        sentences = {
            self.Kind.MISSING: gettext("Hồ sơ %(code)s có ở tỉnh (%(here)s) nhưng không có ở cổng quốc gia."),
            self.Kind.STATUS: gettext(
                "Hồ sơ %(code)s ở tỉnh là “%(here)s”, ở cổng quốc gia là trạng thái “%(there)s”."
            ),
            self.Kind.REFUSED: gettext("Cổng quốc gia không nhận hồ sơ %(code)s: %(there)s"),
            self.Kind.INTAKE: gettext("Hồ sơ %(code)s nộp ở cổng quốc gia chưa vào được tỉnh: %(there)s"),
        }
        return sentences[self.Kind(self.kind)] % values
