from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MessagingConfig(AppConfig):
    name = "messaging"
    verbose_name = _("Tin gửi")

    def ready(self) -> None:
        from messaging import announcements, checks, onboarding, probe  # noqa: F401 – the checks register themselves
        from messaging.channels import registry
        from messaging.channels.mock import MockChannel
        from messaging.channels.sms import SmsChannel
        from messaging.channels.zalo import ZaloChannel
        from messaging.public_accounts import public_accounts as own_public_accounts
        from tenants import pauses, public_accounts

        registry.register(MockChannel())
        registry.register(SmsChannel())
        registry.register(ZaloChannel())
        onboarding.register()
        probe.register()
        public_accounts.register(own_public_accounts)
        pauses.register(announcements.outage_ends)
