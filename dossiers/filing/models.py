"""Filing online: forms as data, and what a citizen has filled in so far."""

import uuid
from datetime import timedelta

from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from dossiers.deadlines.models import parsed
from dossiers.filing.rules.form import FilingForm, read_form
from dossiers.lifecycle.models import Dossier, Event
from procedures.catalogue.models import Procedure
from tenants import clock
from tenants.files.models import StoredFile
from tenants.isolation.crypto import EncryptedField, blind_index
from tenants.organisation.versions import Version

SESSION_KEPT = timedelta(hours=24)
"""So long a post that meets an ended session is still kept aside."""


class FilingFormVersion(Version):
    """The form of a procedure, whose code is its code. A newest version with `withdrawn` takes the form away."""

    class Meta(Version.Meta):
        verbose_name = _("biểu mẫu nộp hồ sơ")
        verbose_name_plural = _("biểu mẫu nộp hồ sơ")

    @property
    def form(self) -> FilingForm:
        # Checked as it was published: a fault looked for since then must not close what was filed by it.
        return parsed(self, lambda data: read_form(data)[0] or FilingForm.from_data(data))

    @property
    def is_withdrawn(self) -> bool:
        """Whether this version says that there is no form any more."""
        return bool(self.data.get("withdrawn"))


class FilingDraft(models.Model):
    """What one person is filling in. Gone at `expires_at` unless filed; then it stands with its dossier for good.

    `name` is its random name in addresses, and opens nothing without a signature and a session. A supplement of a
    dossier that was not filed by a form has no form either.
    """

    class Kind(models.TextChoices):
        FILE = "file", _("nộp trực tuyến")
        PREPARE = "prepare", _("chuẩn bị tại nhà, nộp tại quầy")
        COUNTER = "counter", _("cán bộ nhập tại quầy")
        SUPPLEMENT = "supplement", _("bổ sung hồ sơ")

    name = models.UUIDField(_("tên trong địa chỉ"), unique=True, default=uuid.uuid4, editable=False)
    procedure = models.ForeignKey(Procedure, models.PROTECT, related_name="+", verbose_name=_("thủ tục"))
    form_version = models.ForeignKey(
        FilingFormVersion, models.PROTECT, null=True, related_name="+", verbose_name=_("bản biểu mẫu")
    )
    kind = models.CharField(_("loại"), max_length=10, choices=Kind)
    phone = EncryptedField(_("số điện thoại"), blank=True)
    phone_index = models.CharField(max_length=64, blank=True, editable=False)
    proven_at = models.DateTimeField(_("đã chứng minh giữ số điện thoại lúc"), null=True)
    created_at = models.DateTimeField(_("bắt đầu lúc"))
    changed_at = models.DateTimeField(_("thay đổi lúc"))
    expires_at = models.DateTimeField(_("giữ đến"))
    # Days before the end of which it was reminded last.
    reminded = models.PositiveSmallIntegerField(_("đã nhắc trước (ngày)"), null=True)
    filed_at = models.DateTimeField(_("nộp lúc"), null=True)
    dossier = models.OneToOneField(
        Dossier, models.PROTECT, null=True, related_name="filing_draft", verbose_name=_("hồ sơ")
    )
    supplement_of = models.ForeignKey(
        Dossier,
        models.PROTECT,
        null=True,
        related_name="supplement_drafts",
        verbose_name=_("bổ sung cho hồ sơ"),
    )
    supplement_sequence = models.PositiveIntegerField(_("theo yêu cầu ở sự kiện"), null=True)
    # The event of the dossier by which it was filed.
    filed_sequence = models.PositiveIntegerField(_("nộp ở sự kiện"), null=True)

    class Meta:
        verbose_name = _("bản nháp hồ sơ")
        verbose_name_plural = _("bản nháp hồ sơ")
        indexes = [
            models.Index(fields=["phone_index"], condition=models.Q(filed_at=None), name="open_draft_phone"),
            models.Index(fields=["expires_at"], condition=models.Q(filed_at=None), name="open_draft_end"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["supplement_of", "supplement_sequence"],
                condition=models.Q(filed_at=None),
                name="one_open_supplement_per_request",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="supplement", supplement_of__isnull=False)
                | (~models.Q(kind="supplement") & models.Q(supplement_of=None)),
                name="supplement_draft_of_a_dossier",
            ),
        ]

    def __str__(self) -> str:
        return str(self.name)

    def index(self) -> None:
        """Set the blind index, with the newest key."""
        self.phone_index = blind_index(self.phone, "phone")

    @property
    def subject(self) -> str:
        """The opaque name under which messages, codes and the audit log know this draft."""
        return f"filing:{self.name.hex}"

    @property
    def masked_phone(self) -> str:
        return f"••• ••• {self.phone[-3:]}" if self.phone else ""


