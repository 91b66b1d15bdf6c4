"""One action on many dossiers of the list: the choice, the execution, and one page of results."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dossiers.desk.dossier.action_pages import other_office
from dossiers.desk.worklist.row import deadline_text
from dossiers.filing.desk import review
from dossiers.lifecycle import actions as services
from dossiers.lifecycle.actions import message_preview, transitions
from dossiers.lifecycle.actions.requirements import DEMANDS, required_fields
from dossiers.lifecycle.desk.form_fields import people_choices, person_field
from dossiers.lifecycle.desk.frame import shell, typed
from dossiers.lifecycle.errors import NotPossible
from dossiers.lifecycle.event_journal import READ_WITH
from dossiers.lifecycle.models import Dossier
from dossiers.lifecycle.permissions import next_steps, possible_assignees, visible_to
from dossiers.workflow.rules.schema import Transition
from tenants import clock
from tenants.accounts.models import User
from tenants.accounts.requests import acting_user
from tenants.organisation.staff_site.form_fields import select_field, set_choices, text_area_field
from tenants.refusals import Refused

MOST = 100
ASSIGN, RECALL = "giao", "thu-hoi"
NEVER_SEEN = -1
_NUMBER = re.compile(r"[0-9]{1,18}")
_FOR_MANY = frozenset({"assignee", "reason"})
"""Input that one answer can give for many dossiers; a step that requires more is taken one by one."""


class BulkForm(forms.Form):
    """The action, the assignee, and one note for all."""

    act = select_field(gettext_lazy("Việc"))
    assignee = person_field(gettext_lazy("Người xử lý"))
    note = text_area_field(gettext_lazy("Ghi chú, lý do"), rows=2)
    for_person: Collection[str] = ()
    """The acts of the list that need a person."""

    def clean(self) -> dict[str, Any]:
        """Nothing is done for any of them while the person is missing."""
        values = super().clean() or {}
        if values.get("act") in self.for_person and not values.get("assignee"):
            self.add_error("assignee", str(DEMANDS["assignee"]))
        return values


def page(request: HttpRequest) -> HttpResponse:
    """`?hs=1,2,3`: the possible actions on these; POST executes one and shows the results."""
    user = acting_user(request)
    dossiers = _chosen(request, user)
    if not dossiers:
        return HttpResponseRedirect(reverse("admin:dossiers_dossier_changelist"))
    form = BulkForm(request.POST or None, initial={"act": request.GET.get("viec")})
    steps = _steps(dossiers, user)
    by_itself = review.taken_alone(dossiers)
    acts = _acts(steps, by_itself)
    needing = _needing_person(dossiers, steps)
    form.for_person = {ASSIGN}.union(*needing.values())
    set_choices(form, "act", acts)
    set_choices(form, "assignee", _people(dossiers))
    context: dict[str, Any] = {
        "title": _("Làm với nhiều hồ sơ"),
        "form": form,
        "rows": [(one, deadline_text(one), by_itself.get(one.pk) or other_office(one)) for one in dossiers],
        "chosen": request.GET["hs"],
        "more": _more(request),
        **shell(request),
    }
    if request.method == "POST" and form.is_valid():
        seen, do = _seen(request, dossiers), _act(form, user, needing, by_itself)
        if "preview" in request.POST:
            context |= _look(dossiers, seen, do)
            return render(request, "desk/bulk.html", context)
        batch = transitions.each(seen, do)
        known = {dossier.pk: dossier for dossier in dossiers}
        context |= {
            "done": [known[pk] for pk in batch.done],
            "refused": [(known[pk], sentence) for pk, sentence in batch.refused.items()],
            "typed": typed(request, form) if batch.refused else [],
            "act_title": dict(acts)[form.cleaned_data["act"]],
            "recalled": form.cleaned_data["act"] == RECALL,
            "done_keys": ",".join(map(str, batch.done)),
            "refused_keys": ",".join(map(str, batch.refused)),
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
        "more": _more(request),
    }
    return render(request, "desk/handover.html", context)


def _chosen(request: HttpRequest, user: User) -> list[Dossier]:
    given = request.GET.get("hs", "").split(",")[:MOST]
    keys = [int(key) for key in given if _NUMBER.fullmatch(key)]
    found = visible_to(user).filter(pk__in=keys).select_related(*READ_WITH)
    return list(found.order_by("due_at", "pk"))


def _more(request: HttpRequest) -> str:
    """That more were chosen than one act takes; "" where all are taken."""
    sentence = _("Mỗi lần nhiều nhất %(n)d hồ sơ. Danh sách còn hồ sơ nữa, chưa có ở đây.") % {"n": MOST}
    return sentence if request.GET.get("hs", "").count(",") >= MOST else ""


def _steps(dossiers: list[Dossier], user: User) -> dict[int, list[Transition]]:
    """By dossier the steps it can take now among many."""
    possible = next_steps(dossiers, user)
    return {one.pk: [step for step in possible[one.pk] if _is_for_many(one, step)] for one in dossiers}


def _acts(steps: Mapping[int, list[Transition]], by_itself: Collection[int]) -> list[tuple[str, str]]:
    """Steps that at least one of them can take now, with the number of those that take it here; then assigning and
    recalling."""
    names, often = dict[str, str](), Counter[str]()
    for pk, each in steps.items():
        names |= {step.code: _(step.name) for step in each}
        often.update({step.code: int(pk not in by_itself) for step in each})
    offered = [
        (code, _("%(name)s (%(n)d hồ sơ)") % {"name": names[code], "n": n}) for code, n in often.most_common()
    ]
    # Nothing is chosen beforehand: a press too many would move them all.
    others = {ASSIGN: _("Giao lại cho người khác"), RECALL: _("Thu hồi thao tác vừa rồi")}
    return [("", "—"), *offered, *others.items()]


def _needing_person(dossiers: list[Dossier], steps: dict[int, list[Transition]]) -> dict[int, set[str]]:
    """By dossier the steps for which a person must be chosen."""
    return {
        one.pk: {step.code for step in steps[one.pk] if "assignee" in required_fields(one, step)}
        for one in dossiers
    }


def _is_for_many(dossier: Dossier, step: Transition) -> bool:
    """Not for steps that end a dossier, need a leader or need input of their own: those are taken one by one."""
    ends = dossier.workflow_version.workflow.steps[step.target].status.is_closed
    return not ends and "approval" not in step.requires and required_fields(dossier, step) <= _FOR_MANY


def _people(dossiers: list[Dossier]) -> list[tuple[str, str]]:
    """Possible assignees, of all their competent agencies. One agency's first person stands chosen, as for one dossier;
    of several agencies' nobody, since nobody could take them all."""
    by_agency = {dossier.competent_agency_id: dossier for dossier in dossiers}
    people = {person.pk: person for dossier in by_agency.values() for person in possible_assignees(dossier)}
    found = people_choices(sorted(people.values(), key=User.get_full_name))
    return found if len(by_agency) == 1 and found else [("", "—"), *found]


