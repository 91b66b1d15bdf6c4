"""Look-up for programs: the same two depths, the same budgets, and no person in any answer."""

import json
from typing import Any

import pytest
from django.test import Client

from dossiers.lifecycle import actions as services
from dossiers.lifecycle.intake import PersonData
from dossiers.lifecycle.models import AccessToken
from dossiers.lookup import limited_lookup
from tenants.isolation.context import public_context
from tenants.isolation.models import Province
from tests import tables
from tests.dossiers.walking import take
from tests.dossiers.workflow.test_workflow_walk import ROADS, standing_at
from tests.factories import Office, ProcedureFactory

HOST = "daklak.localhost"
LOOKUP = "/api/v1/lookup/"
UNKNOWN = "H15.08-261125-9999"
WRONG = "BCGHKL"


@pytest.fixture
def program() -> Client:
    return Client(headers={"host": HOST}, enforce_csrf_checks=True, raise_request_exception=False)


@pytest.fixture
def received(office: Office) -> services.Received:
    owner = PersonData("Nguyễn Thị Minh Họa", "person", "066190000001", "0905000678", "12 Đường Bí Mật")
    return services.receive(office.intake(owner=owner), actor=office.clerk)


@pytest.fixture
def complaint(office: Office) -> services.Received:
    ProcedureFactory(complaint=True)
    return services.receive(office.intake(procedure_code="1.003504"), actor=office.clerk)


def ask(program: Client, code: str, key: str | None = None, **headers: str) -> Any:
    body = {"code": code} if key is None else {"code": code, "key": key}
    return program.post(LOOKUP, json.dumps(body), content_type="application/json", headers=headers)


def kind(response: Any) -> str:
    assert response["Content-Type"] == "application/problem+json"
    return str(response.json()["type"].rpartition("#")[2])


def test_code_alone_shows_progress_without_date_place_or_name(program, received):
    answer = ask(program, received.dossier.code).json()
    assert answer["status"] == {"number": 2, "name": "Đã tiếp nhận"}
    assert [stage["state"] for stage in answer["stages"]] == ["done", "now", "todo", "todo"]
    for key, said in ((None, "missing"), (WRONG, "wrong")):
        answer = ask(program, received.dossier.code, key)
        assert (answer.json()["key"], answer.json()["details"]) == (said, None)
        for hidden in ("2026-12", "02/12", "Phòng Tư pháp", "Minh Họa", "Trung tâm Phục vụ", "kết hôn"):
            assert hidden not in answer.content.decode()


def test_code_and_key_show_the_details(program: Client, received: services.Received) -> None:
    answer = ask(program, received.dossier.code, received.key).json()
    details = answer["details"]
    assert answer["key"] == "right"
    assert details["due_at"] == "2026-12-02T17:00:00+07:00"
    assert details["headline"].startswith("Hẹn trả kết quả, thứ Tư 02/12/2026 trước 17:00")
    assert details["competent_agency"] == {"code": "H15.15", "name": "Phòng Tư pháp"}
    assert [event["title"] for event in details["history"]] == ["Tiếp nhận hồ sơ"]
    assert details["procedure"]["code"] == "1.000894"


def test_no_person_is_named_at_any_depth(program, received, office):
    take(office, received.dossier, "forward")
    text = ask(program, received.dossier.code, received.key).content.decode()
    people = [person.full_name for person in (office.clerk, office.specialist, office.leader)]
    for hidden in (*people, "Minh Họa", "066190000001", "0905", "678", "Bí Mật"):
        assert hidden not in text


def test_what_is_asked_of_the_citizen_is_said(program: Client, office: Office) -> None:
    received = services.receive(office.intake(), actor=office.clerk)
    take(office, received.dossier, "require_supplement", papers=("Bản sao sổ hộ khẩu cũ",), note="Bản mờ")
    answer = ask(program, received.dossier.code, received.key).json()
    action = answer["details"]["action"]
    assert action["items"] == ["Bản sao sổ hộ khẩu cũ"]
    assert "Bản mờ" in action["text"]
    assert action["text"].startswith(
        "Ông/bà gửi bổ sung được ngay trên trang hồ sơ, không phải đến quầy. Hoặc nộp tại Trung tâm"
    )
    assert answer["details"]["answer_by"]
    assert answer["details"]["history"][0]["reason"] == "Bản mờ"


@pytest.mark.parametrize("step", [step for step in ROADS if step != "returned"])
def test_every_status_is_answered(program: Client, office: Office, step: str) -> None:
    dossier = standing_at(office, step)
    for language in ("vi", "en"):
        answer = ask(program, dossier.code, dossier.lookup_key, **{"accept-language": language})
        assert answer.status_code == 200
        assert answer.json()["details"]["headline"]


