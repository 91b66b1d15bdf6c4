"""One act on many ticked dossiers, from the list to the sheet of results."""

import html
import re

import pytest

from dossiers.desk.worklist import bulk_actions
from dossiers.desk.worklist.change_list import DossierList
from dossiers.lifecycle.models import Dossier
from tests.dossiers.desk.test_desk import LIST, logged_in, step
from tests.dossiers.walking import in_progress, received, take
from tests.factories import AgencyFactory, AssignmentFactory, Office

MANY = f"{LIST}nhieu/"
HANDOVER = f"{LIST}phieu-ban-giao/"


def keys(*dossiers: Dossier) -> str:
    return ",".join(str(dossier.pk) for dossier in dossiers)


def answer(office: Office, *dossiers: Dossier, act: str = "forward", **changed: str) -> dict[str, str]:
    seen = {f"seen-{dossier.pk}": str(dossier.last_sequence) for dossier in dossiers}
    return {"act": act, "assignee": str(office.specialist.pk), "note": "", **seen, **changed}


@pytest.fixture
def three(office: Office) -> list[Dossier]:
    return [received(office) for _ in range(3)]


def test_ticked_dossiers_lead_to_the_page(office: Office, three: list[Dossier]) -> None:
    response = logged_in(office.clerk).post(
        LIST, {"action": "act_on_many", "_selected_action": [dossier.pk for dossier in three[:2]]}
    )
    where, _sign, given = response["Location"].partition("?hs=")
    assert where == MANY
    assert set(given.split(",")) == {str(dossier.pk) for dossier in three[:2]}


def test_the_first_of_a_list_are_chosen_without_a_made_up_number_and_the_rest_is_not_passed_over_in_silence(
    office: Office, three: list[Dossier], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_actions, "MOST", 2)
    monkeypatch.setattr(DossierList, "list_per_page", 2)
    client = logged_in(office.clerk)
    listed = client.get(LIST).content.decode()
    assert ("9999999999" in listed, "danh sách, nhiều nhất 2" in listed) == (False, True)
    for act in ("act_on_many", "print_handover"):
        chosen = {"action": act, "_selected_action": [three[0].pk], "select_across": "1"}
        page = client.post(LIST, chosen, follow=True).content.decode()
        assert ("2 hồ sơ" in page, "Danh sách còn hồ sơ nữa" in page) == (True, True)


def test_each_is_moved_and_what_cannot_is_named(office: Office, three: list[Dossier]) -> None:
    client = logged_in(office.clerk)
    told = answer(office, *three, note="Giữ lời này")
    take(office, three[1], "forward")
    page = client.post(f"{MANY}?hs={keys(*three)}", told).content.decode()
    assert "2 hồ sơ đã làm xong, 1 hồ sơ không làm được" in page
    assert ("người khác cập nhật" in page, "Giữ lời này" in page) == (True, True)
    assert f"{HANDOVER}?hs=" in page
    assert f'{MANY}?hs={three[1].pk}"' in page
    assert {dossier.status for dossier in Dossier.objects.all()} == {4}


def test_many_are_looked_at_before_and_taken_back_after(office: Office, three: list[Dossier]) -> None:
    client, where = logged_in(office.clerk), f"{MANY}?hs={keys(*three)}"
    take(office, three[0], "forward")
    told = answer(office, *three)
    looked = client.post(where, {**told, "preview": "1"}).content.decode()
    assert (three[0].code in looked, "không có bước này" in looked, "Tin sẽ gửi" in looked) == (True,) * 3
    assert [one.events.count() for one in three] == [2, 1, 1]
    done = client.post(where, told).content.decode()
    again = html.unescape(re.findall(r'href="([^"]*viec=thu-hoi)"', done)[0])
    assert 'value="thu-hoi" selected' in client.get(again).content.decode()
    for one in three:
        one.refresh_from_db()
    page = client.post(again, answer(office, *three, act="thu-hoi")).content.decode()
    assert "2 hồ sơ đã làm xong" in page
    assert sorted(Dossier.objects.values_list("step", flat=True)) == ["in_progress", "received", "received"]


def test_second_click_moves_nothing_twice(office: Office, three: list[Dossier]) -> None:
    client = logged_in(office.clerk)
    told = answer(office, *three)
    client.post(f"{MANY}?hs={keys(*three)}", told)
    client.post(f"{MANY}?hs={keys(*three)}", told)
    assert {dossier.events.count() for dossier in three} == {2}


