"""A stored file, whatever it belongs to."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class StoredFile(models.Model):
    """A file in the store. Never changed after it is stored, but for what the virus scanner says.

    `name` is how people know it and may hold personal data (plain, so labelled); no path is made of it.
    `stored_name` is random and the only way to the bytes.
    """

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

    name = models.CharField(_("tên tệp (có thể có dữ liệu cá nhân)"), max_length=150)
    stored_name = models.CharField(_("tên trong kho"), max_length=100, unique=True)
    content_type = models.CharField(_("kiểu tệp"), max_length=40, choices=ContentType)
    size = models.PositiveBigIntegerField(_("cỡ (byte)"))
    pages = models.PositiveIntegerField(_("số trang"), null=True)
    pixels = models.PositiveBigIntegerField(_("số điểm ảnh"), null=True)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    uploaded_at = models.DateTimeField(_("gửi lên lúc"))
    scan_state = models.CharField(_("quét vi-rút"), max_length=12, choices=ScanState)
    scanned_at = models.DateTimeField(_("quét lúc"), null=True)
    threat = models.CharField(_("vi-rút tìm thấy"), max_length=100, blank=True)

    class Meta:
        abstract = True

    @property
    def subject(self) -> str:
        """The opaque name under which the audit log knows its owner."""
        raise NotImplementedError
