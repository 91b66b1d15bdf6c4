from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IsolationConfig(AppConfig):
    name = "tenants.isolation"
    label = "tenants"
    verbose_name = _("Các tỉnh")

    def ready(self) -> None:
        from django.db.models.signals import post_delete, post_save
        from django_tenants.signals import schema_migrated, schema_pre_migration

        from tenants.isolation import cross_schema_guard, province_cache, schema_migrations, schemas
        from tenants.isolation.models import Domain, Province

        cross_schema_guard.guard_models()
        # In this order: what is refused is not even prepared.
        schema_pre_migration.connect(
            schema_migrations.refuse_other_history, dispatch_uid="tenants.isolation.schema_migrations.refuse"
        )
        schema_pre_migration.connect(schemas.prepare_schema, dispatch_uid="tenants.isolation.schemas.prepare")
        schema_migrated.connect(schemas.grant_public_writes, dispatch_uid="tenants.isolation.schemas.grant")
        for model in (Province, Domain):
            for signal in (post_save, post_delete):
                signal.connect(lambda **kwargs: province_cache.clear_cache(), sender=model, weak=False)
