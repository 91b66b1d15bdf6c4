"""The desk's pages of this room."""

from messaging.admin import (  # noqa: F401 – they register themselves
    accounts,
    calls,
    followers,
    inbound,
    lanes,
    messages,
    people,
    provider_forms,
    questions,
    rules,
    wording,
)
