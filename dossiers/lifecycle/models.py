"""A dossier with the persons and files in it; how it is numbered and how its holder gets to it; and its history,
append-only, with proposals, published decisions and internal notes."""

import uuid
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from dossiers.deadlines.models import CalendarVersion
from dossiers.workflow.models import WorkflowVersion
from dossiers.workflow.rules.schema import Step
from dossiers.workflow.rules.statuses import Status
from procedures.catalogue.models import TRIGRAMS, Procedure, ProcedureVersion, Sector
from tenants.files.models import StoredFile
from tenants.isolation.crypto import EncryptedField, blind_index
from tenants.organisation.models import Agency
from tenants.text import fold

ENDED = [int(status) for status in Status if status.is_closed or status is Status.DONE]


class Party(models.Model):
    """Owner, submitter or recipient of notices. Number and telephone are encrypted; name and address are
    personal and plain, the name with a folded column for search."""

    class Kind(models.TextChoices):
        PERSON = "person", _("cá nhân")
        ORGANISATION = "organisation", _("tổ chức")

    kind = models.CharField(_("loại"), max_length=12, choices=Kind, default=Kind.PERSON)
    name = models.CharField(_("họ tên hoặc tên tổ chức"), max_length=200)
    name_folded = models.CharField(max_length=200, editable=False)
    id_number = EncryptedField(_("số định danh hoặc mã số thuế"), blank=True)
    id_number_index = models.CharField(max_length=64, blank=True, editable=False, db_index=True)
    phone = EncryptedField(_("số điện thoại"), blank=True)
    phone_index = models.CharField(max_length=64, blank=True, editable=False, db_index=True)
    address = models.CharField(_("địa chỉ"), max_length=250, blank=True)

    class Meta:
        verbose_name = _("người trong hồ sơ")
        verbose_name_plural = _("người trong hồ sơ")
        indexes = [
            GinIndex(
                fields=["name_folded"], name="party_name_trigrams", opclasses=[TRIGRAMS], fastupdate=False
            )
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.prepare()
        super().save(*args, **kwargs)

    def prepare(self) -> None:
        """Set what is derived from the other fields; for rows that are saved in bulk."""
        self.name_folded = fold(self.name)[:200]
        self.index()

    def index(self) -> None:
        """Set the blind indexes, with the newest key."""
        self.id_number_index = blind_index(self.id_number, "id_number")
        self.phone_index = blind_index(self.phone, "phone")

    @property
    def masked_id_number(self) -> str:
        return f"•••• {self.id_number[-4:]}" if self.id_number else ""

    @property
    def masked_phone(self) -> str:
        return f"••• ••• {self.phone[-3:]}" if self.phone else ""


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
    # Statistics read these instead of the events of a dossier on which nothing was done since.
    ended_at = models.DateTimeField(_("giải quyết xong lúc"), null=True)
    pauses = ArrayField(
        models.DateTimeField(), verbose_name=_("các lần tạm dừng"), default=list, db_default=[]
    )
    last_act_at = models.DateTimeField(_("việc cuối lúc"), db_default=Now())
    supplement_requests = models.PositiveSmallIntegerField(_("số lần yêu cầu bổ sung"), default=0)
    last_sequence = models.PositiveIntegerField(_("số sự kiện"), default=0)

    notice_channels = models.JSONField(_("kênh nhận tin đã đồng ý"), default=list)
    lookup_key = EncryptedField(_("mã tra cứu"))
    documents = models.JSONField(_("giấy tờ đã nộp"), default=list)
    result_delivery = models.CharField(_("nhận kết quả"), max_length=300, blank=True)

    # Whether it was rated; the rating itself is kept apart and names no dossier.
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
            # Figures of a period: what changed since it ended, and what had not ended before it.
            models.Index(fields=["last_act_at", "received_at"], name="dossier_by_last_act"),
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
        ids = {
            self.receiving_agency_id,
            self.competent_agency_id,
            self.support_point_id,
            self.holding_agency_id,
        }
        return {pk for pk in ids if pk is not None}


class Attachment(StoredFile):
    """A file of a dossier. It may be withdrawn, never changed. `sequence` is the event by which it came."""

    class Kind(models.TextChoices):
        PAPER = "paper", _("giấy tờ nộp")
        RESULT = "result", _("kết quả giải quyết")
        OTHER = "other", _("tài liệu khác")

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="attachments", verbose_name=_("hồ sơ"))
    kind = models.CharField(_("loại"), max_length=10, choices=Kind)
    paper = models.CharField(_("là giấy tờ nào"), max_length=300, blank=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("người gửi lên")
    )
    sequence = models.PositiveIntegerField(_("sự kiện"))
    removed_at = models.DateTimeField(_("gỡ lúc"), null=True)

    class Meta:
        verbose_name = _("tệp hồ sơ")
        verbose_name_plural = _("tệp hồ sơ")
        ordering = ["dossier_id", "pk"]
        indexes = [
            models.Index(
                fields=["uploaded_at"],
                condition=models.Q(scan_state__in=["pending", "error", "not_scanned"]),
                name="files_to_be_scanned",
            )
        ]

    def __str__(self) -> str:
        return f"{self.dossier_id}/{self.pk}"

    @property
    def subject(self) -> str:
        """The opaque name under which the audit log knows its owner."""
        return self.dossier.subject


