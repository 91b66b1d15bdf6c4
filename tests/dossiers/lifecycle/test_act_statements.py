"""How many statements an act costs once what changes rarely is kept: all that Django sends."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from dossiers.lifecycle import actions as services
from dossiers.lifecycle.intake import PersonData
from messaging.channels.lanes.lanes import ensure_lane
from tests.factories import Office

# In a test the act's own BEGIN and COMMIT are a savepoint; Django sends neither as a statement of its own.
OUTERMOST = 2


def statements(act: Callable[[], Any]) -> tuple[int, Any]:
    sent: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        sent.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        result = act()
    assert sent[0].startswith("SAVEPOINT")
    return len(sent) - OUTERMOST, result


@pytest.fixture
def cost(office: Office) -> Callable[..., tuple[int, int]]:
    """The statements of a receipt and of its first step, for the second person who asks for the same."""

    def act(**intake: Any) -> tuple[int, int]:
        ensure_lane("mock")
        for phone in ("0905000600", "0905000601"):
            owner = PersonData(name="Nguyễn Thị Minh Họa", phone=phone)
            receipt, taken = statements(
                lambda owner=owner: services.receive(office.intake(owner=owner, **intake), actor=office.clerk)
            )
            given = services.TransitionInput(assignee=office.specialist)
            step, _event = statements(
                lambda pk=taken.dossier.pk, given=given: services.apply_transition(
                    pk, "forward", actor=office.clerk, seen=1, given=given
                )
            )
        return receipt, step

    return act


def test_without_a_channel(cost: Callable[..., tuple[int, int]]) -> None:
    """The step opens a call."""
    assert cost() == (8, 9)


def test_with_a_channel(cost: Callable[..., tuple[int, int]]) -> None:
    """The first dossier of a telephone number; its unsent first notice gives way to the second one."""
    assert cost(consents=frozenset({"mock"})) == (14, 13)
