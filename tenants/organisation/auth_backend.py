"""Permissions of each role on tables, as Django's: menu, lists, pages and views ask `has_perm`.

This is about tables; visible rows are decided by `rights` and each room's `visible_to`. Dossiers,
feedback and decisions are not named: their views ask at which agency a person has a role, not only whether.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Permission
from django.db.models import Q

from tenants.accounts.models import User
from tenants.isolation.context import present_province
from tenants.organisation.models import Role
from tenants.organisation.rights import roles_held

_READ = ("view",)
_SET = ("view", "change")
_KEEP = ("view", "add", "change")
_SEND = ("view", "add", "change", "send")
_ALL = ("view", "add", "change", "delete")
_PUBLISH = ("view", "change", "publish")

# Tables of apps above are named as settings name applications: nothing of them is imported.
GIVEN: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    # Who reads what the chat did not understand teaches it the words. Plain words of procedures are theirs to
    # write, and an administrator's to publish.
    Role.COMMUNICATIONS: {
        "inbound.incomingmessage": _READ,
        "broadcasts.publication": _SEND,
        "procedures.blankform": _KEEP,
        "procedures.formfile": _READ,
        "procedures.procedure": _READ,
        "procedures.synonym": _KEEP,
        "editor.versiondraft": _SET,
    },
    # Neither contacts nor what channels told, which hold personal data of the whole province, nor accounts that
    # send: an auditor reads what an agency did.
    Role.AUDITOR: {
        "audit.auditentry": _READ,
        "deadlines.calendarversion": _READ,
        "feedback.feedbackpromise": _READ,
        "messaging.attempt": _READ,
        "messaging.call": _READ,
        "messaging.calltry": _READ,
        "channels.lane": _READ,
        "messaging.message": _READ,
        "messaging.providertemplate": _READ,
        "messaging.template": _READ,
        "organisation.agency": _READ,
        "organisation.assignment": _READ,
        "procedures.blankform": _READ,
        "procedures.formfile": _READ,
        "procedures.procedure": _READ,
        "procedures.procedureversion": _READ,
        "procedures.sector": _READ,
        "procedures.synonym": _READ,
    },
    # No accounts or agencies are deleted: history names them. Groups could give more than a role does.
    Role.ADMINISTRATOR: {
        "accounts.user": _KEEP,
        "audit.auditentry": _READ,
        "deadlines.calendarversion": _READ,
        "feedback.feedbackpromise": _READ,
        "contacts.address": _READ,
        "messaging.attempt": _READ,
        "messaging.call": _READ,
        "messaging.calltry": _READ,
        "channels.channelaccount": _KEEP,
        "contacts.consent": _SET,
        "contacts.contact": ("view", "delete"),
        "contacts.follower": _SET,
        "inbound.incomingmessage": _READ,
        "inbound.webhookevent": _READ,
        "channels.lane": _SET,
        "messaging.message": _SET,
        "messaging.providertemplate": _SET,
        "broadcasts.publication": _SEND,
        "messaging.sendingrules": _SET,
        "messaging.template": _SET,
        "organisation.agency": _KEEP,
        "organisation.assignment": _ALL,
        "procedures.blankform": _KEEP,
        "procedures.formfile": _READ,
        "procedures.procedure": _SET,
        "procedures.procedureversion": _READ,
        "procedures.sector": _SET,
        "procedures.synonym": _ALL,
        "editor.versiondraft": _PUBLISH,
    },
}


def given_by(roles: Iterable[str]) -> set[str]:
    """The permissions that come with these roles, as `has_perm` names them."""
    return {
        f"{app}.{action}_{model}"
        for role in roles
        for table, actions in GIVEN.get(role, {}).items()
        for app, _dot, model in [table.partition(".")]
        for action in actions
    }


class RoleBackend(ModelBackend):
    """Django's own, and in a province also the permissions of a person's roles."""

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        if not isinstance(user_obj, User) or not user_obj.is_active or obj is not None:
            return super().get_all_permissions(user_obj, obj)
        if not hasattr(user_obj, "_permissions"):
            own = super().get_all_permissions(user_obj) if user_obj.is_superuser else _own(user_obj)
            user_obj._permissions = own | _given_to(user_obj)  # type: ignore[attr-defined]
        found: set[str] = user_obj._permissions  # type: ignore[attr-defined]
        return found


def _own(user: User) -> set[str]:
    """Django's permissions of the person and of their groups, in one statement in place of Django's two."""
    # By keys: joined to both tables at once, each right of a person would meet each member of each group.
    own = Permission.objects.filter(user=user).values("pk")
    of_groups = Permission.objects.filter(group__user=user).values("pk")
    held = Permission.objects.filter(Q(pk__in=own) | Q(pk__in=of_groups)).order_by()
    return {f"{app}.{code}" for app, code in held.values_list("content_type__app_label", "codename")}


def _given_to(user: User) -> set[str]:
    # Operators have no roles.
    return given_by(roles_held(user)) if present_province() else set()