@pytest.mark.parametrize("seen", ["", "²", "-1", "9" * 5000, "x"])
def test_what_was_not_seen_is_not_moved(office: Office, three: list[Dossier], seen: str) -> None:
    told = answer(office, three[0], **{f"seen-{three[0].pk}": seen})
    response = logged_in(office.clerk).post(f"{MANY}?hs={keys(three[0])}", told)
    assert response.status_code == 200
    assert three[0].events.count() == 1


def test_leader_gives_many_to_another(office: Office) -> None:
    dossiers = [in_progress(office), in_progress(office)]
    other = AssignmentFactory(agency=office.department, role="specialist").user
    told = answer(office, *dossiers, act="giao", assignee=str(other.pk))
    logged_in(office.leader).post(f"{MANY}?hs={keys(*dossiers)}", told)
    assert {dossier.assignee for dossier in Dossier.objects.all()} == {other}


def test_clerk_gives_nothing_to_another_and_a_leader_nothing_to_nobody(office: Office) -> None:
    dossier = in_progress(office)
    other = AssignmentFactory(agency=office.department, role="specialist").user
    told = answer(office, dossier, act="giao", assignee=str(other.pk))
    page = logged_in(office.clerk).post(f"{MANY}?hs={keys(dossier)}", told).content.decode()
    assert "0 hồ sơ đã làm xong" in page
    told["assignee"] = ""
    page = logged_in(office.leader).post(f"{MANY}?hs={keys(dossier)}", told).content.decode()
    assert "Xin chọn người xử lý" in page
    dossier.refresh_from_db()
    assert dossier.assignee == office.specialist


def test_a_step_that_needs_a_person_has_one_as_for_a_single_dossier_and_without_one_does_nothing(
    office: Office, three: list[Dossier]
) -> None:
    client, where = logged_in(office.clerk), f"{MANY}?hs={keys(*three)}"
    people = [
        re.findall(r'<option value="(\d+)"', text.partition('name="assignee"')[2].partition("</select>")[0])
        for path in (where, step(three[0], "forward"))
        for text in [client.get(path).content.decode()]
    ]
    assert people[0]
    assert people[0] == people[1]
    refused = client.post(where, answer(office, *three, assignee="", note="Giữ lời này"))
    text = refused.content.decode()
    assert (refused.status_code, "Xin chọn người xử lý" in text, "Giữ lời này" in text) == (422, True, True)
    assert all(f'name="seen-{one.pk}"' in text for one in three)
    assert {one.events.count() for one in three} == {1}


def test_a_step_that_needs_nobody_leaves_the_dossier_with_who_has_it(office: Office) -> None:
    dossier = in_progress(office)
    other = AssignmentFactory(agency=office.department, role="specialist").user
    where = f"{MANY}?hs={keys(dossier)}"
    logged_in(office.specialist).post(where, answer(office, dossier, act="finish", assignee=str(other.pk)))
    dossier.refresh_from_db()
    assert (dossier.step, dossier.assignee) == ("done", office.specialist)


def test_nothing_is_chosen_beforehand_and_nothing_that_ends_a_dossier_is_offered(
    office: Office, three: list[Dossier]
) -> None:
    client = logged_in(office.clerk)
    page = client.get(MANY, {"hs": keys(*three, in_progress(office))}).content.decode()
    assert "Chuyển xử lý (3 hồ sơ)" in page
    assert not any(f'value="{act}"' in page for act in ("withdraw", "require_supplement"))
    for act in ("", "withdraw"):
        answered = client.post(f"{MANY}?hs={keys(*three)}", answer(office, *three, act=act))
        assert answered.status_code == 422
    assert {dossier.events.count() for dossier in three} == {1}


def test_dossiers_of_elsewhere_are_left_out(office: Office, three: list[Dossier]) -> None:
    stranger = logged_in(AssignmentFactory(agency=AgencyFactory(code="H15.70", desk=True)).user)
    assert stranger.get(MANY, {"hs": keys(*three)}).status_code == 302
    assert three[0].code not in stranger.get(HANDOVER, {"hs": keys(*three)}).content.decode()
    stranger.post(f"{MANY}?hs={keys(*three)}", answer(office, *three))
    assert {dossier.events.count() for dossier in three} == {1}


@pytest.mark.parametrize("given", ["", "x", "1;2", "9" * 40, "-1", "١", ",,,"])
def test_bad_choice_leads_back_to_the_list(office: Office, given: str) -> None:
    assert logged_in(office.clerk).get(MANY, {"hs": given})["Location"] == LIST


def test_handover_list_names_the_dossiers_and_no_people(office: Office, three: list[Dossier]) -> None:
    page = logged_in(office.clerk).get(HANDOVER, {"hs": keys(*three)}).content.decode()
    assert all(dossier.code in page for dossier in three)
    assert "Nguyễn Thị Minh Họa" not in page
