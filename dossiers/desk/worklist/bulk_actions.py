"""One action on many dossiers of the list: the choice, the execution, and one page of results."""

import re
from collections import Counter
from collections.abc import Collection
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dossiers.desk.worklist.row import deadline_text
from dossiers.filing.desk import review
from dossiers.lifecycle import actions as services
from dossiers.lifecycle.actions.requirements import required_fields
from dossiers.lifecycle.desk.form_fields import people_choices, person_field
from dossiers.lifecycle.desk.frame import shell
from dossiers.lifecycle.event_journal import READ_WITH
from dossiers.lifecycle.models import Dossier
from dossiers.lifecycle.permissions import next_steps, possible_assignees, visible_to
from dossiers.workflow.rules.schema import Transition
from tenants import clock
from tenants.accounts.models import User
from tenants.accounts.requests import acting_user
from tenants.organisation.staff_site.form_fields import select_field, set_choices, text_area_field

MOST = 100
ASSIGN = "giao"
NEVER_SEEN = -1
_NUMBER = re.compile(r"[0-9]{1,18}")
_FOR_MANY = frozenset({"assignee", "reason"})
"""Input that one answer can give for many dossiers; a step that requires more is taken one by one."""


class BulkForm(forms.Form):
    """The action, the assignee, and one note for all."""

    act = select_field(gettext_lazy("Việc"))
    assignee = person_field(gettext_lazy("Người xử lý"))
    note = text_area_field(gettext_lazy("Ghi chú, lý do"), rows=2)


def page(request: HttpRequest) -> HttpResponse:
    """`?hs=1,2,3`: the possible actions on these; POST executes one and shows the results."""
    user = acting_user(request)
    dossiers = _chosen(request, user)
    if not dossiers:
        return HttpResponseRedirect(reverse("admin:dossiers_dossier_changelist"))
    form = BulkForm(request.POST or None)
    by_itself = review.taken_alone(dossiers)
    acts = _acts(dossiers, user, by_itself)
    set_choices(form, "act", acts)
    set_choices(form, "assignee", [("", "—"), *_people(dossiers)])
    context: dict[str, Any] = {
        "title": _("Làm với nhiều hồ sơ"),
        "form": form,
        "rows": [(one, deadline_text(one), by_itself.get(one.pk, "")) for one in dossiers],
        "chosen": _keys(dossiers),
        **shell(request),
    }
    if request.method == "POST" and form.is_valid():
        batch = _do(form, _seen(request, dossiers), user, by_itself)
        known = {dossier.pk: dossier for dossier in dossiers}
        context |= {
            "done": [known[pk] for pk in batch.done],
            "refused": [(known[pk], sentence) for pk, sentence in batch.refused.items()],
            "act_title": dict(acts)[form.cleaned_data["act"]],
            "done_keys": ",".join(map(str, batch.done)),
        }
        return render(request, "desk/bulk_result.html", context)
    return render(request, "desk/bulk.html", context, status=422 if form.errors else 200)


def handover_list(request: HttpRequest) -> HttpResponse:
    """The list that accompanies dossiers from one office to another, to be printed and signed."""
    user = acting_user(request)
    dossiers = _chosen(request, user)
    context = {
        "dossiers": dossiers,
        "now": clock.now(),
        "by": user.get_full_name(),
        "to": sorted({dossier.holding_agency.name for dossier in dossiers}),
    }
    return render(request, "desk/handover.html", context)


def _chosen(request: HttpRequest, user: User) -> list[Dossier]:
    given = request.GET.get("hs", "").split(",")[:MOST]
    keys = [int(key) for key in given if _NUMBER.fullmatch(key)]
    found = visible_to(user).filter(pk__in=keys).select_related(*READ_WITH)
    return list(found.order_by("due_at", "pk"))


def _keys(dossiers: list[Dossier]) -> str:
    return ",".join(str(dossier.pk) for dossier in dossiers)


def _acts(dossiers: list[Dossier], user: User, by_itself: Collection[int]) -> list[tuple[str, str]]:
    """Steps that at least one of them can take now, with the number of those that take it here; then assigning."""
    names: dict[str, str] = {}
    often: Counter[str] = Counter()
    possible = next_steps(dossiers, user)
    for dossier in dossiers:
        for step in possible[dossier.pk]:
            if _is_for_many(dossier, step):
                names[step.code] = _(step.name)
                often[step.code] += dossier.pk not in by_itself
    offered = [
        (code, _("%(name)s (%(n)d hồ sơ)") % {"name": names[code], "n": n}) for code, n in often.most_common()
    ]
    # Nothing is chosen beforehand: a press too many would move them all.
    return [("", "—"), *offered, (ASSIGN, _("Giao lại cho người khác"))]


def _is_for_many(dossier: Dossier, step: Transition) -> bool:
    """Not for steps that end a dossier, need a leader or need input of their own: those are taken one by one."""
    ends = dossier.workflow_version.workflow.steps[step.target].status.is_closed
    return not ends and "approval" not in step.requires and required_fields(dossier, step) <= _FOR_MANY


def _people(dossiers: list[Dossier]) -> list[tuple[str, str]]:
    """Possible assignees, of all their competent agencies."""
    by_agency = {dossier.competent_agency_id: dossier for dossier in dossiers}
    people = {person.pk: person for dossier in by_agency.values() for person in possible_assignees(dossier)}
    return people_choices(sorted(people.values(), key=User.get_full_name))


def _seen(request: HttpRequest, dossiers: list[Dossier]) -> dict[int, int]:
    """The last event of each that this person saw on the page; later changes are refused."""
    said = {dossier.pk: request.POST.get(f"seen-{dossier.pk}", "") for dossier in dossiers}
    return {pk: int(text) if _NUMBER.fullmatch(text) else NEVER_SEEN for pk, text in said.items()}


def _do(form: BulkForm, seen: dict[int, int], user: User, by_itself: dict[int, str]) -> services.Batch:
    values = form.cleaned_data
    given = {"assignee": values["assignee"], "note": values["note"]}
    if values["act"] == ASSIGN:
        return services.assign_each(seen, actor=user, **given)
    here = {pk: sequence for pk, sequence in seen.items() if pk not in by_itself}
    batch = services.apply_transition_each(
        here, values["act"], actor=user, given=services.TransitionInput(**given)
    )
    batch.refused.update(by_itself)
    return batch
