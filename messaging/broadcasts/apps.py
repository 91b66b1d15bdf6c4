from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BroadcastsConfig(AppConfig):
    name = "messaging.broadcasts"
    verbose_name = _("Thông báo của tỉnh")
