from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MessagingConfig(AppConfig):
    name = "messaging"
    verbose_name = _("Nhắn tin")

    def ready(self) -> None:
        from django.db.models.signals import post_delete

        from messaging import announcements, broadcasts
        from messaging.accounts import channel_accounts
        from messaging.channels import registry
        from messaging.channels.mock import MockChannel
        from messaging.channels.sms import SmsChannel
        from messaging.channels.zalo import ZaloChannel
        from messaging.conversations import media, stop_replies
        from messaging.inbound import handlers, shared_endpoint
        from messaging.lanes import shared_rate_limit
        from messaging.models import ChannelAccount
        from messaging.monitoring import operator_columns
        from messaging.privacy import after_restore
        from messaging.provisioning import folder_accounts, folder_texts, readiness, sandbox
        from messaging.provisioning.public_accounts import public_accounts as own_public_accounts
        from messaging.relay import work_discovery
        from tenants.isolation import middleware
        from tenants.portability import full_export
        from tenants.web import absolute_urls

        registry.register(MockChannel())
        registry.register(SmsChannel())
        registry.register(ZaloChannel())
        folder_texts.register()
        folder_accounts.register()
        work_discovery.register()
        handlers.register()
        media.register()
        stop_replies.register()
        readiness.register()
        sandbox.register()
        operator_columns.register()
        full_export.withhold("messaging.channelaccount", "secrets")
        full_export.withhold("messaging.grant", "credentials")
        after_restore.register()
        broadcasts.register()
        shared_rate_limit.count_sharers(shared_endpoint.sharers)
        post_delete.connect(
            lambda instance, **kwargs: channel_accounts.remove_route(instance),
            sender=ChannelAccount,
            weak=False,
            dispatch_uid="messaging.accounts.channel_accounts.route",
        )
        absolute_urls.account_finders.register(own_public_accounts)
        middleware.pause_ends.register(announcements.outage_ends)