def _seen(request: HttpRequest, dossiers: list[Dossier]) -> dict[int, int]:
    """The last event of each that this person saw on the page; later changes are refused."""
    said = {dossier.pk: request.POST.get(f"seen-{dossier.pk}", "") for dossier in dossiers}
    return {pk: int(text) if _NUMBER.fullmatch(text) else NEVER_SEEN for pk, text in said.items()}


def _act(
    form: BulkForm, user: User, needing: Mapping[int, set[str]], by_itself: Mapping[int, str]
) -> Callable[[int, int], object]:
    """What the form does with one dossier, given the last event of it that was seen."""
    act, person, note = (form.cleaned_data[name] for name in ("act", "assignee", "note"))

    def do(pk: int, seen: int) -> object:
        if act == RECALL:
            return services.recall(pk, actor=user, seen=seen)
        if act == ASSIGN:
            return services.assign(pk, actor=user, seen=seen, assignee=person, note=note)
        if pk in by_itself:
            raise NotPossible(by_itself[pk])
        # A step that asks for nobody leaves the dossier with who has it.
        given = services.TransitionInput(note=note, assignee=person if act in needing[pk] else None)
        return services.apply_transition(pk, act, actor=user, seen=seen, given=given)

    return do


def _look(
    dossiers: list[Dossier], seen: Mapping[int, int], do: Callable[[int, int], object]
) -> dict[str, Any]:
    """The message to the first of them with which it can be done, and until then why it cannot; nothing is written."""
    refused = []
    for one in dossiers:
        try:
            preview = message_preview.of_act(one, partial(do, one.pk, seen[one.pk]))
        except Refused as refusal:
            refused.append(f"{one.code}: {refusal}")
        else:
            return {"looked": one.code, "preview": preview, "refusals": refused}
    return {"refusals": refused}
