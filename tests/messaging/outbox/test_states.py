import pytest

from messaging.channels.states import State
from messaging.outbox.models.messages import FINAL, may_follow

# What a hand or a recall may bring back: given up, or replaced by news that was itself recalled unsent.
REVIVED = {State.FAILED, State.EXPIRED, State.SUPPRESSED}


@pytest.mark.parametrize("state", [state for state in State if state in FINAL and state not in REVIVED])
def test_nothing_follows_a_final_state(state: State) -> None:
    assert not any(may_follow(state, other) for other in State)


@pytest.mark.parametrize("state", sorted(REVIVED))
def test_what_was_given_up_can_only_be_queued_again_or_dropped(state: State) -> None:
    assert {other for other in State if may_follow(state, other)} <= {State.QUEUED, State.SUPPRESSED}


def test_a_failed_message_is_queued_again_or_given_up() -> None:
    assert [other for other in State if may_follow(State.FAILED, other)] == [State.QUEUED, State.SUPPRESSED]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (State.DELIVERED, State.ACCEPTED),
        (State.SEEN, State.DELIVERED),
        (State.ACCEPTED, State.QUEUED),
        (State.DELIVERED, State.FAILED),
    ],
)
def test_a_message_never_goes_back(old: State, new: State) -> None:
    assert not may_follow(old, new)


def test_every_state_is_named_in_vietnamese() -> None:
    assert all(label != state.value for state, label in zip(State, State.labels, strict=True))
