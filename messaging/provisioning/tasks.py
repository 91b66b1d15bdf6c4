"""Celery tasks that read lists from providers."""

from celery import shared_task

from messaging.channels.capabilities import Unanswered
from messaging.channels.models import ChannelAccount
from messaging.delivery.tasks import in_each_province, log
from messaging.provisioning import provider_sync
from tenants.isolation.context import current_province, province_task


@shared_task
def read_forms() -> int:
    """Nightly: read the lists of templates, as callbacks do not report everything. Returns the number of hints."""
    return in_each_province(provider_sync.request_template_lists)


@shared_task
def read_followers() -> int:
    """Weekly: read the lists of followers. Returns the number of hints."""
    return in_each_province(provider_sync.request_follower_lists)


@province_task()
def sync_followers(channel: str, account: str) -> None:
    """Read some pages of an account's list of followers; with more left, hint again so that others get a turn."""
    for row in ChannelAccount.objects.filter(channel=channel, name=account):
        try:
            finished = provider_sync.sync_followers(row).finished
        except Unanswered as trouble:
            # It stands in the row, for who looks at the page.
            log.warning("followers of %s: %s", row, trouble)
            return
        if not finished:
            sync_followers.delay(current_province().slug, channel, account)


@province_task()
def fetch_templates(channel: str, account: str) -> None:
    """Read the provider's list of an account's forms."""
    for row in ChannelAccount.objects.filter(channel=channel, name=account):
        try:
            provider_sync.fetch_templates(row)
        except Unanswered as trouble:
            log.warning("forms of %s: %s", row, trouble)
