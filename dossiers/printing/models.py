"""A province's own wording of the statutory forms."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants import clock
from tenants.organisation.versions import Version


class Form(models.TextChoices):
    """The statutory forms, by their numbers in TT 03/2025/TT-VPCP, Phụ lục I."""

    RECEIPT = "01", _("Giấy tiếp nhận hồ sơ và hẹn trả kết quả")
    SUPPLEMENT = "02", _("Phiếu yêu cầu bổ sung, hoàn thiện hồ sơ")
    REFUSAL = "03", _("Phiếu từ chối tiếp nhận giải quyết hồ sơ")
    APOLOGY = "04", _("Văn bản xin lỗi và đề nghị gia hạn thời gian giải quyết")
    STOP = "05", _("Thông báo dừng giải quyết hồ sơ")
    CONTROL = "06", _("Phiếu kiểm soát quá trình giải quyết hồ sơ")
    REGISTER = "07", _("Sổ theo dõi hồ sơ")


class FormTemplate(Version):
    """Typst source in place of the portal's own, for papers of the form `code` that are issued from a day on under one
    circular: `data` holds `circular`, `effective_from` and `source`.

    Never for papers issued before it was recorded: a reprint shows what was handed out. An empty source means
    that the portal's own text holds again.
    """

    created_at = models.DateTimeField(_("ghi nhận lúc"), default=clock.now)

    class Meta(Version.Meta):
        verbose_name = _("mẫu giấy của tỉnh")
        verbose_name_plural = _("mẫu giấy của tỉnh")

    @classmethod
    def source_at(cls, form: str, circular: str, at: datetime) -> str:
        """The source for a paper issued at this moment; empty where the portal's own holds."""
        day = at.astimezone(clock.VIETNAM).date().isoformat()
        recorded = cls.objects.filter(code=form, created_at__lte=at).order_by("-number")
        newest = recorded.filter(data__circular=circular, data__effective_from__lte=day).first()
        return newest.data["source"] if newest else ""
