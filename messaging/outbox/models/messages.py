"""The outbox: a row for each message, a row for each attempt, the states, and the rules of sending.

Times come from the database's clock.
"""

import uuid
from datetime import time, timedelta
from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext_lazy as _

from messaging.channels.models import Lane
from messaging.channels.states import LIVE, UNSENT, State
from messaging.contacts.models import Consent, Contact, Follower, Subscription
from tenants.isolation.crypto import EncryptedField
from tenants.organisation.models import Agency

SUPERSEDED = _("Đã có tin mới hơn về cùng việc.")
RECALLED = _("Việc được báo đã bị thu hồi trước khi gửi.")

# A provider that refused a reader is not asked again for so long: people get an account, or change their mind.
REFUSED_FOR = timedelta(days=30)


# It was given to a channel, so its reader has it, or may have it.
POSSIBLY_SENT = (State.SENDING, State.UNKNOWN, State.ACCEPTED, State.DELIVERED, State.SEEN)
# Nothing more can happen to these without a hand.
FINAL = (State.SEEN, State.FAILED, State.SUPPRESSED, State.EXPIRED)

_MAY_FOLLOW: dict[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.SENDING, State.SUPPRESSED, State.EXPIRED}),
    State.DEFERRED: frozenset({State.SENDING, State.SUPPRESSED, State.EXPIRED}),
    State.SENDING: frozenset(
        {
            State.ACCEPTED, State.DELIVERED, State.SEEN, State.DEFERRED, State.FAILED, State.UNKNOWN,
            # The channel, asked after a cut connection, has never heard of it; or the next channel has its turn.
            State.QUEUED, State.SUPPRESSED,
        }
    ),
    # SENDING: it is asked about. The others: the answer of a slow attempt came after its lease.
    State.UNKNOWN: frozenset({State.SENDING, State.ACCEPTED, State.DELIVERED, State.SEEN, State.DEFERRED, State.QUEUED, State.FAILED, State.SUPPRESSED}),
    State.ACCEPTED: frozenset({State.DELIVERED, State.SEEN, State.FAILED}),
    State.DELIVERED: frozenset({State.SEEN}),
    State.FAILED: frozenset({State.QUEUED, State.SUPPRESSED}),
    State.EXPIRED: frozenset({State.QUEUED, State.SUPPRESSED}),
    # The newer one that had taken its place was recalled unsent.
    State.SUPPRESSED: frozenset({State.QUEUED}),
}  # fmt: skip


def may_follow(old: str, new: str) -> bool:
    """Whether a message may go from state `old` to state `new`."""
    return new in _MAY_FOLLOW.get(State(old), frozenset())


class MessageQuerySet(models.QuerySet["Message"]):
    """Questions about the outbox that more than one place asks."""

    def live(self) -> Self:
        """Those the relay still has work with."""
        return self.filter(state__in=LIVE)

    def due(self) -> Self:
        """Live ones whose time has come and whose turn it is; one being sent is due when its lease ran out.

        It is not a message's turn while an older live one of the same subject waits for the same reader. One
        that a newer one replaced, and whose outcome alone is still unknown, blocks no others.
        Ids tell the age: acts on one subject follow each other under its lock.
        """
        # One look into `messaging_subject` for each candidate, whatever the statistics say: as NOT EXISTS the
        # planner makes a join of it, which in a burst, before any ANALYZE, compares all with all.
        older = (
            # Not the bare column: the partial index on it must not look cheaper.
            Message.objects.alias(present=Coalesce("state", Value("")))
            .filter(
                # Even one that is replaced may arrive while a relay is at it: after it, not before.
                Q(superseded_by__isnull=True) | Q(present=State.SENDING),
                present__in=LIVE,
                subject=OuterRef("subject"),
                contact_id=OuterRef("contact_id"),
                pk__lt=OuterRef("pk"),
                # One of a broadcast holds up nothing.
                bulk=False,
            )
            .order_by()
            .values(yes=Value(True))[:1]
        )
        waits = Coalesce(Subquery(older, output_field=models.BooleanField()), Value(False))
        return self.live().alias(waits=waits).filter(waits=False, next_attempt_at__lte=Now())

    def with_consent(self, channel: str) -> Self:
        """Adds `consented`: the reader has an active consent for `channel` and the message's purpose, or asked
        for this very message by writing to the account. And `refused`: the provider refused that reader lately, who has
        neither written to the account nor followed it since."""
        active = Consent.objects.filter(
            contact_id=OuterRef("contact_id"),
            channel=channel,
            purpose=OuterRef("purpose"),
            withdrawn_at__isnull=True,
        )
        at = OuterRef("refused_at")
        heard = Subscription.objects.filter(
            Q(follower__last_heard_at__gt=at) | Q(follower__followed_at__gt=at),
            contact_id=OuterRef("contact_id"),
            channel=channel,
        )
        refusals = active.filter(~Exists(heard), refused_at__gt=Now() - REFUSED_FOR)
        return self.annotate(consented=Exists(active) | Q(follower__isnull=False), refused=Exists(refusals))


