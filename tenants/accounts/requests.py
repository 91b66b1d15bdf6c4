"""A request's account and network address."""

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


def seen_number(request: HttpRequest, box: str = "seen") -> int:
    """The number of the state, or of the row, that the sent page showed in this box; 0 for none."""
    typed = request.POST.get(box, "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0
