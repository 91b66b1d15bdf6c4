"""The page of a dossier: its tabs, what its steps would tell the citizen, and what taking back would do."""

import re
from contextlib import AbstractContextManager
from datetime import datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags

from dossiers.desk.dossier import tabs
from dossiers.lifecycle import actions as services
from dossiers.lifecycle.models import Dossier, Event
from messaging.channels.models import Lane
from messaging.delivery import lane_loop
from messaging.outbox.models.messages import Message, SendingRules
from procedures.catalogue.models import Fee, RequiredDocument
from tenants import clock
from tenants.accounts.models import User
from tenants.organisation.models import Role
from tests.conftest import NOON
from tests.dossiers.desk.test_desk import logged_in
from tests.dossiers.walking import in_progress, received, take
from tests.factories import AssignmentFactory, Office

MOST_STATEMENTS = 15
browser = logged_in
TABS = ["thong-tin", "giay-to", "xu-ly", "thong-bao"]


def address(dossier: Dossier, rest: str = "change/") -> str:
    return f"/quan-tri/dossiers/dossier/{dossier.pk}/{rest}"


def shown(person: User, dossier: Dossier, tab: str = "", rest: str = "change/") -> str:
    answer = browser(person).get(address(dossier, rest), {"tab": tab} if tab else {})
    assert answer.status_code == 200
    return " ".join(answer.content.decode().replace("\xa0", " ").split())


def tabs_of(page: str) -> list[str]:
    return re.findall(r'href="\?tab=([\w-]+)"', page.partition('class="mc-tabrow"')[2].partition("</nav>")[0])


def auditor(office: Office) -> User:
    user: User = AssignmentFactory(agency=office.department, role=Role.AUDITOR).user
    return user


@pytest.mark.parametrize("tab", TABS)
def test_a_tab_takes_few_statements(office: Office, tab: str) -> None:
    dossier, client = in_progress(office), browser(office.specialist)
    client.get(address(dossier), {"tab": tab})
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address(dossier), {"tab": tab}).status_code == 200
    sent = [query["sql"] for query in captured.captured_queries]
    assert len(sent) <= MOST_STATEMENTS, "\n".join(f"{n} {sql[:150]}" for n, sql in enumerate(sent))


def test_more_history_takes_no_more_statements(office: Office) -> None:
    dossier, client = in_progress(office), browser(office.specialist)

    def statements() -> int:
        client.get(address(dossier), {"tab": "xu-ly"})
        with CaptureQueriesContext(connection) as captured:
            client.get(address(dossier), {"tab": "xu-ly"})
        return len(captured.captured_queries)

    before = statements()
    for person in (office.leader, office.specialist, office.leader, office.specialist):
        dossier.refresh_from_db()
        services.assign(dossier.pk, actor=office.leader, seen=dossier.last_sequence, assignee=person)
    assert statements() == before


def test_a_long_history_comes_in_pages(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tabs, "HISTORY_LENGTH", 1)
    dossier, client = in_progress(office), browser(office.specialist)
    events, found = dossier.events.count(), 0
    pages = events
    for number in range(1, pages + 1):
        page = client.get(address(dossier), {"tab": "xu-ly", "trang": number}).content.decode()
        found += page.partition('id="history"')[2].partition("</ol>")[0].count("<li")
    assert (found, pages > 1) == (events, True)
    assert "?tab=xu-ly&amp;trang=1" in page, "the way back keeps the tab"


def test_the_tabs_are_links_and_the_open_one_is_marked(office: Office) -> None:
    dossier = in_progress(office)
    assert "Vì sao hẹn ngày này" in shown(office.specialist, dossier, "khong-co")
    page = shown(office.specialist, dossier, "xu-ly")
    assert tabs_of(page) == TABS
    assert '<a href="?tab=xu-ly" aria-current="page">' in page
    assert 'id="history"' in page
    assert "Vì sao hẹn ngày này" not in page


def test_the_fee_has_a_tab_where_there_is_one(office: Office) -> None:
    dossier = in_progress(office)
    Fee.objects.create(version=dossier.procedure_version, order=1, amount=150_000)
    take(office, dossier, "require_payment", amount="1.250.000", payee="Kho bạc minh họa")
    page = shown(office.specialist, dossier, "phi")
    assert "phi" in tabs_of(page)
    assert all(told in page for told in ("150.000 đồng", "1.250.000 đồng", "Kho bạc minh họa"))


