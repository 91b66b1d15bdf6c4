"""Rating a dossier whose result was handed over: one tap on its page."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from dossiers import services
from dossiers.citizen.link_holder import Holder
from dossiers.models import Satisfaction
from dossiers.public_pages import see_other

SCORES = {str(int(score)): score for score in Satisfaction.Score}


@csrf_exempt
@require_POST
def rate(request: HttpRequest, token: str) -> HttpResponse:
    """POST `muc`, then 303 to the page, which says thanks; whatever else was sent changes nothing."""
    holder = Holder.of(token)
    if (refusal := holder.refusal(request, "rating")) is not None:
        return refusal
    score = SCORES.get(request.POST.get("muc", ""))
    if score is not None:
        services.rate(holder.token.dossier_id, score)
    return see_other(f"{reverse('dossier', args=[token])}#danh-gia")
