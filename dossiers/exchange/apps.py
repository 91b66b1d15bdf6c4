from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ExchangeConfig(AppConfig):
    name = "dossiers.exchange"
    label = "exchange"
    verbose_name = _("Kết nối hệ thống khác")

    def ready(self) -> None:
        from dossiers.exchange import webhook_threads
        from tenants.audit import sealer

        sealer.sealed.connect(webhook_threads.begin, dispatch_uid="webhooks")
