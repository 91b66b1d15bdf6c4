from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CatalogueConfig(AppConfig):
    name = "procedures.catalogue"
    label = "procedures"
    verbose_name = _("Danh mục thủ tục")
