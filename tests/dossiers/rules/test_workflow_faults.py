from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dossiers.rules.default_workflow import default_workflow_data
from dossiers.rules.workflow import Workflow, WorkflowError


def problems(data):
    with pytest.raises(WorkflowError) as caught:
        Workflow.from_data(data)
    return list(caught.value.problems)


def planted(*path, value):
    """The default workflow with one value replaced: planted("steps", 0, "status", value=11)."""
    data = row = default_workflow_data()
    for key in path[:-1]:
        row = row[key]
    row[path[-1]] = value
    return data


TRANSITIONS = [row["code"] for row in default_workflow_data()["transitions"]]
STEPS = [row["code"] for row in default_workflow_data()["steps"]]


def at(code):
    return TRANSITIONS.index(code)


@pytest.mark.parametrize(
    ("path", "value", "place", "sentence"),
    [
        (["colour"], "red", "workflow", "mục lạ “colour”"),
        (["code"], "Mặc định", "code", "không phải mã"),
        (["name"], "", "name", "phải có tên"),
        (["name"], "Quy\x00trình", "name", "phải có tên"),
        (["name"], "a" * 101, "name", "phải có tên"),
        (["start"], "received", "start", "chỉ dùng một trong hai"),
        (["starts"], [], "starts", "phải có bước bắt đầu"),
        (["starts"], None, "starts", "phải có bước bắt đầu"),
        (["starts"], ["received", "begin"], "starts", "không có bước “begin”"),
        (["steps"], [], "steps", "ít nhất một mục"),
        (["steps"], {"received": {}}, "steps", "ít nhất một mục"),
        (["steps"], [{}] * 501, "steps", "có quá 500 mục"),
        (["steps", 1], "received", "steps[1]", "một bảng"),
        (["steps", 1, "colour"], "red", "steps[1]", "mục lạ “colour”"),
        (["steps", 1, "code"], "đã nhận", "steps[1].code", "không phải mã"),
        (["steps", 1, "code"], "new", "steps[1].code", "bị trùng"),
        (["steps", 1, "name"], 7, "steps[1].name", "phải có tên"),
        (["steps", 1, "status"], 11, "steps[1].status", "“11” không phải số trạng thái"),
        (["steps", 1, "status"], 0, "steps[1].status", "trạng thái quốc gia"),
        (["steps", 1, "status"], True, "steps[1].status", "trạng thái quốc gia"),
        (["steps", 1, "status"], "2", "steps[1].status", "trạng thái quốc gia"),
        (["steps", 1, "role"], "boss", "steps[1].role", "“boss” không hợp lệ"),
        (["steps", 1, "agency"], "", "steps[1].agency", "mã cơ quan"),
        (["steps", 1, "share"], 1.5, "steps[1].share", "không quá 1"),
        (["steps", 1, "share"], float("nan"), "steps[1].share", "không quá 1"),
        (["transitions"], None, "transitions", "ít nhất một mục"),
        (["transitions", 3, "code"], "forward", "transitions[3].code", "bị trùng"),
        (["transitions", 3, "colour"], "red", "transitions[3]", "mục lạ “colour”"),
        (["transitions", 3, "target"], "archive", "transitions[3].target", "không có bước “archive”"),
        (["transitions", 3, "target"], ["returned"], "transitions[3].target", "không có bước"),
        (["transitions", 3, "source"], "done", "transitions[3].source", "danh sách"),
        (["transitions", 3, "source"], [], "transitions[3].source", "danh sách"),
        (["transitions", 3, "source"], ["done", "x"], "transitions[3].source[1]", "không có bước “x”"),
        (["transitions", 3, "roles"], [], "transitions[3].roles", "phải là danh sách"),
        (["transitions", 3, "roles"], ["clerk", "boss"], "transitions[3].roles[1]", "“boss”"),
        (["transitions", 3, "requires"], ["money"], "transitions[3].requires[0]", "“money”"),
        (["transitions", 3, "clock"], "stop", "transitions[3].clock", "“stop” không hợp lệ"),
        (["transitions", 3, "hold_seconds"], -1, "transitions[3].hold_seconds", "số giây"),
        (["transitions", 3, "hold_seconds"], 3601, "transitions[3].hold_seconds", "3600"),
        (["transitions", 3, "hold_seconds"], "120", "transitions[3].hold_seconds", "số giây"),
        (["transitions", 3, "notice"], "recieved", "transitions[3].notice", "“recieved” không hợp lệ"),
        (["transitions", 3, "notice"], None, "transitions[3].notice", "không báo cho người dân"),
        (["transitions", 3, "danger"], "yes", "transitions[3].danger", "true hoặc false"),
        (["transitions", 3, "primary"], 1, "transitions[3].primary", "true hoặc false"),
        (
            ["transitions", at("stop"), "primary"],
            True,
            f"transitions[{at('stop')}].primary",
            "bước “received” đã có thao tác chính “forward”",
        ),
        (
            ["transitions", at("require_payment"), "clock"],
            "none",
            f"transitions[{at('require_payment')}].clock",
            "pause",
        ),
        (
            ["transitions", at("payment_received"), "clock"],
            "none",
            f"transitions[{at('payment_received')}].clock",
            "resume, restart",
        ),
        (["transitions", at("finish"), "clock"], "none", f"transitions[{at('finish')}].clock", "close"),
        (
            ["transitions", at("forward"), "clock"],
            "pause",
            f"transitions[{at('forward')}].clock",
            "none, restart",
        ),
    ],
)
def test_a_planted_fault_is_found_at_its_place(path, value, place, sentence):
    found = [one for one in problems(planted(*path, value=value)) if one.startswith(f"{place}: ")]
    assert [one for one in found if sentence in one]


