"""The telephone of the mock channel, on a page: what a citizen receives, and what they write."""

from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from messaging import phone_numbers
from messaging.phone_page import conversation
from messaging.phone_page.page import chips, numbers_to_try, telephones


@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(no_store=True)
def telephone(request: HttpRequest) -> HttpResponse:
    """`?so=` chooses the number; without it, or for a number nobody wrote to, the latest one is shown. A POST sends
    what its owner types (`text`) or presses (`chip`)."""
    if "mock" not in settings.MESSAGING_CHANNELS:
        raise Http404
    number = (request.POST if request.method == "POST" else request.GET).get("so", "")
    text, problem = "", ""
    if request.method == "POST":
        text = request.POST.get("chip") or request.POST.get("text", "")
        try:
            number = phone_numbers.normalise(number)
            conversation.write(number, text)
        except (phone_numbers.BadPhone, conversation.NotWritten) as fault:
            problem = str(fault)
        else:
            answer = HttpResponseRedirect(f"{request.path}?{urlencode({'so': number})}")
            answer.status_code = 303
            return answer
    context = telephones(number, page=request.path)
    context |= {
        "numbers": numbers_to_try(),
        "chips": chips(context["current"]),
        "here": request.get_full_path(),
    }
    context |= {"text": text[: conversation.LONGEST], "problem": problem, "longest": conversation.LONGEST}
    return render(request, "messaging/telephone.html", context, status=422 if problem else 200)
