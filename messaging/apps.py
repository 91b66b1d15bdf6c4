from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MessagingConfig(AppConfig):
    name = "messaging"
    verbose_name = _("Tin gửi")

    def ready(self) -> None:
        from django.db.models.signals import post_delete

        from messaging import (  # noqa: F401 – the checks register themselves
            accounts,
            accounts_file,
            announcements,
            checks,
            hearing,
            national,
            onboarding,
            probe,
            readiness,
            restored,
            shares,
        )
        from messaging.channels import registry
        from messaging.channels.mock import MockChannel
        from messaging.channels.sms import SmsChannel
        from messaging.channels.zalo import ZaloChannel
        from messaging.models import ChannelAccount
        from messaging.public_accounts import public_accounts as own_public_accounts
        from tenants import pauses, public_accounts

        registry.register(MockChannel())
        registry.register(SmsChannel())
        registry.register(ZaloChannel())
        onboarding.register()
        accounts_file.register()
        probe.register()
        hearing.register()
        readiness.register()
        restored.register()
        shares.count_sharers(national.sharers)
        post_delete.connect(
            lambda instance, **kwargs: accounts.remove_route(instance),
            sender=ChannelAccount,
            weak=False,
            dispatch_uid="messaging.accounts.route",
        )
        public_accounts.register(own_public_accounts)
        pauses.register(announcements.outage_ends)