def test_a_step_that_nothing_leads_to():
    data = default_workflow_data()
    data["starts"] = ["received"]
    assert problems(data) == [
        f"steps[{STEPS.index('new')}]: không có đường nào từ bước bắt đầu đến bước “new”."
    ]


def test_a_step_that_leads_to_no_end():
    data = default_workflow_data()
    data["transitions"] = [row for row in data["transitions"] if row["code"] != "return"]
    data["steps"] = [row for row in data["steps"] if row["code"] != "returned"]
    assert problems(data) == ["steps[8]: từ bước “done” không có đường nào đến lúc kết thúc."]


def test_all_faults_are_told_at_once():
    data = planted("steps", 1, "status", value=11)
    data["transitions"][3]["target"] = "archive"
    data["code"] = ""
    places = {problem.split(":")[0] for problem in problems(data)}
    assert {"code", "steps[1].status", "transitions[3].target"} <= places


def test_a_change_of_hands_within_one_status_needs_no_notice():
    data = default_workflow_data()
    hand_over = {"code": "reassign", "name": "Giao lại", "source": ["in_progress"], "target": "in_progress"}
    data["transitions"].append({**hand_over, "roles": ["leader"], "requires": ["assignee"]})
    assert Workflow.from_data(data).transition("reassign", "in_progress").notice is None


def test_one_start_may_be_written_as_a_word():
    data = default_workflow_data()
    del data["starts"]
    data["start"] = "new"
    assert Workflow.from_data(data).starts == ("new",)


@pytest.mark.parametrize("data", [None, [], "workflow", 1])
def test_what_is_no_table_is_refused(data):
    assert problems(data) == ["workflow: phải là một bảng các mục."]


def test_the_error_is_a_text_a_person_can_read():
    with pytest.raises(WorkflowError, match=r"^Quy trình chưa đúng:\nname: phải có tên") as caught:
        Workflow.from_data(planted("name", value=""))
    assert caught.value.faults[0].path == "name"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(STEPS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
VALUE_PATHS = [
    *[[key] for key in default_workflow_data()],
    *[["steps", 1, key] for key in default_workflow_data()["steps"][1]],
    *[["transitions", 3, key] for key in default_workflow_data()["transitions"][3]],
]


@given(st.sampled_from(VALUE_PATHS), JSON)
def test_data_are_read_or_refused_and_nothing_else(path, value):
    with suppress(WorkflowError):
        Workflow.from_data(planted(*path, value=value))