class FilingAnswer(models.Model):
    """The answers on one page of a draft as JSON: one row a page, so that two tabs never overwrite each other.

    `pending` is what was sent when the session had ended; it counts once its sender has proven the number again.
    """

    draft = models.ForeignKey(FilingDraft, models.CASCADE, related_name="answers", verbose_name=_("bản nháp"))
    page = models.CharField(_("trang"), max_length=60)
    values = EncryptedField(_("câu trả lời (dữ liệu cá nhân)"), blank=True)
    saved_at = models.DateTimeField(_("ghi lúc"), null=True)
    pending = EncryptedField(_("câu trả lời chờ xác nhận (dữ liệu cá nhân)"), blank=True)

    class Meta:
        verbose_name = _("câu trả lời trong bản nháp")
        verbose_name_plural = _("câu trả lời trong bản nháp")
        constraints = [models.UniqueConstraint(fields=["draft", "page"], name="one_answer_per_page")]

    def __str__(self) -> str:
        return f"{self.draft_id}/{self.page}"


class FilingFile(StoredFile):
    """A paper of a draft. When the draft is filed, an attachment of the dossier takes over the stored bytes."""

    draft = models.ForeignKey(FilingDraft, models.CASCADE, related_name="files", verbose_name=_("bản nháp"))
    question = models.CharField(_("câu hỏi"), max_length=100)

    class Meta:
        verbose_name = _("tệp trong bản nháp")
        verbose_name_plural = _("tệp trong bản nháp")
        ordering = ["draft_id", "pk"]
        indexes = [
            models.Index(
                fields=["uploaded_at"],
                condition=models.Q(scan_state__in=["pending", "error", "not_scanned"]),
                name="draft_files_to_be_scanned",
            )
        ]

    def __str__(self) -> str:
        return f"{self.draft_id}/{self.pk}"

    @property
    def subject(self) -> str:
        """The opaque name under which the audit log knows its owner."""
        return self.draft.subject


class FilingSession(models.Model):
    """A browser that has a draft open, known by digests of its nonce, of what it calls itself and of its network; by a
    cookie alone once it has shown that it keeps it."""

    draft = models.ForeignKey(
        FilingDraft, models.CASCADE, related_name="sessions", verbose_name=_("bản nháp")
    )
    digest = models.CharField(_("dấu của phiên"), max_length=64, unique=True)
    user_agent_digest = models.CharField(_("dấu của trình duyệt"), max_length=64)
    network_digest = models.CharField(_("dấu của mạng"), max_length=64, default="")
    keeps_cookie = models.BooleanField(_("trình duyệt giữ cookie"), default=False)
    proven_at = models.DateTimeField(_("đã chứng minh giữ số điện thoại lúc"), null=True)
    seen_at = models.DateTimeField(_("dùng lần cuối lúc"))

    class Meta:
        verbose_name = _("phiên điền hồ sơ")
        verbose_name_plural = _("phiên điền hồ sơ")

    def __str__(self) -> str:
        return f"{self.draft_id}/{self.pk}"

    @classmethod
    def kept(cls) -> "QuerySet[FilingSession]":
        """Those of the last day; none from before the dossier's present key, which may be of who found the old one."""
        of_dossier = Q(dossier=OuterRef("draft__dossier")) | Q(dossier=OuterRef("draft__supplement_of"))
        renewed = Event.objects.filter(of_dossier, kind="reissue", at__gte=OuterRef("proven_at"))
        return cls.objects.filter(~Exists(renewed), seen_at__gt=clock.now() - SESSION_KEPT)

    @classmethod
    def proved(cls, drafts: QuerySet[FilingDraft], networks: list[str]) -> bool:
        """Whether a code proved the number of one of these drafts in one of these networks, known by digests."""
        proven = cls.objects.filter(draft__in=drafts, proven_at__isnull=False)
        return proven.filter(network_digest__in=networks).exists()
