"""What is late, due and waiting: the numbers, the lists behind them, and one person's queue."""

import re
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dossiers.desk.worklist import counts, today_page, workload
from dossiers.lifecycle.models import Dossier
from tenants import clock
from tenants.organisation.models import Role
from tests.dossiers.complaint_office import ComplaintOffice
from tests.dossiers.desk.test_desk import LIST, logged_in
from tests.dossiers.walking import asked_once, in_progress, propose, received, take
from tests.factories import AgencyFactory, AssignmentFactory, Office

TODAY = f"{LIST}hom-nay/"
DUE = datetime.fromisoformat("2026-12-02T17:00+07:00")
"""Five working days after Wednesday 25/11/2026."""


@pytest.fixture
def dossier(office: Office) -> Dossier:
    return in_progress(office)


def numbers(office: Office) -> dict[str, int]:
    return {name: number for name, number in counts.counts(office.specialist).items() if number}


@pytest.mark.parametrize(
    ("moment", "kind"),
    [
        (DUE - timedelta(days=7), None),
        (DUE - timedelta(days=2), "sap-han"),
        (DUE - timedelta(hours=17, minutes=1), "sap-han"),
        (DUE - timedelta(hours=16, minutes=59), "hom-nay"),
        (DUE, "hom-nay"),
        (DUE + timedelta(minutes=1), "qua-han"),
        (DUE + timedelta(days=30), "qua-han"),
    ],
)
def test_a_dossier_is_counted_where_its_deadline_is(
    office: Office, dossier: Dossier, moment: datetime, kind: str | None
) -> None:
    with clock.frozen(moment):
        assert numbers(office) == ({kind: 1} if kind else {})


def test_soon_passes_over_the_weekend(office: Office, dossier: Dossier) -> None:
    """On Friday what is due on Tuesday is two working days away, on Thursday three lie before Tuesday."""
    Dossier.objects.update(due_at=datetime.fromisoformat("2026-12-01T17:00+07:00"))
    with clock.frozen(datetime.fromisoformat("2026-11-27T09:00+07:00")):
        assert numbers(office) == {"sap-han": 1}
    with clock.frozen(datetime.fromisoformat("2026-11-26T09:00+07:00")):
        assert numbers(office) == {}


def test_what_falls_due_is_counted_by_working_day(office: Office, dossier: Dossier) -> None:
    """From today on, without closed days; a date on a closed day, which an older system gave, on the next open one."""
    sunday = in_progress(office)
    Dossier.objects.filter(pk=sunday.pk).update(due_at=datetime.fromisoformat("2026-11-29T17:00+07:00"))
    take(office, in_progress(office), "require_supplement")
    found = workload.due_by_day(office.specialist, counts.moments())
    assert len(found) == workload.DAYS
    assert {f"{day:%d/%m}": number for day, number in found if number} == {"30/11": 1, "02/12": 1}
    assert all(day.isoweekday() < 6 for day, _number in found)


def test_the_page_of_the_day_draws_them_and_leads_to_lists_and_steps(
    office: Office, dossier: Dossier
) -> None:
    specialist = logged_in(office.specialist)
    assert specialist.get("/quan-tri/")["Location"] == TODAY
    page = specialist.get(TODAY).content.decode()
    chart, _close, after = page.partition('aria-labelledby="chart-due"')[2].partition("</figure>")
    assert chart.count("<rect") == 1
    table = after.partition("</table>")[0]
    assert "thứ Tư 02/12</th>" in table
    assert table.count("<tr>") == 1 + workload.DAYS
    assert f"{LIST}?viec=qua-han" in page
    assert f"{LIST}{dossier.pk}/buoc/finish/" in page


@pytest.mark.parametrize(("role", "most"), [("clerk", 15), ("leader", 19)])
def test_the_page_of_the_day_takes_few_statements(
    office: Office, dossier: Dossier, role: str, most: int
) -> None:
    client = logged_in(getattr(office, role))
    client.get(TODAY)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(TODAY).status_code == 200
    sent = [query["sql"] for query in captured.captured_queries if query["sql"].startswith("SELECT")]
    assert len(sent) == most


@pytest.mark.parametrize(("step", "name"), [("require_supplement", "cho-dan"), ("finish", "cho-tra")])
def test_what_waits_for_the_citizen_is_not_late(
    office: Office, dossier: Dossier, step: str, name: str
) -> None:
    take(office, dossier, step)
    with clock.frozen(DUE + timedelta(days=3)):
        assert numbers(office) == {name: 1}


