"""A look at a broadcast on one's own telephone: who works on it types the code of its page into the province's chat,
and is answered with the message.

No number is typed at the desk, so nobody can be sent to past the second person, and nobody is written to who did not
ask.
"""

import hmac
import re

from django.db import transaction
from django.utils.translation import gettext as _

from messaging import chat
from messaging.broadcasts import texts
from messaging.broadcasts.acts import may_broadcast
from messaging.models import Broadcast
from tenants.accounts.models import User
from tenants.audit import log as audit
from tenants.crypto import blind_indexes

MOST_TESTS = 10
OPEN = (Broadcast.State.DRAFT, Broadcast.State.ASKED)
_PURPOSE = "broadcast_test"
_SIGNS = 8
_CODE = re.compile(rf"\s*TH[UỬƯ]\s+(\d{{1,9}})-(\d{{1,9}})-([0-9A-F]{{{_SIGNS}}})\s*", re.ASCII)


def register() -> None:
    """Called once, when Django is ready."""
    chat.register(answer, chat.Turn.MACHINE)


def code_of(broadcast: Broadcast, user: User) -> str:
    """What this person types into the chat to be shown this broadcast: "THU 12-7-0A1B2C3D"."""
    return f"THU {broadcast.pk}-{user.pk}-{_seals(broadcast.pk, user.pk)[0]}"


def answer(heard: chat.Heard) -> bool:
    """Answer a code with the message as it is, while it waits for approval, so often at most. What is no code, or is
    no longer worth anything, is left to others."""
    typed = _CODE.fullmatch(heard.text.upper()[:60])
    if typed is None:
        return False
    pk, by, seal = int(typed[1]), int(typed[2]), typed[3]
    if not any(hmac.compare_digest(seal, good) for good in _seals(pk, by)):
        return False
    with transaction.atomic(durable=True):
        found = Broadcast.objects.select_for_update(of=("self",)).filter(pk=pk, state__in=OPEN).first()
        user = User.objects.filter(pk=by, is_active=True).first()
        if found is None or user is None or not may_broadcast(user):
            return False
        if found.tests >= MOST_TESTS:
            text = _("Đợt này đã gửi thử %(most)d lần.") % {"most": MOST_TESTS}
            chat.answer(heard, text, chat.Kind.TRIAL)
            return True
        said = texts.rendered(found.words or texts.of(found.announcement))
        chat.answer(
            heard,
            f"{said.title}\n\n{said.body}",
            chat.Kind.TRIAL,
            label=said.button,
            url=texts.address(found.announcement_id),
        )
        Broadcast.objects.filter(pk=pk).update(tests=found.tests + 1)
        audit.record("broadcast.test", found.subject, actor=user, follower=heard.follower_id)
    return True


def _seals(pk: int, by: int) -> list[str]:
    """With the newest key first."""
    return [digest[:_SIGNS].upper() for digest in blind_indexes(f"{pk}:{by}", _PURPOSE)]
