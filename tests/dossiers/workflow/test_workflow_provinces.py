"""The demonstration provinces at work: every transition of every workflow of theirs, taken through the services."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages

from dossiers.lifecycle import actions as services
from dossiers.lifecycle import files, rules_in_force
from dossiers.lifecycle.actions import requirements
from dossiers.lifecycle.models import Dossier, Event
from dossiers.workflow import folder as workflow_folder
from dossiers.workflow.rules.schema import Transition
from dossiers.workflow.rules.workflow import Workflow
from messaging.outbox.models.messages import Message
from procedures.catalogue.models import Procedure
from tenants.accounts.models import User
from tenants.folder.folder import open_folder
from tenants.isolation.province_cache import ProvinceRecord
from tenants.organisation.models import Role
from tests.deep import DEEP
from tests.dossiers.lifecycle.files import samples
from tests.dossiers.walking import received
from tests.factories import AssignmentFactory, Office, ProcedureFactory, SectorFactory

Move = tuple[str, str]
"""From which step, by which transition."""

# By sector; the one of Hộ tịch the office has already.
PROCEDURES: dict[str, dict[str, Any]] = {
    "Đất đai": {"code": "1.012783", "name": "Cấp đổi Giấy chứng nhận", "short_name": "Cấp đổi sổ"},
    "Chứng thực": {"code": "2.000815", "name": "Chứng thực bản sao", "short_name": "Sao y"},
    "Khiếu nại, tố cáo": {"complaint": True},
    "Tranh chấp đất đai": {
        "code": "1.012812",
        "name": "Hòa giải tranh chấp đất đai",
        "short_name": "Hòa giải đất đai",
        "kind": "conciliation",
        "term": (30, "calendar_day"),
    },
}
# Province, sector of the procedure → the workflow by which it must be handled, written by hand.
HANDLED = [
    ("daklak", "H15", "Đất đai", "Quy trình chung"),
    ("daklak", "H15", "Hộ tịch", "Quy trình chung"),
    ("daklak", "H15", "Khiếu nại, tố cáo", "Giải quyết khiếu nại"),
    ("daklak", "H15", "Tranh chấp đất đai", "Hòa giải tranh chấp đất đai"),
    ("dongnai", "H19", "Đất đai", "Quy trình có bước thẩm định"),
    ("dongnai", "H19", "Hộ tịch", "Hộ tịch và chứng thực bản sao"),
    ("dongnai", "H19", "Chứng thực", "Hộ tịch và chứng thực bản sao"),
    ("dongnai", "H19", "Khiếu nại, tố cáo", "Giải quyết khiếu nại"),
]
# One procedure for each workflow; the others would only take the same ways again.
WALKED = [HANDLED[n] for n in (0, 2, 3, 4, 5)]


@pytest.fixture(autouse=True)
def store(settings: Any, tmp_path: Path) -> Iterator[None]:
    """Result files of this test lie in a folder that goes with it."""
    local = {"BACKEND": "tenants.files.storage.LocalStorage", "OPTIONS": {"location": tmp_path / "files"}}
    settings.STORAGES = {**settings.STORAGES, "dossiers": local}
    yield
    storages._storages.clear()  # type: ignore[attr-defined]


Opened = Callable[[str, str, str], tuple[Office, Procedure]]


@pytest.fixture
def opened(db, noon, inside):
    """Go into a province, apply the workflows of its folder, and make an office and a procedure there."""
    entered: list[AbstractContextManager[ProvinceRecord]] = []

    def open_(slug: str, code: str, sector: str) -> tuple[Office, Procedure]:
        entered.append(inside(slug))
        entered[0].__enter__()
        office = Office(code)
        workflow_folder.STEP.apply(open_folder(slug))
        facts = PROCEDURES.get(sector)
        made = ProcedureFactory(sector=SectorFactory(name=sector), **facts) if facts else office.procedure
        return office, made

    yield open_
    for context in entered:
        context.__exit__(None, None, None)


class Walker:
    """Takes dossiers along a workflow until every move has been taken from every step it starts at."""

    def __init__(self, office: Office, procedure: Procedure, workflow: Workflow) -> None:
        self.office, self.procedure, self.workflow = office, procedure, workflow
        self.asked = AssignmentFactory(agency=office.consulted, role=Role.SPECIALIST).user
        self.left = {(source, way.code) for way in workflow.transitions.values() for source in way.source}
        self.taken: set[str] = set()

    def walk_all(self) -> None:
        for start in self.workflow.starts:
            while self._way_to_untaken(start):
                self._walk_one(start)

    def _walk_one(self, start: str) -> None:
        channel = "online" if start == "new" else "counter"
        dossier = received(self.office, procedure_code=self.procedure.code, channel=channel)
        assert dossier.step == start
        while way := self._way_to_untaken(dossier.step):
            for move in way:
                self._take(dossier, self.workflow.transitions[move[1]])
                self.left.discard(move)

    def _way_to_untaken(self, step: str) -> list[Move]:
        """The shortest way from here whose last move has not been taken; empty when there is none."""
        waiting: deque[tuple[str, list[Move]]] = deque([(step, [])])
        seen = {step}
        while waiting:
            here, way = waiting.popleft()
            onward = self.workflow.transitions_from(here)
            for transition in onward:
                if (here, transition.code) in self.left:
                    return [*way, (here, transition.code)]
            for transition in onward:
                if transition.target not in seen:
                    seen.add(transition.target)
                    waiting.append((transition.target, [*way, (here, transition.code)]))
        return []

    def _take(self, dossier: Dossier, way: Transition) -> None:
        given = self.office.given(dossier, way)
        if "result" in way.requires:
            upload = samples.upload(samples.pdf(), "ket-qua-minh-hoa.pdf")
            files.attach(dossier.pk, upload, kind="result", actor=self.office.specialist)
            dossier.refresh_from_db()
        seen = dossier.last_sequence
        if requirements.needs_approval(dossier, way):
            worker = self.office.specialist if "specialist" in way.roles else self.office.clerk
            proposal = services.propose(
                dossier.pk, way.code, actor=worker, seen=seen, given=services.TransitionInput(**given)
            )
            event = services.approve(proposal.pk, actor=self.office.leader, seen=seen + 1)
        else:
            event = services.apply_transition(
                dossier.pk,
                way.code,
                actor=self._actor(dossier, way),
                seen=seen,
                given=services.TransitionInput(**given),
            )
        dossier.refresh_from_db()
        self.taken.add(event.kind)
        self._check(dossier, event, way)

    def _actor(self, dossier: Dossier, way: Transition) -> User:
        """Whom it is up to: the asked agency answers for itself, others act by their role."""
        answers = self.workflow.steps[way.target].status == dossier.status_enum
        if dossier.step_data.agency == "consulted" and answers:
            return self.asked
        return self.office.person_for(way.roles)

    def _check(self, dossier: Dossier, event: Event, way: Transition) -> None:
        target = self.workflow.steps[way.target]
        assert (dossier.step, dossier.status) == (target.code, int(target.status))
        assert (event.kind, event.to_step) == (way.code, target.code)
        assert (dossier.paused_since is not None) == (self.workflow.clock_state(target.code) == "paused")
        assert (dossier.closed_at is not None) == target.status.is_closed
        assert (dossier.holding_agency == self.office.consulted) == (target.agency == "consulted")
        told = Message.objects.filter(subject=dossier.subject, event=str(event.sequence))
        assert [message.intent for message in told] == ([way.notice] if way.notice else [])


@pytest.mark.parametrize(
    ("slug", "code", "sector", "name"), HANDLED, ids=[f"{row[0]}-{row[2]}" for row in HANDLED]
)
def test_which_workflow_handles_a_procedure(opened, slug, code, sector, name):
    _office, procedure = opened(slug, code, sector)
    assert rules_in_force.applicable(procedure).workflow.name == name


# In `make test` the other two are walked by `test_preview`, which looks before each step.
HERE = WALKED if DEEP else [WALKED[n] for n in (0, 2, 3)]


@pytest.mark.sampled
@pytest.mark.parametrize(("slug", "code", "sector", "name"), HERE, ids=[f"{row[0]}-{row[3]}" for row in HERE])
def test_every_transition_is_taken(opened: Opened, slug: str, code: str, sector: str, name: str) -> None:
    office, procedure = opened(slug, code, sector)
    walker = Walker(office, procedure, rules_in_force.applicable(procedure).workflow)
    walker.walk_all()
    assert walker.left == set()
    assert walker.taken == set(walker.workflow.transitions)