def test_numbers_are_those_of_the_lists(office: Office, dossier: Dossier) -> None:
    received(office)
    take(office, in_progress(office), "require_supplement")
    with clock.frozen(DUE + timedelta(minutes=1)):
        client = logged_in(office.specialist)
        assert numbers(office) == {"qua-han": 2, "cho-dan": 1}
        for name, number in counts.counts(office.specialist).items():
            page = client.get(LIST, {"viec": name}).content.decode()
            assert len(set(_codes(page))) == number, name


def test_other_agencies_are_not_counted(office: Office, dossier: Dossier) -> None:
    stranger = AssignmentFactory(agency=AgencyFactory(code="H15.70", desk=True)).user
    with clock.frozen(DUE + timedelta(days=1)):
        assert set(counts.counts(stranger).values()) == {0}
        assert counts.queue(stranger) == []


def test_queue_is_own_and_unassigned_work_by_deadline(office: Office) -> None:
    mine, lying, others = in_progress(office), in_progress(office), in_progress(office)
    Dossier.objects.filter(pk=others.pk).update(assignee=office.leader)
    Dossier.objects.filter(pk=lying.pk).update(assignee=None, due_at=DUE - timedelta(days=2))
    assert [dossier.pk for dossier, _step in counts.queue(office.specialist)] == [lying.pk, mine.pk]


@pytest.mark.parametrize("role", ["clerk", "specialist", "leader"])
def test_what_is_mine_is_one_number_everywhere(office: Office, role: str) -> None:
    """The tiles, the heading of the queue, its rows, and the list behind it."""
    received(office), in_progress(office), received(office)
    take(office, in_progress(office), "require_supplement")
    with clock.frozen(DUE + timedelta(minutes=1)):
        user = getattr(office, role)
        client = logged_in(user)
        listed = set(_codes(client.get(LIST, {"viec": "cua-toi"}).content.decode()))
        rows = counts.queue(user)
        today = client.get(TODAY).content.decode()
        late = counts.counts(user, counts.turn(user))["qua-han"]
    assert {dossier.code for dossier, _step in rows} == listed
    assert len(rows) == late == {"clerk": 2, "specialist": 1, "leader": 0}[role]
    assert f">{late}</a>)" in today or role == "leader"


def test_a_complaint_in_the_queue_has_a_next_step(province: object, noon: object) -> None:
    """Also at a step from which the workflow names no usual one."""
    office = ComplaintOffice()
    made = office.received().dossier
    assert [step.code for _dossier, step in counts.queue(office.leader)] == ["accept_first"]
    for code in ("accept_first", "verify", "meet"):
        office.act(made, code)
    assert [step.code for _dossier, step in counts.queue(office.specialist)] == ["decide"]


