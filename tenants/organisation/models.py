"""Agencies of a province, their succession, and who works where in which role."""

import re

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.context import current_province

CODE = re.compile(r"\A[A-Y][0-9]{2}(?:\.[0-9]{1,3}){0,6}\Z")
"""QĐ 20/2020/QĐ-TTg, Điều 4: the province's code first, then the levels below."""


class Role(models.TextChoices):
    """What a person may do at an agency; workflows name these."""

    CLERK = "clerk", _("cán bộ tiếp nhận")
    SPECIALIST = "specialist", _("chuyên viên")
    LEADER = "leader", _("lãnh đạo")
    ADMINISTRATOR = "administrator", _("quản trị tỉnh")


class Agency(models.Model):
    """An office. A dissolved one stays, with its successor, so that old receipts are still found."""

    class Level(models.TextChoices):
        PROVINCE = "province", _("cấp tỉnh")
        COMMUNE = "commune", _("cấp xã")
        DISTRICT = "district", _("cấp huyện (đã kết thúc)")

    code = models.CharField(_("mã định danh"), max_length=35, unique=True)
    name = models.CharField(_("tên"), max_length=200)
    name_en = models.CharField(_("tên tiếng Anh"), max_length=200, blank=True)
    level = models.CharField(_("cấp"), max_length=10, choices=Level, default=Level.COMMUNE)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("trực thuộc")
    )
    is_desk = models.BooleanField(_("nhận và trả hồ sơ"), default=False)
    address = models.CharField(_("địa chỉ"), max_length=250, blank=True)
    phone = models.CharField(_("điện thoại"), max_length=30, blank=True)
    hours = models.CharField(_("giờ làm việc"), max_length=120, blank=True)
    successor = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="predecessors",
        verbose_name=_("được kế thừa bởi"),
    )
    dissolved_on = models.DateField(_("kết thúc từ ngày"), null=True, blank=True)

    class Meta:
        verbose_name = _("cơ quan, đơn vị")
        verbose_name_plural = _("cơ quan, đơn vị")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a code that receipts could not carry or that belongs to another province, and circles."""
        if not CODE.match(self.code):
            raise ValidationError({"code": _("Mã phải có dạng H15 hoặc H15.08.01.")})
        own = current_province().agency_codes
        if self.code.split(".")[0] not in own:
            raise ValidationError({"code": _("Mã phải bắt đầu bằng %(own)s.") % {"own": ", ".join(own)}})
        for name in ("parent", "successor"):
            seen, above = {self.pk}, getattr(self, name)
            while above is not None:
                if above.pk in seen:
                    raise ValidationError({name: _("Cơ quan không thể đứng trên chính mình.")})
                seen.add(above.pk)
                above = getattr(above, name)


class Assignment(models.Model):
    """This person works at this agency in this role; holds for the agencies under it as well."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="assignments")
    agency = models.ForeignKey(Agency, models.CASCADE, related_name="assignments", verbose_name=_("cơ quan"))
    role = models.CharField(_("vai trò"), max_length=20, choices=Role)

    class Meta:
        verbose_name = _("phân công")
        verbose_name_plural = _("phân công")
        constraints = [
            models.UniqueConstraint(fields=["user", "agency", "role"], name="one_assignment_per_role")
        ]

    def __str__(self) -> str:
        return f"{self.user} – {self.get_role_display()}"
