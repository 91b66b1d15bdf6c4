"""A dossier. Its columns are copies of what its events say; only `dossiers.services` writes them."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dossiers.models.party import Party
from dossiers.models.versions import CalendarVersion, WorkflowVersion
from dossiers.rules.statuses import Status
from dossiers.rules.workflow.workflow import Step
from procedures.models import Procedure, ProcedureVersion
from tenants.crypto import EncryptedField
from tenants.organisation.models import Agency

STATUS_CHOICES = [(int(status), status.official) for status in Status]


class Dossier(models.Model):
    """One request of a citizen, under the procedure, workflow and calendar in force when it was received."""

    class Kind(models.TextChoices):
        NORMAL = "normal", _("hồ sơ thủ tục")
        COMPLAINT = "complaint", _("khiếu nại")
        CONCILIATION = "conciliation", _("hòa giải")

    class Channel(models.TextChoices):
        COUNTER = "counter", _("trực tiếp")
        ONLINE = "online", _("trực tuyến")
        POST = "post", _("bưu chính công ích")

    code = models.CharField(_("mã hồ sơ"), max_length=60, unique=True)
    kind = models.CharField(_("loại"), max_length=12, choices=Kind, default=Kind.NORMAL)
    procedure = models.ForeignKey(Procedure, models.PROTECT, verbose_name=_("thủ tục"))
    procedure_version = models.ForeignKey(ProcedureVersion, models.PROTECT, verbose_name=_("bản thủ tục"))
    workflow_version = models.ForeignKey(WorkflowVersion, models.PROTECT, verbose_name=_("quy trình"))
    calendar_version = models.ForeignKey(CalendarVersion, models.PROTECT, verbose_name=_("lịch làm việc"))
    channel = models.CharField(_("hình thức nộp"), max_length=10, choices=Channel, default=Channel.COUNTER)

    owner = models.ForeignKey(Party, models.PROTECT, related_name="owned", verbose_name=_("chủ hồ sơ"))
    submitter = models.ForeignKey(
        Party, models.PROTECT, related_name="submitted", verbose_name=_("người nộp")
    )
    recipient = models.ForeignKey(
        Party, models.PROTECT, related_name="notified", verbose_name=_("người nhận thông báo")
    )

    support_point = models.ForeignKey(
        Agency, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("điểm hỗ trợ")
    )
    receiving_agency = models.ForeignKey(
        Agency, models.PROTECT, related_name="+", verbose_name=_("nơi tiếp nhận")
    )
    competent_agency = models.ForeignKey(
        Agency, models.PROTECT, related_name="+", verbose_name=_("cơ quan có thẩm quyền")
    )

    holding_agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("đang ở"))
    step = models.CharField(_("bước"), max_length=40)
    status = models.PositiveSmallIntegerField(_("trạng thái"), choices=STATUS_CHOICES)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("người xử lý"),
    )
    received_at = models.DateTimeField(_("tiếp nhận lúc"))
    counted_from = models.DateTimeField(_("tính thời hạn từ"))
    original_due_at = models.DateTimeField(_("hẹn trả ban đầu"), null=True)
    due_at = models.DateTimeField(_("hẹn trả"), null=True)
    extended_to = models.DateTimeField(_("hẹn lại đến"), null=True)
    citizen_due_at = models.DateTimeField(_("hạn của người dân"), null=True)
    paused_since = models.DateTimeField(_("tạm dừng từ"), null=True)
    finished_at = models.DateTimeField(_("có kết quả lúc"), null=True)
    closed_at = models.DateTimeField(_("kết thúc lúc"), null=True)
    supplement_requests = models.PositiveSmallIntegerField(_("số lần yêu cầu bổ sung"), default=0)
    last_sequence = models.PositiveIntegerField(_("số sự kiện"), default=0)

    notice_channels = models.JSONField(_("kênh nhận tin đã đồng ý"), default=list)
    lookup_key = EncryptedField(_("mã tra cứu"))
    documents = models.JSONField(_("giấy tờ đã nộp"), default=list)
    result_delivery = models.CharField(_("nhận kết quả"), max_length=200, blank=True)

    # Whether somebody rated how it was dealt with; what they said is kept apart and names no dossier.
    rated = models.BooleanField(_("đã được đánh giá"), default=False, editable=False)

    source = models.CharField(_("hệ thống cũ"), max_length=40, blank=True)
    source_code = models.CharField(_("mã ở hệ thống cũ"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("hồ sơ")
        verbose_name_plural = _("hồ sơ")
        ordering = ["-received_at", "-pk"]
        indexes = [
            models.Index(fields=["-received_at", "-id"]),
            models.Index(
                models.F("paused_since").asc(nulls_first=True),
                models.F("due_at").asc(nulls_last=True),
                "id",
                condition=models.Q(closed_at=None),
                name="open_by_due",
            ),
            models.Index(fields=["status", "due_at"]),
            # The few that are no ordinary dossiers.
            models.Index(
                fields=["kind", "-received_at", "-id"],
                condition=models.Q(kind__in=["complaint", "conciliation"]),
                name="dossier_of_rare_kind",
            ),
            models.Index(fields=["due_at"], condition=models.Q(closed_at=None), name="open_due_at"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "source_code"],
                condition=~models.Q(source=""),
                name="one_dossier_per_source_code",
            )
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def may_be_rated(self) -> bool:
        """Whether the result was handed over and is not rated yet."""
        normal = self.kind == self.Kind.NORMAL
        return normal and self.status_enum is Status.RETURNED and not self.rated

    @property
    def status_enum(self) -> Status:
        return Status(self.status)

    @property
    def step_data(self) -> Step:
        return self.workflow_version.workflow.steps[self.step]

    @property
    def subject(self) -> str:
        """The opaque name under which messages know this dossier."""
        return f"dossier:{self.code}"

    @property
    def agency_ids(self) -> set[int]:
        """Agencies that have a part in it."""
        ids = {
            self.receiving_agency_id,
            self.competent_agency_id,
            self.support_point_id,
            self.holding_agency_id,
        }
        return {pk for pk in ids if pk is not None}
