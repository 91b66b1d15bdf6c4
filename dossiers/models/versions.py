"""Workflows and calendars of the province, in immutable versions: a dossier keeps those it was received under."""

from collections.abc import Callable
from typing import Any, ClassVar, Self
from uuid import UUID

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dossiers.rules.deadlines.calendar import WorkCalendar
from dossiers.rules.workflow.workflow import Workflow
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
        newest = cls._default_manager.filter(code=code).order_by("-number").first()
        if newest is None:
            raise cls.DoesNotExist(f"{cls.__name__} {code}")
        return newest

    @classmethod
    def publish(cls, data: dict[str, Any], code: str = DEFAULT_CODE) -> tuple[Self, bool]:
        """The version in force for this data; a new one only when the data differ. Says whether it is new."""
        newest = cls._default_manager.filter(code=code).order_by("-number").first()
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
        return _parsed(self, WorkCalendar.from_data)


class WorkflowVersion(Version):
    """Steps and transitions of a kind of dossier in this province."""

    class Meta(Version.Meta):
        verbose_name = _("quy trình")
        verbose_name_plural = _("quy trình")

    @property
    def workflow(self) -> Workflow:
        return _parsed(self, Workflow.from_data)


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


def _parsed[Parsed](version: Version, parse: Callable[[Any], Parsed]) -> Parsed:
    """The rules object of a saved version. Versions never change, so a process reads each one once."""
    place = (current_province().uuid, type(version), version.pk)
    parsed: Parsed | None = _kept.get(place)
    if parsed is None:
        parsed = parse(version.data)
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        _kept[place] = parsed
    return parsed
