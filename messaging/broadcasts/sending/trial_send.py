"""The code by which who works on a broadcast is shown it on their own telephone: see `messaging.inbound.chat.trial`."""

from messaging.broadcasts.models import Publication
from tenants import clock
from tenants.accounts.models import User
from tenants.isolation.crypto import blind_indexes

MOST_TESTS = 10
_PURPOSE = "broadcast_test"
SIGNS = 8
# No vowel and none of D F J R S W X Z: what Telex or VNI turns into marks.
ALPHABET = "BCGHKLMNPQTV23456789"
# A code is good for one to two of these: until the page is opened on another day.
_GOOD_FOR_SECONDS = 12 * 3600


def code_of(publication: Publication, user: User) -> str:
    """What this person types into the chat to be shown this broadcast: "THU 12-7-B2CG3HKL"; good for twelve hours
    at least and twenty-four at most."""
    return f"THU {publication.pk}-{user.pk}-{seals(publication.pk, user.pk)[0]}"


def seals(pk: int, by: int) -> list[str]:
    """What proves that this person was shown the code of this broadcast, the newest key first; of this half day, then of
    the one before."""
    half = int(clock.now().timestamp()) // _GOOD_FOR_SECONDS
    return [
        _signs(digest) for one in (half, half - 1) for digest in blind_indexes(f"{pk}:{by}:{one}", _PURPOSE)
    ]


def _signs(digest: str) -> str:
    number, found = int(digest, 16), ""
    while len(found) < SIGNS:
        number, sign = divmod(number, len(ALPHABET))
        found += ALPHABET[sign]
    return found
