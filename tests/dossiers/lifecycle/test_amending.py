"""Acts beside the workflow: assign, apologise, recall, correct, a new key for a lost slip."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.db.models.functions import Now

from dossiers.lifecycle import access_links
from dossiers.lifecycle import actions as services
from dossiers.lifecycle.errors import IntakeRefused, NotEntitled, NotPossible, StaleDossier
from dossiers.lifecycle.models import AccessToken, Dossier
from dossiers.lookup import lookup
from messaging.channels.models import Lane
from messaging.channels.states import State
from messaging.delivery import lane_loop
from messaging.outbox import enqueue
from messaging.outbox.models.messages import Message
from tenants import clock
from tests.dossiers.walking import in_progress, received, take
from tests.factories import AssignmentFactory, Office


def deliver() -> None:
    for lane in Lane.objects.all():
        lane_loop.run_lane(lane.pk)


def state_of(intent: str) -> str:
    return Message.objects.get(intent=intent).state


def columns(dossier: Dossier) -> dict[str, object]:
    dossier.refresh_from_db()
    names = (
        "step",
        "status",
        "assignee_id",
        "holding_agency_id",
        "paused_since",
        "due_at",
        "closed_at",
        "finished_at",
    )
    return {name: getattr(dossier, name) for name in names}


def test_recall_puts_the_dossier_back(office: Office) -> None:
    dossier = in_progress(office)
    before = columns(dossier)
    take(office, dossier, "require_supplement", actor=office.specialist)
    services.recall(dossier.pk, actor=office.specialist, seen=dossier.last_sequence)
    assert columns(dossier) == before
    assert dossier.events.count() == 4


def test_recalled_while_held_is_never_sent(office: Office) -> None:
    dossier = in_progress(office)
    take(office, dossier, "require_supplement", actor=office.specialist)
    services.recall(dossier.pk, actor=office.specialist, seen=dossier.last_sequence)
    assert state_of("supplement") == State.SUPPRESSED
    deliver()
    assert state_of("supplement") == State.SUPPRESSED
    assert not Message.objects.filter(intent="correction").exists()


def test_recalled_after_sending_is_corrected(office: Office) -> None:
    dossier = received(office)
    take(office, dossier, "forward")
    deliver()
    services.recall(dossier.pk, actor=office.clerk, seen=dossier.last_sequence)
    assert "Đã tiếp nhận" in Message.objects.get(intent="correction").body


def test_recalled_while_it_is_being_sent_is_not_tried_again(office: Office) -> None:
    dossier = received(office)
    take(office, dossier, "forward")
    Message.objects.filter(intent="in_progress").update(state=State.SENDING)
    services.recall(dossier.pk, actor=office.clerk, seen=dossier.last_sequence)
    Message.objects.filter(intent="in_progress").update(state=State.DEFERRED, next_attempt_at=Now())
    Message.objects.filter(intent="received").update(state=State.SEEN)
    deliver()
    assert state_of("in_progress") == State.SUPPRESSED


def test_recalled_failure_is_not_sent_again_by_hand(office: Office) -> None:
    dossier = received(office)
    take(office, dossier, "forward")
    Message.objects.filter(intent="in_progress").update(state=State.FAILED)
    services.recall(dossier.pk, actor=office.clerk, seen=dossier.last_sequence)
    assert not enqueue.send_again(Message.objects.get(intent="in_progress"), office.leader)


def test_no_number_of_an_identity_paper_is_written_down(office: Office) -> None:
    dossier = received(office)
    with pytest.raises(IntakeRefused, match="không ghi số"):
        services.reissue(dossier.pk, actor=office.clerk, seen=1, checked="CCCD 066190000001")


def test_recalled_request_for_papers_does_not_count(office: Office) -> None:
    dossier = in_progress(office)
    take(office, dossier, "require_supplement", actor=office.specialist)
    services.recall(dossier.pk, actor=office.specialist, seen=dossier.last_sequence)
    dossier.refresh_from_db()
    assert dossier.supplement_requests == 0


def test_recalled_pause_does_not_move_the_date(office: Office, noon: datetime) -> None:
    dossier = in_progress(office)
    due = dossier.due_at
    take(office, dossier, "require_payment", actor=office.specialist)
    with clock.frozen(noon + timedelta(minutes=14)):
        services.recall(dossier.pk, actor=office.specialist, seen=dossier.last_sequence)
    dossier.refresh_from_db()
    assert dossier.due_at == due


NO_RECALL: dict[str, tuple[str, float]] = {
    "after a quarter of an hour": ("clerk", 901),
    "of another person's act": ("leader", 0),
}


@pytest.mark.parametrize(("who", "seconds"), NO_RECALL.values(), ids=NO_RECALL)
def test_what_is_not_ones_own_or_too_long_ago_is_not_recalled(office, noon, who, seconds):
    dossier = in_progress(office)
    with clock.frozen(noon + timedelta(seconds=seconds)), pytest.raises(NotPossible):
        services.recall(dossier.pk, actor=getattr(office, who), seen=dossier.last_sequence)


def test_what_was_picked_up_a_receipt_and_a_recall_are_not_recalled(office: Office) -> None:
    picked_up, dossier = in_progress(office), received(office)
    take(office, picked_up, "require_payment", actor=office.specialist)
    with pytest.raises(NotPossible):
        services.recall(picked_up.pk, actor=office.clerk, seen=3)
    with pytest.raises(NotPossible):
        services.recall(dossier.pk, actor=office.clerk, seen=1)
    take(office, dossier, "forward")
    services.recall(dossier.pk, actor=office.clerk, seen=2)
    with pytest.raises(NotPossible):
        services.recall(dossier.pk, actor=office.clerk, seen=3)


@pytest.mark.parametrize(
    ("who", "to_step", "reason", "refusal"),
    [
        ("clerk", "done", "x", NotEntitled), ("specialist", "done", "x", NotEntitled),
        ("leader", "in_progress", "x", NotPossible), ("leader", "nowhere", "x", NotPossible),
        ("leader", "", "x", NotPossible), ("leader", "done", "  ", NotPossible),
    ],
)  # fmt: skip
def test_a_leader_corrects_to_another_step_with_a_reason(office, who, to_step, reason, refusal):
    dossier = in_progress(office)
    with pytest.raises(refusal):
        services.correct(dossier.pk, actor=getattr(office, who), seen=2, to_step=to_step, reason=reason)


def test_specialist_takes_but_does_not_give(office: Office) -> None:
    dossier = in_progress(office)
    other = AssignmentFactory(agency=office.department, role="specialist").user
    with pytest.raises(NotEntitled):
        services.assign(dossier.pk, actor=office.specialist, seen=2, assignee=other)
    services.assign(dossier.pk, actor=other, seen=2, assignee=other)
    dossier.refresh_from_db()
    assert dossier.assignee == other


def test_nobody_from_elsewhere_is_given_a_dossier(office: Office) -> None:
    dossier = in_progress(office)
    with pytest.raises(NotPossible):
        services.assign(dossier.pk, actor=office.leader, seen=2, assignee=office.clerk)


def apologise(office, dossier, day=date(2026, 12, 9), *, actor=None):
    dossier.refresh_from_db()
    services.apologise(
        dossier.pk, actor=actor or office.leader, seen=dossier.last_sequence, new_due=day, reason="Chờ đo đạc"
    )


def test_apology_gives_a_new_date_and_says_so(office: Office) -> None:
    dossier = in_progress(office)
    apologise(office, dossier)
    dossier.refresh_from_db()
    assert dossier.due_at == datetime(2026, 12, 9, 17, 0, tzinfo=clock.VIETNAM)
    body = Message.objects.get(intent="apology").body
    assert "17:00, 09/12/2026" in body
    assert "Chờ đo đạc." in body


def test_an_apology_is_given_once_even_after_a_new_term(office: Office) -> None:
    dossier = in_progress(office)
    apologise(office, dossier)
    with pytest.raises(NotPossible, match="một lần"):
        apologise(office, dossier, date(2026, 12, 21))
    take(office, dossier, "require_supplement", actor=office.specialist)
    take(office, dossier, "supplement_received")
    with pytest.raises(NotPossible, match="một lần"):
        apologise(office, dossier, date(2026, 12, 21))


def test_apology_comes_a_working_day_before(office: Office, noon: datetime) -> None:
    """Received on Wednesday 25/11 with five working days: due on Wednesday 2/12."""
    dossier = in_progress(office)
    with clock.frozen(noon + timedelta(days=7)), pytest.raises(NotPossible, match="một ngày làm việc"):
        apologise(office, dossier)
    with clock.frozen(noon + timedelta(days=6)):
        apologise(office, dossier)


@pytest.mark.parametrize(
    "day", [date(1899, 1, 2), date(2026, 11, 25), date(2206, 12, 9), date(9999, 12, 31)], ids=str
)
def test_apology_promises_a_day_within_a_year(office: Office, day: date) -> None:
    with pytest.raises(NotPossible):
        apologise(office, in_progress(office), day)


def test_only_a_leader_apologises_and_not_while_the_clock_stands(office: Office) -> None:
    dossier = in_progress(office)
    with pytest.raises(NotEntitled):
        apologise(office, dossier, actor=office.specialist)
    take(office, dossier, "require_payment", actor=office.specialist)
    with pytest.raises(NotPossible, match="tạm dừng"):
        apologise(office, dossier)


def test_lost_slip_gets_a_new_key_and_the_old_one_dies(office: Office) -> None:
    slip = services.receive(office.intake(), actor=office.clerk)
    new = services.reissue(slip.dossier.pk, actor=office.clerk, seen=1, checked="Thẻ căn cước")
    assert new.key != slip.key
    assert isinstance(lookup.by_code(slip.dossier.code, slip.key), lookup.Progress)
    assert isinstance(lookup.by_code(slip.dossier.code, new.key), lookup.Details)
    assert lookup.by_token(slip.token_url.rstrip("/").rsplit("/", 1)[1]) is None
    assert lookup.by_token(new.token_url.rstrip("/").rsplit("/", 1)[1]) is not None
    assert slip.dossier.events.last().kind == "reissue"


def test_messages_on_the_phone_stay_open_after_a_new_key(office: Office) -> None:
    dossier = received(office)
    token = access_links.issue(dossier, AccessToken.Purpose.MESSAGE)
    services.reissue(dossier.pk, actor=office.clerk, seen=1, checked="Thẻ căn cước")
    assert lookup.by_token(token) is not None


ACTS: dict[str, Callable[[Office, Dossier], object]] = {
    "assign": lambda o, d: services.assign(d.pk, actor=o.leader, seen=1, assignee=o.leader),
    "apologise": lambda o, d: services.apologise(
        d.pk, actor=o.leader, seen=1, new_due=date(2026, 12, 9), reason="x"
    ),
    "recall": lambda o, d: services.recall(d.pk, actor=o.clerk, seen=1),
    "correct": lambda o, d: services.correct(d.pk, actor=o.leader, seen=1, to_step="done", reason="x"),
    "reissue": lambda o, d: services.reissue(d.pk, actor=o.clerk, seen=1, checked="Thẻ căn cước"),
}


@pytest.mark.parametrize("act", ACTS)
def test_a_stale_click_is_a_conflict(office: Office, act: str) -> None:
    dossier = in_progress(office)
    with pytest.raises(StaleDossier):
        ACTS[act](office, dossier)
    assert dossier.events.count() == 2


def test_notices_that_the_recipient_turns_off_make_no_click_of_the_desk_stale(office: Office) -> None:
    dossier = in_progress(office)
    seen = dossier.last_sequence
    services.stop_notices(dossier.pk, everywhere=False)
    with pytest.raises(StaleDossier):
        services.change_notices(
            dossier.pk, actor=office.clerk, seen=seen, channels=["mock"], reason="Ông ấy nhờ"
        )
    services.assign(dossier.pk, actor=office.leader, seen=seen, assignee=office.leader)
