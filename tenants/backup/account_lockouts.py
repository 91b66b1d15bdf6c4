"""Who lost access since the moment of a copy does not get it back with the copy."""

from django.utils.translation import gettext_lazy as _

from tenants.backup import hooks
from tenants.backup.encryption import unreadable
from tenants.backup.hooks import Carry


def register() -> None:
    """Called once, when Django is ready."""
    hooks.checks.append(unreadable)
    hooks.carries.append(
        Carry(
            hooks.ACCOUNTS,
            _("Tài khoản đã khóa sau lúc ấy, vẫn khóa"),
            "UPDATE {new}.accounts_user n SET is_active = false FROM {old}.accounts_user o "
            "WHERE o.id = n.id AND o.username = n.username AND NOT o.is_active AND n.is_active",
        )
    )
