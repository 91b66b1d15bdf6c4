"""The states of a message and which may follow which. Forward only: a late answer never undoes a newer one."""

from django.db import models
from django.utils.translation import gettext_lazy as _

SUPERSEDED = _("Đã có tin mới hơn về cùng việc.")
RECALLED = _("Việc được báo đã bị thu hồi trước khi gửi.")


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
# Certainly not sent so far, and nobody is at it.
UNSENT = (State.QUEUED, State.DEFERRED)
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
