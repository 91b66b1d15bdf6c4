"""Accounts of the province's channels that everybody may open, such as its Official Account."""

from collections.abc import Iterator

from django.conf import settings

from messaging.channels import registry
from messaging.models import ChannelAccount
from tenants.web.absolute_urls import PublicAccount


def public_accounts() -> Iterator[PublicAccount]:
    """Each account that is known at its channel and has a page there; of channels that are switched on."""
    for channel in settings.MESSAGING_CHANNELS:
        rows = ChannelAccount.objects.filter(channel=channel).exclude(external_id="").order_by("pk")
        for external_id in rows.values_list("external_id", flat=True):
            if url := registry.get(channel).public_address(external_id):
                yield PublicAccount(channel, str(registry.get(channel).name), url)
