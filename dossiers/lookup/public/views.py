"""Citizens' pages: parse the request, ask `dossiers.lookup`, show the answer. They touch neither session nor user."""

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from dossiers.lifecycle import access_links, citizen_requests, files
from dossiers.lifecycle.files import access
from dossiers.lifecycle.models import AccessToken, Dossier
from dossiers.lifecycle.rules.codes import CodeError
from dossiers.lookup import limited_lookup, lookup
from dossiers.lookup.words import calendar_file, day_strip
from dossiers.lookup.words import dossier as presentation
from dossiers.workflow.rules.statuses import Status
from tenants.organisation.kept_pages import kept_page
from tenants.web.client_address import client_address
from tenants.web.public_pages import form_page, private, see_other, too_many_tries


class LookupForm(forms.Form):
    """Code and key as typed; what they mean is decided by `dossiers.lookup.lookup`."""

    code = forms.CharField(
        label=gettext_lazy("Mã hồ sơ"),
        max_length=120,
        error_messages={
            "required": gettext_lazy("Xin nhập mã hồ sơ in trên giấy hẹn."),
            "max_length": gettext_lazy("Mã hồ sơ quá dài. Xin gõ lại mã in trên giấy hẹn."),
        },
        widget=forms.TextInput(attrs={"autocapitalize": "off", "autocomplete": "off", "spellcheck": "false"}),
    )
    key = forms.CharField(
        label=gettext_lazy("Mã tra cứu"),
        max_length=40,
        required=False,
        error_messages={"max_length": gettext_lazy("Mã tra cứu chỉ có 6 ký tự.")},
        widget=forms.TextInput(
            attrs={"autocapitalize": "characters", "autocomplete": "off", "spellcheck": "false"}
        ),
    )


RETRY_SECONDS = 300


@form_page
def lookup_form(request: HttpRequest) -> HttpResponse:
    """The look-up form: POST code and key → 303 to the page of the dossier."""
    if request.method != "POST":
        return _form_page(request, LookupForm(initial={"code": request.GET.get("ma", "")[:120]}))
    form = LookupForm(request.POST)
    if not form.is_valid():
        return _form_page(request, form)
    typed_code, typed_key = form.cleaned_data["code"], form.cleaned_data["key"]
    try:
        answer = limited_lookup.ask(client_address(request), typed_code, typed_key)
    except CodeError as error:
        form.add_error("code", _(error.message) % error.params)
        return _form_page(request, form)
    match answer:
        case limited_lookup.TooManyTries():
            return _too_many(request, answer)
        case lookup.OtherProvince():
            return _other_province(request, answer)
        case lookup.Details():
            return see_other(
                reverse("dossier", args=[access_links.issue(answer.dossier, AccessToken.Purpose.LOOKUP)])
            )
        case lookup.Progress():
            if answer.wrong_key:
                # Answered without an address of its own: no address holds the typed key.
                form.add_error("key", _("Mã tra cứu chưa đúng. Xin xem 6 ký tự in dưới mã QR của giấy hẹn."))
                return _progress_page(request, answer.dossier, form)
            return see_other(reverse("progress", args=[answer.dossier.code]))
    form.add_error("code", presentation.not_found_sentence())
    return _form_page(request, form)


def _too_many(request: HttpRequest, answer: limited_lookup.TooManyTries) -> HttpResponse:
    return too_many_tries(
        request, retry_after=answer.retry_after, key_helps=answer.key_helps, sentence=answer.sentence
    )


@require_safe
def progress(request: HttpRequest, code: str) -> HttpResponse:
    """How far a dossier is, by its code alone."""
    try:
        answer = limited_lookup.ask(client_address(request), code)
    except CodeError:
        raise Http404 from None
    if isinstance(answer, limited_lookup.TooManyTries):
        return _too_many(request, answer)
    if isinstance(answer, lookup.OtherProvince):
        return _other_province(request, answer)
    if not isinstance(answer, lookup.Progress):
        form = LookupForm({"code": code})
        form.is_valid()
        form.add_error("code", presentation.not_found_sentence())
        return _form_page(request, form, status=404)
    return _progress_page(request, answer.dossier, LookupForm(initial={"code": answer.dossier.code}))


@require_safe
def dossier(request: HttpRequest, token: str) -> HttpResponse:
    """A dossier by its unguessable address: two reads and the one statement that enters the province."""
    opened = lookup.by_token(token)
    if opened is None:
        raise Http404
    found, acts = opened.dossier, lookup.may_act(opened)
    events = lookup.events(found)
    supplements = acts and found.status_enum is Status.SUPPLEMENT_REQUIRED and access_links.has_mobile(found)
    page = presentation.details(found, events, shared=not acts, online=supplements)
    context = {
        "dossier": page,
        "due_days": day_strip.of(found, events),
        "results": [access.row(one) for one in files.results(found)] if acts else [],
        "token": token,
        "may_act": acts,
        "has_dates": bool(calendar_file.entries(found, page["request"])),
        "keeping": presentation.keeping(opened),
        "rating": presentation.rating(found) if acts else {},
        "supplements": supplements,
        "chat": access_links.chat_account() if acts and access_links.is_open_to_chat(found) else None,
    }
    return private(render(request, "lookup/status.html", context))


@require_safe
def calendar(request: HttpRequest, token: str) -> HttpResponse:
    """The dates of a dossier as a calendar file, for all who may see its page; 404 where no date runs."""
    opened = lookup.by_token(token)
    if opened is None:
        raise Http404
    events = lookup.events(opened.dossier)
    request_now = citizen_requests.standing(opened.dossier, events)
    if not (entries := calendar_file.entries(opened.dossier, request_now)):
        raise Http404
    code, sequence = opened.dossier.code, events[-1].sequence
    content = calendar_file.calendar_file(code, entries, sequence)
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="ho-so-{code}.ics"'
    return private(response)


@kept_page("catalogue")
def my_dossiers(request: HttpRequest) -> HttpResponse:
    """Answer GET /ho-so-cua-toi/: the codes that a device keeps, which its own script reads; the same for everybody."""
    return render(request, "lookup/my_dossiers.html")


def _other_province(request: HttpRequest, answer: lookup.OtherProvince) -> HttpResponse:
    context = {"code": answer.code, "province_name": answer.province_name, "link": answer.url}
    return private(render(request, "lookup/other_province.html", context))


def _progress_page(request: HttpRequest, found: Dossier, form: LookupForm) -> HttpResponse:
    context = {"dossier": presentation.progress(found), "form": form}
    return private(render(request, "lookup/progress.html", context))


def _form_page(request: HttpRequest, form: LookupForm, status: int = 200) -> HttpResponse:
    return private(render(request, "lookup/lookup.html", {"form": form}, status=status))


@require_safe
def result_file(request: HttpRequest, token: str, attachment_id: int) -> HttpResponseBase:
    """A result file, for one who holds an address of the dossier that was not shared with them."""
    found = lookup.by_own_token(token)
    if found is None:
        raise Http404
    try:
        return access.download(files.for_citizen(found.dossier, attachment_id))
    except files.NoSuchFile:
        raise Http404 from None
    except files.NotServed as refusal:
        reason = str(refusal)
    context = {"reason": reason, "back": reverse("dossier", args=[token])}
    response = private(render(request, "lookup/file_unavailable.html", context, status=503))
    response["Retry-After"] = str(RETRY_SECONDS)
    return response
