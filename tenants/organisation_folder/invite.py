"""People of the present province with their new links, by the agency where each works."""

from collections.abc import Sequence

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import transaction
from django.utils.translation import gettext as _

from tenants.accounts.models import Invitation, User
from tenants.folder.invitation_sheets import Invited
from tenants.folder.problems import refuse
from tenants.folder.yaml_reader import shown
from tenants.organisation.models import Agency, Assignment
from tenants.signin import invitations


def described(people: Sequence[User], links: Sequence[str]) -> list[Invited]:
    """Each of these people with their link, at the first of their agencies; a few statements for all."""
    until = dict(Invitation.objects.filter(user__in=people).values_list("user", "expires_at"))
    held: dict[int, list[Assignment]] = {}
    rows = Assignment.objects.filter(user__in=people).select_related("agency")
    for one in rows.order_by("agency__code", "role"):
        held.setdefault(one.user_id, []).append(one)
    found = []
    for user, link in zip(people, links, strict=True):
        roles = held.get(user.pk, [])
        found.append(
            Invited(
                agency_code=roles[0].agency.code if roles else "khac",
                agency=roles[0].agency.name if roles else _("Chưa phân công"),
                name=user.get_full_name(),
                username=user.username,
                roles="; ".join(f"{one.get_role_display()}, {one.agency.name}" for one in roles),
                link=link,
                until=until[user.pk],
            )
        )
    return found


def renew(agency_code: str = "") -> list[Invited]:
    """A new link for each active person who has set no password yet: of one agency, or of all.

    Their older links are void from now on. Raises Refused for an agency that the province does not have.
    """
    waiting = User.objects.filter(is_active=True, password__startswith=UNUSABLE_PASSWORD_PREFIX)
    if agency_code:
        if not Agency.objects.filter(code=agency_code).exists():
            text = _("không có cơ quan mã %(code)s.") % {"code": shown(agency_code)}
            raise refuse("--agency", 0, text)
        there = Assignment.objects.filter(agency__code=agency_code)
        waiting = waiting.filter(pk__in=there.values("user"))
    people, links = list[User](), list[str]()
    for listed in list(waiting.order_by("username")):
        with transaction.atomic():
            invitations.lock(listed)
            # Read again: a password may be set, or the account locked, since it was listed.
            user = waiting.select_for_update().filter(pk=listed.pk).first()
            if user is not None:
                links.append(invitations.invite(user))
                people.append(user)
    return described(people, links)
