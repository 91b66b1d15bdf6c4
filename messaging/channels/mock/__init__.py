"""A pretended provider for demonstrations and tests: nothing leaves the machine.

It keeps its own journal outside our database, as a real provider would, and tells of deliveries through the
same door as a real one. It dedupes nothing, so a message sent twice stands there twice. The journal holds
names and numbers in plain text: this channel is not for real people.
"""

from messaging.channels.mock.channel import MockChannel
from messaging.channels.mock.magic_numbers import (
    ALWAYS_BUSY,
    ANSWER_LOST,
    ARRIVES_LATER,
    FAILS_ONCE,
    LOCKED_OUT,
    REFUSED_FOR_GOOD,
    SEEN,
    SLOW,
    UNDELIVERED,
)
from messaging.channels.mock.store import Journal, Received, inbox
from messaging.channels.mock.webhooks import Callback, due_callbacks

__all__ = [
    "ALWAYS_BUSY",
    "ANSWER_LOST",
    "ARRIVES_LATER",
    "FAILS_ONCE",
    "LOCKED_OUT",
    "REFUSED_FOR_GOOD",
    "SEEN",
    "SLOW",
    "UNDELIVERED",
    "Callback",
    "Journal",
    "MockChannel",
    "Received",
    "due_callbacks",
    "inbox",
]
