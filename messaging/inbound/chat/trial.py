"""A look at a broadcast on one's own telephone: who works on it types the code of its page into the province's chat,
and is answered with the message.

No number is typed at the desk, so nobody can be sent to past the second person, and nobody is written to who did not
ask.
"""

import hmac
import re
import unicodedata

from django.db import transaction
from django.utils.translation import gettext as _

from messaging.broadcasts.actions import may_broadcast
from messaging.broadcasts.models import Publication
from messaging.broadcasts.sending import articles
from messaging.broadcasts.sending.trial_send import ALPHABET, MOST_TESTS, SIGNS, seals
from messaging.inbound.chat import conversation
from messaging.inbound.chat.conversation import NO_BUTTON
from tenants import clock
from tenants.accounts.models import User
from tenants.audit import log as audit
from tenants.text import fold
from tenants.web.budgets import Budget, BudgetSpent, Limit

OPEN = (Publication.State.DRAFT, Publication.State.ASKED)
_CODE = re.compile(rf"THU ?(\d{{1,9}}) (\d{{1,9}}) ([{ALPHABET}]{{{SIGNS}}})", re.ASCII)
_LONGEST = 60
# Codes that were none.
_GUESSES = Budget("chat-trial", "", Limit("reader", 8))


def show_trial(heard: conversation.IncomingText) -> bool:
    """Answer a code with the message as it is, while it waits for approval, so often at most. What is no code, or is
    no longer worth anything, is left to others. Who guesses too often is no longer listened to for a while."""
    typed = _CODE.fullmatch(fold(unicodedata.normalize("NFKC", heard.text[:_LONGEST])).upper())
    if typed is None:
        return False
    try:
        guess = _GUESSES.take(reader=heard.follower_id)
    except BudgetSpent:
        return False
    pk, by, seal = int(typed[1]), int(typed[2]), typed[3]
    if not any(hmac.compare_digest(seal, good) for good in seals(pk, by)):
        return False
    guess.give_back()
    with transaction.atomic(durable=True):
        found = Publication.objects.select_for_update(of=("self",)).filter(pk=pk, state__in=OPEN).first()
        user = User.objects.filter(pk=by, is_active=True).first()
        if found is None or user is None or not may_broadcast(user):
            return False
        if found.tests >= MOST_TESTS:
            text = _("Đợt này đã gửi thử %(most)d lần.") % {"most": MOST_TESTS}
            conversation.reply(heard, text, conversation.Kind.TRIAL)
            return True
        said = articles.rendered(found.words or articles.of(found))
        # No button before there is a page to open.
        is_shown = found.published_at and found.publish_from and found.publish_from <= clock.now()
        opens = (said.button, articles.address(pk)) if is_shown and not found.withdrawn_at else NO_BUTTON
        conversation.reply(heard, f"{said.title}\n\n{said.body}", conversation.Kind.TRIAL, opens)
        Publication.objects.filter(pk=pk).update(tests=found.tests + 1)
        audit.record("broadcast.test", found.subject, actor=user, follower=heard.follower_id)
    return True
