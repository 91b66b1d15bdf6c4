from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrganisationConfig(AppConfig):
    name = "tenants.organisation"
    verbose_name = _("Tổ chức")

    def ready(self) -> None:
        from django.db.models.signals import post_delete, post_save

        from tenants.audit import log
        from tenants.organisation.models import Assignment

        def end_sessions(instance: Assignment, **kwargs: object) -> None:
            """Another role ends the sessions of the accounts that have it."""
            instance.user.sessions.all().delete()

        def record_grant(instance: Assignment, created: bool, **kwargs: object) -> None:
            """Who may do what, since when: a new role, or another one in its place."""
            action = "role.grant" if created else "role.change"
            subject = f"user:{instance.user.username}"
            log.record(action, subject, role=instance.role, agency=instance.agency.code)

        def record_removal(instance: Assignment, **kwargs: object) -> None:
            """A restore from a backup carries over the removals that the audit tells of."""
            subject = f"user:{instance.user.username}"
            log.record("role.remove", subject, role=instance.role, agency=instance.agency.code)

        for signal in (post_save, post_delete):
            signal.connect(end_sessions, sender=Assignment, weak=False)
        post_save.connect(record_grant, sender=Assignment, weak=False)
        post_delete.connect(record_removal, sender=Assignment, weak=False)
