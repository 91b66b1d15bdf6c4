"""What needs a leader: asked for by others, done when the leader says so."""

import pytest

from dossiers.lifecycle import actions as services
from dossiers.lifecycle.actions.transitions import in_words
from dossiers.lifecycle.errors import NotEntitled, NotPossible
from dossiers.lifecycle.models import Dossier
from messaging.outbox.models.messages import Message
from tests.dossiers import walking
from tests.dossiers.walking import in_progress, propose, take
from tests.factories import Office


@pytest.fixture
def asked_once(office: Office) -> Dossier:
    return walking.asked_once(office)


def test_leader_does_it_alone(office: Office, asked_once: Dossier) -> None:
    event = take(office, asked_once, "require_supplement", actor=office.leader)
    assert event.approved_by == office.leader


def test_proposal_changes_no_state_and_tells_nobody(office: Office, asked_once: Dossier) -> None:
    told = Message.objects.count()
    propose(office, asked_once)
    assert asked_once.step == "in_progress"
    assert Message.objects.count() == told


def test_approved_proposal_is_done_as_it_was_asked(office: Office, asked_once: Dossier) -> None:
    proposal = propose(office, asked_once)
    event = services.approve(proposal.pk, actor=office.leader, seen=asked_once.last_sequence)
    asked_once.refresh_from_db()
    assert (event.actor, event.approved_by) == (office.specialist, office.leader)
    assert event.note.data["papers"] == ["Tờ khai"]
    assert asked_once.citizen_due_at is not None
    assert asked_once.supplement_requests == 2


def test_any_act_in_between_makes_it_void(office: Office, asked_once: Dossier) -> None:
    proposal = propose(office, asked_once)
    take(office, asked_once, "require_payment", actor=office.specialist)
    with pytest.raises(NotPossible):
        services.approve(proposal.pk, actor=office.leader, seen=asked_once.last_sequence)


def test_approved_twice_is_done_once(office: Office, asked_once: Dossier) -> None:
    proposal = propose(office, asked_once)
    services.approve(proposal.pk, actor=office.leader, seen=asked_once.last_sequence)
    asked_once.refresh_from_db()
    with pytest.raises(NotPossible):
        services.approve(proposal.pk, actor=office.leader, seen=asked_once.last_sequence)


def test_only_a_leader_decides(office: Office, asked_once: Dossier) -> None:
    proposal = propose(office, asked_once)
    with pytest.raises(NotEntitled):
        services.approve(proposal.pk, actor=office.clerk, seen=asked_once.last_sequence)


def test_one_proposal_waits_at_a_time(office: Office, asked_once: Dossier) -> None:
    propose(office, asked_once)
    with pytest.raises(NotPossible, match="chờ lãnh đạo"):
        propose(office, asked_once)


def test_what_needs_no_approval_is_not_proposed(office: Office) -> None:
    with pytest.raises(NotPossible, match="không cần"):
        propose(office, in_progress(office))


def test_a_proposal_is_checked_like_the_act(office: Office, asked_once: Dossier) -> None:
    with pytest.raises(NotPossible):
        services.propose(
            asked_once.pk,
            "require_supplement",
            actor=office.specialist,
            seen=asked_once.last_sequence,
            given=services.TransitionInput(note="x"),
        )


def test_who_left_meanwhile_does_nothing_any_more(office: Office, asked_once: Dossier) -> None:
    proposal = propose(office, asked_once)
    office.specialist.assignments.all().delete()
    with pytest.raises(NotEntitled):
        services.approve(proposal.pk, actor=office.leader, seen=asked_once.last_sequence)


def test_a_leader_reads_all_that_would_be_done(office: Office, asked_once: Dossier) -> None:
    proposal = propose(office, asked_once)
    step = asked_once.workflow_version.workflow.transitions["require_supplement"]
    assert in_words(proposal, step) == [
        ("Lý do", "Lý do minh họa"),
        ("Giấy tờ cần bổ sung", "Tờ khai"),
        ("Hạn chót", "10/12/2026"),
    ]
