"""What a restore does with messages: what waited is held, what is known by now is carried over.

What the replaced schema certainly never tried to send can be released by an operator.
"""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.channels.states import LIVE, UNSENT, State
from messaging.inbound.models import IncomingMessage, WebhookEvent
from messaging.outbox import enqueue, fallback
from messaging.outbox.models.messages import Message
from messaging.outbox.models.phone_calls import Call
from tenants import clock
from tenants.folder import copies
from tenants.folder.copies import Carry

_TAKEN = ", ".join(f"'{state}'" for state in (State.ACCEPTED, State.DELIVERED, State.SEEN))
# What came of a call that a person made.
_MADE = ", ".join(
    f"'{outcome}'"
    for outcome in (Call.Outcome.INFORMED, Call.Outcome.INFORMED_OTHERWISE, Call.Outcome.UNREACHABLE)
)
_LIVE = ", ".join(f"'{state}'" for state in LIVE)
_UNSENT = ", ".join(f"'{state}'" for state in UNSENT)


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


_SENT_SINCE = f"""
    UPDATE {{new}}.messaging_message n
    SET state = o.state, accepted_at = o.accepted_at, delivered_at = o.delivered_at, seen_at = o.seen_at,
        finished_at = o.finished_at, problem = o.problem, provider_id = o.provider_id,
        attempts = o.attempts, next_attempt_at = o.next_attempt_at
    FROM {{old}}.messaging_message o
    WHERE o.tracking_id = n.tracking_id AND o.state IN ({_TAKEN}) AND n.state = '{State.FAILED}'
      AND coalesce(o.accepted_at, o.delivered_at) > %(since)s
"""  # noqa: S608 – names of the code
_NEEDLESS = f"""
    UPDATE {{new}}.messaging_call c SET settled_at = statement_timestamp(), outcome = '{Call.Outcome.NEEDLESS}'
    FROM {{new}}.messaging_message m
    WHERE m.id = c.message_id AND c.settled_at IS NULL AND m.state IN ({_TAKEN})
"""  # noqa: S608 – names of the code
_CALLED = f"""
    UPDATE {{new}}.messaging_call c SET settled_at = o.settled_at, outcome = o.outcome
    FROM {{new}}.messaging_message m, {{old}}.messaging_message om, {{old}}.messaging_call o
    WHERE m.id = c.message_id AND om.tracking_id = m.tracking_id AND o.message_id = om.id
      AND c.settled_at IS NULL AND o.settled_at > %(since)s AND o.outcome IN ({_MADE})
"""  # noqa: S608 – names of the code
_WRITTEN_SINCE = """
    INSERT INTO {new}.messaging_message SELECT o.* FROM {old}.messaging_message o
    WHERE o.created_at > %(since)s AND o.superseded_by_id IS NULL
      AND EXISTS (SELECT FROM {new}.channels_lane l WHERE l.id = o.lane_id)
      AND (o.contact_id IS NULL OR EXISTS (SELECT FROM {new}.contacts_contact c WHERE c.id = o.contact_id))
      AND (o.follower_id IS NULL OR EXISTS (SELECT FROM {new}.contacts_follower f WHERE f.id = o.follower_id))
      AND (o.desk_id IS NULL OR EXISTS (SELECT FROM {new}.organisation_agency a WHERE a.id = o.desk_id))
      AND NOT EXISTS (
          SELECT FROM {new}.messaging_message n
          WHERE n.id = o.id OR n.key = o.key OR n.tracking_id = o.tracking_id
      )
"""
_NOT_SENT = f"""
    UPDATE {{new}}.messaging_message
    SET state = '{State.SUPPRESSED}', lease_until = NULL, finished_at = statement_timestamp()
    WHERE created_at > %(since)s AND state IN ({_LIVE})
"""  # noqa: S608 – names of the code
_WITHDRAWN = """
    UPDATE {new}.contacts_consent n SET withdrawn_at = o.withdrawn_at, withdrawn_how = o.withdrawn_how
    FROM {old}.contacts_consent o
    WHERE o.id = n.id AND o.contact_id = n.contact_id AND o.withdrawn_at IS NOT NULL AND n.withdrawn_at IS NULL
"""
_RENEWED = """
    UPDATE {new}.channels_credential n
    SET credentials = o.credentials, generation = o.generation, state = o.state, granted_at = o.granted_at,
        expires_at = o.expires_at, trouble = o.trouble
    FROM {old}.channels_credential o WHERE o.account_id = n.account_id AND o.generation > n.generation
"""
# The replaced schema stands still. One that it had not tried never left; one that it lost may have been sent.
NEVER_TRIED = f"""
    SELECT n.id FROM {{new}}.messaging_message n
    JOIN {{new}}.messaging_call c ON c.message_id = n.id
    JOIN {{old}}.messaging_message o ON o.tracking_id = n.tracking_id
    WHERE n.state = '{State.FAILED}' AND n.attempts = 0
      AND c.settled_at IS NULL AND c.reason = '{Call.Reason.UNCERTAIN}'
      AND o.state IN ({_UNSENT}) AND o.attempts = 0
"""  # noqa: S608 – names of the code
"""The ids of what {new} holds and {old}, the schema that it replaced, certainly did not send."""
CARRIES = (
    Carry(copies.MESSAGES, gettext_lazy("Tin chờ lúc ấy nay đã biết là gửi rồi"), _SENT_SINCE),
    Carry(copies.CALLS, gettext_lazy("Cuộc gọi đã gọi sau lúc ấy"), _CALLED),
    Carry(copies.CALLS, gettext_lazy("Cuộc gọi không còn cần"), _NEEDLESS),
    Carry(copies.MESSAGES, gettext_lazy("Tin ghi sau lúc ấy, giữ lại để không gửi lần nữa"), _WRITTEN_SINCE),
    Carry(copies.MESSAGES, gettext_lazy("Trong đó chưa gửi, thôi không gửi"), _NOT_SENT),
    Carry(copies.CONSENTS, gettext_lazy("Đồng ý nhận tin đã rút, vẫn là đã rút"), _WITHDRAWN),
    Carry(copies.CREDENTIALS, gettext_lazy("Quyền gửi đã gia hạn"), _RENEWED),
)