class TestLeader:
    @pytest.fixture
    def asked(self, office: Office) -> Dossier:
        """A second supplement, which only a leader may approve."""
        dossier = asked_once(office)
        propose(office, dossier)
        return dossier

    def test_of_many_approvals_the_first_are_shown_and_a_list_has_all(
        self, office: Office, asked: Dossier, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(today_page, "MOST_APPROVALS", 1)
        other = asked_once(office)
        propose(office, other)
        client = logged_in(office.leader)
        page = client.get(TODAY).content.decode()
        assert "Chờ tôi duyệt (2)" in page.replace("\n", " ")
        assert (
            asked.code in page,
            f">{other.code}<" in page.partition("approvals")[2].partition("</section>")[0],
        ) == (True, False)
        listed = client.get(f"{LIST}?viec=cho-duyet").content.decode()
        assert f'href="{LIST}?viec=cho-duyet"' in page
        assert all(code in listed for code in (asked.code, other.code))

    def test_approvals_stand_on_top_of_the_day(self, office: Office, asked: Dossier) -> None:
        page = logged_in(office.leader).get(TODAY).content.decode()
        assert page.index("Chờ tôi duyệt (1)") < page.index("mc-tiles")
        assert f"{LIST}{asked.pk}/change/#cho-duyet" in page
        elsewhere = AssignmentFactory(agency=AgencyFactory(code="H15.70"), role=Role.LEADER).user
        assert "Chờ tôi duyệt (0)" in logged_in(elsewhere).get(TODAY).content.decode()
        assert "Chờ tôi duyệt" not in logged_in(office.specialist).get(TODAY).content.decode()

    def test_one_button_is_filled_and_has_the_key(self, office: Office, asked: Dossier) -> None:
        page = logged_in(office.leader).get(f"{LIST}{asked.pk}/change/").content.decode()
        filled = re.findall(r"<(?:a|button)[^>]*mc-button--primary[^>]*>([^<]*)<", page)
        keyed = re.findall(r'<(?:a|button)[^>]*data-key="F9"[^>]*>([^<]*)<', page)
        assert filled == keyed == ["Duyệt và thực hiện"]

    def test_offices_stand_beside_the_weeks_in_which_their_work_falls_due(
        self, office: Office, asked: Dossier
    ) -> None:
        (row,) = workload.heat(office.leader, counts.moments())["rows"]
        found = row["office"]
        assert (found["name"], found["late"], found["open"]) == (office.department.name, 0, 1)
        assert [number for number, _level in row["weeks"]] == [0, 1, 0, 0]
        page = logged_in(office.leader).get(TODAY).content.decode()
        assert "25/11–29/11" in page
        assert '<td class="mc-num mc-heat__4">1</td>' in page

    def test_load_and_lateness_lead_to_their_lists(self, office: Office, asked: Dossier) -> None:
        in_progress(office)
        with clock.frozen(DUE + timedelta(days=30)):
            client = logged_in(office.leader)
            page = client.get(TODAY).content.decode()
            for asked_for, number in re.findall(r'\?(viec=qua-han&amp;(?:dang-o|nguoi)=\d+)">(\d+)<', page):
                listed = client.get(f"{LIST}?{asked_for.replace('&amp;', '&')}").content.decode()
                assert len(set(_codes(listed))) == int(number) == 2
            assert page.count("viec=qua-han&amp;") == 2
            assert "<title>2 hồ sơ, 2 quá hạn</title>" in page


def test_apologies_are_for_leaders(office: Office, dossier: Dossier) -> None:
    with clock.frozen(DUE - timedelta(days=1)):
        assert 'id="apologise"' in logged_in(office.leader).get(TODAY).content.decode()
        assert 'id="apologise"' not in logged_in(office.clerk).get(TODAY).content.decode()


def test_closed_dossiers_are_in_the_list_of_all_only(office: Office, dossier: Dossier) -> None:
    Dossier.objects.update(closed_at=clock.now())
    client = logged_in(office.specialist)
    assert dossier.code not in _codes(client.get(LIST).content.decode())
    assert dossier.code in _codes(client.get(LIST, {"viec": "tat-ca"}).content.decode())
    assert dossier.code in _codes(client.get(LIST, {"q": dossier.code}).content.decode())


def _codes(page: str) -> list[str]:
    import re

    return re.findall(r"/change/[^>]*>(H15[\d.]*-\d{6}-\d{4})<", page)


class TestScan:
    ADDRESS = f"{LIST}quet/"

    @pytest.fixture
    def client(self, office: Office) -> Client:
        return logged_in(office.clerk)

    @pytest.mark.parametrize("typed", ["{code}", " {code} ", "{lower}", "{last}"])
    def test_one_hit_opens(self, client: Client, dossier: Dossier, typed: str) -> None:
        text = typed.format(code=dossier.code, lower=dossier.code.lower(), last=dossier.code[-4:])
        assert client.get(self.ADDRESS, {"q": text})["Location"] == f"{LIST}{dossier.pk}/change/"

    def test_a_result_that_waits_opens_on_handing_over(
        self, client: Client, office: Office, dossier: Dossier
    ) -> None:
        take(office, dossier, "finish")
        assert client.get(self.ADDRESS, {"q": dossier.code})["Location"] == f"{LIST}{dossier.pk}/buoc/return/"

    def test_several_are_offered_by_digit(self, client: Client, office: Office) -> None:
        first, second = received(office), received(office)
        page = client.get(self.ADDRESS, {"q": "Nguyen Thi Minh Hoa"}).content.decode()
        assert 'data-digit="1"' in page
        assert 'data-digit="2"' in page
        assert first.code in page
        assert second.code in page

    def test_nothing_found_says_what_was_read(self, client: Client, office: Office) -> None:
        page = client.get(self.ADDRESS, {"q": "H15.08-261125-9999"}).content.decode()
        assert "H15.08-261125-9999" in page
        assert "Không thấy hồ sơ nào khớp" in page
