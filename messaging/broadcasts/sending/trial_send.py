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
from messaging.inbound.chat import conversation
from tenants import clock
from tenants.accounts.models import User
from tenants.audit import log as audit
from tenants.isolation.crypto import blind_indexes
from tenants.web.budgets import Budget, BudgetSpent, Limit

MOST_TESTS = 10
OPEN = (Publication.State.DRAFT, Publication.State.ASKED)
_PURPOSE = "broadcast_test"
_SIGNS = 8
# No vowel and none of D F J R S W X Z: what Telex or VNI turns into marks.
_ALPHABET = "BCGHKLMNPQTV23456789"
_CODE = re.compile(rf"\W*THU\W*(\d{{1,9}})\W+(\d{{1,9}})\W+([{_ALPHABET}]{{{_SIGNS}}})\W*", re.ASCII)
_LONGEST = 60
# A code is good for one to two of these: until the page is opened on another day.
_GOOD_FOR_SECONDS = 12 * 3600
# Codes that were none.
_GUESSES = Budget("chat-trial", "", Limit("reader", 8))


def register() -> None:
    """Called once, when Django is ready."""
    conversation.register(answer, conversation.HandlerPriority.MACHINE)


def code_of(publication: Publication, user: User) -> str:
    """What this person types into the chat to be shown this broadcast: "THU 12-7-B2CG3HKL"; good for twelve hours
    at least and twenty-four at most."""
    return f"THU {publication.pk}-{user.pk}-{_seals(publication.pk, user.pk)[0]}"


def answer(heard: conversation.IncomingText) -> bool:
    """Answer a code with the message as it is, while it waits for approval, so often at most. What is no code, or is
    no longer worth anything, is left to others. Who guesses too often is no longer listened to for a while."""
    typed = _CODE.fullmatch(_plain(heard.text[:_LONGEST]))
    if typed is None:
        return False
    try:
        guess = _GUESSES.take(reader=heard.follower_id)
    except BudgetSpent:
        return False
    pk, by, seal = int(typed[1]), int(typed[2]), typed[3]
    if not any(hmac.compare_digest(seal, good) for good in _seals(pk, by)):
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
        conversation.reply(
            heard,
            f"{said.title}\n\n{said.body}",
            conversation.Kind.TRIAL,
            **_button(found, said.button),
        )
        Publication.objects.filter(pk=pk).update(tests=found.tests + 1)
        audit.record("broadcast.test", found.subject, actor=user, follower=heard.follower_id)
    return True


def _button(found: Publication, label: str) -> dict[str, str]:
    """None before there is a page to open."""
    is_shown = found.published_at and found.publish_from and found.publish_from <= clock.now()
    return {"label": label, "url": articles.address(found.pk)} if is_shown and not found.withdrawn_at else {}


def _plain(text: str) -> str:
    """In capital letters without marks, whatever the keyboard made of them."""
    apart = unicodedata.normalize("NFKD", text.upper())
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


def _seals(pk: int, by: int) -> list[str]:
    """With the newest key first; of this half day, then of the one before."""
    half = int(clock.now().timestamp()) // _GOOD_FOR_SECONDS
    return [
        _signs(digest) for one in (half, half - 1) for digest in blind_indexes(f"{pk}:{by}:{one}", _PURPOSE)
    ]


def _signs(digest: str) -> str:
    number, found = int(digest, 16), ""
    while len(found) < _SIGNS:
        number, sign = divmod(number, len(_ALPHABET))
        found += _ALPHABET[sign]
    return found
