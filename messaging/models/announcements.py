"""What the province tells everybody: on the web, and later over channels from the same words."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tenants.organisation.models import Agency


class Announcement(models.Model):
    """One announcement. Once published it is never deleted, only withdrawn with a reason.

    Written and changed by `messaging.announcements` alone. Texts are plain: see `announcements.text`.
    """

    class Kind(models.TextChoices):
        NEWS = "news", _("tin")
        URGENT = "urgent", _("tin khẩn")
        OUTAGE = "outage", _("tạm dừng theo kế hoạch")

    kind = models.CharField(_("loại"), max_length=10, choices=Kind, default=Kind.NEWS)
    title = models.CharField(_("tiêu đề"), max_length=150)
    summary = models.TextField(_("tóm tắt"))
    body = models.TextField(_("nội dung"), blank=True)
    title_en = models.CharField(_("tiêu đề tiếng Anh"), max_length=150, blank=True)
    summary_en = models.TextField(_("tóm tắt tiếng Anh"), blank=True)
    body_en = models.TextField(_("nội dung tiếng Anh"), blank=True)
    area = models.CharField(_("áp dụng cho"), max_length=200, blank=True)
    area_en = models.CharField(_("áp dụng cho, bằng tiếng Anh"), max_length=200, blank=True)
    issuer = models.ForeignKey(
        Agency, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("cơ quan thông báo")
    )
    # When what is announced begins and ends; `publish_*` is when it is shown.
    starts_at = models.DateTimeField(_("bắt đầu"), null=True, blank=True)
    ends_at = models.DateTimeField(_("kết thúc"), null=True, blank=True)
    publish_from = models.DateTimeField(_("đăng từ"), null=True, blank=True)
    publish_until = models.DateTimeField(_("đăng đến"), null=True, blank=True)
    short_notice_reason = models.TextField(_("lý do báo gấp"), blank=True)

    version = models.PositiveIntegerField(_("lần ghi"), default=1)
    # All who ever worded it: none of them approves a broadcast of it.
    authors = models.JSONField(default=list, editable=False)
    written_at = models.DateTimeField(_("ghi lúc"))
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("người ghi")
    )
    published_at = models.DateTimeField(_("công bố lúc"), null=True, blank=True)
    corrected_at = models.DateTimeField(_("sửa lúc"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("rút lại lúc"), null=True, blank=True)
    withdrawn_reason = models.TextField(_("lý do rút lại"), blank=True)

    class Meta:
        verbose_name = _("thông báo")
        verbose_name_plural = _("thông báo")
        ordering = ["-publish_from", "-pk"]
        indexes = [
            models.Index(
                fields=["-publish_from", "-id"],
                name="messaging_announced",
                condition=Q(published_at__isnull=False),
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(published_at__isnull=True) | Q(publish_from__isnull=False),
                name="published_from_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | Q(published_at__isnull=False),
                name="only_published_is_withdrawn",
            ),
            models.CheckConstraint(
                condition=~Q(kind="outage")
                | Q(starts_at__isnull=False, ends_at__gt=F("starts_at"), publish_until=F("ends_at")),
                name="outage_ends_by_itself",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def subject(self) -> str:
        """By what the log knows it."""
        return f"announcement:{self.pk}"
