"""The pretended telephones of a province, read from the mock channel's journal."""

from operator import itemgetter
from typing import Any
from urllib.parse import urlencode

from messaging import phone_numbers
from messaging.channels.mock import Journal, Received
from messaging.channels.mock.magic_numbers import DESCRIPTIONS
from messaging.phone_page import conversation
from tenants.isolation.context import current_province

# As many as a person looks at.
MOST_TELEPHONES = 50
MOST_MESSAGES = 200


def telephones(wanted: str, *, page: str) -> dict[str, Any]:
    """`phones`: those that got a message in this province, the latest first; `current`: the one to show.

    `wanted` is a number however written; `page` the address to which each telephone links. `current` is None
    while nobody has got a message. Of thousands the latest MOST_TELEPHONES and MOST_MESSAGES, and how many
    more there are.
    """
    journal = Journal(current_province().uuid)
    latest_first = journal.telephones()
    if not latest_first:
        return {"phones": [], "more": 0, "current": None}
    chosen = _number(wanted)
    shown = next((one for one in latest_first if one.number == chosen), latest_first[0])
    listed = [
        {
            "name": one.name,
            "number": phone_numbers.spaced(one.number),
            "url": f"{page}?{urlencode({'so': one.number})}",
            "count": one.count,
            "current": one is shown,
        }
        for one in latest_first[:MOST_TELEPHONES]
    ]
    current = {
        "name": shown.name,
        "number": phone_numbers.spaced(shown.number),
        "plain": shown.number,
        # Of the same moment: an answer stands below what it answers.
        "messages": sorted(
            [
                *conversation.said(shown.number),
                *map(_shown, journal.messages(shown, last=MOST_MESSAGES)),
            ],
            key=itemgetter("when"),
        ),
        "fates": conversation.fates(shown.number),
        "earlier": max(shown.count - MOST_MESSAGES, 0),
    }
    return {"phones": listed, "more": len(latest_first) - len(listed), "current": current}


def chips(current: dict[str, Any] | None) -> list[str]:
    """What people write most, to be sent by one press: first the code of their last dossier."""
    tables = [message["rows"] for message in current["messages"] if message.get("rows")] if current else []
    codes = [str(value) for label, value in tables[-1] if label == "Mã hồ sơ"] if tables else []
    return [*codes[:1], "Đăng ký khai sinh", "Giờ làm việc", "NHẬN TIN", "TẮT TIN"]


def numbers_to_try() -> list[dict[str, Any]]:
    """Endings of telephone numbers that the mock channel treats badly, and how."""
    return [{"ending": ending, "what": what} for ending, what in DESCRIPTIONS.items()]


def _number(text: str) -> str:
    try:
        return phone_numbers.normalise(text)
    except phone_numbers.BadPhone:
        return ""


def _shown(message: Received) -> dict[str, Any]:
    return {
        "title": message.title,
        "body": message.body,
        "rows": message.rows,
        "button_label": message.button_label,
        "button_url": message.button_url,
        "when": message.when,
    }
