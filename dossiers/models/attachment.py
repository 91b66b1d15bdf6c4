"""Files of a dossier: papers that were scanned, results that were issued. The bytes lie in the private storage."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dossiers.models.dossier import Dossier


class Attachment(models.Model):
    """One file. Never changed after it is stored, but for what the virus scanner says and a withdrawal.

    `name` is how people know it and may hold personal data (plain, so labelled); no path is made of it.
    `stored_name` is random and the only way to the bytes. `sequence` is the event by which it came.
    """

    class Kind(models.TextChoices):
        PAPER = "paper", _("giấy tờ nộp")
        RESULT = "result", _("kết quả giải quyết")
        OTHER = "other", _("tài liệu khác")

    class ContentType(models.TextChoices):
        PDF = "application/pdf", "PDF"
        JPEG = "image/jpeg", "JPEG"
        PNG = "image/png", "PNG"

    class ScanState(models.TextChoices):
        PENDING = "pending", _("đang quét vi-rút")
        CLEAN = "clean", _("không có vi-rút")
        INFECTED = "infected", _("có vi-rút")
        ERROR = "error", _("chưa quét được vi-rút")
        NOT_SCANNED = "not_scanned", _("chưa được quét vi-rút")

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="attachments", verbose_name=_("hồ sơ"))
    kind = models.CharField(_("loại"), max_length=10, choices=Kind)
    paper = models.CharField(_("là giấy tờ nào"), max_length=300, blank=True)
    name = models.CharField(_("tên tệp (có thể có dữ liệu cá nhân)"), max_length=150)
    stored_name = models.CharField(_("tên trong kho"), max_length=100, unique=True)
    content_type = models.CharField(_("kiểu tệp"), max_length=40, choices=ContentType)
    size = models.PositiveBigIntegerField(_("cỡ (byte)"))
    pages = models.PositiveIntegerField(_("số trang"), null=True)
    pixels = models.PositiveBigIntegerField(_("số điểm ảnh"), null=True)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("người gửi lên")
    )
    uploaded_at = models.DateTimeField(_("gửi lên lúc"))
    sequence = models.PositiveIntegerField(_("sự kiện"))
    scan_state = models.CharField(_("quét vi-rút"), max_length=12, choices=ScanState)
    scanned_at = models.DateTimeField(_("quét lúc"), null=True)
    threat = models.CharField(_("vi-rút tìm thấy"), max_length=100, blank=True)
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
