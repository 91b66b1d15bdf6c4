from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dossiers.workflow.rules.shipped import default_workflow_data
from dossiers.workflow.rules.workflow import Workflow, WorkflowError


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


def way(code, key):
    return ["transitions", TRANSITIONS.index(code), key]


def step(code, key):
    return ["steps", STEPS.index(code), key]


def written(path):
    """A path as a fault shows it: transitions[3].target"""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)[1:]


# A value put into the default workflow, and what is said at the place where it stands: what no file of
# `broken_workflows` holds.
PLANTED = [
    (["name"], "Quy\x00trình", "không đọc được"),
    (["name"], "a" * 101, "dài quá 100"),
    (["start"], "received", "không có mục “start”; có phải “starts”?"),
    (["starts"], [], "phải có bước bắt đầu"),
    (["starts"], None, "phải có bước bắt đầu"),
    (["term"], {"value": 5}, ".unit: thiếu mục “unit”"),
    (["steps"], [], "ít nhất 1 mục"),
    (["steps"], {"received": {}}, "phải là danh sách"),
    (["steps"], default_workflow_data()["steps"][:1] * 501, "có quá 500 mục"),
    (step("received", "name"), 7, "phải là chữ"),
    (step("received", "status"), 0, "trạng thái quốc gia"),
    (step("received", "status"), True, "trạng thái quốc gia"),
    (step("received", "status"), "2", "trạng thái quốc gia"),
    (step("supplement", "role"), "administrator", "người giữ việc (administrator) không làm được"),
    (step("received", "agency"), "", "mã cơ quan"),
    (step("received", "share"), float("nan"), "không được quá 1"),
    (["transitions"], None, "bị trống"),
    (way("finish", "target"), ["returned"], "phải là chữ"),
    (way("finish", "source"), "done", "danh sách"),
    (way("finish", "roles"), [], "phải là danh sách"),
    (way("finish", "hold_seconds"), -1, "từ 0 trở lên"),
    (way("finish", "hold_seconds"), "120", "số nguyên"),
    (way("finish", "primary"), 1, "true hoặc false"),
    (way("finish", "terms"), 30, "danh sách"),
    (
        way("filing_completed", "terms"),
        [{"code": "x", "unit": "month", "value": 1}],
        "[0].name: thiếu mục “name”",
    ),
    (way("filing_completed", "terms"), [{"code": "x", "name": "X", "unit": "month"}], "[0].value"),
    (way("require_payment", "requires"), ["deadline"], "phải đòi hỏi: amount"),
    (
        way("filing_completed", "clock"),
        "none",
        "ở bước “new”: theo thao tác “Đã nhận hồ sơ sửa” thời hạn tạm dừng tính hạn, nhưng từ lúc nhận thì",
    ),
]


@pytest.mark.parametrize(
    ("path", "value", "sentence"), PLANTED, ids=[f"{written(row[0])}={str(row[1])[:30]}" for row in PLANTED]
)
def test_a_planted_fault_is_found_at_its_place(path, value, sentence):
    found = [one for one in problems(planted(*path, value=value)) if one.startswith(written(path))]
    assert [one for one in found if sentence in one]


@pytest.mark.parametrize(
    ("path", "value", "place", "sentence"),
    [
        (["colour"], "red", "colour", "không có mục “colour”"),
        (["steps", 1], "received", "steps[1]", "phải là các mục"),
        (["steps", 1, "colour"], "red", "steps[1].colour", "không có mục “colour”"),
        (["transitions", 3, "colour"], "red", "transitions[3].colour", "không có mục “colour”"),
        (
            step("done", "status"),
            4,
            f"steps[{STEPS.index('done')}]",
            "thời hạn đã hết tính hạn, không hợp với trạng thái “Đang xử lý”",
        ),
    ],
)
def test_a_fault_of_a_whole_row_is_found_at_the_row(path, value, place, sentence):
    found = [one for one in problems(planted(*path, value=value)) if one.startswith(f"{place}: ")]
    assert [one for one in found if sentence in one]


def test_a_step_that_nothing_leads_to():
    data = default_workflow_data()
    data["starts"] = ["received"]
    assert problems(data) == [
        f"steps[{STEPS.index(code)}]: không có đường nào từ bước bắt đầu đến bước “{code}”."
        for code in ("new", "filing_supplement")
    ]


def test_a_step_that_leads_to_no_end():
    data = default_workflow_data()
    data["transitions"] = [row for row in data["transitions"] if row["code"] != "return"]
    data["steps"] = [row for row in data["steps"] if row["code"] != "returned"]
    assert problems(data) == ["steps[10]: từ bước “done” không có đường nào đến lúc kết thúc."]


@pytest.mark.parametrize("start", [["received", "new"], ["new", "received"]])
def test_shares_of_the_usual_road_are_parts_of_one_term(start):
    data = default_workflow_data()
    data["starts"] = start
    for code, share in (("new", 0.2), ("received", 0.3), ("in_progress", 0.6), ("payment", 1.0)):
        data["steps"][STEPS.index(code)]["share"] = share
    assert problems(data) == [
        "steps: các phần thời hạn (share) trên đường chính cộng lại là 1.1, không được quá 1."
    ]


def test_shares_that_make_one_are_sound():
    data = default_workflow_data()
    for code, share in (("received", 0.1), ("in_progress", 0.7), ("done", 0.2)):
        data["steps"][STEPS.index(code)]["share"] = share
    assert Workflow.from_data(data).steps["in_progress"].share == 0.7


def test_a_fault_within_a_row_does_not_hide_where_the_roads_lead():
    data = planted(*way("finish", "hold_seconds"), value=-1)
    data["starts"] = ["received"]
    places = {problem.split(":")[0] for problem in problems(data)}
    assert places == {written(way("finish", "hold_seconds")), "steps[0]", "steps[1]"}


def test_a_change_of_hands_within_one_status_needs_no_notice():
    data = default_workflow_data()
    hand_over = {"code": "reassign", "name": "Giao lại", "source": ["in_progress"], "target": "in_progress"}
    data["transitions"].append({**hand_over, "roles": ["leader"], "requires": ["assignee"]})
    assert Workflow.from_data(data).transition("reassign", "in_progress").notice is None


@pytest.mark.parametrize("data", [None, [], "workflow", 1])
def test_what_is_no_table_is_refused(data):
    assert problems(data) == ["phải là các mục “tên: giá trị”."]


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
