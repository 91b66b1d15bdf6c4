"""Feedback of citizens, its answers, and the satisfaction with settled dossiers."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dossiers.lifecycle.models import Note
from procedures.catalogue.models import Procedure
from tenants.isolation.crypto import EncryptedField
from tenants.organisation.models import Agency
from tenants.organisation.versions import Version


class FeedbackPromise(Version):
    """Within which time the province promises an answer, and on what ground."""

    class Meta(Version.Meta):
        verbose_name = _("hạn trả lời phản ánh")
        verbose_name_plural = _("hạn trả lời phản ánh")


class FeedbackCounter(models.Model):
    day = models.DateField(unique=True)
    last = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("bộ đếm phản ánh")
        verbose_name_plural = _("bộ đếm phản ánh")

    def __str__(self) -> str:
        return f"{self.day}: {self.last}"


class Feedback(models.Model):
    """One piece of feedback. What was typed may be blanked by erasure; its acts stand beside it. `agency`,
    `answered_at`, `published_at` and `last_sequence` are copies of what the acts say.

    Only `public_question` and `public_answer` are ever shown to everybody: words of the staff, checked for
    the sender's name and numbers.
    """

    class Topic(models.TextChoices):
        BEHAVIOUR = "behaviour", _("Thái độ, cách phục vụ của cán bộ")
        PROCEDURE = "procedure", _("Thủ tục, giấy tờ còn vướng mắc")
        SUGGESTION = "suggestion", _("Góp ý, sáng kiến")
        PAGE = "page", _("Nội dung sai hoặc lỗi trên trang này")

    code = models.CharField(_("mã phản ánh"), max_length=30, unique=True)
    lookup_key = EncryptedField(_("mã tra cứu"))
    submission = models.CharField(max_length=64, unique=True, editable=False)
    topic = models.CharField(_("về việc"), max_length=12, choices=Topic)
    text = models.TextField(_("nội dung"))
    sender_name = EncryptedField(_("họ tên"), blank=True)
    sender_contact = EncryptedField(_("điện thoại hoặc thư điện tử"), blank=True)
    procedure = models.ForeignKey(
        Procedure, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("thủ tục")
    )
    procedure_text = models.CharField(_("thủ tục, như người gửi ghi"), max_length=200, blank=True)
    dossier_code = models.CharField(_("mã hồ sơ người gửi ghi, chưa kiểm tra"), max_length=120, blank=True)
    agency = models.ForeignKey(
        Agency, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("cơ quan trả lời")
    )
    received_at = models.DateTimeField(_("nhận lúc"))
    due_at = models.DateTimeField(_("trả lời trước"))
    answered_at = models.DateTimeField(_("trả lời lúc"), null=True)
    answer = models.TextField(_("câu trả lời"), blank=True)
    published_at = models.DateTimeField(_("công khai lúc"), null=True)
    public_question = models.TextField(_("câu hỏi công khai"), blank=True)
    public_answer = models.TextField(_("câu trả lời công khai"), blank=True)
    last_sequence = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("phản ánh, kiến nghị")
        verbose_name_plural = _("phản ánh, kiến nghị")
        ordering = ["-received_at", "-pk"]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(answered_at=None), name="unanswered_by_due"),
            models.Index(
                fields=["-published_at"], condition=~Q(published_at=None), name="published_feedback"
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def subject(self) -> str:
        """The opaque name under which the audit log knows it."""
        return f"feedback:{self.code}"


class FeedbackAct(models.Model):
    """An act on a piece of feedback, append-only. Words stand in the note."""

    class Kind(models.TextChoices):
        RECEIVED = "received", _("Đã nhận")
        FORWARDED = "forwarded", _("Chuyển cơ quan trả lời")
        ANSWERED = "answered", _("Trả lời")
        PUBLISHED = "published", _("Công khai")
        TAKEN_DOWN = "taken_down", _("Gỡ khỏi trang công khai")

    feedback = models.ForeignKey(Feedback, models.PROTECT, related_name="acts")
    sequence = models.PositiveIntegerField()
    kind = models.CharField(_("việc"), max_length=12, choices=Kind)
    at = models.DateTimeField(_("lúc"))
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, related_name="+")
    note = models.ForeignKey(Note, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("việc với phản ánh")
        verbose_name_plural = _("việc với phản ánh")
        ordering = ["feedback_id", "sequence"]
        constraints = [
            models.UniqueConstraint(fields=["feedback", "sequence"], name="one_feedback_act_per_sequence")
        ]

    def __str__(self) -> str:
        return f"{self.feedback_id}/{self.sequence} {self.kind}"
