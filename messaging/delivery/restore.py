"""What a restore does with messages: what waited is held.

What the replaced schema certainly never tried to send can be released by an operator.
"""

from datetime import datetime

from django.utils.translation import gettext as _

from messaging.channels.states import LIVE, State
from messaging.inbound.models import IncomingMessage, WebhookEvent
from messaging.outbox import enqueue, fallback
from messaging.outbox.models.messages import Message
from messaging.outbox.models.phone_calls import Call
from tenants import clock


def hold_after_restore(since: datetime) -> str:
    """End all that a relay would send, or answer, in the present copy; part of the caller's transaction."""
    problem = _(
        "Tỉnh được phục hồi về lúc %(at)s: không rõ tin này đã gửi sau lúc đó chưa, nên không tự gửi lại."
    ) % {"at": f"{since.astimezone(clock.VIETNAM):%H:%M, %d/%m/%Y}"}
    waiting = list(
        Message.objects.select_for_update().filter(state__in=LIVE).defer("button_url", "facts").order_by("pk")
    )
    for message in waiting:
        fallback.give_up(message, problem, Call.Reason.UNCERTAIN)
    # Texts of that time were answered, or an answer would come too late.
    IncomingMessage.objects.filter(answer_due_at__isnull=False).update(answer_due_at=None)
    WebhookEvent.objects.filter(state=WebhookEvent.State.NEW).update(
        state=WebhookEvent.State.FAILED, problem=problem
    )
    return _("%(count)d tin chờ gửi lúc ấy được giữ lại, chuyển vào Cần gọi điện.") % {"count": len(waiting)}


def release(ids: list[int]) -> int:
    """Put these held messages back into their lanes, with new hours; how many. Part of the caller's transaction.

    Passed over are those whose reader was informed meanwhile, has newer news, or was erased.
    """
    held = (
        Message.objects.filter(pk__in=ids).defer("button_url", "facts").select_related("lane").order_by("pk")
    )
    return sum(enqueue.send_again(message, None) for message in held)


# The replaced schema stands still. One that it had not tried never left; one that it lost may have been sent.
NEVER_TRIED = f"""
    SELECT n.id FROM {{new}}.messaging_message n
    JOIN {{new}}.messaging_call c ON c.message_id = n.id
    JOIN {{old}}.messaging_message o ON o.tracking_id = n.tracking_id
    WHERE n.state = '{State.FAILED}' AND n.attempts = 0
      AND c.settled_at IS NULL AND c.reason = '{Call.Reason.UNCERTAIN}'
      AND o.state IN ('{State.QUEUED}', '{State.DEFERRED}') AND o.attempts = 0
"""  # noqa: S608 – names of the code
"""The ids of what {new} holds and {old}, the schema that it replaced, certainly did not send."""
