from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "tenants.accounts"
    verbose_name = _("Người dùng")

    def ready(self) -> None:
        from django.db.models.signals import m2m_changed

        from tenants.accounts.models import User

        def end_sessions(instance: object, action: str, pk_set: set[int] | None, **kwargs: object) -> None:
            """Other groups or rights end the sessions of the accounts that have them."""
            if action.startswith("post_") and isinstance(instance, User):
                instance.sessions.all().delete()

        for through in (User.groups.through, User.user_permissions.through):
            m2m_changed.connect(end_sessions, sender=through, weak=False)
