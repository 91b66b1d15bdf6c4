"""Whether papers that the desk asked for can be sent from the dossier's own page."""

from dossiers.models import Dossier
from dossiers.rules.statuses import Status
from messaging import phone_numbers
from messaging.one_time_codes import delivery

CODE_PURPOSE = "filing"
"""What a one-time code is asked for that proves who fills in a draft; see `messaging.one_time_codes`."""


def are_taken(dossier: Dossier) -> bool:
    """Whether the dossier waits for papers and a code can reach its number. At most three statements."""
    return (
        dossier.status_enum is Status.SUPPLEMENT_REQUIRED
        and bool(phone_numbers.MOBILE.match(dossier.recipient.phone))
        and delivery.can_send(CODE_PURPOSE)
    )
