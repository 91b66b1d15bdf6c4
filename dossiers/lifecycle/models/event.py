"""The history of a dossier, append-only, with proposals, published decisions and internal notes."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dossiers.lifecycle.models.dossier import STATUS_CHOICES, Dossier
from dossiers.workflow.rules.statuses import Status
from procedures.catalogue.models import Sector
from tenants.organisation.models import Agency

ENDED = [int(status) for status in Status if status.is_closed or status is Status.DONE]


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

    class Meta:
        verbose_name = _("sự kiện")
        verbose_name_plural = _("sự kiện")
        ordering = ["dossier_id", "sequence"]
        constraints = [models.UniqueConstraint(fields=["dossier", "sequence"], name="one_event_per_sequence")]
        indexes = [
            # What a clerk took in last is asked each time the counter opens.
            models.Index(
                "actor", models.F("at").desc(), condition=models.Q(kind="receive"), name="receipts_of_clerk"
            ),
            # The few acts that gave a new date, by their day.
            models.Index(fields=["at"], condition=Q(kind="apologise"), name="apologies_by_day"),
            # The few acts that were taken back, for figures of a period.
            models.Index(
                fields=["dossier", "undoes"], condition=Q(undoes__isnull=False), name="events_that_undo"
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
                fields=["dossier"], condition=Q(taken_down_at=None), name="one_public_decision"
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
                fields=["dossier"], condition=Q(outcome="waiting"), name="one_waiting_proposal"
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
