"""Publications: a text on the province's pages and, once approved, messages to many; recipients and articles."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from messaging.channels.models import ChannelAccount
from messaging.contacts.models import Contact
from messaging.outbox.models.messages import Message
from tenants.organisation.models import Agency


class Publication(models.Model):
    """One text of the province: a page everybody can read, and a broadcast of it where `audiences` are chosen.

    Written and changed by `messaging.broadcasts` alone. Texts are plain: see `publications.queries.blocks`. Once
    published it is never deleted, only withdrawn with a reason. `state` is that of the broadcast: `words` are those
    of the text when approval was asked; `counted` is what the second person saw, see `audience.count`.
    `restored_at`: the province went back to a moment before sending began; whether an article was sent since is not
    known. `next_step_at`, by the database's clock: when the broadcast has to go on; None when it has not.
    """

    class Kind(models.TextChoices):
        NEWS = "news", _("tin")
        URGENT = "urgent", _("tin khẩn")
        OUTAGE = "outage", _("tạm dừng theo kế hoạch")

    class State(models.TextChoices):
        DRAFT = "draft", _("bản nháp")
        ASKED = "asked", _("chờ duyệt")
        APPROVED = "approved", _("đã duyệt, chờ đến giờ")
        RUNNING = "running", _("đang gửi")
        PAUSED = "paused", _("tạm dừng")
        DONE = "done", _("đã gửi xong")
        STOPPED = "stopped", _("đã dừng hẳn")

    class Audience(models.TextChoices):
        ARTICLE = "article", _("Người quan tâm tài khoản Zalo của tỉnh (bài viết)")
        AGREED = "news", _("Người đã đồng ý nhận thông báo của tỉnh")

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

    version = models.PositiveIntegerField(_("lần ghi"), default=1)
    # All who ever worded it or asked: none of them approves it.
    authors = models.JSONField(default=list, editable=False)
    written_at = models.DateTimeField(_("ghi lúc"))
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("người ghi")
    )
    published_at = models.DateTimeField(_("công bố lúc"), null=True, blank=True)
    corrected_at = models.DateTimeField(_("sửa lúc"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("rút lại lúc"), null=True, blank=True)
    withdrawn_reason = models.TextField(_("lý do rút lại"), blank=True)

    audiences = models.JSONField(_("gửi đến"), default=list)
    scheduled_for = models.DateTimeField(_("hẹn gửi lúc"), null=True, blank=True)
    state = models.CharField(_("trạng thái"), max_length=10, choices=State, default=State.DRAFT)
    words = models.JSONField(default=dict, editable=False)
    counted = models.JSONField(default=list, editable=False)
    counted_at = models.DateTimeField(_("đếm lúc"), null=True, blank=True, editable=False)
    asked_at = models.DateTimeField(_("xin duyệt lúc"), null=True, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("người xin duyệt"),
    )  # fmt: skip
    approved_at = models.DateTimeField(_("duyệt lúc"), null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("người duyệt"),
    )  # fmt: skip
    returned_because = models.CharField(_("lý do trả lại"), max_length=500, blank=True)
    stopped_because = models.CharField(_("lý do dừng"), max_length=500, blank=True)
    started_at = models.DateTimeField(_("bắt đầu gửi lúc"), null=True, blank=True)
    finished_at = models.DateTimeField(_("xong lúc"), null=True, blank=True)
    # How far finding the recipients has come: after which contact.
    cursor = models.JSONField(default=dict, editable=False)
    next_step_at = models.DateTimeField(null=True, blank=True, editable=False)
    restored_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("thông báo")
        verbose_name_plural = _("thông báo")
        ordering = ["-publish_from", "-pk"]
        permissions = [("send_publication", _("Gửi thông báo đến nhiều người"))]
        indexes = [
            models.Index(
                fields=["-publish_from", "-id"],
                name="messaging_announced",
                condition=Q(published_at__isnull=False),
            ),
            models.Index(
                fields=["next_step_at"],
                condition=Q(next_step_at__isnull=False),
                name="broadcasts_publication_next",
            ),
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
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("asked_by")),
                name="approved_by_a_second_person",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("approved", "running", "paused", "done"))
                | Q(approved_by__isnull=False, asked_by__isnull=False),
                name="sent_when_approved",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def subject(self) -> str:
        """By what the log and the outbox know it."""
        return f"publication:{self.pk}"

    @property
    def people(self) -> int:
        return sum(route["people"] or 0 for route in self.counted)


class PublicationRecipient(models.Model):
    """One person of a broadcast, once over all channels. Without `message` nothing was given to the outbox so far."""

    publication = models.ForeignKey(Publication, models.CASCADE, related_name="recipients", db_index=False)
    contact = models.ForeignKey(Contact, models.PROTECT, related_name="+", db_index=False)
    channel = models.CharField(_("kênh"), max_length=20)
    message = models.OneToOneField(
        Message, models.SET_NULL, null=True, blank=True, related_name="broadcast_recipient"
    )

    class Meta:
        verbose_name = _("người nhận của đợt gửi")
        verbose_name_plural = _("người nhận của đợt gửi")
        constraints = [models.UniqueConstraint(fields=["publication", "contact"], name="once_to_each_person")]
        indexes = [
            models.Index(
                fields=["publication", "id"],
                condition=Q(message__isnull=True),
                name="messaging_to_be_fed",
            )
        ]

    def __str__(self) -> str:
        return f"{self.publication_id}: {self.contact_id}"


class PublicationArticle(models.Model):
    """The article by which one account tells all who follow it. Written down before each call to the provider.

    `token`: what the provider gave while it makes the article ready; `article_id`: the finished one.
    """

    class State(models.TextChoices):
        TO_CREATE = "to_create", _("chờ tạo bài viết")
        CREATED = "created", _("kênh đang xử lý bài viết")
        READY = "ready", _("bài viết sẵn sàng")
        SENDING = "sending", _("đang gửi bài viết")
        SENT = "sent", _("đã gửi bài viết")
        UNKNOWN = "unknown", _("chưa rõ đã gửi chưa")
        FAILED = "failed", _("không gửi được")

    publication = models.ForeignKey(Publication, models.CASCADE, related_name="articles")
    account = models.ForeignKey(ChannelAccount, models.PROTECT, related_name="+", db_index=False)
    state = models.CharField(_("trạng thái"), max_length=10, choices=State, default=State.TO_CREATE)
    followers = models.PositiveIntegerField(_("người quan tâm"), default=0)
    token = models.CharField(max_length=300, blank=True, editable=False)
    article_id = models.CharField(max_length=100, blank=True, editable=False)
    provider_id = models.CharField(_("mã của kênh"), max_length=100, blank=True, editable=False)
    # `tries` is the fencing token: whoever writes down what came of one still finds its number. `troubles`: how many
    # in a row came to nothing.
    tries = models.PositiveIntegerField(_("số lần thử"), default=0)
    troubles = models.PositiveIntegerField(default=0, editable=False)
    problem = models.CharField(_("vướng mắc"), max_length=500, blank=True)
    sent_at = models.DateTimeField(_("gửi lúc"), null=True, blank=True)
    # Until then whoever works on it has it; by the database's clock, like the other.
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    next_try_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("bài viết của đợt gửi")
        verbose_name_plural = _("bài viết của đợt gửi")
        constraints = [
            models.UniqueConstraint(fields=["publication", "account"], name="one_article_per_account")
        ]

    def __str__(self) -> str:
        return f"{self.publication_id}: {self.account_id}"
