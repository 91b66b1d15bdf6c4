"""Outcome of a message whose answer was lost, as far as Zalo can be asked.

A template sent to a telephone number can be looked up by Zalo's own id alone, which the lost answer had; its
receipt names our id, so it is *awaited*. A message to a Zalo id stands in the conversation. Only a chat message
is ever reported *absent*, so that it may be sent again, and only when the conversation was read far enough back:
no reader should get a paid message twice.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from messaging.channels.base import Account, Finding, OutcomeKind, OutgoingMessage, Question
from messaging.channels.capabilities import Unanswered
from messaging.channels.zalo import client, protocol
from messaging.channels.zalo.protocol import Host
from messaging.channels.zalo.settings import CHAT, TEMPLATE_UID, BadProfile, profile_of, usable_ways
from tenants import clock

# Their clock and ours, and the last moment at which something may have been delivered.
TOLERANCE = timedelta(minutes=2)
UNKNOWN_AGE = timedelta(hours=24)
PAGE, MOST_PAGES = 10, 3
# All pages together end within the channel's time.
PAGE_SECONDS = 4.0
# Zalo does not know the message by this id: it was no template by telephone number.
_NO_SUCH_ID = "-107"


def reconcile(account: Account, question: Question) -> Finding:
    """What Zalo says became of the message; AWAITED where only a receipt, or nothing, will tell."""
    try:
        profile = profile_of(account)
    except BadProfile:
        return Finding.LATER
    if not profile.access_token:
        return Finding.LATER
    if question.provider_id:
        return _of_known(account, question)
    message = question.message
    if message is None:
        return Finding.AWAITED
    taken = frozenset({question.way}) if question.way else usable_ways(message)
    if message.address and taken & {CHAT, TEMPLATE_UID}:
        found = _in_conversation(account, question, message, taken)
        if found is not Finding.ABSENT or taken == {CHAT}:
            return found
    return Finding.AWAITED


def _of_known(account: Account, question: Question) -> Finding:
    """Zalo gave it an id, so Zalo has it; a template by telephone number can be asked about."""
    if question.way in (CHAT, TEMPLATE_UID):
        return Finding.ACCEPTED
    try:
        envelope = client.ask(account, Host.BUSINESS, "/message/status", {"message_id": question.provider_id})
    except Unanswered as trouble:
        return Finding.ACCEPTED if trouble.outcome.code == _NO_SUCH_ID else Finding.LATER
    status = protocol.number(protocol.table(envelope.data).get("status"))
    if status == 1:
        return Finding.DELIVERED
    # Not yet, or never once the template's time is over.
    form = question.message.template if question.message else None
    is_dropped = form and form.dropped_after and question.sent_ago > form.dropped_after + TOLERANCE
    return Finding.UNDELIVERED if status == 0 and is_dropped else Finding.ACCEPTED


def _in_conversation(
    account: Account, question: Question, message: OutgoingMessage, taken: frozenset[str]
) -> Finding:
    """ACCEPTED when it stands there, ABSENT when it surely does not, AWAITED when that is unknown."""
    since = clock.now() - (question.age or UNKNOWN_AGE) - TOLERANCE
    for number in range(MOST_PAGES):
        asked = {"user_id": message.address, "offset": number * PAGE, "count": PAGE}
        try:
            envelope = client.ask(account, Host.OPENAPI, "/v2.0/oa/conversation", asked, total=PAGE_SECONDS)
        except Unanswered as trouble:
            return Finding.AWAITED if trouble.outcome.kind == OutcomeKind.PERMANENT else Finding.LATER
        if not isinstance(envelope.data, list):
            return Finding.AWAITED
        lines = [protocol.table(line) for line in envelope.data]
        if any(_is_it(line, message, taken) for line in lines if not _is_older(line, since)):
            return Finding.ACCEPTED
        if number == 0 and not lines:
            # It should hold at least what the reader said: nothing at all proves nothing.
            return Finding.AWAITED
        if len(lines) < PAGE or _reaches_back(lines, since):
            # Whether templates stand in conversations is not documented.
            return Finding.ABSENT if taken == {CHAT} else Finding.AWAITED
    return Finding.AWAITED


def _is_older(line: Mapping[str, Any], since: datetime) -> bool:
    moment = protocol.moment(line.get("time"))
    return moment is not None and moment < since


def _reaches_back(lines: list[Mapping[str, Any]], since: datetime) -> bool:
    """Whether all that came after `since` was on this page or one before it: only if the newest stand first."""
    first, last = (protocol.moment(line.get("time")) for line in (lines[0], lines[-1]))
    return first is not None and last is not None and last < since and last <= first


def _is_it(line: Mapping[str, Any], message: OutgoingMessage, taken: frozenset[str]) -> bool:
    if protocol.number(line.get("src")) == 1:
        return False
    said = protocol.bare(protocol.text(line.get("message")))
    if CHAT in taken and said == protocol.bare(protocol.compose(message)):
        return True
    form = message.template
    if TEMPLATE_UID not in taken or form is None or not any(form.values.values()):
        return False
    return all(protocol.bare(value) in said for value in form.values.values())
