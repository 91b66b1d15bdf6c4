from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    name = "tenants.audit"
    verbose_name = _("Giám sát")

    def ready(self) -> None:
        from django_tenants.signals import schema_migrated

        from tenants.audit import sealer

        schema_migrated.connect(sealer.install, dispatch_uid="tenants.audit.sealer.install")
