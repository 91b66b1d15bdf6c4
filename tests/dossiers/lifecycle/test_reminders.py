"""The reminder of missing papers. Their last day is Thursday 10/12/2026; three working days before is Monday."""

from typing import Any

import pytest

from dossiers.lifecycle.actions import reminders
from dossiers.lifecycle.models import Dossier
from dossiers.lifecycle.tasks import remind, remind_all
from dossiers.statistics import tasks
from messaging.outbox.models.messages import Message
from messaging.outbox.models.phone_calls import Call
from messaging.outbox.wording import for_channel
from tenants import clock
from tests.dossiers.complaint_office import at
from tests.dossiers.walking import in_progress, take
from tests.factories import Office

MONDAY = "2026-12-07 09:00"


@pytest.fixture
def asked(office: Office) -> Dossier:
    dossier = in_progress(office)
    take(office, dossier, "require_supplement")
    return dossier


def run(moment: str) -> int:
    with clock.frozen(at(moment)):
        return reminders.send_due()


def reminded() -> list[Message]:
    return list(Message.objects.filter(intent="reminder"))


@pytest.mark.parametrize(
    ("moment", "count"),
    [
        ("2026-12-04 17:00", 0),
        ("2026-12-06 10:00", 0),
        (MONDAY, 1),
        ("2026-12-10 16:00", 1),
        ("2026-12-10 17:30", 0),
    ],
)
def test_three_working_days_before_the_end_and_not_after_it(asked: Dossier, moment: str, count: int) -> None:
    assert (run(moment), len(reminded())) == (count, count)


def test_the_papers_and_the_last_day_are_named(asked: Dossier) -> None:
    run(MONDAY)
    body = for_channel(reminded()[0].body, may_show_phone=True)
    assert "còn chờ ông/bà bổ sung: Tờ khai. Hạn cuối: 17:00, 10/12/2026" in body


def test_running_again_reminds_nobody_twice(asked: Dossier) -> None:
    assert [run(MONDAY), run(MONDAY), run("2026-12-09 09:00")] == [1, 0, 0]


def test_a_run_that_was_cut_short_is_gone_on_with(office, asked, monkeypatch):
    second = in_progress(office)
    take(office, second, "require_supplement")
    whole = reminders._remind

    def cut(dossier_id: int) -> bool:
        if dossier_id == second.pk:
            raise KeyboardInterrupt
        return whole(dossier_id)

    monkeypatch.setattr(reminders, "_remind", cut)
    with pytest.raises(KeyboardInterrupt):
        run(MONDAY)
    monkeypatch.setattr(reminders, "_remind", whole)
    assert (run(MONDAY), {message.subject for message in reminded()}) == (1, {asked.subject, second.subject})


def test_one_dossier_in_trouble_keeps_no_other_waiting(office, asked, monkeypatch):
    second = in_progress(office)
    take(office, second, "require_supplement")
    whole = reminders._remind

    def broken(dossier_id: int) -> bool:
        if dossier_id == asked.pk:
            raise ValueError("hỏng")
        return whole(dossier_id)

    monkeypatch.setattr(reminders, "_remind", broken)
    assert (run(MONDAY), [message.subject for message in reminded()]) == (1, [second.subject])


def test_who_brought_the_papers_is_not_reminded(office: Office, asked: Dossier) -> None:
    take(office, asked, "supplement_received")
    assert run(MONDAY) == 0


def test_a_request_on_its_last_days_needs_no_reminder(office: Office) -> None:
    dossier = in_progress(office)
    with clock.frozen(at("2026-12-08 09:00")):
        take(office, dossier, "require_supplement")
    assert run("2026-12-08 10:00") == 0


def test_who_agreed_to_nothing_is_called_once(office: Office) -> None:
    dossier = in_progress(office, consents=frozenset())
    take(office, dossier, "require_supplement")
    run(MONDAY)
    run(MONDAY)
    assert Call.objects.filter(intent="reminder").count() == 1


def test_a_new_request_gets_a_reminder_of_its_own(office: Office, asked: Dossier) -> None:
    run(MONDAY)
    with clock.frozen(at("2026-12-07 10:00")):
        take(office, asked, "supplement_received")
        take(office, asked, "require_supplement", actor=office.leader, deadline=at("2026-12-21 00:00").date())
    assert (run("2026-12-16 09:00"), len(reminded())) == (1, 2)


def test_every_province_is_hinted_at(province: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    hinted: list[str] = []
    monkeypatch.setattr(remind, "delay", hinted.append)
    monkeypatch.setattr(tasks, "close_old_connections", lambda: None)
    remind_all()
    assert {"daklak", "dongnai"} <= set(hinted)
