"""A link to set a password: for a new account, and after a lost password or telephone.

Its token is known to the link alone. It is good once, for a few days, and only while it is the newest one.
"""

import secrets
from collections.abc import Iterable

from django.conf import settings
from django.contrib.auth import password_validation
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from tenants import clock
from tenants.accounts.models import ExternalIdentity, Invitation, User
from tenants.accounts.signin import audit_trail, sessions, totp
from tenants.isolation import crypto
from tenants.isolation.context import present_province
from tenants.refusals import Refused
from tenants.web import absolute_urls


@transaction.atomic
def invite(user: User, *, actor: User | None = None, request: HttpRequest | None = None) -> str:
    """The full address of a new invitation, which takes the place of everything this account could sign in with.

    Password, second factor, recovery codes, passkeys, linked identity, sessions and older invitations are void from now on. Recorded as
    `signin.invited` for an account that was not used yet, as `signin.reset` for any other. Raises Refused for a machine.
    """
    if user.is_machine:
        raise Refused(_("Tài khoản của một hệ thống có khóa API, không có mật khẩu."))
    lock(user)
    was_used = user.has_usable_password()
    had_factor = totp.remove(user)
    user.passkeys.all().delete()
    ExternalIdentity.objects.filter(user=user).delete()
    user.set_unusable_password()
    user.save(update_fields=["password"])
    sessions.end_all(user)
    user.invitations.all().delete()
    invitation, token = _new(user)
    invitation.save()
    what = "reset" if was_used or had_factor else "invited"
    audit_trail.record(what, user, actor=actor, request=request, had_factor=had_factor)
    return _address(token)


def lock(user: User) -> None:
    """Lock this person's invitations until the transaction ends, then the account, in the order of `redeem`."""
    list(user.invitations.select_for_update().order_by("pk"))
    list(User.objects.select_for_update(no_key=True).filter(pk=user.pk))


@transaction.atomic
def invite_newcomers(users: Iterable[User]) -> list[str]:
    """The addresses of the first invitations of accounts that were made just now, in their order.

    Nothing of theirs can be void yet; recorded like `invite` does, in a few statements for all.
    """
    newcomers = list(users)
    made = [_new(user) for user in newcomers]
    Invitation.objects.bulk_create(invitation for invitation, _token in made)
    audit_trail.record_all("invited", newcomers, had_factor=False)
    return [_address(token) for _invitation, token in made]


def _new(user: User) -> tuple[Invitation, str]:
    token, now = secrets.token_urlsafe(32), clock.now()
    ends = now + settings.INVITATION_LASTS
    return Invitation(user=user, digest=crypto.token_digest(token), made_at=now, expires_at=ends), token


def find(token: str) -> Invitation | None:
    """The invitation of this token, while it is good and its account may work."""
    found = Invitation.objects.select_related("user").filter(
        digest=crypto.token_digest(token), expires_at__gt=clock.now(), user__is_active=True
    )
    return found.first()


@transaction.atomic
def redeem(token: str, password: str, *, request: HttpRequest | None = None) -> User | None:
    """Set the first password of an invited account; None when the invitation is not good (any more).

    Raises ValidationError, and leaves the invitation as it is, for a password that breaks the rules.
    """
    # Locked, so that of two who come with the link at once the second finds it gone.
    invitation = Invitation.objects.select_for_update().filter(digest=crypto.token_digest(token)).first()
    if invitation is None or invitation.expires_at <= clock.now():
        return None
    user = User.objects.select_for_update().get(pk=invitation.user_id)
    if not user.is_active:
        return None
    password_validation.validate_password(password, user)
    user.set_password(password)
    user.save(update_fields=["password"])
    invitation.delete()
    audit_trail.record("password_set", user, request=request, actor=user)
    return user


def _address(token: str) -> str:
    if present_province() is None:
        return absolute_urls.national_url(
            reverse("operators:invitation", args=[token], urlconf=settings.PUBLIC_SCHEMA_URLCONF)
        )
    return absolute_urls.absolute(reverse("admin:invitation", args=[token], urlconf=settings.ROOT_URLCONF))
