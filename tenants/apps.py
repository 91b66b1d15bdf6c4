from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TenantsConfig(AppConfig):
    name = "tenants"
    verbose_name = _("Các tỉnh")

    def ready(self) -> None:
        from django.db.models.signals import post_delete, post_save
        from django_tenants.signals import schema_pre_migration

        from tenants import guard, records, schemas
        from tenants.backup import accounts, standing
        from tenants.models import Domain, Province
        from tenants.onboarding import confirmations, host_check, smoke_check
        from tenants.operating import columns
        from tenants.organisation import exchange, onboarding, readiness, staff

        onboarding.register()
        staff.register()
        exchange.register()
        readiness.register()
        columns.register()
        guard.install()
        accounts.register()
        standing.register()
        host_check.register()
        smoke_check.register()
        confirmations.register()
        schema_pre_migration.connect(schemas.prepare_schema, dispatch_uid="tenants.schemas.prepare")
        for model in (Province, Domain):
            for signal in (post_save, post_delete):
                signal.connect(lambda **kwargs: records.forget(), sender=model, weak=False)
