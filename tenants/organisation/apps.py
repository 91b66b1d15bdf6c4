from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrganisationConfig(AppConfig):
    name = "tenants.organisation"
    label = "organisation"
    verbose_name = _("Tổ chức")

    def ready(self) -> None:
        from django.db.models.signals import post_delete, post_save

        from tenants.organisation.models import Assignment

        def end_sessions(instance: Assignment, **kwargs: object) -> None:
            """Another role ends the sessions of the accounts that have it."""
            instance.user.sessions.all().delete()

        for signal in (post_save, post_delete):
            signal.connect(end_sessions, sender=Assignment, weak=False)