class DailyCounter(models.Model):
    """Numbers given by an agency on a day."""

    agency = models.ForeignKey(Agency, models.CASCADE)
    day = models.DateField()
    last = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("bộ đếm trong ngày")
        verbose_name_plural = _("bộ đếm trong ngày")
        constraints = [models.UniqueConstraint(fields=["agency", "day"], name="one_counter_per_day")]

    def __str__(self) -> str:
        return f"{self.agency_id} {self.day}: {self.last}"


class AccessToken(models.Model):
    """An unguessable address of a dossier. Found by its digest; the value is kept encrypted for reprints."""

    class Purpose(models.TextChoices):
        RECEIPT = "receipt", _("giấy hẹn")
        MESSAGE = "message", _("tin báo")
        SHARE = "share", _("chia sẻ")
        LOOKUP = "lookup", _("tra cứu")

    dossier = models.ForeignKey(Dossier, models.CASCADE, related_name="tokens")
    purpose = models.CharField(max_length=10, choices=Purpose)
    digest = models.CharField(max_length=64, unique=True)
    value = EncryptedField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("địa chỉ tra cứu")
        verbose_name_plural = _("địa chỉ tra cứu")
        constraints = [
            # One living address per purpose; look-ups come and go.
            models.UniqueConstraint(
                fields=["dossier", "purpose"],
                condition=models.Q(revoked_at=None, purpose__in=["receipt", "message"]),
                name="one_token_per_purpose",
            )
        ]

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.purpose}"


class LinkCode(models.Model):
    """A code that the holder of an address types into a chat, to get notices there. One for each address, known by
    a keyed digest alone, and gone once it is used."""

    token = models.OneToOneField(AccessToken, models.CASCADE, related_name="link_code")
    code_index = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()

    class Meta:
        verbose_name = _("mã liên kết")
        verbose_name_plural = _("mã liên kết")

    def __str__(self) -> str:
        return f"{self.token_id}"


class Note(models.Model):
    """Free words of an event. Apart from it, so that erasure may blank them while history stands."""

    text = models.TextField(_("nội dung"))
    data = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("ghi chú")
        verbose_name_plural = _("ghi chú")

    def __str__(self) -> str:
        return self.text[:60]


class LateCause(models.TextChoices):
    """Groups of reasons for a new date: what everybody may read, while the leader's own words go to the owner alone."""

    OPINION = "opinion", _("chờ ý kiến cơ quan khác")
    SURVEY = "survey", _("phải đo đạc, kiểm tra tại chỗ")
    VERIFICATION = "verification", _("phải xác minh thêm")
    VOLUME = "volume", _("nhiều hồ sơ, thiếu người")
    OUTAGE = "outage", _("lỗi hệ thống, mất điện, mất mạng")
    DISASTER = "disaster", _("thiên tai, dịch bệnh")
    OTHER = "other", _("lý do khác")


