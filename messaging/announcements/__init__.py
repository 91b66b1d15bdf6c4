"""What the province tells everybody. `acts` changes announcements, `reading` shows them, `text` sets them."""

from messaging.announcements.acts import (
    Draft,
    Refused,
    Stale,
    discard,
    may_announce,
    notice_of,
    publish,
    rewrite,
    short_notice_sentence,
    withdraw,
    write,
)
from messaging.announcements.lead import Lead, count_with, earliest, lead
from messaging.announcements.reading import (
    Brief,
    alerts,
    current,
    forget_all,
    get,
    latest,
    of_year,
    outage_ends,
    published,
    years,
)
from messaging.announcements.text import Block, blocks

__all__ = [
    "Block",
    "Brief",
    "Draft",
    "Lead",
    "Refused",
    "Stale",
    "alerts",
    "blocks",
    "count_with",
    "current",
    "discard",
    "earliest",
    "forget_all",
    "get",
    "latest",
    "lead",
    "may_announce",
    "notice_of",
    "of_year",
    "outage_ends",
    "publish",
    "published",
    "rewrite",
    "short_notice_sentence",
    "withdraw",
    "write",
    "years",
]
