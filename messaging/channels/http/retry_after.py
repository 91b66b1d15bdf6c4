"""When a provider wants to be asked again."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

SHORTEST = timedelta(seconds=1)
LONGEST = timedelta(hours=6)


def parse_retry_after(header: str | None, now: datetime) -> timedelta | None:
    """The wait that a Retry-After names, in seconds or as a date, held between a second and six hours.

    None when it names none. `now` is best the moment at the provider (its Date header), because a date
    measured by a wrong clock of ours would be wrong by as much.
    """
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        # As many digits as a wait may have: the rest says no more than "long".
        wait = timedelta(seconds=int(text[:9]))
    else:
        moment = parse_date(text)
        if moment is None:
            return None
        wait = moment - now
    return min(max(wait, SHORTEST), LONGEST)


def parse_date(text: str | None) -> datetime | None:
    """The moment an HTTP date names, aware; None when it names none."""
    if not text:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
