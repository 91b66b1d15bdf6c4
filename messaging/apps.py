from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MessagingConfig(AppConfig):
    name = "messaging"
    verbose_name = _("Nhắn tin")

    def ready(self) -> None:
        from django.db.models.signals import post_delete

        from messaging import monitoring, privacy, publications, restore, telemetry
        from messaging.channels.base import registry
        from messaging.channels.mock import MockChannel
        from messaging.channels.sms import SmsChannel
        from messaging.channels.zalo import ZaloChannel
        from messaging.conversations import conversation, stop_words
        from messaging.inbound import handlers
        from messaging.models import ChannelAccount
        from messaging.one_time_codes import wording as code_wording
        from messaging.provisioning import folder_accounts, folder_texts, readiness
        from messaging.provisioning.readiness import public_accounts as own_public_accounts
        from messaging.relay import sweep
        from tenants import channel_routes, portability
        from tenants.isolation import middleware
        from tenants.onboarding import sandbox_province
        from tenants.operators import board
        from tenants.web import absolute_urls, budgets

        registry.register(MockChannel())
        registry.register(SmsChannel())
        registry.register(ZaloChannel())
        folder_texts.register()
        folder_accounts.register()
        sweep.register()
        handlers.register()
        conversation.register_media_reply()
        stop_words.register()
        code_wording.register()
        readiness.register_checks()
        sandbox_province.grounds.register(readiness.mock_channel_only)
        board.columns.register(board.Column("lanes", _("Tin gửi"), monitoring.lane_cell, 30))
        portability.withheld["messaging.channelaccount"] = {"secrets"}
        portability.withheld["messaging.credential"] = {"credentials"}
        restore.register()
        privacy.register()
        publications.register()
        budgets.refused.connect(telemetry.budget_refused)
        post_delete.connect(
            # Callbacks at the address of all provinces are not for it any more.
            lambda instance, **kwargs: channel_routes.drop(instance.channel, instance.name),
            sender=ChannelAccount,
            weak=False,
            dispatch_uid="messaging.accounts.channel_accounts.route",
        )
        absolute_urls.account_finders.register(own_public_accounts)
        middleware.pause_ends.register(publications.outage_ends)
