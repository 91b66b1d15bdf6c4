from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LifecycleConfig(AppConfig):
    name = "dossiers.lifecycle"
    label = "dossiers"
    verbose_name = _("Hồ sơ")
