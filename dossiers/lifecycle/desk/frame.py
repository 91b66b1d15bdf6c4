"""The frame of every page of the desk, the dossier that this person may see, and the page of a form with one act behind it."""

import re
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext as _

from dossiers.deadlines import wording
from dossiers.lifecycle.actions.message_preview import Preview
from dossiers.lifecycle.errors import IntakeRefused, NeedsApproval, StaleDossier
from dossiers.lifecycle.event_journal import READ_WITH
from dossiers.lifecycle.models import Dossier
from dossiers.lifecycle.permissions import visible_to
from tenants import clock
from tenants.accounts.requests import acting_user
from tenants.accounts.signin.unsent_form import SECRET
from tenants.organisation.models import Role
from tenants.organisation.rights import agencies_of, roles_anywhere, workplace
from tenants.organisation.staff_site.form_fields import show_problems
from tenants.organisation.staff_site.sites import province_site
from tenants.refusals import Refused


def agencies(request: HttpRequest) -> set[int] | None:
    """The agencies whose dossiers this person may see; None means all."""
    return once(request, "_agencies", lambda: agencies_of(request.user))


def once[Value](request: HttpRequest, name: str, compute: Callable[[], Value]) -> Value:
    """A value of this request, computed the first time: menu and admin ask for it several times."""
    kept = vars(request)
    if name not in kept:
        kept[name] = compute()
    value: Value = kept[name]
    return value


def may_open(request: HttpRequest) -> bool:
    """Whether this person works on dossiers, or reads them, at some agency."""
    return bool(request.user.is_staff) and agencies(request) != set()


def may_receive(request: HttpRequest) -> bool:
    """Whether this person receives dossiers at some desk; the service checks at which."""
    return Role.CLERK in roles_anywhere(request.user)


def for_staff(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A page that opens by `may_open`; `visible_to` limits its dossiers."""

    @wraps(view)
    def door(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not may_open(request):
            raise PermissionDenied(_("Ông/bà chưa được phân công làm hồ sơ ở cơ quan nào."))
        return view(request, *args, **kwargs)

    return door


def visible(request: HttpRequest, dossier_id: int) -> Dossier:
    """The dossier with its related rows; not found where this person may not see it."""
    dossiers = visible_to(acting_user(request)).select_related(*READ_WITH)
    return get_object_or_404(dossiers, pk=dossier_id)


def dossier_url(dossier_id: int, tab: str = "") -> str:
    """The address of the page of a dossier, open at a tab."""
    return reverse("admin:dossiers_dossier_change", args=[dossier_id]) + (f"?tab={tab}" if tab else "")


def forbid_caching[Response: HttpResponseBase](response: Response) -> Response:
    """The response, kept by no browser and no proxy."""
    response["Cache-Control"] = "no-store"
    return response


def shell(request: HttpRequest, model: type[Model] = Dossier) -> dict[str, Any]:
    """The frame of the admin site, on a page about rows of this model."""
    return {**province_site.each_context(request), "opts": model._meta, "is_fullwidth": "1"}


Look = Callable[[], Preview | None]
Rows = list[tuple[str, list[str]]]


def act_page(
    request: HttpRequest,
    dossier: Dossier,
    form: forms.Form,
    act: Callable[[], object],
    /,
    *,
    title: str | Promise,
    done: str,
    back: str = "",
    then: str = "",
    template: str = "desk/act.html",
    look: Look | None = None,
    first: Look | None = None,
    **context: Any,
) -> HttpResponse:
    """Show the form; when it is posted and valid, do the act, say `done` and go on to `then`.

    `back` is the page to return to, by default the dossier's; `then` by default the same. POST with `preview`
    shows the message of `look` and does nothing; `first` is the message before anything is filled in. A refusal
    stands in the form; who acted on an older state gets the page that says so.
    """
    back = back or dossier_url(dossier.pk)
    preview: Preview | None = None
    looked = needs_approval = False
    if request.method == "GET" and first is not None:
        looked = True
        with suppress(Refused):  # An act that requires input first has no message yet.
            preview = first()
    elif request.method == "POST" and form.is_valid():
        try:
            if look is None or "preview" not in request.POST:
                act()
                messages.success(request, done)
                return HttpResponseRedirect(then or back)
            preview, looked = look(), True
        except StaleDossier as refusal:
            return conflict(request, dossier, refusal, typed(request, form))
        except IntakeRefused as refusal:
            show_problems(form, refusal.problems)
        except Refused as refusal:
            form.add_error(None, str(refusal))
            needs_approval = isinstance(refusal, NeedsApproval)
    shown = {
        "title": title,
        "dossier": dossier,
        "form": form,
        "page": back,
        "preview": preview,
        "looked": looked,
        "needs_approval": needs_approval,
    }
    context = {**shell(request), **shown, **context}
    return render(request, template, context, status=422 if form.errors else 200)


def conflict(request: HttpRequest, dossier: Dossier | None, refusal: object, rows: Rows) -> HttpResponse:
    """The answer to a stale click: why nothing was done, what was typed, to be copied, and the way on: to the dossier,
    or where there is none to the counter."""
    title = dossier.code if dossier else _("Thao tác chưa được ghi.")
    context = {"title": title, "dossier": dossier, "refusal": refusal, "rows": rows, **shell(request)}
    return forbid_caching(render(request, "lifecycle/conflict.html", context, status=409))


def typed(request: HttpRequest, form: forms.Form) -> Rows:
    """What was sent with a form, in the order of the page. What no field of the form takes any more is shown too where
    it is a text of several words; secrets are not."""
    rows = Rows()
    posted: list[tuple[str, Any]] = [*request.POST.lists(), *request.FILES.lists()]
    for name, sent in posted:
        field, texts = form.fields.get(name), [str(one).strip() for one in sent]
        if isinstance(field, forms.DateField):  # A date picker sends year, month, day.
            texts = [re.sub(r"^(\d{4})-(\d\d)-(\d\d)$", r"\3/\2/\1", text) for text in texts]
        words = {"on": "✓", **{str(code): str(label) for code, label in getattr(field, "choices", ())}}
        is_shown = not field.widget.is_hidden if field else any(" " in text for text in texts)
        if is_shown and any(texts) and not SECRET.search(name):
            rows.append((str(field.label) if field else _("Khác"), [words.get(text, text) for text in texts]))
    return rows


def frame(request: HttpRequest) -> dict[str, Any]:
    """The strip and the head of every staff page: the workplace, the permitted pages, the day."""
    user = request.user
    if not user.is_authenticated or getattr(request, "province", None) is None:
        return {}
    return {
        "workplace": SimpleLazyObject(lambda: workplace(user)),
        "may_open": may_open(request),
        "may_receive": may_receive(request),
        "today_text": wording.full(clock.now()),
    }


def on_dossiers(request: HttpRequest) -> bool:
    """Whether the menu marks the list: on it and on a dossier, but not on the desk's pages under its address."""
    rest = request.path.removeprefix(reverse("admin:dossiers_dossier_changelist"))
    return rest != request.path and not rest.startswith(("add/", "hom-nay/", "quet/"))
