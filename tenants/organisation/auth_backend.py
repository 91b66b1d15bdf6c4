"""Permissions of each role on tables, as Django's: menu, lists, pages and views ask `has_perm`.

This is about tables; visible rows are decided by `rights` and each room's `visible_to`. Dossiers,
feedback and decisions are not named: their views ask at which agency a person has a role, not only whether.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Permission
from django.db.models import Q

from tenants.accounts.models import User
from tenants.isolation.context import present_province
from tenants.organisation.models import Role
from tenants.organisation.rights import roles_held

# By role the tables on which each act is allowed, all of which may be viewed. Tables of apps above are named as settings
# name applications: nothing of them is imported.
GIVEN: Mapping[str, Mapping[str, Collection[str]]] = {
    # Who reads what the chat did not understand teaches it the words. Plain words of procedures are theirs to
    # write, and an administrator's to publish.
    Role.COMMUNICATIONS: {
        "view": ("inbound.incomingmessage", "procedures.formfile", "procedures.procedure"),
        "add": ("broadcasts.publication", "procedures.blankform", "procedures.synonym"),
        "change": (
            "broadcasts.publication", "procedures.blankform", "procedures.synonym", "editor.versiondraft",
        ),
        "send": ("broadcasts.publication",),
    },
    # Neither contacts nor what channels told, which hold personal data of the whole province, nor accounts that
    # send: an auditor reads what an agency did.
    Role.AUDITOR: {
        "view": (
            "audit.auditentry", "deadlines.calendarversion", "feedback.feedbackpromise",
            "messaging.attempt", "messaging.call", "messaging.calltry", "channels.lane", "messaging.message",
            "messaging.providertemplate", "messaging.template", "organisation.agency", "organisation.assignment",
            "procedures.blankform", "procedures.formfile", "procedures.procedure", "procedures.procedureversion",
            "procedures.sector", "procedures.synonym",
        ),
    },
    # No accounts or agencies are deleted: history names them. Groups could give more than a role does.
    Role.ADMINISTRATOR: {
        "view": (
            "audit.auditentry", "deadlines.calendarversion", "feedback.feedbackpromise", "contacts.address",
            "messaging.attempt", "messaging.call", "messaging.calltry",
            "inbound.incomingmessage", "inbound.webhookevent", "procedures.formfile", "procedures.procedureversion",
        ),
        "add": (
            "accounts.user", "channels.channelaccount", "broadcasts.publication", "organisation.agency",
            "organisation.assignment", "procedures.blankform", "procedures.synonym", "dossiers.othersystem",
            "exchange.nationallink", "exchange.pull", "exchange.webhook",
        ),
        "change": (
            "accounts.user", "channels.channelaccount", "broadcasts.publication", "organisation.agency",
            "organisation.assignment", "procedures.blankform", "procedures.synonym",
            "contacts.consent", "contacts.follower", "channels.lane", "messaging.message",
            "messaging.providertemplate", "messaging.sendingrules", "messaging.template",
            "procedures.procedure", "procedures.sector", "editor.versiondraft", "dossiers.othersystem",
            "exchange.nationallink", "exchange.pull", "exchange.webhook",
        ),
        "delete": ("contacts.contact", "exchange.pull", "exchange.webhook", "organisation.assignment", "procedures.synonym"),
        "send": ("broadcasts.publication",),
        "publish": ("editor.versiondraft",),
    },
}  # fmt: skip


def given_by(roles: Iterable[str]) -> set[str]:
    """The permissions that come with these roles, as `has_perm` names them."""
    return {
        f"{app}.{allowed}_{model}"
        for role in roles
        for action, tables in GIVEN.get(role, {}).items()
        for app, model in (table.split(".") for table in tables)
        for allowed in ("view", action)
    }


class RoleBackend(ModelBackend):
    """Django's own, and in a province also the permissions of a person's roles."""

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        if not isinstance(user_obj, User) or not user_obj.is_active or obj is not None:
            return super().get_all_permissions(user_obj, obj)
        if not hasattr(user_obj, "_permissions"):
            own = super().get_all_permissions(user_obj) if user_obj.is_superuser else _own(user_obj)
            # Operators have no roles.
            given = given_by(roles_held(user_obj)) if present_province() else set()
            user_obj._permissions = own | given  # type: ignore[attr-defined]
        found: set[str] = user_obj._permissions  # type: ignore[attr-defined]
        return found


def _own(user: User) -> set[str]:
    """Django's permissions of the person and of their groups, in one statement in place of Django's two."""
    # By keys: joined to both tables at once, each right of a person would meet each member of each group.
    own = Permission.objects.filter(user=user).values("pk")
    of_groups = Permission.objects.filter(group__user=user).values("pk")
    held = Permission.objects.filter(Q(pk__in=own) | Q(pk__in=of_groups)).order_by()
    return {f"{app}.{code}" for app, code in held.values_list("content_type__app_label", "codename")}
