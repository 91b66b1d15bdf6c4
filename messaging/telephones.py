"""The pretended telephones of a province, read from the mock channel's journal."""

from typing import Any
from urllib.parse import urlencode

from messaging import phones
from messaging.channels.mock import Journal, Received
from tenants.context import current_province


def telephones(wanted: str, *, page: str) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    """All telephones that got a message in this province, the latest first, and the one to show.

    `wanted` is a number however written; `page` the address to which each telephone links. The second
    value is None while nobody has got a message.
    """
    by_number: dict[str, list[Received]] = {}
    for message in Journal(current_province().uuid).received():
        # Taken out and put back, so that the number written to last stands last.
        by_number[message.number] = [*by_number.pop(message.number, []), message]
    latest_first = list(reversed(by_number))
    if not latest_first:
        return [], None
    chosen = _number(wanted)
    if chosen not in by_number:
        chosen = latest_first[0]
    listed = [
        {
            "name": by_number[number][-1].name,
            "number": phones.spaced(number),
            "url": f"{page}?{urlencode({'so': number})}",
            "count": len(by_number[number]),
            "current": number == chosen,
        }
        for number in latest_first
    ]
    current = {
        "name": by_number[chosen][-1].name,
        "number": phones.spaced(chosen),
        "messages": [_shown(message) for message in by_number[chosen]],
    }
    return listed, current


def _number(text: str) -> str:
    try:
        return phones.normalise(text)
    except phones.BadPhone:
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
