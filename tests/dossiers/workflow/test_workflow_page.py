"""The page of a workflow at the desk: picture, steps, ways, for what it holds. Nobody changes anything there."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from dossiers.lifecycle import rules_in_force
from dossiers.workflow.folder import assign
from dossiers.workflow.models import WorkflowVersion
from dossiers.workflow.rules.shipped import complaint_workflow_data, default_workflow_data
from dossiers.workflow.rules.vocabulary import NOTICES
from messaging.outbox import wording as templates
from tenants.folder.steps import StepReport
from tests.factories import Office, ProcedureFactory, UserFactory, signed_in

LIST = "/quan-tri/workflow/workflowversion/"


@pytest.fixture
def desk(office: Office) -> Client:
    return signed_in(office.clerk)


def page(desk: Client, version: WorkflowVersion) -> str:
    response = desk.get(reverse("admin:workflow_workflowversion_change", args=[version.pk]))
    assert response.status_code == 200
    return response.content.decode()


def test_a_clerk_sees_picture_steps_and_ways(desk: Client) -> None:
    shown = page(desk, WorkflowVersion.in_force())
    assert shown.count('role="img"') == 1
    assert "mọi thủ tục không có quy trình riêng" in shown
    row = re.search(r"<tr><th scope=\"row\">Yêu cầu bổ sung</th>(.*?)</tr>", shown)
    assert row is not None
    assert re.findall(r"<td>(.*?)</td>", row[1]) == [
        "Đã tiếp nhận, Đang giải quyết",
        "Chờ bổ sung giấy tờ",
        "Cán bộ một cửa, Chuyên viên, Lãnh đạo",
        "lý do, danh sách giấy tờ, hạn chót",
        "tạm dừng",
        "Hồ sơ của ông/bà cần bổ sung giấy tờ, giữ lại 120 giây",
    ]


def test_it_says_for_what_it_holds_and_whether_it_still_does(desk: Client, office: Office) -> None:
    version, _created = WorkflowVersion.publish(complaint_workflow_data(), "complaint")
    assert "không còn áp dụng cho hồ sơ mới" in page(desk, version)
    assign({("kind", "complaint"): "complaint"}, StepReport())
    shown = page(desk, version)
    assert "loại khiếu nại" in shown
    assert "Bản cũ" not in shown
    WorkflowVersion.publish({**complaint_workflow_data(), "name": "Khác"}, "complaint")
    assert "Bản cũ" in page(desk, version)


def test_a_new_term_is_told_with_its_choices(desk: Client) -> None:
    version, _created = WorkflowVersion.publish(complaint_workflow_data(), "complaint")
    assert re.search(r"tính lại từ đầu; [^<]*: 30 ngày", page(desk, version))


def test_agencies_are_called_by_their_names(desk: Client, office: Office) -> None:
    data = default_workflow_data()
    data["steps"][4]["agency"] = office.consulted.code
    version, _created = WorkflowVersion.publish(data)
    assert "Chuyên viên, Phòng Kinh tế" in page(desk, version)


def test_names_of_a_province_do_not_become_part_of_the_page(desk: Client) -> None:
    data = default_workflow_data()
    data["name"] = data["steps"][0]["name"] = "<script>alert(1)</script>"
    version, _created = WorkflowVersion.publish(data)
    assert "<script>alert" not in page(desk, version)


def test_the_list_leads_to_the_page(desk: Client) -> None:
    listed = desk.get(LIST).content.decode()
    assert "Quy trình chung" in listed
    assert f"{LIST}{WorkflowVersion.in_force().pk}/change/" in listed


def test_who_works_nowhere_reads_nothing(office: Office) -> None:
    client = signed_in(UserFactory())
    address = reverse("admin:workflow_workflowversion_change", args=[WorkflowVersion.in_force().pk])
    assert {client.get(address).status_code, client.get(LIST).status_code} == {403}


@pytest.mark.parametrize("notice", NOTICES)
def test_every_notice_of_a_workflow_has_its_words(notice: str) -> None:
    assert templates.default(notice).title


class TestProcedurePage:
    """The usual way of a dossier on the page of its procedure."""

    @staticmethod
    def shown(code: str) -> str:
        answer = Client(headers={"host": "daklak.localhost"}).get(f"/thu-tuc/{code}/")
        assert answer.status_code == 200
        return answer.content.decode()

    def test_steps_are_drawn_and_stand_in_a_table(self, office: Office) -> None:
        page = self.shown(office.procedure.code)
        assert page.count('aria-labelledby="chart-road"') == 1
        table = page.partition("Các bước và nơi làm")[2].partition("</table>")[0]
        rows = re.findall(r'<tr><th scope="row">(.*?)</th><td>(.*?)</td>', table)
        names = [name for name, _who in rows]
        assert "Đã tiếp nhận" in names
        assert names[-1] == "Đã trả kết quả"
        assert ("Chờ bổ sung giấy tờ", "chờ ông/bà") in rows

    def test_it_is_the_workflow_of_this_procedure(self, office: Office) -> None:
        WorkflowVersion.publish(complaint_workflow_data(), code="complaint")
        assign({(rules_in_force.Scope.PROCEDURE, office.procedure.code): "complaint"}, StepReport())
        assert "Đã nhận đơn" in self.shown(office.procedure.code)

    def test_what_is_not_filed_online_begins_at_the_counter(self, office: Office) -> None:
        assert "hồ sơ nộp trực tuyến" in self.shown(office.procedure.code).partition("chart-road")[2]
        ProcedureFactory(code="1.000001", channels=["direct"])
        assert "hồ sơ nộp trực tuyến" not in self.shown("1.000001").partition("chart-road")[2]

    def test_what_the_province_does_not_handle_has_none(self, office: Office) -> None:
        ProcedureFactory(code="1.000001", information_only=True)
        assert "chart-road" not in self.shown("1.000001")
