"""Versions of a province's workflows, and which procedures they hold for."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from dossiers.deadlines.models import parsed
from dossiers.workflow.rules.workflow import Workflow
from tenants.organisation.versions import Version


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
