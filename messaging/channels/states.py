"""The states of a message."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    QUEUED = "queued", _("chờ gửi")
    SENDING = "sending", _("đang gửi")
    ACCEPTED = "accepted", _("kênh đã nhận")
    DELIVERED = "delivered", _("đã đến")
    SEEN = "seen", _("đã xem")
    DEFERRED = "deferred", _("sẽ gửi lại")
    FAILED = "failed", _("không gửi được")
    UNKNOWN = "unknown", _("chưa rõ đã đến chưa")
    SUPPRESSED = "suppressed", _("không gửi")
    EXPIRED = "expired", _("quá hạn")


# The relay still has work with these; younger messages of the same subject wait for them.
LIVE = (State.QUEUED, State.DEFERRED, State.SENDING, State.UNKNOWN)
# Certainly not sent so far, and not under lease.
UNSENT = (State.QUEUED, State.DEFERRED)
