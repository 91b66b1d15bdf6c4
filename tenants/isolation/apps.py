from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IsolationConfig(AppConfig):
    name = "tenants.isolation"
    label = "tenants"
    verbose_name = _("Các tỉnh")