def test_the_log_is_for_who_may_read_it(office: Office) -> None:
    dossier = in_progress(office)
    assert "nhat-ky" not in tabs_of(shown(office.leader, dossier))
    assert "Vì sao hẹn ngày này" in shown(office.leader, dossier, "nhat-ky")
    shown(office.specialist, dossier)
    assert not any(
        of in shown(auditor(office), dossier) for of in ("data-transition", 'id="message-preview"')
    )
    page = shown(auditor(office), dossier, "nhat-ky")
    assert "nhat-ky" in tabs_of(page)
    assert office.specialist.get_full_name() in page


def test_papers_are_held_against_the_list_of_the_procedure(office: Office) -> None:
    version = office.procedure.current_version
    for order, (name, required) in enumerate([("Tờ khai", True), ("Bản vẽ", True), ("Ủy quyền", False)]):
        RequiredDocument.objects.create(version=version, order=order, name=name, required=required)
    dossier = received(office, documents=("Tờ khai", "Ảnh"))
    page = shown(office.clerk, dossier, "giay-to")
    assert 'Giấy tờ <span class="mc-count">1/2</span>' in page
    assert re.search(r"Bản vẽ <span[^>]*>chưa nộp", page)
    assert re.search(r"Ảnh <span[^>]*>đã nộp, ghi riêng", page)


def test_the_first_step_is_filled_and_what_ends_is_outlined(office: Office) -> None:
    page = shown(office.clerk, received(office))
    classes = {code: names for names, code in re.findall(r'<a class="([^"]+)" data-transition="(\w+)"', page)}
    filled = [code for code, names in classes.items() if "mc-button--primary" in names]
    outlined = {code for code, names in classes.items() if "mc-button--danger" in names}
    assert (next(iter(classes)), filled) == ("forward", ["forward"])
    assert outlined == {"withdraw", "refuse"}


def test_the_message_of_the_first_step_is_asked_for_at_once(office: Office) -> None:
    dossier = received(office)
    steps = re.findall(r'data-preview="([^"]+)"', shown(office.clerk, dossier))
    assert steps[0] == address(dossier, "buoc/forward/tin/")
    page = strip_tags(shown(office.clerk, dossier, rest="buoc/forward/tin/"))
    assert "Bấm Chuyển xử lý, Nguyễn Thị Minh Họa sẽ nhận:" in page
    assert dossier.code in page
    assert Event.objects.count() == 1
    assert Message.objects.count() == 1


@pytest.mark.parametrize("step", ["require_supplement", "require_payment"])
def test_the_message_of_another_step_is_asked_for_alone(office: Office, step: str) -> None:
    dossier = in_progress(office)
    page = shown(office.specialist, dossier, rest=f"buoc/{step}/tin/")
    assert "<html" not in page
    assert "999" not in strip_tags(page)
    assert "Chỗ […] theo điều ông/bà điền" in page
    assert (dossier.events.count(), Message.objects.count()) == (2, 2)


@pytest.mark.parametrize("code", ["stop", "forward", "khong-co"])
def test_the_message_of_a_step_that_cannot_be_pressed_is_not_found(office: Office, code: str) -> None:
    dossier = in_progress(office)
    assert browser(office.clerk).get(address(dossier, f"buoc/{code}/tin/")).status_code == 404


def later(**passed: int) -> AbstractContextManager[None]:
    return clock.frozen(NOON + timedelta(**passed))


def note_of_recall(page: str) -> str:
    return re.sub(r"<[^>]+>", "", page.partition("mc-recall")[2].partition("</section>")[0])


def test_taking_back_says_how_long_and_that_the_message_has_not_left(office: Office) -> None:
    dossier = in_progress(office)
    with later(minutes=4, seconds=30):
        words = note_of_recall(shown(office.clerk, dossier))
    assert "Có thể thu hồi trong 11 phút." in words
    assert "Tin chưa gửi; thu hồi thì không gửi nữa." in words


def test_taking_back_says_that_a_correction_follows(office: Office) -> None:
    SendingRules.objects.update_or_create(pk=1, defaults={"window_from": time(0), "window_until": time.max})
    dossier = in_progress(office)
    Message.objects.filter(intent="in_progress").update(not_before=datetime(2026, 1, 1).astimezone())
    lane_loop.run_lane(Lane.objects.get().pk)
    assert "thu hồi sẽ gửi tin đính chính" in note_of_recall(shown(office.clerk, dossier))


def test_what_is_too_late_or_anothers_is_not_offered_back(office: Office) -> None:
    dossier = in_progress(office)
    assert "mc-recall" not in shown(office.specialist, dossier)
    with later(minutes=16):
        assert "mc-recall" not in shown(office.clerk, dossier)
