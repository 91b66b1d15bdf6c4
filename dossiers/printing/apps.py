from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PrintingConfig(AppConfig):
    name = "dossiers.printing"
    verbose_name = _("Biểu mẫu in")
