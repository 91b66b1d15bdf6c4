"""Rules and texts of a province in versions that never change: calendars, workflows, printed forms."""

import hashlib
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, ClassVar, Self
from uuid import UUID

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dossiers.rules.deadlines.calendar import WorkCalendar
from dossiers.rules.workflow.workflow import Workflow
from tenants import clock
from tenants.isolation.context import current_province


class Version(models.Model):
    """Data under a code and a running number. The newest number of a code is the one in force."""

    code = models.CharField(_("mã"), max_length=60)
    number = models.PositiveIntegerField(_("bản"))
    data = models.JSONField(_("nội dung"))
    created_at = models.DateTimeField(_("tạo lúc"), auto_now_add=True)

    DEFAULT_CODE: ClassVar[str] = "default"

    class Meta:
        abstract = True
        ordering = ["code", "-number"]
        constraints = [models.UniqueConstraint(fields=["code", "number"], name="%(class)s_one_number")]

    def __str__(self) -> str:
        what = str(self._meta.verbose_name) if self.code == self.DEFAULT_CODE else self.code
        return gettext("%(what)s, bản %(number)d") % {"what": what, "number": self.number}

    @classmethod
    def in_force(cls, code: str = DEFAULT_CODE) -> Self:
        """Newest version of this code; raises DoesNotExist when the province has none."""
        newest = cls.newest(code)
        if newest is None:
            raise cls.DoesNotExist(f"{cls.__name__} {code}")
        return newest

    @classmethod
    def newest(cls, code: str = DEFAULT_CODE) -> Self | None:
        """The version in force; None when the province has none of this code."""
        return cls._default_manager.filter(code=code).order_by("-number").first()

    @classmethod
    def publish(cls, data: dict[str, Any], code: str = DEFAULT_CODE) -> tuple[Self, bool]:
        """The version in force for this data; a new one only when the data differ. Says whether it is new."""
        newest = cls.newest(code)
        if newest is not None and newest.data == data:
            return newest, False
        number = newest.number + 1 if newest else 1
        return cls._default_manager.create(code=code, number=number, data=data), True


class CalendarVersion(Version):
    """Open days, days off and opening hours of the province."""

    class Meta(Version.Meta):
        verbose_name = _("lịch làm việc")
        verbose_name_plural = _("lịch làm việc")

    @property
    def calendar(self) -> WorkCalendar:
        return parsed(self, WorkCalendar.from_data)


class WorkflowVersion(Version):
    """Steps and transitions of a kind of dossier in this province."""

    class Meta(Version.Meta):
        verbose_name = _("quy trình")
        verbose_name_plural = _("quy trình")

    @property
    def workflow(self) -> Workflow:
        return parsed(self, Workflow.from_data)


class WorkflowAssignment(models.Model):
    """For what a workflow holds that is not the province's default one. Comes from the province's folder."""

    class Scope(models.TextChoices):
        KIND = "kind", _("loại")
        SECTOR = "sector", _("lĩnh vực")
        PROCEDURE = "procedure", _("thủ tục")

    scope = models.CharField(_("phạm vi"), max_length=10, choices=Scope)
    key = models.CharField(
        _("áp dụng cho"), max_length=500, help_text=_("Loại, tên lĩnh vực không dấu, hoặc mã thủ tục.")
    )
    workflow_code = models.CharField(_("mã quy trình"), max_length=60)

    class Meta:
        verbose_name = _("phạm vi áp dụng quy trình")
        verbose_name_plural = _("phạm vi áp dụng quy trình")
        ordering = ["scope", "key"]
        constraints = [
            models.UniqueConstraint(fields=["scope", "key"], name="workflowassignment_one_workflow")
        ]

    def __str__(self) -> str:
        return f"{self.get_scope_display()} {self.key}: {self.workflow_code}"


_MOST_KEPT = 500
_kept: dict[tuple[UUID, type[Version], int], Any] = {}


def parsed[Parsed](version: Version, parse: Callable[[Any], Parsed]) -> Parsed:
    """The rules object of a saved version. Versions never change, so a process reads each one once."""
    place = (current_province().uuid, type(version), version.pk)
    parsed: Parsed | None = _kept.get(place)
    if parsed is None:
        parsed = parse(version.data)
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        _kept[place] = parsed
    return parsed


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
