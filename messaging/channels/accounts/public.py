"""The province's accounts that everybody may open."""

from dataclasses import dataclass

from django.conf import settings

from messaging.channels.base import registry
from messaging.channels.models import ChannelAccount


@dataclass(frozen=True, slots=True)
class PublicAccount:
    """An account that everybody may open. `service` is the service's name for people: “Zalo”."""

    code: str
    service: str
    url: str


def public_accounts() -> list[PublicAccount]:
    """Each account of the province that is known at its channel and has a page there; of channels that are switched on."""
    found = []
    for channel in settings.MESSAGING_CHANNELS:
        rows = ChannelAccount.objects.filter(channel=channel).exclude(external_id="").order_by("pk")
        for external_id in rows.values_list("external_id", flat=True):
            if url := registry.get(channel).public_address(external_id):
                found.append(PublicAccount(channel, str(registry.get(channel).name), url))
    return found
