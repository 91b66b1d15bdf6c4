"""What happened to a dossier, append-only: the database refuses to change or delete a row."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dossiers.models.dossier import STATUS_CHOICES, Dossier
from tenants.organisation.models import Agency


class Note(models.Model):
    """Free words of an event. Apart from it, so that erasure may blank them while history stands."""

    text = models.TextField(_("nội dung"))
    data = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("ghi chú")
        verbose_name_plural = _("ghi chú")

    def __str__(self) -> str:
        return self.text[:60]


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
            )
        ]

    def __str__(self) -> str:
        return f"{self.dossier_id}/{self.sequence} {self.kind}"
