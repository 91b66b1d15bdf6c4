"""Who is only asked for an opinion reads and answers; the dossier, its slip and its dates stay with others."""

from collections.abc import Callable
from datetime import date

import pytest

from dossiers.lifecycle import actions as services
from dossiers.lifecycle.errors import NotEntitled
from dossiers.lifecycle.models import Dossier
from tenants.accounts.models import User
from tests.dossiers.walking import in_progress, take
from tests.factories import AssignmentFactory, Office

Act = Callable[[Office, Dossier, User], object]

ACTS: dict[str, tuple[str, Act]] = {
    "assign": ("leader", lambda o, d, who: services.assign(d.pk, actor=who, seen=3, assignee=o.leader)),
    "apologise": (
        "leader",
        lambda o, d, who: services.apologise(d.pk, actor=who, seen=3, new_due=date(2026, 12, 9), reason="x"),
    ),
    "correct": (
        "leader",
        lambda o, d, who: services.correct(d.pk, actor=who, seen=3, to_step="in_progress", reason="x"),
    ),
    "reissue": ("clerk", lambda o, d, who: services.reissue(d.pk, actor=who, seen=3, checked="Thẻ căn cước")),
    "print": ("clerk", lambda o, d, who: services.print_again(d, actor=who)),
    "QR": ("clerk", lambda o, d, who: services.receipt_url(d, actor=who)),
}


@pytest.mark.parametrize("act", ACTS)
def test_the_asked_agency_does_not(office: Office, act: str) -> None:
    role, do = ACTS[act]
    asked = AssignmentFactory(agency=office.consulted, role=role).user
    dossier = in_progress(office)
    take(office, dossier, "consult", actor=office.specialist)
    with pytest.raises(NotEntitled):
        do(office, dossier, asked)
    assert dossier.events.count() == 3


def test_who_left_does_not_take_back(office: Office) -> None:
    dossier = in_progress(office)
    office.clerk.assignments.all().delete()
    with pytest.raises(NotEntitled):
        services.recall(dossier.pk, actor=office.clerk, seen=2)
