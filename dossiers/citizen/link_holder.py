"""What all pages have in common on which the holder of a dossier's address does something.

Zalo's browser loses cookies, so their forms carry no token of their own: the address is the secret. Where the
browser says from where a form was sent, that must be this site.
"""

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from dossiers.lookup import lookup
from dossiers.models import AccessToken
from dossiers.public_pages import sent_from_here, too_many_tries
from tenants import rate_limits
from tenants.accounts.requests import client_address

# Within a quarter of an hour; whoever does the same thing more often is no reader.
PER_DOSSIER = 10
PER_ADDRESS = 40
PER_PROVINCE = 1000


@dataclass(frozen=True)
class Holder:
    """Who holds an address that lets them act."""

    token: AccessToken

    @classmethod
    def of(cls, value: str) -> "Holder":
        """The holder of this address; Http404 for a dead one and for one that was shared for looking only."""
        token = lookup.by_own_token(value)
        if token is None:
            raise Http404
        return cls(token)

    def refusal(self, request: HttpRequest, what: str) -> HttpResponse | None:
        """Why this form is not obeyed: sent from elsewhere, or too often. None when it is, which counts."""
        if not sent_from_here(request):
            return render(request, "403.html", status=403)
        limits = {
            f"{what}:dossier:{self.token.dossier_id}": PER_DOSSIER,
            f"{what}:from:{rate_limits.block(client_address(request))}": PER_ADDRESS,
            f"{what}:province": PER_PROVINCE,
        }
        if rate_limits.used_up(limits):
            return too_many_tries(request)
        rate_limits.charge(limits)
        return None
