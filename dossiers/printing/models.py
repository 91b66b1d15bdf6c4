"""A province's own wording of the statutory forms."""

import hashlib
from datetime import date, datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants import clock


class Form(models.TextChoices):
    """The statutory forms, by their numbers in TT 03/2025/TT-VPCP, Phụ lục I."""

    RECEIPT = "01", _("Giấy tiếp nhận hồ sơ và hẹn trả kết quả")
    SUPPLEMENT = "02", _("Phiếu yêu cầu bổ sung, hoàn thiện hồ sơ")
    REFUSAL = "03", _("Phiếu từ chối tiếp nhận giải quyết hồ sơ")
    APOLOGY = "04", _("Văn bản xin lỗi và đề nghị gia hạn thời gian giải quyết")
    STOP = "05", _("Thông báo dừng giải quyết hồ sơ")
    CONTROL = "06", _("Phiếu kiểm soát quá trình giải quyết hồ sơ")
    REGISTER = "07", _("Sổ theo dõi hồ sơ")


class FormTemplate(models.Model):
    """Typst source in place of the portal's own, for papers issued from `effective_from` on under one circular.

    Never for papers issued before it was recorded: a reprint shows what was handed out. An empty source means
    that the portal's own text holds again.
    """

    form = models.CharField(_("biểu mẫu"), max_length=2, choices=Form)
    number = models.PositiveIntegerField(_("bản"))
    circular = models.CharField(_("thông tư"), max_length=40)
    effective_from = models.DateField(_("áp dụng từ ngày"))
    source = models.TextField(_("nội dung mẫu"), blank=True)
    checksum = models.CharField(_("mã kiểm tra"), max_length=64)
    created_at = models.DateTimeField(_("ghi nhận lúc"))

    class Meta:
        verbose_name = _("mẫu giấy của tỉnh")
        verbose_name_plural = _("mẫu giấy của tỉnh")
        ordering = ["form", "-number"]
        constraints = [models.UniqueConstraint(fields=["form", "number"], name="one_form_template_number")]

    def __str__(self) -> str:
        return f"{self.form} – {self.number}"

    @classmethod
    def in_force(cls, form: str, circular: str, at: datetime) -> str:
        """The source for a paper issued at this moment; empty where the portal's own holds."""
        day = at.astimezone(clock.VIETNAM).date()
        found = (
            cls.objects.filter(form=form, circular=circular, effective_from__lte=day, created_at__lte=at)
            .order_by("-number")
            .values_list("source", flat=True)
        )
        return found.first() or ""

    @classmethod
    def publish(
        cls, form: str, circular: str, effective_from: date, source: str
    ) -> tuple["FormTemplate", bool]:
        """The version with this text, day and circular; a new one only where the newest differs. Says if new."""
        checksum = hashlib.sha256(source.encode()).hexdigest()
        newest = cls._default_manager.filter(form=form).order_by("-number").first()
        given = (circular, effective_from, checksum)
        if newest is not None and (newest.circular, newest.effective_from, newest.checksum) == given:
            return newest, False
        made = cls._default_manager.create(
            form=form,
            number=newest.number + 1 if newest else 1,
            circular=circular,
            effective_from=effective_from,
            source=source,
            checksum=checksum,
            created_at=clock.now(),
        )
        return made, True
