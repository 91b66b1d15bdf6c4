"""Whose turn a text is: the handlers in their order, each offered what those before it left."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.db.models.functions import Now
from django.utils import translation

from messaging.channels.lanes import retry_policy
from messaging.inbound.chat import dossiers, portal
from messaging.inbound.chat.conversation import MOST_TRIES, IncomingText, ReaderErased, queue, read_claimed
from messaging.inbound.chat.stop_words import reply_to_stop
from messaging.inbound.models import IncomingMessage
from messaging.inbound.postgres_queue import Claimed

log = logging.getLogger(__name__)

Handler = Callable[[IncomingText], bool]
"""Takes a text or returns False, so that the next handler is asked. It opens its own transaction, in which it does
the act and writes its `reply`. A text may be offered again after a transaction that was rolled back."""

MACHINES: tuple[Handler, ...] = (reply_to_stop, dossiers.link_code)
"""Of texts that are plainly meant for a machine. While staff of the account answers by hand, these alone are asked."""
HANDLERS: tuple[Handler, ...] = (
    dossiers.dossier_code,
    dossiers.private_number,
    portal.answer_service_question,
    dossiers.going_on,
    dossiers.words,
    dossiers.filing,
    portal.answer_procedure_question,
    portal.answer_anything,
)


def process_pending(limit: int = 50, *, seconds: float = 5.0) -> int:
    """Offer up to `limit` texts of this province to the handlers, accounts and readers by turns; how many.

    Safe beside other processes. A text on which a handler fails is offered again later and holds up no other.
    """
    done = 0
    for (claimed,) in queue.claim_fairly(limit, seconds):
        _process(claimed)
        done += 1
    return done


def _process(claimed: Claimed) -> None:
    mine = IncomingMessage.objects.filter(pk=claimed.id, tries=claimed.tries)
    try:
        if claimed.tries <= MOST_TRIES and (heard := read_claimed(claimed)) is not None:
            _offer(heard)
    except ReaderErased:
        return
    except Exception as error:
        log.exception("answering what was heard (%s): %s", claimed.id, type(error).__name__)
        mine.update(answer_due_at=Now() + retry_policy.wait_after(claimed.tries))
        return
    # `reply` has done this already where there is an answer; a second update would cost as much as the answer.
    mine.filter(answer_due_at__isnull=False).update(answer_due_at=None)


def _offer(heard: IncomingText) -> None:
    # Answers to citizens are Vietnamese, in whatever process they are written.
    with translation.override(settings.LANGUAGE_CODE):
        any(handle(heard) for handle in (MACHINES if heard.by_hand else (*MACHINES, *HANDLERS)))
