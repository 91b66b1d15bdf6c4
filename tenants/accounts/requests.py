"""The signed-in person of a request."""

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from tenants.accounts.models import User

type Visitor = User | AnonymousUser
"""`request.user`, before a page has checked that it is a member of staff."""


def acting_user(request: HttpRequest) -> User:
    """The account this request is signed in with. Raises PermissionDenied for an anonymous request."""
    if isinstance(request.user, AnonymousUser):
        raise PermissionDenied("acting_user: the request is not signed in")
    return request.user
