"""A new calendar: its effect is shown, running dossiers move on purpose only, and every move is an event."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command

from dossiers.deadlines import folder as calendar
from dossiers.deadlines.models import CalendarVersion
from dossiers.deadlines.rules.calendar import WorkCalendar
from dossiers.lifecycle import actions as services
from dossiers.lifecycle.actions import calendar_change
from dossiers.lifecycle.errors import NotEntitled, NotPossible
from dossiers.lifecycle.models import Dossier
from messaging.outbox.models.messages import Message
from tenants import clock
from tenants.accounts.models import User
from tenants.folder.folder import open_folder
from tests.dossiers.walking import in_progress, received, take
from tests.factories import CALENDAR, Office, UserFactory, signed_in

FRIDAY_OFF = {**CALENDAR, "days_off": {**CALENDAR["days_off"], "2026-11-27": "Ngày nghỉ minh họa"}}
NEW = WorkCalendar.from_data(FRIDAY_OFF)
REASON = "Thủ tướng cho nghỉ thêm ngày 27/11/2026"
OLD_DUE, NEW_DUE = (datetime(2026, 12, day, 17, tzinfo=clock.VIETNAM) for day in (2, 3))


@pytest.fixture
def administrator(office: Office) -> User:
    return UserFactory(administrator=True)


@pytest.fixture
def move(administrator: User) -> Callable[..., calendar_change.Applied]:
    def apply(**changed: Any) -> calendar_change.Applied:
        return calendar_change.apply(NEW, **{"actor": administrator, "reason": REASON, **changed})

    return apply


def due(dossier: Dossier) -> datetime | None:
    dossier.refresh_from_db()
    return dossier.due_at


# --- Shown before


def test_the_effect_names_each_dossier_with_both_dates_and_changes_nothing(office: Office) -> None:
    dossier = in_progress(office)
    (shown,) = calendar_change.effect_of(NEW).moves
    assert (shown.code, shown.old_due, shown.new_due) == (dossier.code, OLD_DUE, NEW_DUE)
    assert shown.agency == "Phòng Tư pháp"
    assert due(dossier) == OLD_DUE
    assert CalendarVersion.objects.count() == 1


def test_the_effect_is_summed_by_agency_and_direction(office: Office) -> None:
    for _ in range(3):
        in_progress(office)
    effect = calendar_change.effect_of(NEW)
    assert (effect.examined, effect.later, effect.earlier) == (3, 3, 0)
    assert effect.by_agency == {"Phòng Tư pháp": 3}


def test_a_day_off_taken_back_makes_dates_earlier(office: Office) -> None:
    dossier = received(office)
    CalendarVersion.publish(FRIDAY_OFF)
    received(office)
    effect = calendar_change.effect_of(WorkCalendar.from_data({**CALENDAR, "makeup_days": ["2026-11-28"]}))
    assert {move.new_due.day for move in effect.moves} == {1}
    assert effect.earlier == 2
    assert due(dossier) == OLD_DUE


@pytest.mark.parametrize("ending", [("finish",), ("finish", "return"), ("stop",)])
def test_what_has_ended_is_not_examined(office: Office, ending: tuple[str, ...]) -> None:
    dossier = in_progress(office)
    for code in ending:
        take(office, dossier, code)
    assert calendar_change.effect_of(NEW).examined == 0


def test_more_dossiers_cost_no_more_queries(office: Office, django_assert_max_num_queries: Any) -> None:
    for _ in range(12):
        in_progress(office)
    # Two of them ask once which systems lead dossiers.
    with django_assert_max_num_queries(10):
        assert calendar_change.effect_of(NEW).examined == 12


# --- Never by itself


def test_a_published_calendar_holds_for_new_dossiers_only(office: Office) -> None:
    before = received(office)
    CalendarVersion.publish(FRIDAY_OFF)
    after = received(office)
    assert (due(before), due(after)) == (OLD_DUE, NEW_DUE)
    take(office, before, "forward")
    assert due(before) == OLD_DUE


# --- On purpose


def test_a_move_is_an_event_with_its_reason_and_the_date_before(office, administrator, move):
    dossier = in_progress(office)
    applied = move()
    assert applied.moved == [dossier.code]
    event = dossier.events.last()
    assert (event.kind, event.actor, event.note.text) == ("reschedule", administrator, REASON)
    assert [event.due_at for event in dossier.events.all()] == [OLD_DUE, OLD_DUE, NEW_DUE]
    assert datetime.fromisoformat(event.note.data["due_before"]) == OLD_DUE
    message = Message.objects.get(intent="rescheduled")
    assert "đổi từ 17:00, 02/12/2026 thành 17:00, 03/12/2026" in message.body
    assert f"Lý do: {REASON}." in message.body
    dossier.refresh_from_db()
    assert dossier.calendar_version == applied.version
    take(office, dossier, "finish")
    assert due(dossier) == NEW_DUE


def test_a_dossier_whose_date_stays_gets_neither_event_nor_message(office: Office, move: Any) -> None:
    with clock.frozen(clock.now() - timedelta(days=14)):
        dossier = in_progress(office)
    sequence = dossier.last_sequence
    assert move().moved == []
    dossier.refresh_from_db()
    assert dossier.last_sequence == sequence
    assert dossier.calendar_version.calendar != NEW


def test_a_paused_dossier_moves_without_a_message(office: Office, move: Any) -> None:
    dossier = in_progress(office)
    take(office, dossier, "require_supplement")
    assert calendar_change.effect_of(NEW).moves[0].paused
    assert move().moved == [dossier.code]
    assert not Message.objects.filter(intent="rescheduled").exists()


def test_what_was_shown_is_what_happens(office: Office, move: Any) -> None:
    plain, extended, paused = (in_progress(office) for _ in range(3))
    services.apologise(
        extended.pk,
        actor=office.leader,
        seen=extended.last_sequence,
        new_due=datetime(2026, 12, 8).date(),
        reason="Chờ",
    )
    take(office, paused, "require_supplement")
    promised = {shown.dossier_id: shown.new_due for shown in calendar_change.effect_of(NEW).moves}
    move()
    assert promised == {dossier.pk: due(dossier) for dossier in (plain, paused)}
    assert due(extended) == datetime(2026, 12, 8, 17, tzinfo=clock.VIETNAM)


def test_broken_off_it_goes_on_where_it_stopped(office: Office, move: Any) -> None:
    dossiers = [in_progress(office) for _ in range(3)]

    def break_off(done: int, all_of_them: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        move(say=break_off)
    assert move().moved == [dossiers[2].code]
    assert [dossier.events.filter(kind="reschedule").count() for dossier in dossiers] == [1, 1, 1]


def test_a_dossier_that_ended_meanwhile_is_passed_over(office, move, monkeypatch):
    dossier = in_progress(office)
    effect = calendar_change.effect_of(NEW)
    monkeypatch.setattr(calendar_change, "effect_of", lambda new: effect)
    take(office, dossier, "finish")
    assert move().skipped == [dossier.code]
    assert due(dossier) == OLD_DUE


def test_a_wrong_click_before_it_cannot_be_taken_back_through_it(office: Office, move: Any) -> None:
    dossier = in_progress(office)
    move()
    dossier.refresh_from_db()
    with pytest.raises(NotPossible):
        services.recall(dossier.pk, actor=office.clerk, seen=dossier.last_sequence)


# --- Refused


def test_only_an_administrator_decides(office: Office, move: Any) -> None:
    dossier = in_progress(office)
    with pytest.raises(NotEntitled):
        move(actor=office.leader)
    assert due(dossier) == OLD_DUE


@pytest.mark.parametrize("reason", ["", "  ", "x" * 10_000, "a\x00b"])
def test_without_a_fit_reason_nothing_is_published(office: Office, move: Any, reason: str) -> None:
    in_progress(office)
    with pytest.raises(NotPossible):
        move(reason=reason)
    assert CalendarVersion.objects.count() == 1


# --- Doors


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("calendar_change", "daklak", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "calendar.yaml"
    path.write_text(yaml.safe_dump(FRIDAY_OFF, allow_unicode=True))
    return str(path)


def test_the_command_shows_a_file_not_yet_published(office: Office, file: str) -> None:
    dossier = in_progress(office)
    shown = run("--file", file)
    assert "1 hồ sơ sẽ đổi ngày hẹn (1 muộn hơn, 0 sớm hơn)" in shown
    assert f"{dossier.code}  17:00, 02/12/2026 → 17:00, 03/12/2026" in shown
    assert due(dossier) == OLD_DUE


def test_the_command_applies_the_newest_calendar(office: Office, administrator: User) -> None:
    dossier = in_progress(office)
    CalendarVersion.publish(FRIDAY_OFF)
    shown = run("--apply", "--reason", REASON, "--actor", administrator.username)
    assert "Đã đổi ngày hẹn của 1 hồ sơ" in shown
    assert dossier.events.last().actor == administrator
    assert due(dossier) == NEW_DUE


@pytest.mark.parametrize(
    "arguments",
    [
        ("--apply",),
        ("--apply", "--reason", REASON, "--actor", "nobody"),
        ("--file", "no/such/file.yaml"),
    ],
)
def test_the_command_refuses_in_words(office: Office, arguments: tuple[str, ...]) -> None:
    dossier = in_progress(office)
    with pytest.raises(SystemExit) as ended:
        run(*arguments)
    assert ended.value.code == 2
    assert due(dossier) == OLD_DUE


def test_bringing_in_a_calendar_says_how_many_would_move(office: Office, file: str) -> None:
    dossier = in_progress(office)
    folder = replace(open_folder("daklak"), path=Path(file).parent)
    report = calendar.make_step(calendar_change.effect_of).apply(folder)
    assert report.notes == [
        "1 hồ sơ đang giải quyết vẫn giữ ngày hẹn theo lịch cũ; theo lịch mới sẽ đổi. "
        "Xem bằng lệnh calendar_change daklak."
    ]
    assert due(dossier) == OLD_DUE
    assert calendar.make_step(calendar_change.effect_of).apply(folder).changes == 0


def page(user: User, version: CalendarVersion) -> Any:
    client = signed_in(user)
    return client.get(f"/quan-tri/deadlines/calendarversion/{version.pk}/change/")


def test_the_page_of_a_version_shows_its_months_and_its_effect(office: Office, administrator: User) -> None:
    dossier = in_progress(office)
    version, _created = CalendarVersion.publish(FRIDAY_OFF)
    shown = page(administrator, version).content.decode()
    assert "Tháng 11/2026" in shown
    assert '<td class="mc-month__closed" title="Ngày nghỉ minh họa"><s>27</s></td>' in shown
    assert "1 trong 1 hồ sơ đang giải quyết" in shown
    assert dossier.code in shown
    assert due(dossier) == OLD_DUE


def test_the_page_is_for_those_who_may_see_versions(office: Office) -> None:
    assert page(office.clerk, CalendarVersion.in_force()).status_code == 403