class Event(models.Model):
    """One act. Carries no personal data, only references.

    `agency` acted, `holder` has the dossier afterwards. `clock` is the effect on the term, `term_value` and
    `term_unit` a new term that this act began, `extended_to` a re-appointed date, `promised_to` one
    that an older system printed, `citizen_due_at` the day by which the citizen is asked to act. `undoes` is the sequence of an earlier act that this one takes back.
    """

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="events")
    sequence = models.PositiveIntegerField()
    kind = models.CharField(_("việc"), max_length=40)
    at = models.DateTimeField(_("lúc"))
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, related_name="+")
    assignee = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    from_step = models.CharField(max_length=40, blank=True)
    to_step = models.CharField(max_length=40)
    status = models.PositiveSmallIntegerField(choices=STATUS_CHOICES)
    clock = models.CharField(max_length=10, default="none")
    due_at = models.DateTimeField(_("hẹn trả sau việc này"), null=True)
    holder = models.ForeignKey(Agency, models.PROTECT, related_name="+")
    term_value = models.PositiveSmallIntegerField(null=True)
    term_unit = models.CharField(max_length=12, blank=True)
    extended_to = models.DateTimeField(_("hẹn lại đến"), null=True)
    promised_to = models.DateTimeField(_("hẹn của hệ thống cũ"), null=True)
    citizen_due_at = models.DateTimeField(_("hạn của người dân"), null=True)
    undoes = models.PositiveIntegerField(null=True)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    # Whose lent assignment gave the right to act, and to approve.
    in_place_of = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    approved_in_place_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    note = models.ForeignKey(Note, models.PROTECT, null=True, related_name="+")
    legacy = models.BooleanField(default=False)
    # Of an act that a machine asked for: the digest of its request's own key, and of what it asked.
    request_key = models.CharField(max_length=32, blank=True, default="")
    request_digest = models.CharField(max_length=32, blank=True, default="")

    class Meta:
        verbose_name = _("sự kiện")
        verbose_name_plural = _("sự kiện")
        ordering = ["dossier_id", "sequence"]
        constraints = [
            models.UniqueConstraint(fields=["dossier", "sequence"], name="one_event_per_sequence"),
            models.UniqueConstraint(
                fields=["actor", "request_key"],
                condition=~models.Q(request_key=""),
                name="one_event_per_request",
            ),
        ]
        indexes = [
            # What a clerk took in last is asked each time the counter opens.
            models.Index(
                "actor", models.F("at").desc(), condition=models.Q(kind="receive"), name="receipts_of_clerk"
            ),
            # The few acts that gave a new date, by their day.
            models.Index(fields=["at"], condition=models.Q(kind="apologise"), name="apologies_by_day"),
            # The few acts that were taken back, for figures of a period.
            models.Index(
                fields=["dossier", "undoes"],
                condition=models.Q(undoes__isnull=False),
                name="events_that_undo",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dossier_id}/{self.sequence} {self.kind}"


class Decision(models.Model):
    """A decision as everybody may read it: number, date, and a subject that staff wrote without personal
    data. Taking it down keeps the row; a new publication is a new row."""

    dossier = models.ForeignKey(
        Dossier, models.PROTECT, related_name="publications", verbose_name=_("hồ sơ khiếu nại")
    )
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("cơ quan giải quyết"))
    number = models.CharField(_("số quyết định"), max_length=300)
    date = models.DateField(_("ngày quyết định"))
    subject = models.TextField(_("trích yếu"))
    must_publish_by = models.DateTimeField(_("phải công khai trước"), null=True)
    published_at = models.DateTimeField(_("công khai lúc"))
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("người công khai")
    )
    taken_down_at = models.DateTimeField(_("gỡ lúc"), null=True)
    taken_down_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("người gỡ")
    )
    taken_down_reason = models.TextField(_("lý do gỡ"), blank=True)

    class Meta:
        verbose_name = _("quyết định khiếu nại")
        verbose_name_plural = _("quyết định khiếu nại")
        ordering = ["-date", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["dossier"], condition=models.Q(taken_down_at=None), name="one_public_decision"
            )
        ]

    def __str__(self) -> str:
        return self.number


class Proposal(models.Model):
    """A transition that waits for a leader. It holds for the dossier as it was at `seen`: any act on the
    dossier in between makes it void, since the leader would approve something else than was asked."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", _("chờ duyệt")
        APPROVED = "approved", _("đã duyệt")
        DECLINED = "declined", _("không duyệt")
        VOID = "void", _("hết hiệu lực")

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="proposals")
    transition = models.CharField(_("bước"), max_length=40)
    seen = models.PositiveIntegerField()
    note = models.ForeignKey(Note, models.PROTECT, null=True, related_name="+")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("trình lúc"))
    outcome = models.CharField(_("kết quả"), max_length=10, choices=Outcome, default=Outcome.WAITING)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    answer = models.ForeignKey(Note, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("đề nghị duyệt")
        verbose_name_plural = _("đề nghị duyệt")
        constraints = [
            models.UniqueConstraint(
                fields=["dossier"], condition=models.Q(outcome="waiting"), name="one_waiting_proposal"
            )
        ]

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.transition}"


class Remark(models.Model):
    """A note for colleagues, apart from the events, which citizens may read: no page for citizens reads this
    table. The words stand in a note, which erasure may blank."""

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="remarks")
    at = models.DateTimeField(_("lúc"))
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+")
    note = models.ForeignKey(Note, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("ghi chú nội bộ")
        verbose_name_plural = _("ghi chú nội bộ")
        ordering = ["dossier_id", "at", "pk"]

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.at:%d/%m/%Y %H:%M}"


class Satisfaction(models.Model):
    """One anonymous opinion: it names no dossier, and its key and its month tell no order in which it came."""

    class Score(models.IntegerChoices):
        BAD = 0, _("Chưa hài lòng")
        FAIR = 1, _("Bình thường")
        GOOD = 2, _("Hài lòng")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    month = models.DateField(_("tháng"))
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("cơ quan giải quyết"))
    sector = models.ForeignKey(
        Sector, models.PROTECT, null=True, related_name="+", verbose_name=_("lĩnh vực")
    )
    score = models.PositiveSmallIntegerField(_("mức"), choices=Score)

    class Meta:
        verbose_name = _("đánh giá của người dân")
        verbose_name_plural = _("đánh giá của người dân")
        indexes = [models.Index(fields=["month"], name="satisfaction_month")]
        constraints = [
            models.CheckConstraint(condition=models.Q(score__in=[0, 1, 2]), name="score_on_the_scale"),
            models.CheckConstraint(condition=models.Q(month__day=1), name="month_begins_on_its_first"),
        ]

    def __str__(self) -> str:
        return f"{self.month:%m/%Y}: {self.get_score_display()}"
