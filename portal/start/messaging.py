"""What is registered at start: channels, texts and signals of messages."""

from django.db.models.signals import post_delete

from messaging.broadcasts.sending import articles
from messaging.channels.accounts import routes as channel_routes
from messaging.channels.base import registry
from messaging.channels.mock.channel import MockChannel
from messaging.channels.models import ChannelAccount
from messaging.channels.sms.channel import SmsChannel
from messaging.channels.zalo.channel import ZaloChannel
from messaging.inbound.chat import conversation
from messaging.outbox.one_time_codes import wording as code_wording
from tenants.web import budgets, telemetry


def start() -> None:
    """Register all of it, once, after all models are loaded."""
    registry.register(MockChannel())
    registry.register(SmsChannel())
    registry.register(ZaloChannel())
    conversation.register_media_reply()
    code_wording.register()
    articles.register()
    budgets.refused.connect(telemetry.budget_refused)
    post_delete.connect(
        # Callbacks at the address of all provinces are not for it any more.
        lambda instance, **kwargs: channel_routes.drop(instance.channel, instance.name),
        sender=ChannelAccount,
        weak=False,
        dispatch_uid="messaging.channels.accounts.channel_accounts.route",
    )
