from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OutboxConfig(AppConfig):
    name = "messaging.outbox"
    label = "messaging"
    verbose_name = _("Nhắn tin")
