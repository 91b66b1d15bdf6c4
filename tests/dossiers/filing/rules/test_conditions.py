import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from dossiers.filing.rules.conditions import Condition
from tests.dossiers.filing.rules.forms import VALUES, conditions

KNOWN = [(kind, kind) for kind in VALUES]
WOMAN = {"name": "A", "id_number": "066190000001"}
"""Her number says that she was born in 1990."""
ANSWERS = st.fixed_dictionaries({}, optional=VALUES)


@pytest.mark.parametrize(
    ("data", "answers", "holds"),
    [
        ({"is": ["a", "x"]}, {"a": "x"}, True),
        ({"is": ["a", "x"]}, {"a": "y"}, False),
        ({"is": ["a", "x"]}, {}, False),
        ({"is": ["a", True]}, {"a": 1}, False),
        ({"is": ["a", 1]}, {"a": True}, False),
        ({"is": ["a", 2]}, {"a": 2}, True),
        ({"is": ["a", "x"]}, {"a": ["y", "x"]}, True),
        ({"in": ["a", ["x", "y"]]}, {"a": "y"}, True),
        ({"in": ["a", ["x", "y"]]}, {"a": ["z"]}, False),
        ({"more_than": ["a", 2]}, {"a": 3}, True),
        ({"more_than": ["a", 2]}, {"a": "2.5"}, True),
        ({"more_than": ["a", 2]}, {"a": 2}, False),
        ({"more_than": [2, "a"]}, {"a": 1}, True),
        ({"more_than": [2, "a"]}, {}, False),
        ({"more_than": ["a", "b"]}, {"a": 2, "b": 1}, True),
        ({"more_than": ["a", "2026-02-01"]}, {"a": "2026-10-01"}, True),
        ({"more_than": ["a", "today"]}, {"a": "2026-10-01", "today": "2026-09-30"}, True),
        ({"more_than": ["a", 2]}, {"a": "2026-10-01"}, False),
        ({"not": {"is": ["a", "x"]}}, {}, True),
        ({"all": [{"is": ["a", "x"]}, {"is": ["b", "y"]}]}, {"a": "x", "b": "z"}, False),
        ({"any": [{"is": ["a", "x"]}, {"is": ["b", "y"]}]}, {"a": "x", "b": "z"}, True),
        ({"under_years": ["a", "b", 12]}, {"a": "2000-02-29", "b": "2012-02-28"}, True),
        ({"under_years": ["a", "b", 12]}, {"a": "2000-02-29", "b": "2012-02-29"}, False),
        ({"under_years": ["a", "b", 12]}, {"a": "2000-02-29"}, False),
        ({"under_years": ["a.born", ".born", 12]}, {"a": WOMAN, ".": {"born": "2001-12-31"}}, True),
        ({"under_years": ["a.born", ".born", 12]}, {"a": WOMAN, ".": {"born": "2002-01-01"}}, False),
        ({"is": ["a.sex", "nu"]}, {"a": WOMAN}, True),
        ({"is": [".sex", "nu"]}, {".": {"id_number": "066090000001"}}, False),
        ({"is": ["a.sex", "nu"]}, {"a": {"id_number": "0123456789"}}, False),
    ],
)
def test_a_condition_means_what_it_says(data, answers, holds):
    assert Condition.from_data(data).holds(answers) is holds


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {"is": ["a", "x"], "in": ["a", ["x"]]},
        {"equals": ["a", "x"]},
        {"is": ["a"]},
        {"is": [1, "x"]},
        {"is": ["a", ["x"]]},
        {"is": ["a", None]},
        {"in": ["a", "x"]},
        {"in": ["a", []]},
        {"more_than": [1, 2]},
        {"more_than": ["a", "Nhiều"]},
        {"more_than": ["a", True]},
        {"under_years": ["a", "b"]},
        {"under_years": ["a", "2000-01-01", 12]},
        {"under_years": ["a", "b", 0]},
        {"is": ["a.age", 3]},
        {"all": []},
        {"all": {"is": ["a", "x"]}},
        {"not": [{"is": ["a", "x"]}]},
        {"is": ["Tên", "x"]},
    ],
)
def test_what_is_no_condition_is_refused_with_a_sentence(data):
    with pytest.raises(PydanticCustomError) as refused:
        Condition.from_data(data)
    assert refused.value.context["message"]


def test_conditions_nest_to_a_depth_that_can_be_read():
    data = {"is": ["a", "x"]}
    for _number in range(9):
        data = {"not": data}
    with pytest.raises(PydanticCustomError):
        Condition.from_data(data)


@given(conditions(KNOWN), ANSWERS)
def test_a_condition_comes_back_from_its_data_with_the_same_meaning(data, answers):
    condition = Condition.from_data(data)
    again = Condition.from_data(condition.to_data())
    assert again == condition
    assert again.holds(answers) == condition.holds(answers)


@given(conditions(KNOWN), ANSWERS)
def test_only_the_names_of_a_condition_matter_to_it(data, answers):
    condition = Condition.from_data(data)
    named = {name: value for name, value in answers.items() if name in condition.names}
    assert condition.holds(named) == condition.holds(answers)


@given(conditions(KNOWN), ANSWERS)
def test_the_export_for_json_logic_means_the_same(data, answers):
    condition = Condition.from_data(data)
    assert bool(json_logic(condition.to_json_logic(), answers)) == condition.holds(answers)


def json_logic(rule, answers):
    """JsonLogic as jsonlogic.com describes it, as far as conditions use it."""
    if not isinstance(rule, dict):
        return rule
    ((word, parts),) = rule.items()
    if word == "var":
        return answers.get(parts)
    parts = [json_logic(part, answers) for part in parts]
    if word == "in":
        return (
            isinstance(parts[1], list | str) and parts[0] in parts[1] if isinstance(parts[1], list) else False
        )
    return {
        "==": lambda: type(parts[0]) is type(parts[1]) and parts[0] == parts[1],
        "!=": lambda: parts[0] != parts[1],
        ">": lambda: None not in parts and parts[0] > parts[1],
        "and": lambda: all(parts),
        "or": lambda: any(parts),
        "!": lambda: not parts[0],
    }[word]()