def test_unknown_code_is_a_problem(program: Client, office: Office) -> None:
    answer = ask(program, UNKNOWN)
    assert answer.status_code == 404
    assert kind(answer) == "unknown-dossier"
    assert "Không tìm thấy hồ sơ có mã này" in answer.json()["detail"]


def told(answer: Any) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name != "X-Request-ID"}


def test_complaint_without_its_key_is_like_an_unknown_code(program, complaint, django_assert_num_queries):
    ask(program, UNKNOWN)
    with django_assert_num_queries(1):
        unknown = ask(program, UNKNOWN, WRONG)
    for key in (None, "", WRONG):
        with django_assert_num_queries(1):
            answer = ask(program, complaint.dossier.code, key)
        assert (answer.status_code, answer.content) == (unknown.status_code, unknown.content)
        # Each request has a number of its own.
        assert told(answer) == told(unknown)


def test_code_of_another_province_is_told_by_its_prefix_alone(program, office, django_assert_num_queries):
    ask(program, UNKNOWN)
    with django_assert_num_queries(0):
        answer = ask(program, "H19.08-261125-0001", WRONG)
    assert answer.status_code == 404
    assert kind(answer) == "other-province"
    assert answer.json()["lookup_url"] == "http://dongnai.localhost:8000/tra-cuu/"
    assert "Đồng Nai" in answer.json()["province"]


@pytest.mark.parametrize(
    ("body", "name"),
    [
        *tables.read(__file__, "wrong_fields.yaml"),
        ({"code": "x" * 121}, "code"),
        ({"code": "\ud800"}, "code"),
        *(({"code": code}, "code") for code in ("abc", "H15.08", "🙂", "' OR 1=1 --", "H15.08-269999-0001")),
        ({"code": UNKNOWN, "key": 5}, "key"),
        ({"code": UNKNOWN, "key": None}, "key"),
        ({"code": UNKNOWN, "key": "x" * 41}, "key"),
        ({"code": UNKNOWN, "key": "\0"}, "key"),
        (10**400, ""),
    ],
)
def test_wrong_field_is_named_in_vietnamese(program: Client, office: Office, body: Any, name: str) -> None:
    answer = program.post(LOOKUP, json.dumps(body), content_type="application/json")
    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert error["name"] == name
    assert not error["detail"].isascii()


def test_answer_is_kept_nowhere(program: Client, received: services.Received) -> None:
    for answer in (
        ask(program, received.dossier.code, received.key),
        ask(program, received.dossier.code),
        ask(program, UNKNOWN),
        ask(program, ""),
        program.get(LOOKUP),
    ):
        assert answer["Cache-Control"] == "no-store"
        assert answer["Referrer-Policy"] == "no-referrer"
        assert "noindex" in answer["X-Robots-Tag"]
        assert "ETag" not in answer
        assert not answer.cookies


def test_guessing_is_stopped_and_says_until_when(program: Client, received: services.Received) -> None:
    answers = [ask(program, received.dossier.code, WRONG) for _ in range(limited_lookup.PER_CODE_HERE + 1)]
    assert [answer.status_code for answer in answers] == [200] * limited_lookup.PER_CODE_HERE + [429]
    assert answers[-1]["Retry-After"] == str(answers[-1].json()["retry_after"]) == "900"
    assert kind(answers[-1]) == "too-many-tries"
    assert ask(program, received.dossier.code).status_code == 200


def test_page_and_api_share_one_budget(program: Client, received: services.Received) -> None:
    browser, typed = Client(headers={"host": HOST}), {"code": received.dossier.code, "key": WRONG}
    for _attempt in range(limited_lookup.PER_CODE_HERE // 2):
        assert browser.post("/tra-cuu/", typed).status_code == 200
        assert ask(program, received.dossier.code, WRONG).status_code == 200
    assert browser.post("/tra-cuu/", typed).status_code == 429
    assert ask(program, received.dossier.code, received.key).status_code == 429


def test_unknown_and_unreadable_codes_are_failures_and_right_answers_cost_nothing(
    program: Client, received: services.Received, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limited_lookup, "PER_ADDRESS", 2)
    for key in (None, received.key) * 3:
        assert ask(program, received.dossier.code, key).status_code == 200
    guesses = (UNKNOWN, "không phải mã", UNKNOWN)
    assert [ask(program, guess).status_code for guess in guesses] == [404, 400, 429]


def test_details_take_four_statements_and_write_nothing(program, received, django_assert_num_queries):
    ask(program, received.dossier.code, received.key)  # from now on the process keeps the catalogue
    tokens = AccessToken.objects.count()
    with public_context():
        Province.objects.count()  # the connection comes from somewhere else, as it does in service
    with django_assert_num_queries(4) as captured:
        ask(program, received.dossier.code, received.key)
    assert sum("set_config" in query["sql"] for query in captured.captured_queries) == 1
    assert AccessToken.objects.count() == tokens