class Message(models.Model):
    """A row of the outbox: one notice to one reader about one event. The row is the truth about it.

    The reader is a contact; of an answer to a text, the follower who wrote it.
    """

    tracking_id = models.UUIDField(_("mã theo dõi"), default=uuid.uuid4, unique=True, editable=False)
    key = models.CharField(max_length=64, editable=False)
    subject = models.CharField(_("về việc"), max_length=120)
    event = models.CharField(_("sự kiện"), max_length=40)
    intent = models.CharField(_("mẫu tin"), max_length=60)
    purpose = models.CharField(_("mục đích"), max_length=40)
    # Each update of a row pays for each index: only those that something asks by. See `indexes`.
    lane = models.ForeignKey(
        Lane, models.PROTECT, related_name="messages", verbose_name=_("luồng tin"), db_index=False
    )
    contact = models.ForeignKey(
        Contact, models.PROTECT, null=True, blank=True, related_name="messages", verbose_name=_("người nhận")
    )
    follower = models.ForeignKey(
        Follower,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="answers",
        verbose_name=_("trả lời cho"),
        db_index=False,
    )
    reader = models.CharField(_("gửi cho"), max_length=200, blank=True)
    desk = models.ForeignKey(
        Agency,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("bộ phận báo tin"),
        db_index=False,
    )
    route = models.JSONField(_("các kênh tiếp theo"), default=list, blank=True)
    # Ways of the present channel that are closed for this message.
    ways_done = models.JSONField(_("đường đã thử"), default=list, blank=True)
    title = models.CharField(_("tiêu đề"), max_length=200)
    body = models.TextField(_("nội dung"))
    rows = models.JSONField(_("các dòng"), default=list, blank=True)
    button_label = models.CharField(_("nút"), max_length=60, blank=True)
    button_url = EncryptedField(_("liên kết"), blank=True)
    # The values behind the words, as a JSON object: for channels whose providers have forms of their own.
    facts = EncryptedField(blank=True, editable=False)
    state = models.CharField(_("trạng thái"), max_length=12, choices=State, default=State.QUEUED)
    not_before = models.DateTimeField(_("gửi từ"))
    next_attempt_at = models.DateTimeField(_("lần gửi tới"))
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    attempts = models.PositiveIntegerField(_("số lần gửi"), default=0)
    # When it was last given to its channel: of an attempt under which a relay dies nothing else is left.
    sent_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("ghi lúc"), db_default=Now(), editable=False)
    accepted_at = models.DateTimeField(_("kênh nhận lúc"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("đến lúc"), null=True, blank=True)
    finished_at = models.DateTimeField(_("xong lúc"), null=True, blank=True)
    problem = models.TextField(_("vướng mắc"), blank=True)
    recalled_at = models.DateTimeField(_("thu hồi lúc"), null=True, blank=True, editable=False)
    replaceable = models.BooleanField(_("tin mới hơn thay được"), default=False)
    can_wait = models.BooleanField(_("chỉ gửi trong giờ"), default=False)
    # One of a broadcast: it gives way to all others.
    bulk = models.BooleanField(_("tin của đợt gửi"), default=False, editable=False)
    superseded_by = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="supersedes",
        verbose_name=_("tin thay thế"),
        db_index=False,
    )
    expires_at = models.DateTimeField(_("quá hạn lúc"))
    # Its reader gave up this channel for this subject while a relay was at it.
    stopped = models.BooleanField(_("thôi dùng kênh này"), default=False, editable=False)
    provider_id = models.CharField(_("mã của kênh"), max_length=100, blank=True)
    seen_at = models.DateTimeField(_("xem lúc"), null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("tin gửi")
        verbose_name_plural = _("tin gửi")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["key"], name="one_message_per_key"),
            models.CheckConstraint(
                condition=Q(contact__isnull=False, follower__isnull=True)
                | Q(contact__isnull=True, follower__isnull=False),
                name="message_has_one_reader",
            ),
        ]
        indexes = [
            models.Index(
                fields=["superseded_by"], condition=Q(superseded_by__isnull=False), name="messaging_replaced"
            ),
            models.Index(
                fields=["lane", "next_attempt_at", "id"], condition=Q(state__in=LIVE), name="messaging_due"
            ),
            models.Index(fields=["subject", "contact", "id"], name="messaging_subject"),
            models.Index(fields=["expires_at"], condition=Q(state__in=UNSENT), name="messaging_expiry"),
            models.Index(fields=["provider_id"], condition=~Q(provider_id=""), name="messaging_provider"),
            models.Index(fields=["follower"], condition=Q(follower__isnull=False), name="messaging_answered"),
            # Of which word is still to come; those whose channel tells nothing more would fill it for ever.
            models.Index(
                fields=["lane", "next_attempt_at"],
                condition=Q(state=State.ACCEPTED, finished_at__isnull=True),
                name="messaging_receipt",
            ),
            # What was given up lately, for the board: the table is long, these are few.
            models.Index(
                fields=["lane", "finished_at"],
                condition=Q(state__in=(State.FAILED, State.EXPIRED)),
                name="messaging_dead",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} – {self.subject}"

    @property
    def contact_number(self) -> int:
        """The contact it goes to; 0, which no contact has, where it answers a follower."""
        return self.contact_id or 0


class Attempt(models.Model):
    """What became of one try: appended, never changed. `number` is the fencing token it ran under."""

    class Kind(models.TextChoices):
        SEND = "send", _("gửi")
        ASK = "ask", _("hỏi lại kênh")
        RECEIPT = "receipt", _("kênh báo lại")

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", _("kênh đã nhận")
        DELIVERED = "delivered", _("đã đến")
        SEEN = "seen", _("đã xem")
        TEMPORARY = "temporary", _("chưa gửi được, sẽ thử lại")
        PERMANENT = "permanent", _("không gửi được")
        UNKNOWN = "unknown", _("đứt kết nối, chưa rõ đã đến chưa")
        LAPSED = "lapsed", _("tiến trình gửi dừng giữa chừng")
        ABSENT = "absent", _("kênh chưa nhận được tin")
        UNDELIVERED = "undelivered", _("kênh báo không đến được")
        UNSUPPORTED = "untold", _("kênh không trả lời được")
        LATER = "later", _("chưa hỏi được, sẽ hỏi lại")
        AWAITED = "awaited", _("chờ kênh báo lại")

    message = models.ForeignKey(Message, models.CASCADE, related_name="attempt_rows")
    number = models.PositiveIntegerField(_("lần"))
    channel = models.CharField(_("kênh"), max_length=20)
    kind = models.CharField(_("việc"), max_length=8, choices=Kind, default=Kind.SEND)
    started_at = models.DateTimeField(_("bắt đầu"), null=True)
    ended_at = models.DateTimeField(_("kết thúc"))
    outcome = models.CharField(_("kết quả"), max_length=12, choices=Outcome)
    code = models.CharField(_("mã của kênh"), max_length=40, blank=True)
    detail = models.CharField(_("chi tiết"), max_length=500, blank=True)
    way = models.CharField(_("đường gửi"), max_length=20, blank=True)
    cost = models.PositiveIntegerField(_("giá (đồng)"), default=0)

    class Meta:
        verbose_name = _("lần gửi")
        verbose_name_plural = _("các lần gửi")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.number}: {self.get_outcome_display()}"


class SendingRules(models.Model):
    """When the province writes to people, and how long a notice is worth sending. One row, or none: defaults."""

    window_from = models.TimeField(_("gửi từ giờ"), default=time(7, 0))
    window_until = models.TimeField(_("đến giờ"), default=time(21, 30))
    expires_after_hours = models.PositiveIntegerField(
        _("tin quá hạn sau (giờ)"),
        default=24,
        validators=[MinValueValidator(1), MaxValueValidator(72)],
        help_text=_("Tin chưa gửi được sau bấy nhiêu giờ thì không gửi nữa mà chuyển sang gọi điện."),
    )

    class Meta:
        verbose_name = _("giờ gửi tin")
        verbose_name_plural = _("giờ gửi tin")
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="one_row_of_rules"),
            models.CheckConstraint(condition=Q(window_from__lt=F("window_until")), name="window_is_a_span"),
        ]

    def __str__(self) -> str:
        return f"{self.window_from:%H:%M}–{self.window_until:%H:%M}"

    @classmethod
    def current(cls) -> Self:
        return cls.objects.filter(pk=1).first() or cls(pk=1)
