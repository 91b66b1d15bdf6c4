from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ChannelsConfig(AppConfig):
    name = "messaging.channels"
    label = "channels"
    verbose_name = _("Kênh gửi tin")

    def ready(self) -> None:
        from django.db.models.signals import post_delete

        from messaging.channels.accounts import routes
        from messaging.channels.base import registry
        from messaging.channels.mock.channel import MockChannel
        from messaging.channels.models import ChannelAccount
        from messaging.channels.sms.channel import SmsChannel
        from messaging.channels.zalo.channel import ZaloChannel

        for channel in (MockChannel(), SmsChannel(), ZaloChannel()):
            registry.register(channel)
        post_delete.connect(
            # Callbacks at the address of all provinces are not for it any more.
            lambda instance, **kwargs: routes.drop(instance.channel, instance.name),
            sender=ChannelAccount,
            weak=False,
            dispatch_uid="messaging.channels.accounts.channel_accounts.route",
        )
