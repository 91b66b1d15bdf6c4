from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MessagingConfig(AppConfig):
    name = "messaging"
    verbose_name = _("Nhắn tin")

    def ready(self) -> None:
        from django.db.models.signals import post_delete

        from messaging import (  # noqa: F401 – the checks register themselves
            accounts,
            accounts_file,
            announcements,
            broadcasts,
            checks,
            hearing,
            media,
            national,
            onboarding,
            operating,
            probe,
            readiness,
            rehearsing,
            restored,
            shares,
            stop_answers,
        )
        from messaging.channels import registry
        from messaging.channels.mock import MockChannel
        from messaging.channels.sms import SmsChannel
        from messaging.channels.zalo import ZaloChannel
        from messaging.models import ChannelAccount
        from messaging.public_accounts import public_accounts as own_public_accounts
        from tenants.isolation import maintenance
        from tenants.portability import full_export
        from tenants.web import public_accounts

        registry.register(MockChannel())
        registry.register(SmsChannel())
        registry.register(ZaloChannel())
        onboarding.register()
        accounts_file.register()
        probe.register()
        hearing.register()
        media.register()
        stop_answers.register()
        readiness.register()
        rehearsing.register()
        operating.register()
        full_export.withhold("messaging.channelaccount", "secrets")
        full_export.withhold("messaging.grant", "credentials")
        restored.register()
        broadcasts.register()
        shares.count_sharers(national.sharers)
        post_delete.connect(
            lambda instance, **kwargs: accounts.remove_route(instance),
            sender=ChannelAccount,
            weak=False,
            dispatch_uid="messaging.accounts.route",
        )
        public_accounts.register(own_public_accounts)
        maintenance.register(announcements.outage_ends)
