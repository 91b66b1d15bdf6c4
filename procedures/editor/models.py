"""Drafts of a procedure's version."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from procedures.catalogue.models import Procedure


class VersionDraft(models.Model):
    """What one procedure is to say next; the province says it once a second person has approved.

    Written and changed by `procedures.editor.actions` alone, and gone when it is published: versions and the audit
    log keep the past. `content` and `base` are data of `procedures.catalogue.contents.guidance.Guidance`; `base` is what was
    in force when the draft was begun.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("bản nháp")
        ASKED = "asked", _("chờ duyệt")

    procedure = models.OneToOneField(
        Procedure, models.CASCADE, related_name="draft", verbose_name=_("thủ tục"), editable=False
    )
    content = models.JSONField(_("nội dung"), default=dict)
    base = models.JSONField(default=dict, editable=False)
    effective_from = models.DateField(_("áp dụng từ ngày"), null=True, blank=True)
    state = models.CharField(_("bản nháp"), max_length=10, choices=State, default=State.DRAFT)
    version = models.PositiveIntegerField(_("lần ghi"), default=0)
    # All who ever worded it or asked: none of them approves it.
    authors = models.JSONField(default=list, editable=False)
    written_at = models.DateTimeField(_("ghi lúc"))
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("người ghi")
    )
    asked_at = models.DateTimeField(_("xin duyệt lúc"), null=True, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("người xin duyệt"),
    )  # fmt: skip
    returned_because = models.TextField(_("lý do trả lại"), blank=True)

    class Meta:
        verbose_name = _("bản nháp thủ tục")
        verbose_name_plural = _("bản nháp thủ tục")
        default_permissions = ("view", "change")
        permissions = [("publish_versiondraft", _("Duyệt nội dung thủ tục"))]

    def __str__(self) -> str:
        return f"{self.procedure_id} ({self.version})"
